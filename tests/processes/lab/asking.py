"""
The command `gossipchat` without a process of its own.

Tests ask nodes hundreds of times, and most of what a command takes is its start. What
runs here is the whole command, from its words to what it prints; ``Lab.run`` starts
it as a user does.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from tempfile import TemporaryFile
from types import FrameType

from gossipchat.cli.main import run
from tests.processes.lab.answers import Ran


def asked(*words: str, within: float) -> Ran:
    """`gossipchat WORDS`, done in this process; TimeoutError after *within* seconds."""
    with (
        TemporaryFile("w+", encoding="utf-8") as output,
        TemporaryFile("w+", encoding="utf-8") as errors,
        redirect_stdout(output),
        redirect_stderr(errors),
        limited(within),
    ):
        status = run(words)
        output.seek(0)
        errors.seek(0)
        return Ran(status, output.read(), errors.read())


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """TimeoutError when this has not ended after *seconds*."""

    def ring(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"no answer within {seconds:g} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
