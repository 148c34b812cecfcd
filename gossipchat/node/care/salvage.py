"""
After a damaged store was moved aside: what can still be read of it is taken over,
since nobody else may have it. What neighbours bring meanwhile needs no salvage.
"""

from collections.abc import Callable
from functools import partial

from twisted.internet.interfaces import IDelayedCall, IReactorFromThreads, IReactorTime

from gossipchat.broadcast.events import Salvaged
from gossipchat.errors import GossipChatError
from gossipchat.names import EntryId
from gossipchat.store.file.wreck import Salvage, Wreck
from gossipchat.store.store import Store

FIRST_STEP = 1.0
"""Seconds after the start at which it begins."""

PAUSE = 0.1
"""Seconds between two steps: so a third of a megabyte a second."""

STEP_BYTES = 32 * 1024
"""Of runs, in one step: their seals take a few milliseconds."""

REST = 15.0
"""Seconds until it is looked whether all of it was kept, and while the disk fails."""

MAX_LAPS = 5
"""What was not taken by then is something that nobody would take."""


class Salvager:
    """
    Reads through *wreck* until all that is in it is held.

    Args:
        holds: whether an entry is held, be it on its way to disk.
        feed: takes the runs that are not.
    """

    def __init__(
        self,
        reactor: IReactorTime,
        store: Store,
        wreck: Wreck,
        holds: Callable[[EntryId], bool],
        feed: Callable[[Salvaged], None],
    ) -> None:
        self._reactor = reactor
        self._store = store
        self._wreck = wreck
        self._holds = holds
        self._feed = feed
        self._timer: IDelayedCall | None = None
        self._laps = 1
        self._lacked = False

    def start(self) -> None:
        """Begin in a moment."""
        self._later(FIRST_STEP, 0)

    def stop(self) -> None:
        """Go on at the next start."""
        timer, self._timer = self._timer, None
        if timer is not None and timer.active():
            timer.cancel()

    def _later(self, delay: float, after_n: int) -> None:
        self._timer = self._reactor.callLater(delay, self._step, after_n)

    def _step(self, after_n: int) -> None:
        if not self._store.ok:
            self._later(REST, after_n)
            return
        threads = IReactorFromThreads(self._reactor)
        self._store.ask(
            lambda reader: self._wreck.next_runs(after_n, STEP_BYTES),
            partial(threads.callFromThread, self._read),
        )

    def _read(self, found: Salvage | GossipChatError) -> None:
        if self._timer is None or isinstance(found, GossipChatError):
            return
        lacked = [
            run.encoded
            for run in found.runs
            if not self._holds(EntryId(*run.signed, run.first))
        ]
        if lacked:
            self._lacked = True
            self._feed(Salvaged(tuple(lacked)))
        if found.last_n is not None:
            self._later(PAUSE, found.last_n)
        elif self._lacked and self._laps < MAX_LAPS:
            self._laps += 1
            self._lacked = False
            self._later(REST, 0)
        else:
            self._store.end_salvage()
