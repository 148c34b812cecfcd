"""
Links in the simulated world: ordered streams of frames between two peers.

A cable carries frames in order, at a bandwidth. During a cut it takes some more and
repeats it, twice as late each time, as TCP does: it may be silent for as long again
when the cut is over. It breaks when the cut has lasted too long or one end is gone.
"""

from collections.abc import Callable, Hashable
from functools import partial
from itertools import count
from typing import Protocol

from gossipchat.broadcast.events import (
    Drained,
    FrameReceived,
    FramesReceived,
    LinkEnded,
    LinkOpened,
    LinkSilent,
)
from gossipchat.names import AuthorKey
from gossipchat.sim.network.network import Network
from gossipchat.wire.ours.frame_codec import FrameReader, encode_frame
from gossipchat.wire.ours.frames import Close, Frame

BREAKS_AFTER = 10.0
"""Seconds of a cut until a link counts as broken (``transport.config``)."""

SAY_AGAIN, MOST_AGAIN = 0.2, 3.2
"""Seconds until TCP repeats what a cut swallowed; each time twice as long, at most."""

LOOK, REPEATS = 0.5, 2
"""Seconds between two looks at what is repeated; how often until an end is silent
(``transport.links.watch``)."""

BUFFER = 128 * 1024
"""Bytes that an end takes that have not arrived."""

HANDED_OVER = ("replaced", "silent")
"""Why a link that gets nothing through is cut (``transport.links.link``)."""

LinkEvent = (
    LinkOpened | LinkSilent | LinkEnded | FrameReceived | FramesReceived | Drained
)


class Owner(Protocol):
    """Whoever has links: tells the place it is at and takes events."""

    key: AuthorKey

    @property
    def place(self) -> Hashable:
        """In the network; it stays."""

    def feed(self, event: LinkEvent) -> object:
        """Handle *event*, if alive."""


class End:
    """One side of a cable."""

    def __init__(self, owner: Owner, number: int) -> None:
        self.owner = owner
        self.number = number
        self.other: End
        self.open = True
        self.reader = FrameReader()
        self.reader.open_up()
        self.last_arrival = 0.0
        self.sent_bytes = 0
        self.under_way = 0
        """Bytes that have not arrived."""
        self.owes_drained = False
        self.repeats = 0
        """How often in a row the same was sent in vain."""
        self.repeat_at = 0.0
        self.cut = False
        """What it was handed is gone, and what comes for it is refused."""


