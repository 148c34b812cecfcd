"""
How much is said lately: notes and grafts are quick while it is little.
"""

from math import exp

MEMORY = 1.0
"""Seconds over which what comes is averaged."""


QUIET = 1.0
"""Entries a second: what is told just now has mostly arrived."""


class Pace:
    """A rate that fades: about as many entries a second as came lately."""

    def __init__(self, calm: float) -> None:
        """*calm*: entries a second up to which talk is calm."""
        self._calm = calm
        self._rate = 0.0
        self._rated_at = 0.0

    def came(self, entries: int, now: float) -> None:
        """So many entries were new."""
        self._rate = self._faded(now) + entries / MEMORY
        self._rated_at = now

    def is_calm(self, now: float) -> bool:
        """Whether little is said."""
        return self._faded(now) <= self._calm

    def is_quiet(self, now: float) -> bool:
        """Whether hardly anything is said."""
        return self._faded(now) <= QUIET

    def _faded(self, now: float) -> float:
        return self._rate * exp((self._rated_at - now) / MEMORY)
