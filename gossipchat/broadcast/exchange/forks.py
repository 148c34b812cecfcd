"""
What a fork means for the links: where it is looked for, and what is told of it.
"""

from gossipchat.broadcast.events import Rename
from gossipchat.broadcast.holdings.holdings import Holdings
from gossipchat.broadcast.holdings.intake import Came
from gossipchat.broadcast.links.neighbours import Neighbour, Neighbours
from gossipchat.broadcast.spans import common, read, span
from gossipchat.names import AuthorKey, FeedId
from gossipchat.wire.ours.frames import Holding

STRIDE = 256
"""Entries asked for at a time on the way down to where two branches part."""

MAX_WALKS = 64
"""Feeds in which one link is asked for that."""


class Forks:
    """
    Keeps the links' views in step when a feed turns out to have branches.

    A neighbour that has not noticed the fork speaks of its branch by the feed's
    name. What it claims beyond the fork is not believed; it hears of the branches
    from us, asks for their first runs, and comes to the same names.
    """

    def __init__(self, holdings: Holdings, neighbours: Neighbours) -> None:
        self._holdings = holdings
        self._neighbours = neighbours

    def read(self, near: Neighbour, holding: Holding) -> bool:
        """Note what *holding* says of forks; False: it is to be ignored."""
        feed = holding.feed
        if holding.signed is not None and holding.signed != feed.epoch:
            self._holdings.hint(feed, FeedId(feed.author, holding.signed))
        if self._holdings.families.is_full(feed.author):
            self._warn(near, feed.author)
            return False
        ranges = read(holding)
        ours = self._holdings.tip(feed, ranges.highest)
        if holding.tip and ours and holding.tip != ours and len(near.gaps) < MAX_WALKS:
            near.gaps[feed] = span(ranges.highest, ranges.highest)
        return True

    def ask_below(self, near: Neighbour, came: Came) -> None:
        """*came* is of another branch than ours: ask for what comes before it."""
        run = came.run
        if self._holdings.families.of(run.signed):
            return  # the fork is known; its branches are asked for by their names
        asked = near.walks.get(run.signed)
        known = asked is not None or len(near.walks) < MAX_WALKS
        if run.first == 1 or not known or (asked is not None and run.first > asked):
            return
        low = max(self._holdings.floor(run.signed) + 1, run.first - STRIDE)
        if low < run.first:
            near.walks[run.signed] = low
            near.gaps[run.signed] = span(low, run.first - 1)

    def renamed(self, rename: Rename) -> None:
        """What was known as *old* has another name: nobody knows it by that yet."""
        moved = self._holdings.ranges(rename.new)
        for near in self._neighbours:
            beyond = common(near.knows(rename.old), moved)
            near.unlearn(rename.old, beyond)
            due = common(near.outbox.due(rename.old), moved)
            near.outbox.remove(rename.old, due)
            near.outbox.push(rename.new, due)
            near.walks.clear()

    def tell(self, feed: FeedId) -> None:
        """Let everybody know of the branch *feed*."""
        ranges = self._holdings.ranges(feed)
        for near in self._neighbours:
            near.telling.offer(feed, ranges)

    def relays(self, author: AuthorKey) -> bool:
        """Whether what *author* says is passed on."""
        return not self._holdings.families.is_full(author)

    def _warn(self, near: Neighbour, author: AuthorKey) -> None:
        """Prove that *author* has too many branches: send the first run of each."""
        if author not in near.warned:
            near.warned.add(author)
            for branch, first in self._holdings.families.roots_of(author):
                near.outbox.push(branch, span(first, first))
