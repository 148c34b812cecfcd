"""
Serf's logical clocks: order without wall clocks, and without going back at a start.
"""

from gossipchat.swim.events import RememberCounter

BLOCK = 64
"""Stamps stored ahead, so that few ticks write. A restart skips as many, and must
stay far below Serf's window of 512, or it would make others' events too old."""

MAX_STAMP = 2**62
"""Later stamps are refused: no real cluster comes near, and they must fit 64 bits."""


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

    def witness(self, seen: int) -> None:
        """Somebody was at *seen* already: be later from now on."""
        if self.value <= seen < MAX_STAMP:
            self.value = seen + 1

    def to_store(self) -> list[RememberCounter]:
        """What must be on disk before any stamp given so far leaves the node."""
        if self.value <= self._stored:
            return []
        self._stored = self.value + BLOCK
        return [RememberCounter(self._what, self._stored)]
