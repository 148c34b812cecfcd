"""
Serf's logical clocks: order without wall clocks, and without going back at a start.
"""

from gossipchat.swim.events import RememberCounter

BLOCK = 64
"""Stamps stored ahead, so that few ticks write. A restart skips as many, and must
stay far below Serf's window of 512, or it would make others' events too old."""

RESERVE = BLOCK // 2
"""So many are left when the next block is stored: the disk takes its time."""

MAX_STAMP = 2**62
"""Later stamps are refused: no real cluster comes near, and they must fit 64 bits."""

MAX_LEAP = 2**40
"""
No honest stamp is that far ahead, not even for a node that is new to an old cluster:
at a thousand events a second it takes 35 years. Who leaps as far as allowed, again
and again, needs four million messages to wear a clock out.
"""


class LamportClock:
    """
    One of a node's three clocks (members, events, queries), starting at 1 or above.

    Source: Lamport, Time, Clocks, and the Ordering of Events (1978).
    """

    def __init__(self, what: str, value: int) -> None:
        self.value = value
        """The stamp that our next message gets."""
        self._what = what
        self._stored = 0

    def stamp(self) -> int:
        """The time of a message of ours; the next one gets a later time."""
        value, self.value = self.value, self.value + 1
        return value

    def refuses(self, seen: int) -> bool:
        """Whether *seen* is no honest stamp; whatever bears it is to be dropped."""
        return seen >= min(MAX_STAMP, self.value + MAX_LEAP)

    def witness(self, seen: int) -> None:
        """Somebody was at *seen* already: be later from now on."""
        if self.value <= seen and not self.refuses(seen):
            self.value = seen + 1

    def to_store(self) -> list[RememberCounter]:
        """What must be on disk before so many more stamps are given."""
        if self.value + RESERVE <= self._stored:
            return []
        self._stored = self.value + BLOCK
        return [RememberCounter(self._what, self._stored)]
