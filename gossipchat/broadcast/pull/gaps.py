"""
Holes that nobody is known to be able to fill: who is asked on the chance.
"""

from itertools import islice

from gossipchat.broadcast.events import Lost
from gossipchat.broadcast.holdings.holdings import Holdings
from gossipchat.broadcast.links.neighbours import Neighbour, Neighbours
from gossipchat.broadcast.pull.wants import Wants
from gossipchat.broadcast.spans import span
from gossipchat.feeds.feed import MAX_SEGMENTS
from gossipchat.feeds.run import Run

MAX_GAPS = 64
"""Feeds whose holes one link is asked about in one batch."""

ASKED = 2
"""Links that are asked at once for what a disk has lost; then digests find it."""


class Gaps:
    """Such asks don't count as asked: who is asked may lack the same."""

    def __init__(
        self, holdings: Holdings, wants: Wants, neighbours: Neighbours
    ) -> None:
        self._holdings = holdings
        self._wants = wants
        self._neighbours = neighbours

    def below(self, near: Neighbour, run: Run) -> None:
        """
        Who sends a run by itself has what comes before it, or believes that we do.

        Where nobody is known to have it the sender is asked at once.
        """
        if self._holdings.families.of(run.signed):
            return  # its branches are asked for by their names
        if near.heard and run.first > 1 and len(near.gaps) < MAX_GAPS:
            below = self._holdings.ranges(run.feed).within(1, run.first - 1)
            if below.highest == run.first - 1:
                return  # as nearly always
            gap = span(below.highest + 1, run.first - 1)
            gap = self._wants.nobody_claims(run.feed, gap, self._neighbours)
            if gap:
                near.gaps[run.feed] = gap.first_pairs(MAX_SEGMENTS)

    def lost(self, lost: Lost) -> None:
        """What was damaged on disk is held no more: ask for it again."""
        gap = span(lost.first, lost.last)
        self._holdings.lose(lost)
        for near in self._neighbours:
            near.outbox.remove(lost.feed, gap)
        for near in islice(self._neighbours, ASKED):
            if len(near.gaps) < MAX_GAPS:
                known = near.gaps.get(lost.feed, gap)
                near.gaps[lost.feed] = known.union(gap).first_pairs(MAX_SEGMENTS)
