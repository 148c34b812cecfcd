"""
Which feeds are branches of which: the families of forked feeds.
"""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from gossipchat.feeds.branches import MAX_BRANCHES
from gossipchat.feeds.feed import Feed
from gossipchat.names import AuthorKey, FeedId


class Root(NamedTuple):
    """Where a branch begins, and the hash that it chains to."""

    first: int
    prev: bytes


class Families:
    """
    The branches of each feed that has forked, and where they leave it.

    A feed without branches is in no family here; that is nearly all of them.
    """

    def __init__(self, feeds: Iterable[Feed]) -> None:
        self._members: dict[FeedId, list[Feed]] = {}
        self._roots: dict[FeedId, Root] = {}
        self._branches: Counter[AuthorKey] = Counter()
        held = list(feeds)
        for feed in held:
            if feed.signed != feed.id and feed.segments:
                lowest = feed.segments[0]
                self.join(feed, Root(lowest.first, lowest.prev))
        for feed in held:
            if feed.id in self._members:
                self._members[feed.id].insert(0, feed)

    def of(self, signed: FeedId) -> list[Feed]:
        """Those whose runs are sealed for *signed*; none when it has not forked."""
        return self._members.get(signed, [])

    def root(self, branch: FeedId) -> Root | None:
        """Where *branch* begins; None when it is no branch."""
        return self._roots.get(branch)

    def join(self, feed: Feed, root: Root) -> None:
        """*feed* is a branch from now on."""
        self._members.setdefault(feed.signed, []).append(feed)
        self._roots[feed.id] = root
        self._branches[feed.id.author] += 1

    def trunk(self, feed: Feed) -> None:
        """*feed* has branches from now on, and is one of their family."""
        members = self._members.setdefault(feed.id, [])
        if feed not in members:
            members.insert(0, feed)

    def end(self, branch: Feed) -> None:
        """*branch* turned out to be the rest of another one."""
        if self._roots.pop(branch.id, None) is not None:
            self._members[branch.signed].remove(branch)
            self._branches[branch.id.author] -= 1

    def children(self, signed: FeedId, root: Root) -> list[Feed]:
        """The branches that leave *signed*, or a branch of it, at *root*."""
        return [feed for feed in self.of(signed) if self._roots.get(feed.id) == root]

    def ceiling(self, feed: Feed) -> int | None:
        """The last number of *feed* before it parts; None: it does not."""
        parts = [
            root.first - 1
            for other in self.of(feed.signed)
            if (root := self._roots.get(other.id))
            and other is not feed
            and (root.first > 1 or feed.id == feed.signed)
            and feed.tip_at(root.first - 1) == root.prev
        ]
        return min(parts, default=None)

    def is_full(self, author: AuthorKey) -> bool:
        """Whether *author* has more branches than anybody relays."""
        return self._branches[author] > MAX_BRANCHES

    def full(self) -> list[AuthorKey]:
        """All authors of whom that is so."""
        return [author for author in self._branches if self.is_full(author)]

    def roots_of(self, author: AuthorKey) -> list[tuple[FeedId, int]]:
        """Each branch of *author* with its first number."""
        return [
            (feed, root.first)
            for feed, root in self._roots.items()
            if feed.author == author
        ]
