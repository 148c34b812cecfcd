"""
What is done about the store now and then: its runs are checked, a few at a time,
and what is too old or too much is let go of.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from twisted.internet.interfaces import IDelayedCall, IReactorFromThreads, IReactorTime

from gossipchat.broadcast.events import FloorRaised, Lost
from gossipchat.errors import GossipChatError
from gossipchat.store.config import StoreConfig
from gossipchat.store.store import Store
from gossipchat.store.writing.checking import Checked, Damaged
from gossipchat.store.writing.straightening import RowsOf

FIRST_LOOK = 10.0
"""Seconds after the start at which the check begins."""

PAUSE = 0.25
"""Seconds between two steps of it: about a thirtieth of one core."""

RUNS = 32
"""Looked at in one step: their seals take a few milliseconds."""

GLANCE = 5.0
"""Seconds between two glances at how much has come since the last trim: who joins a
long past can be brought all of it long before ``trim_interval`` is over."""

GROWTH = 8
"""When the part of ``max_bytes`` that this stands for has come, it is trimmed."""

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class RunDamaged:
    """Entries *first* to *last* were damaged on disk; they are asked for again."""

    run: Damaged


@dataclass(frozen=True, slots=True)
class RowsMended:
    """
    What stands beside *entries* entries had rotted; it was made anew of them. So were
    the *indexes*, if one had.
    """

    entries: int
    indexes: bool = False


@dataclass(frozen=True, slots=True)
class CheckFailed:
    """The store could not be read through; *why* is a sentence for people."""

    why: str


@dataclass(frozen=True, slots=True)
class SaidMuch:
    """
    Today (UTC) *said* bytes were said here, above the quota of *most* that nodes
    allow each author unless they are told otherwise; once more with 0 when it is over.
    """

    said: int
    most: int


class Upkeep:
    """
    Looks once after the start at every run that was kept then; trims for ever.

    Args:
        last_n: the last arrival number that the store had when it was opened. What
            came since was checked when it came.
        rows_of: reads a run as the store indexes it.
        feed: takes what the peer must know.
        told: takes what a person should know.
    """

    def __init__(
        self,
        reactor: IReactorTime,
        store: Store,
        last_n: int,
        rows_of: RowsOf,
        feed: Callable[[Lost | FloorRaised], None],
        told: Callable[[object], None],
        config: StoreConfig,
        wall_ms: Callable[[], int],
    ) -> None:
        self._reactor = reactor
        self._store = store
        self._last_n = last_n
        self._rows_of = rows_of
        self._feed = feed
        self._told = told
        self._config = config
        self._wall_ms = wall_ms
        self._timer: IDelayedCall | None = None
        self._trimming: IDelayedCall | None = None
        self._above = 0
        self._has_indexed = False

    def start(self) -> None:
        """Begin in a while."""
        self._later(FIRST_LOOK, 0)
        self._trim_later(min(self._config.trim_interval, FIRST_LOOK))

    def stop(self) -> None:
        """Look no further."""
        timers = self._timer, self._trimming
        self._timer = self._trimming = None
        for timer in timers:
            if timer is not None and timer.active():
                timer.cancel()

    def _later(self, delay: float, after_n: int) -> None:
        self._timer = self._reactor.callLater(delay, self._step, after_n)

    def _step(self, after_n: int) -> None:
        self._store.ask(
            lambda reader: reader.check_runs(after_n, RUNS, self._rows_of),
            self._here(self._checked),
        )

    def _checked(self, outcome: Checked | GossipChatError) -> None:
        if self._timer is None:
            return
        if isinstance(outcome, GossipChatError):
            self._told(CheckFailed(str(outcome)))
            return
        for run in outcome.damaged:
            self._store.lose(run, self._here(partial(self._lost, run)))
        astray = outcome.astray and not self._has_indexed
        if outcome.crooked or astray:
            self._has_indexed |= astray  # all of them: once is enough
            what = RowsMended(len(outcome.crooked), astray)
            mended = self._here(partial(self._straight, what))
            self._store.straighten(outcome.crooked, mended, astray)
        if outcome.last_n is not None and outcome.last_n < self._last_n:
            self._later(PAUSE, outcome.last_n)

    def _lost(self, run: Damaged, outcome: Lost | GossipChatError | None) -> None:
        if isinstance(outcome, Lost) and self._timer is not None:
            self._told(RunDamaged(run))
            self._feed(outcome)

    def _straight(self, what: RowsMended, outcome: GossipChatError | None) -> None:
        if outcome is None and self._timer is not None:
            self._told(what)

    # --- retention ------------------------------------------------------------

    def _trim_later(self, delay: float) -> None:
        due = self._reactor.seconds() + delay
        nap = min(delay, GLANCE)
        self._trimming = self._reactor.callLater(nap, self._glance, due)

    def _glance(self, due: float) -> None:
        """Trim, if it is time for it or much has come; else when it is *due*."""
        most, left = self._config.max_bytes, due - self._reactor.seconds()
        if left <= 0 or 0 < most < GROWTH * self._store.grown_bytes:
            self._store.trim(self._config, self._wall_ms(), self._here(self._trimmed))
        else:
            self._trim_later(left)

    def _trimmed(self, outcome: tuple[FloorRaised, ...] | GossipChatError) -> None:
        if self._trimming is None:
            return
        self._mind_quota()
        floors = () if isinstance(outcome, GossipChatError) else outcome
        for raised in floors:
            self._feed(raised)
        self._trim_later(PAUSE if floors else self._config.trim_interval)

    def _mind_quota(self) -> None:
        said, most = self._store.said_today, self._config.author_bytes_a_day
        above = said if 0 < most < said else 0
        if above or self._above:
            self._told(SaidMuch(above, most))
        self._above = above

    def _here(self, answered: Callable[[Found], None]) -> Callable[[Found], None]:
        """*answered*, but in the reactor's thread."""
        threads = IReactorFromThreads(self._reactor)
        return lambda outcome: threads.callFromThread(answered, outcome)
