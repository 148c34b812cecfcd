"""
What is dated too far ahead waits, on disk, until its time has come.
"""

from collections.abc import Iterable
from typing import NamedTuple

from gossipchat.chat.events import Deliver, Effect, Reveal, TimeCame
from gossipchat.effects import StartTimer

LONGEST_NAP = 60.0
"""Seconds after which the wall clock is looked at again: it may have been set."""


class EarlyDue(NamedTuple):
    """Timer: the time of an entry that was dated too far ahead may have come."""


class Ahead:
    """
    When the disk is to be asked for what may be shown by now.

    All times are of the reference: our clock, and the neighbours'. An entry that was
    put aside because that was wrong is shown as soon as it is set right.
    """

    def __init__(self, next_due_ms: int | None) -> None:
        """*next_due_ms*: when the first entry on disk that waits may be shown."""
        self._next_due_ms = next_due_ms
        self._timed = False

    def kept(self, due_ms: Iterable[int]) -> None:
        """Entries that may be shown at *due_ms* are on disk."""
        waiting = [*due_ms]
        if self._next_due_ms is not None:
            waiting.append(self._next_due_ms)
        self._next_due_ms = min(waiting, default=None)

    def wait(self, now_ms: int) -> list[Effect]:
        """A timer for the next look, unless one runs or nothing waits."""
        if self._next_due_ms is None or self._timed:
            return []
        self._timed = True
        wait = max(0, self._next_due_ms - now_ms) / 1000
        return [StartTimer(EarlyDue(), min(max(wait, 1.0), LONGEST_NAP))]

    def rested(self, now_ms: int, wall_ms: int) -> list[Effect]:
        """That timer is due."""
        self._timed = False
        return self.look(now_ms, wall_ms) or self.wait(now_ms)

    def look(self, now_ms: int, wall_ms: int) -> list[Effect]:
        """Ask the disk, if anything is due; *wall_ms*: what our own clock says."""
        due_ms = self._next_due_ms
        is_due = due_ms is not None and due_ms <= now_ms
        return [Reveal(now_ms, wall_ms)] if is_due else []

    def came(self, came: TimeCame, now_ms: int) -> list[Effect]:
        """The disk's answer: show these."""
        self._next_due_ms = came.next_due_ms
        lines = tuple(revealed.line for revealed in came.revealed)
        return [Deliver(lines), *self.wait(now_ms)]
