"""
How much is said lately: notes and grafts are quick while it is little.
"""

from math import exp

MEMORY = 1.0
"""Seconds over which what comes is averaged."""

QUICK_MEMORY = 0.2
"""The same for a second rate, which tells within a tenth of a second that much is said
now. Talk is as fast as the faster of the two."""

QUIET = 1.0
"""Entries a second: what is told just now has mostly arrived."""


class Pace:
    """Rates that fade: about as many entries a second as came lately."""

    def __init__(self, calm: float) -> None:
        """*calm*: entries a second up to which talk is calm."""
        self._calm = calm
        self._rate = 0.0
        self._quick_rate = 0.0
        self._rated_at = 0.0

    def came(self, entries: int, now: float) -> None:
        """So many entries were new."""
        self._fade(now)
        self._rate += entries / MEMORY
        self._quick_rate += entries / QUICK_MEMORY

    def is_calm(self, now: float) -> bool:
        """Whether little is said."""
        self._fade(now)
        return max(self._rate, self._quick_rate) <= self._calm

    def is_quiet(self, now: float) -> bool:
        """Whether hardly anything is said."""
        self._fade(now)
        return self._rate <= QUIET

    def _fade(self, now: float) -> None:
        since = self._rated_at - now
        self._rate *= exp(since / MEMORY)
        self._quick_rate *= exp(since / QUICK_MEMORY)
        self._rated_at = now
