"""
What this node has: its feeds, the digest over them, and the newest runs.
"""

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from struct import Struct

from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.broadcast.events import FloorRaised, Lost
from gossipchat.broadcast.holdings.cache import HeadCache, Sealed
from gossipchat.broadcast.holdings.families import Families, Root
from gossipchat.broadcast.spans import NONE, covers, span
from gossipchat.feeds.feed import Feed
from gossipchat.feeds.ranges import Ranges
from gossipchat.feeds.run import Run
from gossipchat.names import AuthorKey, EntryId, FeedId

_FEED = Struct(">32sQ")
_PAIR = Struct(">QQ32s")
TIP_BYTES = 8
_MODULUS = 1 << 256


class Holdings:
    """
    All feeds that are held, including runs that are still on their way to disk.

    The digest is the sum, modulo 2**256, of a SHA-256 over each feed, its
    ranges and the hash at the end of each: it does not depend on any order and a
    change costs one hash (an incremental hash as in Bellare and Micciancio, 1997).
    """

    def __init__(self, config: BroadcastConfig, feeds: Mapping[FeedId, Feed]) -> None:
        self._config = config
        self._feeds = dict(feeds)
        self._order = list(self._feeds)
        self._ordered = sorted(self._feeds)
        self._ranges = {feed: held.ranges for feed, held in self._feeds.items()}
        self._hints: dict[FeedId, FeedId] = {}
        self._members: dict[AuthorKey, None] = {}
        self._epochs = Counter(feed.author for feed in self._feeds)
        self._changed = dict.fromkeys(self._feeds, 0)
        self._shares: dict[FeedId, int] = {}
        self._stale = dict.fromkeys(self._feeds)
        self._sum = 0
        self.cache = HeadCache(config.cache_bytes)
        self.entries = sum(ranges.count for ranges in self._ranges.values())
        """How many entries."""
        self.turned_away = False
        """Something was not taken because its author, or its feed, is one too many."""
        self.changes = 0
        """Counts up with every change."""
        for branch in feeds.values():
            self._open(branch.signed, branch.signed)
        self.families = Families(self._feeds.values())
        self.digest()

    def feed(self, feed: FeedId) -> Feed | None:
        """What is known of *feed*, if anything is."""
        return self._feeds.get(feed)

    def signed(self, feed: FeedId) -> FeedId:
        """What the runs of *feed* are sealed for: itself, unless it is a branch."""
        held = self._feeds.get(feed)
        return held.signed if held else self._hints.get(feed, feed)

    def hint(self, feed: FeedId, signed: FeedId) -> None:
        """Somebody says that *feed* is a branch of *signed*; who holds it knows."""
        if feed not in self._feeds:
            self._hints[feed] = signed
            if len(self._hints) > self._config.max_feeds:
                del self._hints[next(iter(self._hints))]

    def has_forked(self, feed: FeedId) -> bool:
        """Whether *feed* is a branch, or has any: its runs are taken in order."""
        return bool(self.families.of(self.signed(feed)))

    def ranges(self, feed: FeedId) -> Ranges:
        """What is held of *feed*."""
        return self._ranges.get(feed, NONE)

    def floor(self, feed: FeedId) -> int:
        """Nothing at or below it is wanted of *feed*."""
        held = self._feeds.get(feed)
        return held.floor if held else 0

    def has_author(self, author: AuthorKey) -> bool:
        """Whether anything of *author* is known."""
        return author in self._epochs

    def reach(self, feed: FeedId) -> int:
        """The last entry before the first gap above the floor."""
        floor = self.floor(feed)
        for low, high in self.ranges(feed).bounds:
            return high if low <= floor + 1 else floor
        return floor

    def holds(self, entry: EntryId) -> bool:
        """
        Whether *entry* is held, under its name or another of its family; or is below
        the floor: it was here, and nobody need wait for it.
        """
        if entry.seq in self.ranges(entry.feed) or entry.seq <= self.floor(entry.feed):
            return True
        family = self.families.of(self.signed(entry.feed))
        return any(feed.holds(entry.seq) for feed in family)

    def tip(self, feed: FeedId, seq: int) -> bytes:
        """How the hash of entry *seq* begins, if that is the end of a range."""
        held = self._feeds.get(feed)
        return ((held and held.tip_at(seq)) or b"")[:TIP_BYTES]

    def lacking(self, feed: FeedId, claimed: Ranges) -> Ranges:
        """What of *claimed* this node would like to have."""
        held = self.ranges(feed)
        if covers(held, claimed):
            return NONE
        missing = claimed.minus(held)
        if not missing or not self.has_room_for(feed):
            return NONE
        return missing.within(self.floor(feed) + 1, self._highest_wanted(feed, missing))

    def _highest_wanted(self, feed: FeedId, missing: Ranges) -> int:
        held = self._feeds.get(feed)
        if held is None and feed in self._hints:
            return missing.lowest  # its first run shows where it belongs
        if held is not None and self.families.of(held.signed):
            if self.families.is_full(feed.author):
                return 0
            ceiling = self.families.ceiling(held)
            return missing.highest if ceiling is None else ceiling
        return missing.highest

    def has_room_for(self, feed: FeedId) -> bool:
        """Whether *feed* is known, or may become so."""
        if feed in self._feeds:
            return True
        fits = self._fits(feed)
        self.turned_away |= not fits
        return fits

    def _fits(self, feed: FeedId) -> bool:
        epochs = self._epochs.get(feed.author, 0)
        if len(self._feeds) >= self._config.max_feeds:
            return False
        if epochs:
            return epochs < self._config.max_epochs
        authors = len(self._epochs)
        if feed.author in self._members:
            return authors < self._config.max_authors
        return authors < min(self._config.max_vouched, self._config.max_authors)

    def admit(self, member: AuthorKey) -> None:
        """*member* was seen: strangers that others vouch for don't crowd it out."""
        self._members[member] = None
        if len(self._members) > self._config.max_authors:
            del self._members[next(iter(self._members))]

    def take(self, run: Run, tip: bytes, sealed: Sealed, kept: bool) -> None:
        """Hold *run*, which was judged NEW, as *sealed*; *kept*: it is on disk."""
        held = self._open(run.feed, run.signed)
        held.take(run, tip)
        self.cache.add(sealed, kept)
        self._change(held)

    def begin_branch(self, run: Run) -> None:
        """*run* is the first one of the branch ``run.feed``."""
        branch = self._open(run.feed, run.signed)
        if self.families.root(branch.id) is None:
            self._found(branch, Root(run.first, run.prev))

    def part(self, feed: FeedId, name: FeedId, root: Root) -> Ranges:
        """*feed* parts at *root*: what it has from there on is the branch *name*."""
        moved = self.move(feed, name, root)
        if moved:
            self._found(self._feeds[name], root)
        if not self._feeds[feed].segments:
            self.families.end(self._feeds[feed])
        return moved

    def _found(self, branch: Feed, root: Root) -> None:
        self.families.trunk(self._open(branch.signed, branch.signed))
        self.families.join(branch, root)
        if self.families.is_full(branch.id.author):
            for feed in self._feeds:  # none of them counts in the digest any more
                if feed.author == branch.id.author:
                    self._stale[feed] = None

    def move(self, old: FeedId, new: FeedId, root: Root) -> Ranges:
        """
        What is held of *old* from *root* on, up to the next gap, is *new* from now
        on. Returns what has moved.
        """
        source = self._feeds[old]
        segment = source.cut(root.first, root.prev)
        if segment is None:
            return NONE
        target = self._open(new, source.signed)
        target.add(segment)
        moved = span(segment.first, segment.last)
        self.cache.rename(old, new, moved)
        self._change(source)
        self._change(target)
        return moved

    def raise_floor(self, raised: FloorRaised) -> None:
        """Retention has let go of the lower part of a feed."""
        held = self._feeds.get(raised.feed)
        if held is not None:
            held.raise_floor(raised.floor, raised.tip)
            self.cache.lose_below(raised.feed, raised.floor)
            self._change(held)

    def lose(self, lost: Lost) -> None:
        """What was damaged on disk is held no more."""
        held = self._feeds.get(lost.feed)
        if held is not None and held.lose(lost.first, lost.last, lost.prev, lost.tip):
            self.cache.lose(lost.feed, lost.first)
            self._change(held)

    def drop(self, run: Run) -> FeedId:
        """
        *run* could not be written: it is held no more.

        Returns what it was held under, which may have changed since it was taken.
        """
        known = self.cache.get(run.encoded)
        feed = known.feed if known else run.feed
        held = self._feeds.get(feed)
        if held is not None and self.cache.forget(run.encoded):
            held.drop(run)
            self._change(held)
        return feed

    def named(self, run: Run) -> Run:
        """*run* under the name that it has now, while it is on its way to disk."""
        sealed = self.cache.get(run.encoded)
        return run.named(sealed.feed) if sealed else run

    def _open(self, feed: FeedId, signed: FeedId) -> Feed:
        held = self._feeds.get(feed)
        if held is None:
            held = self._feeds[feed] = Feed(feed, signed=signed)
            self._ranges[feed] = NONE
            self._changed[feed] = self.changes
            self._order.append(feed)
            insort(self._ordered, feed)
            self._epochs[feed.author] += 1
            self._hints.pop(feed, None)
        return held

    def digest(self) -> bytes:
        """32 bytes that are equal where feeds, ranges and hashes are."""
        for feed in self._stale:
            share = self._share(self._feeds[feed])
            self._sum += share - self._shares.get(feed, 0)
            self._shares[feed] = share
        self._stale.clear()
        self._sum %= _MODULUS
        return self._sum.to_bytes(32, "big")

    def between(self, low: FeedId, high: FeedId) -> list[FeedId]:
        """The feeds from *low* on and below *high*, by author and epoch."""
        ordered = self._ordered
        return ordered[bisect_left(ordered, low) : bisect_left(ordered, high)]

    def sum_of(self, feeds: Iterable[FeedId]) -> int:
        """What *feeds* add to the digest together."""
        self.digest()
        shares = self._shares
        return sum(shares.get(feed, 0) for feed in feeds) % _MODULUS

    def __len__(self) -> int:
        return len(self._feeds)

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
            if self._changed[feed] > changes and not self.families.is_full(feed.author):
                yield index + 1, feed, self._ranges[feed]

    def _change(self, held: Feed) -> None:
        feed = held.id
        before = self.ranges(feed)
        after = self._ranges[feed] = held.ranges
        self.entries += after.count - before.count
        self.changes += 1
        self._changed[feed] = self.changes
        self._stale[feed] = None

    def _share(self, held: Feed) -> int:
        """What *held* adds to the digest."""
        if not held.segments or self.families.is_full(held.id.author):
            return 0
        parts = [_FEED.pack(*held.id)]
        for segment in held.segments:
            # who keeps less has nothing to ask of who keeps more, nor the other way
            first = 1 if segment.first == held.floor + 1 else segment.first
            parts.append(_PAIR.pack(first, segment.last, segment.tip))
        return int.from_bytes(sha256(b"".join(parts)).digest(), "big")
