"""
Saying a thing once, or not too often: what was already said, within bounds.
"""

from collections.abc import Hashable

MAX_SAID = 1024


class Once:
    """Remembers the last things said; a very old one may be said again."""

    def __init__(self, limit: int = MAX_SAID) -> None:
        self._limit = limit
        self._said: dict[Hashable, None] = {}

    def knows(self, *what: Hashable) -> bool:
        """Whether *what* was said before, as far as is remembered."""
        return what in self._said

    def first(self, *what: Hashable) -> bool:
        """Whether *what* was not said before; from now on it was."""
        if what in self._said:
            return False
        if len(self._said) >= self._limit:
            del self._said[next(iter(self._said))]
        self._said[what] = None
        return True


class Rate:
    """At most *most* in a second; what goes beyond is to be left alone."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._second = float("-inf")
        self._count = 0

    def allows(self, now: float) -> bool:
        """Whether one more is not too many."""
        if now - self._second >= 1.0:
            self._second, self._count = now, 0
        self._count += 1
        return self._count <= self._most


class Spaced:
    """The same only every *interval* seconds; remembers the last *most* things."""

    def __init__(self, interval: float, most: int) -> None:
        self._interval, self._most = interval, most
        self._last: dict[Hashable, float] = {}

    def allows(self, what: Hashable, now: float) -> bool:
        """Whether it was not lately; if so, it is now."""
        if now - self._last.get(what, float("-inf")) < self._interval:
            return False
        self._last.pop(what, None)
        while len(self._last) >= self._most:
            del self._last[next(iter(self._last))]
        self._last[what] = now
        return True
