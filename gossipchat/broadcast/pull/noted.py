"""
What neighbours have told of one feed and is not here yet.
"""

from gossipchat.broadcast.events import Link
from gossipchat.broadcast.spans import NONE
from gossipchat.feeds.ranges import Ranges

MAX_MARKS = 32
"""Times of telling that are kept of one feed; of more, the last ones are merged."""


class Noted:
    """*ranges* that are waited for, and since when, entry by entry."""

    __slots__ = ("_marks", "due", "grafted", "links", "parent", "ranges")

    def __init__(self, ranges: Ranges, parent: Link | None, now: float) -> None:
        self.ranges = ranges
        self.parent = parent
        """The link that should bring it; None: there was none."""
        self.due = now
        """When the next link is asked."""
        self.grafted = NONE
        """What of it was asked for so."""
        self.links: dict[Link, None] = {}
        """Who may be asked, the first to tell first."""
        self._marks = [(ranges.highest, now)]
        """Up to which entry had been told by when, ascending."""

    @property
    def since(self) -> float:
        """When the oldest of what is missing was first told of."""
        return self.told_at(self.ranges.lowest)

    def told_at(self, seq: int) -> float:
        """When *seq* was first told of, or the last there was."""
        for highest, told in self._marks:
            if seq <= highest:
                return told
        return self._marks[-1][1]

    def told(self, ranges: Ranges, now: float) -> None:
        """Somebody told of *ranges*, which are not here."""
        self.ranges = self.ranges.union(ranges)
        highest, at = self._marks[-1]
        if ranges.highest > highest:
            if len(self._marks) == MAX_MARKS:
                self._marks[-1] = (ranges.highest, at)
            else:
                self._marks.append((ranges.highest, now))

    def came(self, span: Ranges) -> None:
        """*span* has come."""
        self.ranges = self.ranges.minus(span)
        while len(self._marks) > 1 and self._marks[0][0] < self.ranges.lowest:
            del self._marks[0]

    def begin_anew(self, now: float) -> None:
        """As if all of it had been told now."""
        self._marks = [(self._marks[-1][0], now)]
