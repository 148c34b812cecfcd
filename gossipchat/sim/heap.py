"""
Virtual time: one heap of things to do, one seeded ``Random``.

Two things due at the same instant happen in the order they were asked for, so
a run is its seed, under any PYTHONHASHSEED.
"""

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from random import Random


class Heap:
    """A clock that jumps from one thing to do to the next."""

    def __init__(self, seed: int) -> None:
        self.now = 0.0
        self.chance = Random(seed)
        self._order = count()
        self._things: list[tuple[float, int, Callable[[], None]]] = []

    def after(self, delay: float, do: Callable[[], None]) -> None:
        """Call *do* in *delay* virtual seconds (0 or more)."""
        heappush(self._things, (self.now + delay, next(self._order), do))

    def run_until(self, end: float) -> None:
        """Do all that is due up to and including *end*; then it is *end*."""
        while self._things and self._things[0][0] <= end:
            self.now, _, do = heappop(self._things)
            do()
        self.now = end

    def run_until_true(self, condition: Callable[[], bool], end: float) -> bool:
        """Run until *condition* holds (True) or it is *end* (False)."""
        while not condition():
            if not self._things or self._things[0][0] > end:
                self.now = end
                return condition()
            self.now, _, do = heappop(self._things)
            do()
        return True
