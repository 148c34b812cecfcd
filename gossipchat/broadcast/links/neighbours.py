"""
The state of each link, and which of two links between a pair stays.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.broadcast.events import Link, LinkOpened
from gossipchat.broadcast.holdings.holdings import Holdings
from gossipchat.broadcast.links.lag import Lag
from gossipchat.broadcast.push.outbox import Outbox
from gossipchat.broadcast.push.tree import Branch
from gossipchat.broadcast.spans import MAX_PAIRS, NONE, covers, span
from gossipchat.broadcast.telling.telling import Telling
from gossipchat.feeds.ranges import Ranges
from gossipchat.names import AuthorKey, FeedId
from gossipchat.wire.ours.frames import Holding, Summary, Want


@dataclass(slots=True, eq=False)
class Neighbour:
    """A link and what is known of its far end."""

    link: Link
    peer: AuthorKey
    dialled: bool
    """By us."""
    since: float
    outbox: Outbox
    telling: Telling
    branch: Branch
    max_feeds: int
    busy: bool = False
    """A batch is under way; ``Drained`` ends that."""
    moved: float = 0.0
    """When a batch was last handed over, or a frame came."""
    heard: bool = False
    """The last part of its first vector has come."""
    lag: Lag = field(default_factory=Lag)
    """How late it brings what it is the parent for."""
    notes_until: float = float("-inf")
    """Until then it is told of what is new without a rest."""
    fault: str | None = None
    """What it did that must not be done: the link ends."""
    has: dict[FeedId, Ranges] = field(default_factory=dict)
    """What it holds, as far as we know: what it told, what it sent, what we sent.
    Rather too little than too much, for what is in here is not sent to it."""
    offers: dict[FeedId, None] = field(default_factory=dict)
    """Feeds of which it may have what we lack, in the order of asking."""
    gaps: dict[FeedId, Ranges] = field(default_factory=dict)
    """Holes below what it sent, of which nobody else is known to have anything."""
    pages: dict[FeedId, Ranges] = field(default_factory=dict)
    """What somebody waits for and it is asked for, before all else."""
    floors: dict[FeedId, int] = field(default_factory=dict)
    """What it keeps nothing at or below of."""
    walks: dict[FeedId, int] = field(default_factory=dict)
    """Forked feeds: how far down it was asked for where the branches part."""
    warned: set[AuthorKey] = field(default_factory=set)
    """Authors with too many branches of whom it was told."""

    @classmethod
    def on(
        cls,
        opened: LinkOpened,
        config: BroadcastConfig,
        holdings: Holdings,
        now: float,
    ) -> "Neighbour":
        """The state of a link that is new."""
        outbox = Outbox(holdings.cache, config)
        telling = Telling(config, holdings, outbox.due)
        return cls(
            *(opened.link, opened.peer, opened.dialled, now, outbox, telling),
            Branch(config.max_authors),
            config.max_feeds,
        )

    def may_send(self) -> bool:
        """Whether anything may be due to it."""
        due = self.telling.is_due() or self.branch.is_due()
        wanted = self.offers or self.gaps or self.pages
        return bool(due or self.outbox or wanted)

    def needed_notes(self, until: float) -> None:
        """What it was told of did not come to it: tell it soon *until* then."""
        self.notes_until = until

    def answer(self, summary: Summary) -> None:
        """It has told what it has, in stretches: tell it where we differ."""
        self.heard = True
        self.telling.answer(summary)

    def want_gaps(self) -> list[Want]:
        """Ask for the holes, once, but for what it keeps nothing of."""
        gaps, self.gaps = self.gaps, {}
        holdings = []
        for feed, gap in gaps.items():
            above = gap.minus(span(1, self.floors.get(feed, 0)))
            if above:
                holdings.append(Holding(feed, above.bounds))
        return [Want(tuple(holdings))] if holdings else []

    def want_pages(self) -> list[Want]:
        """Ask for what somebody waits for, once."""
        pages, self.pages = self.pages, {}
        holdings = [Holding(feed, ranges.bounds) for feed, ranges in pages.items()]
        return [Want(tuple(holdings), urgent=True)] if holdings else []

    def learn(self, feed: FeedId, ranges: Ranges) -> None:
        """It holds *ranges* too. Feeds above the bound are not remembered."""
        known = self.has.get(feed)
        if known is None:
            if len(self.has) < self.max_feeds:
                self.has[feed] = ranges
        elif not covers(known, ranges):
            self.has[feed] = known.union(ranges)
            if len(self.has[feed].bounds) > MAX_PAIRS:
                self.has[feed] = self.has[feed].first_pairs(MAX_PAIRS)

    def learn_floor(self, feed: FeedId, floor: int) -> None:
        """It keeps nothing up to *floor*, and is not asked for that."""
        if feed in self.has:
            self.floors[feed] = floor
            self.unlearn(feed, span(1, floor))

    def unlearn(self, feed: FeedId, ranges: Ranges) -> None:
        """It does not hold *ranges* after all."""
        if feed in self.has:
            self.has[feed] = self.has[feed].minus(ranges)

    def knows(self, feed: FeedId) -> Ranges:
        """What it holds of *feed*, as far as we know."""
        return self.has.get(feed, NONE)


class Neighbours:
    """
    All links, one to a peer.

    Args:
        settled_after: seconds after which a link has not just been made.
    """

    def __init__(self, me: AuthorKey, settled_after: float) -> None:
        self._me = me
        self._settled_after = settled_after
        self._by_link: dict[Link, Neighbour] = {}
        self._by_peer: dict[AuthorKey, Neighbour] = {}

    def __iter__(self) -> Iterator[Neighbour]:
        return iter(self._by_link.values())

    def get(self, link: Link) -> Neighbour | None:
        """The state of *link*, unless it has ended."""
        return self._by_link.get(link)

    def of(self, peer: AuthorKey) -> Neighbour | None:
        """The link to *peer*."""
        return self._by_peer.get(peer)

    def peers(self) -> tuple[AuthorKey, ...]:
        """Those linked, the oldest link first."""
        return tuple(near.peer for near in self)

    def dialled_by_others(self) -> int:
        """How many links others dialled."""
        return sum(not near.dialled for near in self)

    def loser(self, new: Neighbour) -> Neighbour | None:
        """
        Of *new* and the link that its peer has already: the one to end.

        When both sides dialled at once, the smaller key keeps the one it dialled: both
        come to the same. Otherwise the newer stays. Nobody dials whom it is linked
        with, so the other side lost the older one and we have not noticed; or another
        process has its key, and each must have its turn.
        """
        old = self._by_peer.get(new.peer)
        if old is None:
            return None
        crossed = new.since - old.since < self._settled_after
        smaller_dialled = new.dialled == (self._me < new.peer)
        if crossed and old.dialled != new.dialled and not smaller_dialled:
            return new
        return old

    def add(self, near: Neighbour) -> None:
        """*near* is its peer's link from now on."""
        self._by_link[near.link] = near
        self._by_peer[near.peer] = near

    def remove(self, near: Neighbour) -> None:
        """*near* has ended."""
        self._by_link.pop(near.link, None)
        if self._by_peer.get(near.peer) is near:
            del self._by_peer[near.peer]
