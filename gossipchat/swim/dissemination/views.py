"""
Whether the others' view is ours, without a push/pull.

An ack to a node carries, beside Serf's coordinate, a mark of its sender's view: a hash
over who lives and at which incarnation, and how far Serf's event clock is. Equal marks:
a push/pull would bring neither side anything. Agents skip the field, and send none.

Marks grow old: one that was told while news was on its way differs for no reason. So
only those of the last few periods count, and these are enough: each node probes its
successor on the ring every other period, so where any two nodes differ, somewhere on
the ring between them one sees that the next one differs.
"""

from collections.abc import Callable
from hashlib import blake2b

from gossipchat.names import NodeName
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.dissemination.queue import Broadcasts
from gossipchat.swim.membership.members import Entry, Members
from gossipchat.wire.memberlist.messages import State

MARK_BYTES = 4
"""By chance two views share a mark once in 2**32; who forges one delays no more than
``MAX_SPARED`` exchanges with itself."""

MARK_LIFETIME = 0.5
"""Seconds for which a mark is kept: under a flood of pings the members are not hashed
for each."""

COUNTS_FOR = 3
"""Periods for which a mark counts: the successor's is never older than two."""


class Views:
    """Ours as a mark, and how the others' compare with it."""

    def __init__(
        self,
        config: SwimConfig,
        members: Members,
        broadcasts: Broadcasts,
        event_ltime: Callable[[], int],
    ) -> None:
        self._lasting = COUNTS_FOR * config.probe_interval
        self._members = members
        self._broadcasts = broadcasts
        self._event_ltime = event_ltime
        self._mark = b""
        self._made = float("-inf")
        self._sum = b""
        self._sum_of: tuple[int, int, int] | None = None
        self._settled = b"", float("-inf")

    def mark_for(self, asker: NodeName, now: float) -> bytes:
        """Our mark; none for who makes no use of it."""
        entry = self._members.get(asker)
        return self.mark(now) if entry is not None and entry.key is not None else b""

    def mark(self, now: float) -> bytes:
        """Of our view, ``MARK_LIFETIME`` old at most."""
        if now - self._made >= MARK_LIFETIME:
            self._made = now
            self._mark = self._made_now()
        return self._mark

    def agree(self, now: float) -> bool:
        """Whether somebody has told a view of late, and all who have told ours."""
        ours = self._made_now()
        told = [entry.view == ours for entry in self._told(now)]
        return bool(told) and all(told)

    def differing(self, now: float) -> list[Entry]:
        """Living members that of late have told another view."""
        ours = self._made_now()
        return [entry for entry in self._told(now) if entry.view != ours]

    def behind(self, now: float) -> Entry | None:
        """
        Who knows better, if we are the odd one out: the two that have answered us
        last tell one view, which is not ours, made since ours has changed. To be
        asked once a period.
        """
        ours = self._made_now()
        mark, since = self._settled
        if mark != ours:
            self._settled = ours, now
            return None
        told = list(
            dict.fromkeys(entry.name for entry in reversed(self._members.answered))
        )
        last = [self._members.get(name) for name in told[:2]]
        fresh = [
            entry
            for entry in last
            if entry is not None
            and entry.state is State.ALIVE
            and entry.view
            and entry.acked >= since + MARK_LIFETIME
        ]
        if len(fresh) < 2 or fresh[0].view != fresh[1].view or fresh[0].view == ours:
            return None
        return fresh[0]

    def _told(self, now: float) -> list[Entry]:
        oldest = now - self._lasting
        return [
            entry
            for entry in self._members.listed()
            if entry.acked >= oldest and entry.view and entry.state is State.ALIVE
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
