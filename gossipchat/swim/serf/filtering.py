"""
For whom a query is: its filters, looked at within a budget of work, for anyone who may
speak in the cluster can send as many as he likes.
"""

from gossipchat.errors import UsageError
from gossipchat.swim.membership.members import Entry
from gossipchat.swim.patterns.matching import MAX_STEPS, Pattern
from gossipchat.wire.serf.messages import Filter, NodeFilter, Query, TagFilter

STEPS_A_SECOND = 100_000
"""For all filters together: some 5 % of a processor. Beyond it nobody is meant."""

READING = 10
"""Steps that a character of an expression costs to be read,"""
BEGINNING = 100
"""and a filter, however short."""


class Filtering:
    """Whether this node is meant by queries."""

    def __init__(self, us: Entry) -> None:
        self._us = us
        self._second = float("-inf")
        self._left = 0

    def means_us(self, query: Query, now: float) -> bool:
        """All filters must pass."""
        if now - self._second >= 1.0:
            self._second, self._left = now, STEPS_A_SECOND
        return all(map(self._passes, query.filters))

    def _passes(self, wanted: Filter) -> bool:
        """A filter of an unknown kind, or that Go would not take, is for nobody."""
        match wanted:
            case NodeFilter(names):
                return self._us.name in names
            case TagFilter(tag, expression):
                return self._finds(expression, self._us.tags.get(tag, ""))
            case _:
                return False

    def _finds(self, expression: str, value: str) -> bool:
        self._left -= BEGINNING + READING * len(expression)
        if self._left <= 0:
            return False
        try:
            pattern = Pattern(expression)
        except UsageError:
            self._left -= MAX_STEPS // 2  # it may have taken long to find that out
            return False
        try:
            return pattern.found_in(value, min(MAX_STEPS, self._left))
        except UsageError:
            return False
        finally:
            self._left -= pattern.steps
