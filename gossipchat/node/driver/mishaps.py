"""
What raises though it never should: counted, and logged once of each kind.

A packet that finds a mistake of ours can be sent again and again; the log must not
fill the disk.
"""

from collections import Counter

from twisted.logger import Logger
from twisted.python.failure import Failure

log = Logger()

BROKE_A_ROOM = "dropped.broke_a_room"
NOT_DONE = "dropped.not_done"


class Mishaps:
    """Told of each."""

    def __init__(self, counts: Counter[str]) -> None:
        self._counts = counts
        self._told: set[tuple[str, type, type | None]] = set()

    def broke_a_room(self, event: object, problem: Exception) -> None:
        """*event*, from the network, could not be handled and is dropped."""
        what = "a {what} from the network broke a room and was dropped"
        self._note(BROKE_A_ROOM, event, what, problem)

    def not_done(self, effect: object, problem: Exception) -> None:
        """*effect* could not be carried out and is dropped."""
        self._note(NOT_DONE, effect, "a {what} could not be carried out", problem)

    def _note(self, count: str, what: object, text: str, problem: Exception) -> None:
        failure = Failure(problem)
        kind = (count, type(what), failure.type)
        self._counts[count] += 1
        if kind not in self._told:
            self._told.add(kind)  # a few types times a few errors
            log.failure(text, failure=failure, what=type(what).__name__)
