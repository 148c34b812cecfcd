"""
What a person waits for: asked for before all else.
"""

from collections.abc import Iterable
from itertools import islice

from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.broadcast.events import Hole
from gossipchat.broadcast.holdings.holdings import Holdings
from gossipchat.broadcast.links.neighbours import Neighbour, Neighbours
from gossipchat.broadcast.pull.wants import Wants
from gossipchat.broadcast.spans import NONE, common, span
from gossipchat.feeds.ranges import Ranges
from gossipchat.names import FeedId

MAX_HOLES = 512
"""Feeds of a link that are looked at for one page: what a few milliseconds allow,
and one frame holds."""


class Pages:
    """Asks for parts of the past out of their turn."""

    def __init__(
        self,
        config: BroadcastConfig,
        holdings: Holdings,
        wants: Wants,
        neighbours: Neighbours,
    ) -> None:
        self._config = config
        self._holdings = holdings
        self._wants = wants
        self._neighbours = neighbours

    def holes(self) -> list[Hole]:
        """What is lacking and linked peers have, as far as they have said."""
        known: dict[FeedId, Ranges] = {}
        for near in self._neighbours:
            for feed in islice(near.offers, MAX_HOLES):
                known[feed] = known.get(feed, NONE).union(near.knows(feed))
        return [
            Hole(feed, first, last)
            for feed, ranges in known.items()
            for first, last in self._holdings.lacking(feed, ranges).bounds
        ][:MAX_HOLES]

    def wanted(self, holes: Iterable[Hole], now: float) -> list[Neighbour]:
        """
        Somebody waits for the newest entries of each of *holes*: who is to be asked.

        As many as are asked for first when one joins. Being next to what is held,
        they make no new hole.
        """
        asked: dict[Neighbour, None] = {}
        for feed, first, last in holes:
            first = max(first, last - self._config.newest_first + 1)
            left = self._holdings.lacking(feed, span(first, last))
            for near in self._neighbours:
                its = common(left, near.knows(feed))
                hurried = self._wants.hurry(near.link, feed, its, now)
                if hurried:
                    near.pages[feed] = near.pages.get(feed, NONE).union(hurried)
                    asked[near] = None
                    left = left.minus(hurried)
        return list(asked)