class Cables:
    """All links of a world."""

    def __init__(self, network: Network, bandwidth: float = 12_500_000.0) -> None:
        """*bandwidth*: bytes a second on each link (100 Mbit/s)."""
        self._network = network
        self._heap = network.heap
        self._bandwidth = bandwidth
        self._numbers = count(1)
        self._ends: dict[int, End] = {}
        self.total_bytes = 0
        """Sent over all links since the world began."""

    def connect(self, dialler: Owner, server: Owner) -> None:
        """A link between two live peers; both hear of it."""
        here = End(dialler, next(self._numbers))
        there = End(server, next(self._numbers))
        here.other, there.other = there, here
        self._ends[here.number] = here
        self._ends[there.number] = there
        here.owner.feed(LinkOpened(here.number, server.key, dialled=True))
        there.owner.feed(LinkOpened(there.number, dialler.key, dialled=False))

    def send(self, number: int, frames: tuple[Frame, ...]) -> None:
        """Carry *frames*; ``Drained`` follows when there is room for more."""
        end = self._ends.get(number)
        if end is None:
            return
        packed = b"".join(encode_frame(frame) for frame in frames)
        end.sent_bytes += len(packed)
        self.total_bytes += len(packed)
        taken = len(packed) / self._bandwidth
        end.under_way += len(packed)
        end.owes_drained = True

        def land() -> None:
            end.under_way -= len(packed)
            self._land(end.other, packed)
            self._drain(end)

        self._in_order(end, taken, land)
        self._heap.after(taken, lambda: self._drain(end))

    def far_end(self, number: int) -> str:
        """Whom that link leads to; empty: it has ended."""
        end = self._ends.get(number)
        return str(end.other.owner.place) if end is not None else ""

    def end(self, number: int, reason: str) -> None:
        """Close on purpose: the other side gets CLOSE(*reason*), if anything."""
        end = self._ends.pop(number, None)
        if end is not None:
            end.open = False
            end.cut = reason in HANDED_OVER and end.repeats > 0
            packed = encode_frame(Close(reason))
            self._in_order(end, 0.0, lambda: self._land(end.other, packed))

    def break_all_of(self, owner: Owner) -> None:
        """*owner* is gone without a word: the system resets its connections."""
        for end in [end for end in self._ends.values() if end.owner is owner]:
            del self._ends[end.number]
            end.open = False
            self._in_order(end, 0.0, partial(self._lose, end.other, None))

    def silence(self, owner: Owner) -> None:
        """*owner*'s machine is off: nobody says anything, and the others give up."""
        for end in [end for end in self._ends.values() if end.owner is owner]:
            del self._ends[end.number]
            end.open = False
            self._heap.after(BREAKS_AFTER, partial(self._lose, end.other, None))

    def strain(self) -> None:
        """The network has just been cut: links across break if it stays cut."""
        for end in self._ends.values():
            if not self._passes(end):
                self._heap.after(BREAKS_AFTER, partial(self._give_up, end))

    def _give_up(self, end: End) -> None:
        if not self._passes(end):
            self._lose(end, None)
            self._lose(end.other, None)

    def _passes(self, end: End) -> bool:
        here, there = end.owner.place, end.other.owner.place
        passes = self._network.passes
        return passes(here, there) and passes(there, here)

    def _in_order(self, end: End, taken: float, land: Callable[[], None]) -> None:
        """Call *land* after a delay, later than all that *end* sent before."""
        now = self._heap.now
        arrival = max(end.last_arrival, now + taken + self._network.delay())
        end.last_arrival = arrival

        def attempt() -> None:
            if end.cut:
                return
            if not self._passes(end):
                if end.other.open or end.other.cut:
                    self._repeat(end, attempt)
            elif end.other.cut:
                self._lose(end, None)
            else:
                end.repeats = 0
                land()

        self._heap.after(arrival - now, attempt)

    def _repeat(self, end: End, attempt: Callable[[], None]) -> None:
        """Try again together with all else that waits there."""
        if end.repeats == 0 or end.repeat_at <= self._heap.now:
            wait = min(SAY_AGAIN * 2**end.repeats, MOST_AGAIN)
            end.repeat_at = end.last_arrival = self._heap.now + wait
            end.repeats += 1
            if end.repeats == REPEATS:
                self._look(end)
        self._heap.after(end.repeat_at - self._heap.now, attempt)

    def _look(self, end: End) -> None:
        if end.open and end.repeats >= REPEATS:
            self._feed(end, LinkSilent(end.number))
            self._heap.after(LOOK, partial(self._look, end))

    def _drain(self, end: End) -> None:
        if end.owes_drained and end.under_way <= BUFFER:
            end.owes_drained = False
            self._feed(end, Drained(end.number))

    def _land(self, end: End, packed: bytes) -> None:
        came: list[FrameReceived] = []
        reason: str | None = None
        for frame in end.reader.feed(packed):
            if isinstance(frame, Close):
                reason = frame.reason
                break
            came.append(FrameReceived(end.number, frame))
        if came:
            self._feed(end, came[0] if len(came) == 1 else FramesReceived(tuple(came)))
        if reason is not None:
            self._lose(end, reason)

    def _feed(self, end: End, event: LinkEvent) -> None:
        if end.open:
            end.owner.feed(event)

    def _lose(self, end: End, reason: str | None) -> None:
        if end.open:
            end.open = False
            self._ends.pop(end.number, None)
            end.owner.feed(LinkEnded(end.number, reason))
