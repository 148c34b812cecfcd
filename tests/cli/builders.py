"""The real command in a process of its own, while the reactor goes on."""

import json
import os
import sys
from collections.abc import Callable
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

GOSSIPCHAT = (sys.executable, "-m", "gossipchat.cli")
ENVIRONMENT = {**os.environ, "LANG": "C.UTF-8", "TZ": "UTC", "HOME": "/nonexistent"}


class Command(ProcessProtocol):
    """A command that runs, or has run."""

    transport: Any

    def __init__(self) -> None:
        self.output = b""
        self.errors = b""
        self.status: int | None = None
        self.ended: Deferred[int] = Deferred()
        """Fires with the exit status."""
        self._waiting: list[tuple[Callable[[], bool], Deferred[None]]] = []

    @property
    def lines(self) -> list[str]:
        """The whole lines that it has printed."""
        return self.output.rpartition(b"\n")[0].decode().splitlines()

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Its output as JSON, one object a line."""
        return [json.loads(line) for line in self.lines]

    @property
    def complaint(self) -> str:
        """Its standard error, which must be one line."""
        text = self.errors.decode()
        assert text.count("\n") == 1, text
        return text.rstrip("\n")

    def write(self, text: str) -> None:
        """Type *text* into it."""
        self.transport.write(text.encode())

    def until(self, condition: Callable[[], bool]) -> "Deferred[None]":
        """Fires when *condition* is true after something was printed."""
        fires: Deferred[None] = Deferred()
        self._waiting.append((condition, fires))
        self._look()
        return fires

    def outReceived(self, data: bytes) -> None:
        self.output += data
        self._look()

    def errReceived(self, data: bytes) -> None:
        self.errors += data
        self._look()

    def processEnded(self, reason: Failure) -> None:
        self.status = getattr(reason.value, "exitCode", None)
        self._look()
        waiting, self._waiting = self._waiting, []
        for _, fires in waiting:
            fires.errback(AssertionError(f"it ended: {self.output!r} {self.errors!r}"))
        self.ended.callback(-1 if self.status is None else self.status)

    def _look(self) -> None:
        waiting, self._waiting = self._waiting, []
        for condition, fires in waiting:
            if condition():
                fires.callback(None)
            else:
                self._waiting.append((condition, fires))


def start(*words: str, program: tuple[str, ...] = GOSSIPCHAT) -> Command:
    """Start `gossipchat` with *words*."""
    command = Command()
    line = [*program, *words]
    reactor.spawnProcess(command, line[0], line, ENVIRONMENT)
    return command


async def run(*words: str, typed: str | None = None) -> Command:
    """`gossipchat` with *words*, to its end; *typed* is its standard input."""
    command = start(*words)
    if typed is not None:
        command.write(typed)
    command.transport.closeStdin()
    await command.ended
    return command
