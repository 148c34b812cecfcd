"""
What all links bring in a moment, handed over together.

A wake-up costs more than a frame: a process that was asleep has lost its place in
the processor's caches. So frames of all links that can be read in one turn of the
reactor are handed over in one go; and while much is said nothing is read between two
such looks, so that what comes meanwhile waits in the kernel, wakes nobody, and is
read, passed on and written to disk as one batch.
"""

from collections.abc import Callable
from math import exp
from typing import Protocol

from gossipchat.transport.turns import Turns
from gossipchat.wire.ours.frames import Documents, Frame, Runs

AT_ONCE = 16
"""Seals, or other frames, handed over in one turn: a few milliseconds of work. The
reactor has other things to do between two turns (pings above all)."""

RUN_BYTES = 2048
"""Of runs, however few seals are on them: some 100 small entries, which take 0.6 ms
to read and to check."""

BUSY = 32.0
"""Seals a second above which there is a rest after each look. Frames that only tell
of runs don't count: calm talk makes more of these than of seals."""

INTERVAL = 0.05
"""Seconds of a rest. Longer saves more of the processor, and makes what is said fast
come later by half of it at each hop."""

MEMORY = 1.0
"""Seconds over which what comes is averaged."""


def price(frame: Frame | None) -> int:
    """What *frame* costs whoever follows it, in seals that are to be checked."""
    match frame:
        case Runs(runs):
            return max(len(runs), -(-sum(map(len, runs)) // RUN_BYTES))
        case Documents(documents):
            return len(documents)
    return 1


class Source(Protocol):
    """One link's inbox."""

    def hand_over(self) -> Frame | None:
        """Give the next frame away; what it was, if there was one."""

    @property
    def has_more(self) -> bool:
        """Whether another turn is needed."""

    def rest(self, on: bool) -> None:
        """Read nothing from the network, or go on."""


class Hearing:
    """
    Turns for the inboxes of all links of a node.

    Args:
        seconds: a clock that only goes forward.
        heard: is called when all frames of one turn have been handed over.
    """

    def __init__(
        self,
        turns: Turns,
        seconds: Callable[[], float],
        heard: Callable[[], object],
    ) -> None:
        self._turns = turns
        self._seconds = seconds
        self._heard = heard
        self._sources: dict[Source, None] = {}
        self._waiting: dict[Source, None] = {}
        self._turn_asked = False
        self._brought = 0
        """Seals, or other frames, in this look so far."""
        self._seals = 0
        """The seals among them."""
        self._rate = 0.0
        """Of seals lately, fading with MEMORY: about as many a second."""
        self._rated_at = 0.0
        self._resting = False

    def join(self, source: Source) -> None:
        """*source* rests together with all others from now on."""
        self._sources[source] = None
        if self._resting:
            source.rest(True)

    def leave(self, source: Source) -> None:
        """*source* is closed."""
        self._sources.pop(source, None)
        self._waiting.pop(source, None)

    def wants(self, source: Source) -> None:
        """Something has come for *source*: it gets a turn."""
        self._waiting[source] = None
        self._ask_turn()

    def _ask_turn(self) -> None:
        if not self._turn_asked:
            self._turn_asked = True
            self._turns.soon(self._take_turn)

    def _take_turn(self) -> None:
        self._turn_asked = False
        room = AT_ONCE
        while self._waiting and room > 0:
            source = next(iter(self._waiting))
            del self._waiting[source]
            frame = source.hand_over()
            seals = len(frame.runs) if isinstance(frame, Runs) else 0
            weight = max(1, seals)
            self._seals += seals
            self._brought += weight
            room -= max(weight, price(frame))
            if source.has_more:
                self._waiting[source] = None  # behind the others
        self._heard()
        if self._waiting:
            self._ask_turn()
        else:
            self._pause()

    def _pause(self) -> None:
        """Read nothing for a while, if much comes and this look brought little."""
        brought, self._brought = self._brought, 0
        seals, self._seals = self._seals, 0
        now = self._seconds()
        # another program's reactor may go back; a long way back there is no such number
        faded = exp(min(0.0, self._rated_at - now) / MEMORY)
        self._rate = self._rate * faded + seals / MEMORY
        self._rated_at = now
        if brought >= AT_ONCE:
            return  # as when history comes: that was worth a wake-up
        if self._rate > BUSY and not self._resting:
            self._resting = True
            for source in self._sources:
                source.rest(True)
            self._turns.later(INTERVAL, self._go_on)

    def _go_on(self) -> None:
        self._resting = False
        for source in list(self._sources):
            source.rest(False)
