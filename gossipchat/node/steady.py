"""
A reactor whose clock only goes forward.

Twisted times its calls by the machine's clock of the day. Set back by an hour, by a
time server or by hand, it would let every call wait for an hour, and a node would
neither probe, gossip nor seal anything meanwhile; set ahead, all would be due at once.
"""

import time
from collections.abc import Callable
from functools import partial
from typing import Any


def forward() -> Callable[[], float]:
    """
    Seconds on a clock that nobody can set, with no zero point.

    Where there is such a one it counts what a suspended machine slept, too, so that a
    laptop that wakes knows that it has stalled.
    """
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic if boot is None else partial(time.clock_gettime, boot)


def go_by(clock: Callable[[], float], reactor: Any) -> None:
    """Let *reactor* time its calls by *clock*, those that wait already included."""
    ahead = clock() - reactor.seconds()
    reactor.seconds = clock
    for call in reactor.getDelayedCalls():
        call.time += ahead
        call.seconds = clock
