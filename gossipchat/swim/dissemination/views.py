"""
Whether another member's view is ours, without a push/pull.

An ack carries, beside Serf's coordinate, a mark of its sender's view: a hash over who
lives and at which incarnation, and how far Serf's event clock is. Equal marks: a
push/pull would bring neither side anything. Agents skip the field, and send none.
"""

from collections.abc import Callable
from hashlib import blake2b

from gossipchat.swim.dissemination.queue import Broadcasts
from gossipchat.swim.membership.members import Entry, Members
from gossipchat.wire.messages import State

MARK_BYTES = 8
"""By chance two views share a mark once in 2**64; who forges one delays no more than
``MAX_SPARED`` exchanges with itself."""

MARK_LIFETIME = 0.5
"""Seconds for which a mark is kept: under a flood of pings the members are not hashed
for each."""


class Views:
    """Ours as a mark, and how the others' compare with it."""

    def __init__(
        self,
        members: Members,
        broadcasts: Broadcasts,
        event_ltime: Callable[[], int],
    ) -> None:
        self._members = members
        self._broadcasts = broadcasts
        self._event_ltime = event_ltime
        self._mark = b""
        self._made = float("-inf")
        self._sum = b""
        self._sum_of: tuple[int, int, int] | None = None

    def mark(self, now: float) -> bytes:
        """Of our view, ``MARK_LIFETIME`` old at most."""
        if now - self._made >= MARK_LIFETIME:
            self._made = now
            self._mark = self._made_now()
        return self._mark

    def agrees(self, entry: Entry) -> bool:
        """Whether the last ack of *entry* told of the view that we have now."""
        return entry.view == self._made_now()

    def differing(self) -> list[Entry]:
        """Living members whose last ack told of another view."""
        ours = self._made_now()
        return [
            entry
            for entry in self._members.listed()
            if entry.state is State.ALIVE and entry.view and entry.view != ours
        ]

    def _made_now(self) -> bytes:
        """
        A sum, since order does not matter: nothing is sorted or hashed anew.

        It stays while nobody is forgotten and nothing is claimed: whatever changes
        of the living is told to all.
        """
        ltime = self._event_ltime()
        held = (self._broadcasts.claimed, self._members.count, ltime)
        if held != self._sum_of:
            self._sum, self._sum_of = self._summed(ltime), held
        return self._sum

    def _summed(self, ltime: int) -> bytes:
        mark = _hash(b"%d" % ltime)
        for entry in self._members.listed():
            if entry.state <= State.SUSPECT:  # lives, without a call for each
                incarnation, piece = entry.view_piece
                mark ^= piece if incarnation == entry.incarnation else _piece(entry)
        return mark.to_bytes(MARK_BYTES)


def _piece(entry: Entry) -> int:
    """What *entry* adds to a mark, to be kept until its incarnation changes."""
    name = entry.name.encode(errors="surrogateescape")
    piece = _hash(b"%d " % entry.incarnation + name)
    entry.view_piece = (entry.incarnation, piece)
    return piece


def _hash(text: bytes) -> int:
    return int.from_bytes(blake2b(text, digest_size=MARK_BYTES).digest())
