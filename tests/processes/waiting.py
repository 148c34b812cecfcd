"""
Waiting for a condition, with a deadline; nobody sleeps.
"""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

DEADLINE_S = 40.0
"""
Plenty for what takes a second on a machine of its own. Tests share theirs: six workers
that start a cluster each at one moment have two processors busy for 15 s.
"""

POLL_S = 0.15

MAX_COMMAND_S = 60.0


def wait_until(
    condition: Callable[[], Found | None], what: str, deadline: float
) -> Found:
    """What *condition* gives, once true; AssertionError after *deadline* seconds."""
    ends = time.monotonic() + deadline
    pause = threading.Event()
    while not (result := condition()):
        assert time.monotonic() < ends, f"{what}: not within {deadline:g} s"
        pause.wait(POLL_S)
    return result


def pause(seconds: float) -> None:
    """Let *seconds* pass: for a schedule that is played, never for a condition."""
    threading.Event().wait(seconds)
