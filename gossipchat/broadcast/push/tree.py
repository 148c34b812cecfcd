"""
One tree for each author: which link brings what it says, and which only tell of it.

Plumtree (Leitão, Pereira, Rodrigues, 2007), with a tree for each author instead of
one for all, and each direction of a link by itself: the receiver alone decides
(docs/broadcast.md, "Departures").
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from gossipchat.broadcast.events import Link
from gossipchat.broadcast.spans import NONE
from gossipchat.feeds.ranges import Ranges
from gossipchat.names import AuthorKey, FeedId
from gossipchat.wire.ours.frames import Graft, Holding, Prune

PART = 256
"""Authors, or holdings, in one frame."""

HARDLY_LATER = 0.05
"""Seconds: an author's own link that is later by so little was held up."""

TRY_AGAIN = 60.0
"""Seconds until an author's own link that was later is tried once more."""


@dataclass(slots=True)
class Branch:
    """
    One link's share in the trees. Everyone is eager who is not in here.

    Of more than *most* authors the ones longest in here are forgotten, which costs
    a run that comes twice.
    """

    most: int
    lazy: dict[AuthorKey, None] = field(default_factory=dict)
    """The peer wants notes only of these."""
    pruned: dict[AuthorKey, None] = field(default_factory=dict)
    """Of these we want notes only."""
    _prunes: dict[AuthorKey, None] = field(default_factory=dict)
    _adopts: dict[AuthorKey, None] = field(default_factory=dict)
    """To be grafted for what they say from now on."""
    _grafts: dict[FeedId, Ranges] = field(default_factory=dict)

    def prune(self, author: AuthorKey) -> None:
        """It repeats what another link brings: let it send notes only."""
        _remember(self.pruned, author, self.most)
        _remember(self._prunes, author, self.most)
        self._adopts.pop(author, None)

    def adopt(self, author: AuthorKey) -> None:
        """Let it be eager again for what *author* says from now on."""
        self.pruned.pop(author, None)
        if author in self._prunes:
            del self._prunes[author]  # it has not been told
        else:
            _remember(self._adopts, author, self.most)

    def graft(self, feed: FeedId, ranges: Ranges) -> None:
        """It has *ranges*, which don't come: it shall send them, and what follows."""
        self.pruned.pop(feed.author, None)
        self._prunes.pop(feed.author, None)
        self._grafts[feed] = self._grafts.get(feed, NONE).union(ranges)

    def pruned_by_peer(self, authors: Iterable[AuthorKey]) -> None:
        """The peer has what these say from others."""
        for author in authors:
            _remember(self.lazy, author, self.most)

    def grafted_by_peer(self, authors: Iterable[AuthorKey]) -> None:
        """The peer wants what these say, at once."""
        for author in authors:
            self.lazy.pop(author, None)

    def is_due(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self._prunes or self._adopts or self._grafts)

    def frames(self) -> list[Prune | Graft]:
        """What to tell now."""
        frames: list[Prune | Graft] = []
        if self._prunes:
            authors = tuple(self._prunes)[:PART]
            frames.append(Prune(authors))
            for author in authors:
                del self._prunes[author]
        if self._grafts or self._adopts:
            frames.append(self._next_graft())
        return frames

    def _next_graft(self) -> Graft:
        grafts = list(self._grafts.items())[:PART]
        for feed, _ in grafts:
            del self._grafts[feed]
        authors = dict.fromkeys(feed.author for feed, _ in grafts)
        for author in list(self._adopts)[: PART - len(authors)]:
            del self._adopts[author]
            authors[author] = None
        holdings = (Holding(feed, ranges.bounds) for feed, ranges in grafts)
        return Graft(tuple(authors), tuple(holdings))


class Parent(NamedTuple):
    """Who brings what an author says, and when it last did."""

    link: Link
    at: float


class Tree:
    """
    Each author's parent: the eager link that last brought something new of it.

    A parent is never pruned, so there is always one eager link, if there was one.
    """

    def __init__(self, me: AuthorKey, most: int) -> None:
        self._me = me
        self._most = most
        self._parents: dict[AuthorKey, Parent] = {}
        self._heirs: dict[AuthorKey, Link] = {}
        """Who shall bring it since its parent's link has ended, and has not yet."""
        self._tried: dict[AuthorKey, float] = {}
        """When the author's own link was last asked for what it brought too late."""

    def parent(self, author: AuthorKey) -> Parent | None:
        """Who brings what *author* says; None: nobody is known to."""
        return self._parents.get(author)

    def brought(
        self, link: Link, branch: Branch, author: AuthorKey, now: float
    ) -> None:
        """*link* was the first to bring something new of *author*."""
        if author in branch.pruned:
            branch.adopt(author)  # it was under way when we pruned, and is the faster
        self._heirs.pop(author, None)
        self._parents.pop(author, None)
        self._parents[author] = Parent(link, now)
        if len(self._parents) > self._most:
            del self._parents[next(iter(self._parents))]

    def repeated(self, link: Link, branch: Branch, author: AuthorKey) -> None:
        """*link* has pushed a run of *author* that was wholly known."""
        parent = self._parents.get(author)
        if author == self._me or (parent and parent.link != link):
            branch.prune(author)

    def may_try(self, author: AuthorKey, now: float) -> bool:
        """Whether *author*'s own link, which wants notes only, gets another chance."""
        if now < self._tried.get(author, -TRY_AGAIN) + TRY_AGAIN:
            return False
        self._tried.pop(author, None)
        self._tried[author] = now
        if len(self._tried) > self._most:
            del self._tried[next(iter(self._tried))]
        return True

    def shortened(self, link: Link, author: AuthorKey, now: float) -> Link | None:
        """
        *author*'s own *link* has repeated what another one brought. There is no way
        with fewer hops, so it is the parent from now on; who was it till now. None:
        it is later by too much.
        """
        parent = self._parents.get(author)
        if not parent or parent.link == link or now - parent.at > HARDLY_LATER:
            return None
        self._parents[author] = Parent(link, now)
        return parent.link

    def inherited(self, link: Link, branch: Branch, author: AuthorKey) -> None:
        """*link* shall be eager for *author*, who has lost its parent."""
        branch.adopt(author)
        self._heirs.pop(author, None)
        self._heirs[author] = link
        if len(self._heirs) > self._most:
            del self._heirs[next(iter(self._heirs))]

    def ended(self, link: Link) -> list[AuthorKey]:
        """*link* brings nothing any more; for whom it did, or should have."""
        gone = [who for who, parent in self._parents.items() if parent.link == link]
        gone += [who for who, heir in self._heirs.items() if heir == link]
        return self.refused(link, gone)

    def refused(self, link: Link, authors: Iterable[AuthorKey]) -> list[AuthorKey]:
        """Of *authors* those that *link* should bring, and can't."""
        gone = []
        for author in authors:
            parent = self._parents.get(author)
            if parent and parent.link == link:
                del self._parents[author]
                gone.append(author)
            elif self._heirs.get(author) == link:
                del self._heirs[author]
                gone.append(author)
        return gone

    def latest(self, most: int) -> list[AuthorKey]:
        """Of those who have a parent the *most* that spoke last, the last one first."""
        return list(islice(reversed(self._parents), most))

    def burdens(self) -> Counter[Link]:
        """For how many authors each link is the parent."""
        return Counter(parent.link for parent in self._parents.values())


def _remember(authors: dict[AuthorKey, None], author: AuthorKey, most: int) -> None:
    authors[author] = None
    if len(authors) > most:
        del authors[next(iter(authors))]
