"""
A bounded number of places for those who have not shown who they are.
"""

from collections import Counter
from typing import Protocol


class Guest(Protocol):
    """A connection that can be shown the door."""

    def abort(self) -> None:
        """Cut the connection now; its place is given up by :meth:`Places.leave`."""


class Places:
    """
    At most *limit* guests. Who comes when all places are taken gets the one of the
    guest who has been here longest: honest guests are gone within a round trip or
    two, so whoever wants to keep others out must come again and again, not once.
    """

    def __init__(self, limit: int, counters: Counter[str], what: str) -> None:
        self._limit = limit
        self._counters = counters
        self._what = what
        self._guests: dict[Guest, None] = {}

    def __len__(self) -> int:
        return len(self._guests)

    def take(self, guest: Guest) -> None:
        """Give *guest* a place, if need be that of the oldest guest."""
        while len(self._guests) >= self._limit:
            oldest = next(iter(self._guests))
            del self._guests[oldest]
            self._counters[self._what] += 1
            oldest.abort()
        self._guests[guest] = None

    def abort_all(self) -> None:
        """Show everybody the door."""
        for guest in list(self._guests):
            guest.abort()

    def leave(self, guest: Guest) -> None:
        """*guest* is gone or known by now; any number of times."""
        self._guests.pop(guest, None)
