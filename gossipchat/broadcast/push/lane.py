"""
Fair turns: which of the ranges that are due to a link goes next.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from itertools import islice

from gossipchat.broadcast.holdings.cache import Sealed
from gossipchat.broadcast.spans import MAX_PAIRS, NONE, span
from gossipchat.feeds.ranges import Ranges
from gossipchat.names import AuthorKey, FeedId

LOOKED_AT = 8
"""Feeds of one author that are tried for a run at hand, in its turn."""

AtHand = Callable[[FeedId, int], Sealed | None]
"""The run that holds that number, unless it must be read from disk first."""


class Lane:
    """
    Ranges that are due, feed by feed, in turns between authors.

    Deficit round robin (Shreedhar and Varghese, 1995): in its turn an author may
    send *quantum* bytes more, so a flood waits behind everyone else. Within a
    feed the lowest goes first: what arrives then chains to what is there.
    """

    def __init__(self, quantum: int) -> None:
        self._quantum = quantum
        self.turns: OrderedDict[AuthorKey, OrderedDict[FeedId, Ranges]] = OrderedDict()
        """What is due of whom, whose turn it is first."""
        self._deficits: dict[AuthorKey, int] = {}

    def __bool__(self) -> bool:
        return bool(self.turns)

    def due(self, feed: FeedId) -> Ranges:
        """What is due of *feed*."""
        feeds = self.turns.get(feed.author)
        return feeds.get(feed, NONE) if feeds else NONE

    def add(self, feed: FeedId, ranges: Ranges, first: bool = False) -> None:
        """
        Let *ranges* be due; *first*: before the author's other feeds.

        Of too many ranges the holes are made due as well, which costs a repetition.
        """
        if not ranges:
            return
        feeds = self.turns.setdefault(feed.author, OrderedDict())
        self._deficits.setdefault(feed.author, self._quantum)
        due = feeds.get(feed, NONE).union(ranges)
        if len(due.bounds) > MAX_PAIRS:
            due = span(due.lowest, due.highest)
        feeds[feed] = due
        if first:
            feeds.move_to_end(feed, last=False)

    def remove(self, feed: FeedId, ranges: Ranges) -> None:
        """*ranges* are due no more."""
        feeds = self.turns.get(feed.author)
        if feeds is None or feed not in feeds:
            return
        left = feeds[feed].minus(ranges)
        if left:
            feeds[feed] = left
            return
        del feeds[feed]
        if not feeds:
            del self.turns[feed.author]
            del self._deficits[feed.author]

    def next_run(self, at_hand: AtHand) -> Sealed | None:
        """
        The run whose turn it is, of those at hand; None when none is.

        Whoever sends it removes it; until then it stays due.
        """
        stuck = 0
        while stuck < len(self.turns):
            author, feeds = next(iter(self.turns.items()))
            run = _first_at_hand(feeds, at_hand)
            if run is None:
                stuck += 1
            elif len(run.encoded) <= self._deficits[author]:
                self._deficits[author] -= len(run.encoded)
                return run
            else:
                stuck = 0
                self._deficits[author] += self._quantum
            self.turns.move_to_end(author)
        return None

    def missing(self, at_hand: AtHand) -> tuple[FeedId, int, int] | None:
        """The first range in turn that must be read from disk before it can go."""
        for feed, due in self._next_feeds():
            low, high = due.bounds[0]
            if at_hand(feed, low) is None:
                return feed, low, high
        return None

    def _next_feeds(self) -> Iterator[tuple[FeedId, Ranges]]:
        for feeds in islice(self.turns.values(), LOOKED_AT):
            yield from islice(feeds.items(), LOOKED_AT)


def _first_at_hand(
    feeds: OrderedDict[FeedId, Ranges], at_hand: AtHand
) -> Sealed | None:
    for feed, due in islice(feeds.items(), LOOKED_AT):
        run = at_hand(feed, due.lowest)
        if run is not None:
            return run
    return None
