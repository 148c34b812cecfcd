"""
What observers write down: who said what of whom, and when.
"""

from collections.abc import Iterable
from typing import NamedTuple

from gossipchat.names import NodeName
from gossipchat.swim.events import Status


class Word(NamedTuple):
    """One member now holds another to be *status*."""

    at: float
    by: NodeName
    of: NodeName
    status: Status
    incarnation: int
    about_sick: bool = False
    """Whether something was wrong with *of*: then it is no false word."""
    by_sick: bool = False
    """Whether something was wrong with *by*."""


class Wrong(NamedTuple):
    """What was wrongly said in a run, by the definitions that all teams share."""

    verdicts: int
    """Verdicts about members that nothing was wrong with, each holder's counted."""
    deaths: int
    """How many such deaths these were, however many believed each."""
    raised_by_healthy: int
    """Of those deaths, the ones that a member first declared which was healthy too."""
    at_healthy: int
    """Of those verdicts, the ones that healthy members held."""


class Record:
    """All words of a run, in order."""

    def __init__(self) -> None:
        self.words: list[Word] = []

    def write(self, word: Word) -> None:
        """One more word."""
        self.words.append(word)

    def of(self, status: Status, since: float = 0.0) -> list[Word]:
        """All words that say *status*, from *since* on."""
        return [
            word for word in self.words if word.status is status and word.at >= since
        ]

    def verdicts(self, since: float = 0.0) -> list[Word]:
        """Who called whom dead."""
        return self.of(Status.DEAD, since)

    def declared(self, since: float = 0.0) -> list[Word]:
        """Of each death (a member's incarnation) the first verdict."""
        firsts: dict[tuple[NodeName, int], Word] = {}
        for word in self.verdicts(since):
            firsts.setdefault((word.of, word.incarnation), word)
        return list(firsts.values())

    def wrong(self, since: float = 0.0) -> Wrong:
        """
        Verdicts about members that nothing was wrong with.

        Lifeguard (arXiv:1707.00788), section V: a false positive is about a healthy
        member; *raised by a healthy one*, if nothing is wrong with its declarer; *at a
        healthy one*, if nothing is wrong with whoever holds it.
        """
        verdicts = [word for word in self.verdicts(since) if not word.about_sick]
        firsts = [word for word in self.declared(since) if not word.about_sick]
        raised = [word for word in firsts if not word.by_sick]
        held = [word for word in verdicts if not word.by_sick]
        return Wrong(len(verdicts), len(firsts), len(raised), len(held))

    def first(self, status: Status, of: NodeName, since: float = 0.0) -> float | None:
        """When the first one held *of* to be *status*."""
        times = (word.at for word in self.of(status, since) if word.of == of)
        return next(times, None)

    def all_know(
        self,
        status: Status,
        of: NodeName,
        by: Iterable[NodeName],
        since: float = 0.0,
    ) -> float | None:
        """When the last of *by* held *of* to be *status* for the first time."""
        told: dict[NodeName, float] = {}
        for word in self.of(status, since):
            if word.of == of:
                told.setdefault(word.by, word.at)
        times = [told.get(name) for name in by]
        known = [time for time in times if time is not None]
        return max(known) if known and len(known) == len(times) else None
