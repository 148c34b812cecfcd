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
MOST_POLL_S = 0.5
"""A look costs a program's start at times: who has waited for long looks less often."""

MAX_COMMAND_S = 60.0


def wait_until(
    condition: Callable[[], Found | None], what: str, deadline: float
) -> Found:
    """What *condition* gives, once true; AssertionError after *deadline* seconds."""
    began = time.monotonic()
    pause = threading.Event()
    while not (result := condition()):
        waited = time.monotonic() - began
        assert waited < deadline, f"{what}: not within {deadline:g} s"
        pause.wait(min(MOST_POLL_S, max(POLL_S, waited / 20)))
    return result


def pause(seconds: float) -> None:
    """Let *seconds* pass: for a schedule that is played, never for a condition."""
    threading.Event().wait(seconds)
