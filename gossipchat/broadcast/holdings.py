"""
What this node has: its feeds, the digest over them, and the newest runs.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from hashlib import sha256
from struct import Struct

from gossipchat.broadcast.cache import HeadCache, Sealed
from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.broadcast.spans import NONE, covers
from gossipchat.feeds.feed import Feed, Verdict
from gossipchat.feeds.ranges import Ranges
from gossipchat.feeds.run import Run
from gossipchat.names import FeedId

_FEED = Struct(">32sQ")
_PAIR = Struct(">QQ")
_MODULUS = 1 << 256


class Holdings:
    """
    All feeds that are held, including runs that are still on their way to disk.

    The digest is the sum, modulo 2**256, of a SHA-256 over each feed and its
    ranges: it does not depend on any order and a change costs one hash (an
    incremental hash as in Bellare and Micciancio, 1997).
    """

    def __init__(self, config: BroadcastConfig, feeds: Mapping[FeedId, Feed]) -> None:
        self._config = config
        self._feeds = dict(feeds)
        self._order = list(self._feeds)
        self._ranges = {feed: held.ranges for feed, held in self._feeds.items()}
        self._epochs = Counter(feed.author for feed in self._feeds)
        self._changed = dict.fromkeys(self._feeds, 0)
        self._shares: dict[FeedId, int] = {}
        self._stale = dict.fromkeys(self._feeds)
        self._sum = 0
        self.cache = HeadCache(config.cache_bytes)
        self.entries = sum(ranges.count for ranges in self._ranges.values())
        """How many entries."""
        self.changes = 0
        """Counts up with every change."""
        self.digest()

    def ranges(self, feed: FeedId) -> Ranges:
        """What is held of *feed*."""
        return self._ranges.get(feed, NONE)

    def floor(self, feed: FeedId) -> int:
        """Nothing at or below it is wanted of *feed*."""
        held = self._feeds.get(feed)
        return held.floor if held else 0

    def lacking(self, feed: FeedId, claimed: Ranges) -> Ranges:
        """What of *claimed* this node would like to have."""
        held = self.ranges(feed)
        if covers(held, claimed):
            return NONE
        missing = claimed.minus(held)
        if not missing or not self.has_room_for(feed):
            return NONE
        return missing.within(self.floor(feed) + 1, missing.highest)

    def has_room_for(self, feed: FeedId) -> bool:
        """Whether *feed* is known, or may become so."""
        if feed in self._feeds:
            return True
        epochs = self._epochs.get(feed.author, 0)
        if len(self._feeds) >= self._config.max_feeds:
            return False
        if epochs:
            return epochs < self._config.max_epochs
        return len(self._epochs) < self._config.max_authors

    def judge(self, run: Run, tip: bytes) -> Verdict:
        """What *run*, already checked, is to us (see ``Feed.judge``)."""
        return self._feeds.get(run.feed, Feed(run.feed)).judge(run, tip)

    def take(self, run: Run, tip: bytes, sealed: Sealed, kept: bool) -> None:
        """Hold *run*, which was judged NEW, as *sealed*; *kept*: it is on disk."""
        held = self._feeds.get(run.feed)
        if held is None:
            held = self._feeds[run.feed] = Feed(run.feed)
            self._order.append(run.feed)
            self._epochs[run.feed.author] += 1
        held.take(run, tip)
        self.cache.add(sealed, kept)
        self._change(held)

    def drop(self, run: Run) -> None:
        """*run* could not be written: it is held no more."""
        held = self._feeds.get(run.feed)
        if held is not None and self.cache.forget(run.encoded):
            held.drop(run)
            self._change(held)

    def digest(self) -> bytes:
        """32 bytes that are equal where feeds and ranges are."""
        for feed in self._stale:
            share = _share(feed, self._ranges[feed])
            self._sum += share - self._shares.get(feed, 0)
            self._shares[feed] = share
        self._stale.clear()
        self._sum %= _MODULUS
        return self._sum.to_bytes(32, "big")

    def changed_since(
        self, changes: int, place: int
    ) -> Iterator[tuple[int, FeedId, Ranges]]:
        """
        Feeds that changed after change number *changes* (-1: all), from *place* on.

        With each comes the place to go on from. Feeds never lose their place, so
        a walk may be interrupted and misses nothing that was there when it began.
        """
        for index in range(place, len(self._order)):
            feed = self._order[index]
            if self._changed[feed] > changes:
                yield index + 1, feed, self._ranges[feed]

    def _change(self, held: Feed) -> None:
        feed = held.id
        before = self.ranges(feed)
        after = self._ranges[feed] = held.ranges
        self.entries += after.count - before.count
        self.changes += 1
        self._changed[feed] = self.changes
        self._stale[feed] = None


def _share(feed: FeedId, ranges: Ranges) -> int:
    """What *feed* adds to the digest."""
    if not ranges:
        return 0
    parts = [_FEED.pack(*feed), *(_PAIR.pack(*pair) for pair in ranges.bounds)]
    return int.from_bytes(sha256(b"".join(parts)).digest(), "big")
