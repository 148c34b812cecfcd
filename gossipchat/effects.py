"""
The words that every pure room shares with whoever runs it.

A room is a machine: ``handle(event, now) -> list[Effect]``. Its own events and
effects are in its ``events`` file; those that all rooms need are here.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

What = TypeVar("What")
Follows = TypeVar("Follows")


class Moment(NamedTuple):
    """When something happened, on both clocks."""

    now: float
    """Seconds on a clock that only goes forward (monotonic; no zero point)."""
    wall_ms: int
    """Milliseconds since 1970 UTC by the machine's clock, right or wrong."""


@dataclass(frozen=True, slots=True)
class StartTimer:
    """
    Effect: answer with ``TimerFired(key)`` in *delay* seconds.

    Timers are not cancelled: *key* says what the timer was for (a sequence
    number, an incarnation), so a late one finds nothing to do.
    """

    key: Hashable
    delay: float


@dataclass(frozen=True, slots=True)
class TimerFired:
    """Event: the timer *key* is due."""

    key: Hashable


@dataclass(frozen=True, slots=True)
class Stalled:
    """Event: this process did not run for *gap* seconds; its sockets are empty now."""

    gap: float


@dataclass(frozen=True, slots=True)
class Notify:
    """Effect: tell those who watch that *happening* came to pass (a frozen value)."""

    happening: object


@dataclass(frozen=True, slots=True)
class Broke:
    """
    Happening: *what*, one of several things that the network brought together, broke a
    room by *problem*. It is dropped; what follows from the others stands.
    """

    what: object
    problem: Exception


def guarded(
    what: object, follow: Callable[[], list[Follows]]
) -> list[Follows | Notify]:
    """
    What *follow* says that follows from *what*; or that it broke.

    For one of several alone: what was taken in of those before it must not be lost.
    """
    try:
        return [*follow()]
    except Exception as problem:
        return [Notify(Broke(what, problem))]


def sifted(
    many: Iterable[What], follow: Callable[[What], Follows]
) -> tuple[list[Follows], list[Notify]]:
    """What *follow* makes of each; and those of which it broke."""
    made: list[Follows] = []
    broke: list[Notify] = []
    for what in many:
        try:
            made.append(follow(what))
        except Exception as problem:
            broke.append(Notify(Broke(what, problem)))
    return made, broke


@dataclass(frozen=True, slots=True)
class Count:
    """Effect: add *by* to the counter *what* (``dropped.vsn``, ``probes.failed``)."""

    what: str
    by: int = 1
