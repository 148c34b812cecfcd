"""
The newest runs in memory: what links that keep up are served from.
"""

from bisect import bisect_right, insort
from dataclasses import dataclass, replace

from gossipchat.broadcast.spans import span
from gossipchat.feeds.ranges import Ranges
from gossipchat.feeds.run import Run
from gossipchat.names import FeedId


@dataclass(frozen=True, slots=True)
class Sealed:
    """A run as it travels: where it stands, and its bytes."""

    feed: FeedId
    first: int
    last: int
    encoded: bytes
    span: Ranges
    """*first* to *last*."""

    def named(self, feed: FeedId) -> "Sealed":
        """The same run as one of *feed*."""
        return replace(self, feed=feed)

    @classmethod
    def of(cls, run: Run) -> "Sealed":
        first, last = run.first, run.last
        return cls(run.feed, first, last, run.encoded, span(first, last))


class HeadCache:
    """
    Runs by feed and by their bytes; the oldest comers leave when it is full.

    Runs that are not on disk yet stay whatever their size: nobody else could
    serve them. Whoever adds them bounds them (see ``unkept_bytes``).
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._kept: dict[bytes, Sealed] = {}
        self._unkept: dict[bytes, Sealed] = {}
        self._by_feed: dict[FeedId, list[Sealed]] = {}
        self.kept_bytes = 0
        self.unkept_bytes = 0

    def __contains__(self, encoded: bytes) -> bool:
        return encoded in self._kept or encoded in self._unkept

    def get(self, encoded: bytes) -> Sealed | None:
        """The run of these very bytes."""
        return self._kept.get(encoded) or self._unkept.get(encoded)

    def add(self, sealed: Sealed, kept: bool) -> None:
        """Remember *sealed*; *kept*: it is on disk, so it may be forgotten."""
        if sealed.encoded in self:
            return
        insort(self._by_feed.setdefault(sealed.feed, []), sealed, key=_first)
        if kept:
            self._keep(sealed)
        else:
            self._unkept[sealed.encoded] = sealed
            self.unkept_bytes += len(sealed.encoded)

    def kept(self, encoded: bytes) -> None:
        """It is on disk now."""
        sealed = self._unkept.pop(encoded, None)
        if sealed is not None:
            self.unkept_bytes -= len(encoded)
            self._keep(sealed)

    def forget(self, encoded: bytes) -> bool:
        """It could not be written. False when it is not waiting for the disk."""
        sealed = self._unkept.pop(encoded, None)
        if sealed is None:
            return False
        self.unkept_bytes -= len(encoded)
        self._unlist(sealed)
        return True

    def lose(self, feed: FeedId, first: int) -> None:
        """The run that begins there is gone from disk: it may come again."""
        sealed = self.find(feed, first)
        if sealed is not None and sealed.encoded in self._kept:
            del self._kept[sealed.encoded]
            self.kept_bytes -= len(sealed.encoded)
            self._unlist(sealed)

    def lose_below(self, feed: FeedId, floor: int) -> None:
        """What ends at or below *floor* is gone from disk, and not wanted."""
        for sealed in list(self._by_feed.get(feed, ())):
            if sealed.last <= floor:
                self.lose(feed, sealed.first)

    def rename(self, old: FeedId, new: FeedId, moved: Ranges) -> None:
        """What is here of *old* in *moved* is *new* from now on."""
        for sealed in self._by_feed.pop(old, []):
            if sealed.first in moved:
                sealed = sealed.named(new)
                where = self._kept if sealed.encoded in self._kept else self._unkept
                where[sealed.encoded] = sealed
            insort(self._by_feed.setdefault(sealed.feed, []), sealed, key=_first)

    def find(self, feed: FeedId, seq: int) -> Sealed | None:
        """The run that holds number *seq* of *feed*, if it is here."""
        runs = self._by_feed.get(feed, [])
        place = bisect_right(runs, seq, key=_first)
        if place and runs[place - 1].last >= seq:
            return runs[place - 1]
        return None

    def next_start(self, feed: FeedId, seq: int) -> int | None:
        """Where the first run behind number *seq* begins, of those that are here."""
        runs = self._by_feed.get(feed, [])
        place = bisect_right(runs, seq, key=_first)
        return runs[place].first if place < len(runs) else None

    def _keep(self, sealed: Sealed) -> None:
        self._kept[sealed.encoded] = sealed
        self.kept_bytes += len(sealed.encoded)
        while self.kept_bytes > self._max_bytes:
            oldest = next(iter(self._kept.values()))
            del self._kept[oldest.encoded]
            self.kept_bytes -= len(oldest.encoded)
            self._unlist(oldest)

    def _unlist(self, sealed: Sealed) -> None:
        runs = self._by_feed[sealed.feed]
        del runs[bisect_right(runs, sealed.first, key=_first) - 1]
        if not runs:
            del self._by_feed[sealed.feed]


def _first(sealed: Sealed) -> int:
    return sealed.first
