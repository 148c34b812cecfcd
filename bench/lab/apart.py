"""
A second process that goes its own way from here, with all that this one has in memory.

A simulated world can't be copied: its heap is full of closures. A process can, in an
instant, and so what takes long to come to is come to once.
"""

from collections.abc import Callable
from multiprocessing import get_context
from typing import Generic, TypeVar

Outcome = TypeVar("Outcome")


class Apart(Generic[Outcome]):
    """*do* in a copy of this process as it is now; this one goes on at once."""

    def __init__(self, do: Callable[[], Outcome]) -> None:
        fork = get_context("fork")
        self._there, here = fork.Pipe(duplex=False)
        self._process = fork.Process(target=lambda: here.send(do()))
        self._process.start()
        here.close()

    def outcome(self) -> Outcome:
        """What *do* gave, when it is there; EOFError: that process has died."""
        found: Outcome = self._there.recv()
        self._process.join()
        return found
