"""
What is due to one link, and the next batch of it. There is no queue.

A link remembers ranges, not runs: when the transport takes more, the next runs
come from the head cache or, through Load, from disk. So the slowest neighbour
costs no more memory than the fastest, one batch and one load.
"""

from collections import deque
from collections.abc import Iterable

from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.broadcast.holdings.cache import HeadCache, Sealed
from gossipchat.broadcast.push.lane import Lane
from gossipchat.broadcast.spans import span
from gossipchat.feeds.ranges import Ranges
from gossipchat.names import FeedId
from gossipchat.wire.ours.frames import MAX_RUNS_IN_FRAME, Runs

FRAME_BYTES = 8 * 1024

OVERHEAD = 64
"""What a run costs besides its bytes, so that a batch of tiny ones stays small."""


class Outbox:
    """What is due to one link: urgent wants first, then all else in turns."""

    def __init__(self, cache: HeadCache, config: BroadcastConfig) -> None:
        self._cache = cache
        self._batch_bytes = config.batch_bytes
        self._urgent = Lane(config.quantum_bytes)
        self._normal = Lane(config.quantum_bytes)
        self._shelf: deque[Sealed] = deque()
        """What the last Load brought, of one feed, ascending."""
        self._loading: tuple[FeedId, int, int] | None = None

    def __bool__(self) -> bool:
        return bool(self._urgent.turns or self._normal.turns)

    def due(self, feed: FeedId) -> Ranges:
        """What will be sent of *feed*."""
        return self._urgent.due(feed).union(self._normal.due(feed))

    def push(self, feed: FeedId, ranges: Ranges) -> None:
        """A new run goes at once, before the older feeds of its author."""
        self._normal.add(feed, ranges, first=True)

    def want(self, feed: FeedId, ranges: Ranges, urgent: bool) -> None:
        """The peer asked for *ranges*, all of which are held."""
        (self._urgent if urgent else self._normal).add(feed, ranges)

    def remove(self, feed: FeedId, ranges: Ranges) -> None:
        """The peer has *ranges*, or they are gone here."""
        self._urgent.remove(feed, ranges)
        self._normal.remove(feed, ranges)

    def next_batch(self) -> list[Sealed]:
        """Runs to send now, of about the batch's size; they are due no more."""
        batch: list[Sealed] = []
        left = self._batch_bytes
        while left > 0:
            run = self._urgent.next_run(self._at_hand)
            run = run or self._normal.next_run(self._at_hand)
            if run is None:
                break
            self.remove(run.feed, run.span)
            batch.append(run)
            left -= len(run.encoded) + OVERHEAD
            if self._shelf and self._shelf[0] is run:
                self._shelf.popleft()
        if not batch:
            self._shelf.clear()  # nobody's turn: it must not keep others from loading
        self._tidy_shelf()
        return batch

    def next_load(self) -> tuple[FeedId, int, int] | None:
        """What to read from disk now; None while a load is under way or unneeded."""
        if self._loading or self._shelf:
            return None
        wanted = self._urgent.missing(self._at_hand)
        wanted = wanted or self._normal.missing(self._at_hand)
        if wanted is None:
            return None
        feed, first, last = wanted
        start = self._cache.next_start(feed, first)
        self._loading = feed, first, min(last, start - 1) if start else last
        return self._loading

    def loaded(
        self, feed: FeedId, first: int, last: int, runs: Iterable[Sealed]
    ) -> None:
        """
        What the load of *first* to *last* brought.

        What it passed over is not on disk any more, so it is due no more.
        """
        if self._loading != (feed, first, last):
            return
        self._loading = None
        self._shelf = deque(runs)
        start = self._shelf[0].first if self._shelf else last + 1
        if start > first and self._cache.find(feed, first) is None:
            end = min(start, self._cache.next_start(feed, first) or start)
            self.remove(feed, span(first, end - 1))
        self._tidy_shelf()

    def _at_hand(self, feed: FeedId, seq: int) -> Sealed | None:
        if self._shelf and self._shelf[0].feed == feed:
            for run in self._shelf:
                if run.first <= seq <= run.last:
                    return run
        return self._cache.find(feed, seq)

    def _tidy_shelf(self) -> None:
        """Let go of what is not due, and of all when something goes before it."""
        while self._shelf:
            run = self._shelf[0]
            due = self._urgent.due(run.feed).within(1, run.last)
            due = due or self._normal.due(run.feed).within(1, run.last)
            if due.lowest >= run.first:
                return
            if due:
                self._shelf.clear()
                return
            self._shelf.popleft()


def in_frames(runs: list[Sealed]) -> list[Runs]:
    """
    *runs* in frames of few enough runs, and of 8 KiB or one run each: what a
    receiver reads in one go, every seal checked, should take a few milliseconds.
    """
    frames: list[list[bytes]] = []
    room = 0
    for run in runs:
        if room < len(run.encoded) or len(frames[-1]) == MAX_RUNS_IN_FRAME:
            frames.append([])
            room = FRAME_BYTES
        frames[-1].append(run.encoded)
        room -= len(run.encoded)
    return [Runs(tuple(frame)) for frame in frames]
