"""
Each side of a link asks the other for the time, when it opens and now and then.

The answer tells how far apart the two machines' clocks are, give or take half the
round trip (Cristian, "Probabilistic clock synchronization", 1989). And since an idle
link says nothing else, the question shows whether it is still there.
"""

import time
from collections.abc import Callable

from gossipchat.transport.turns import Turns
from gossipchat.wire.ours.frames import Clock

LONGEST_ROUND_TRIP = 2.0
"""Seconds; an answer that took longer says too little about the clock. (One that lay
waiting while a process was stopped, for one.)"""

LEAST_PAUSE = 1.0
"""Seconds between two answers: a peer that asks on and on, and reads nothing, must not
fill our memory with them."""


class Pulse:
    """
    One side's questions and answers.

    Args:
        seconds: a clock that only goes forward.
        wall_ms: the machine's clock, in milliseconds since 1970 UTC.
        send: writes a frame to the link.
        told: is called with the seconds that the peer's clock is ahead of ours.
    """

    def __init__(
        self,
        turns: Turns,
        seconds: Callable[[], float],
        wall_ms: Callable[[], int],
        send: Callable[[Clock], object],
        told: Callable[[float], None],
    ) -> None:
        self._turns = turns
        self._seconds = seconds
        self._wall_ms = wall_ms
        self._send = send
        self._told = told
        self._interval = 0.0
        self._asked = 0
        self._asked_at = (0.0, 0)
        """On both clocks."""
        self._waits = False
        """For the answer to the last question."""
        self._answered = float("-inf")
        self._cancel: Callable[[], None] = lambda: None

    def start(self, interval: float, first: bool) -> None:
        """Ask now, and every *interval* seconds; the two sides take turns."""
        self._interval = interval
        self._ask(interval if first else interval / 2)

    def stop(self) -> None:
        """Ask no more."""
        self._cancel()

    def hear(self, frame: Clock) -> None:
        """Answer a question; make something of an answer."""
        now, wall_ms = self._seconds(), self._wall_ms()
        if not frame.answers and now - self._answered >= LEAST_PAUSE:
            self._answered = now
            self._send(Clock(frame.asked, wall_ms, answers=True))
        elif frame.answers and self._waits and frame.asked == self._asked:
            self._waits = False
            then, wall_then = self._asked_at
            took = now - then
            moved = abs((wall_ms - wall_then) / 1000 - took)
            if took + moved <= LONGEST_ROUND_TRIP:
                self._told((frame.wall_ms - (wall_ms + wall_then) / 2) / 1000)

    def _ask(self, next_in: float) -> None:
        self._asked += 1
        self._asked_at = self._seconds(), self._wall_ms()
        self._waits = True
        self._cancel = self._turns.later(next_in, lambda: self._ask(self._interval))
        self._send(Clock(self._asked, self._asked_at[1]))


def wall_ms() -> int:
    """The machine's clock, in milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000
