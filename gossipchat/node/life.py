"""
The life of the process: how a start fails, what "up" is, how signals end it.

twistd forks between making and starting a service, logs what goes wrong, and
ends with 143 on SIGTERM. What people and scripts are promised is simpler: one
sentence and exit status 1 when a start fails (as a daemon too), one line when
the node is up, a graceful end with status 0 on the first signal, and an end at
once on the second.
"""

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

from twisted.internet.interfaces import IReactorCore, IReactorFDSet, IReadDescriptor
from twisted.python.failure import Failure
from zope.interface import implementer

STARTER_PIPE = "GOSSIPCHAT_STARTER_PIPE"
"""Names a pipe, by number, that whoever started the node holds open while it lives."""

ENDING_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
"""SIGHUP: the terminal is gone that the node was started in."""


class Launch:
    """
    Tells whoever started twistd how the start went.

    Make it before twistd forks. Without a fork (``-n``) a failure is printed by
    ``failed`` itself; with one, the waiting parent prints it and exits with 1.
    """

    def __init__(self) -> None:
        self._maker = os.getpid()
        self._may_fork = True
        self._pipe: tuple[int, int] | None = None
        os.register_at_fork(
            before=self._before_fork, after_in_parent=self._wait_in_parent
        )

    def started(self) -> None:
        """The service starts: who forks from now on is not twistd."""
        self._may_fork = False

    def failed(self, why: str) -> SystemExit:
        """The start failed; *why* is the last line that its starter reads. Raise it."""
        sys.stdout.flush()
        if self._in_daemon:
            self._report(_bytes(why))
        else:
            os.write(2, _bytes(why) + b"\n")
        return SystemExit(1)

    def succeeded(self) -> None:
        """The node is up; a waiting parent may go."""
        if self._in_daemon:
            self._report(b"")

    @property
    def _in_daemon(self) -> bool:
        return os.getpid() != self._maker and self._pipe is not None

    def _report(self, text: bytes) -> None:
        if self._pipe is not None:
            os.write(self._pipe[1], b"%d " % bool(text) + text)
            os.close(self._pipe[1])
            self._pipe = None

    def _before_fork(self) -> None:
        if self._may_fork and os.getpid() == self._maker:
            self._pipe = os.pipe()

    def _wait_in_parent(self) -> None:
        """In the process that twistd was started as: wait for the daemon's word."""
        if os.getpid() != self._maker or self._pipe is None:
            return
        reading, writing = self._pipe
        os.close(writing)
        heard = b""
        while piece := os.read(reading, 4096):
            heard += piece
        os.close(reading)
        self._pipe = None
        if heard == b"0 ":
            return
        os.write(2, (heard[2:] or b"the node ended while it started") + b"\n")
        os._exit(1)


def say_up(line: str) -> None:
    """Print *line* bare on file descriptor 1, past twistd's log."""
    sys.stdout.flush()
    with suppress(OSError):  # a closed pipe must not stop a node
        os.write(1, _bytes(line) + b"\n")


def end_badly(why: str) -> None:
    """End the process at once with status 1; *why* is the last line that it prints."""
    sys.stdout.flush()
    with suppress(OSError):
        os.write(2, _bytes(why) + b"\n")
    os._exit(1)


def end_on_signals(reactor: IReactorCore, leave: Callable[[], None]) -> None:
    """
    Call *leave* on the first SIGTERM, SIGINT or SIGHUP, end at once on the second.

    A SIGHUP that is ignored, as under ``nohup``, stays so. Call it while the reactor
    runs: Twisted installs its own when it starts.
    """
    heard = 0

    def on_signal(number: int, frame: FrameType | None) -> None:
        nonlocal heard
        heard += 1
        if heard > 1:
            os._exit(128 + number)
        reactor.callFromThread(leave)  # type: ignore[attr-defined]

    for number in ENDING_SIGNALS:
        ignored = signal.getsignal(number) is signal.SIG_IGN
        if not (ignored and number == signal.SIGHUP):
            signal.signal(number, on_signal)


def end_with_starter(reactor: IReactorFDSet, leave: Callable[[], None]) -> None:
    """
    Call *leave* when the process ends that started this one, however it ends.

    Only if it said so with ``STARTER_PIPE``: nobody writes into that pipe, so its end
    is all that can be read of it. Nobody else inherits it.
    """
    number = os.environ.pop(STARTER_PIPE, "")
    if number.isdigit():
        reactor.addReader(_Starter(int(number), reactor, leave))


@implementer(IReadDescriptor)
class _Starter:
    """Whoever started us, as a pipe."""

    def __init__(
        self, number: int, reactor: IReactorFDSet, leave: Callable[[], None]
    ) -> None:
        self._number = number
        self._reactor = reactor
        self._leave = leave

    def fileno(self) -> int:
        return self._number

    def logPrefix(self) -> str:  # noqa: N802
        return "starter"

    def doRead(self) -> None:  # noqa: N802
        """There is something to read: its end, if all is well."""
        if not os.read(self._number, 4096):
            self._reactor.removeReader(self)
            self._leave()

    def connectionLost(self, reason: Failure) -> None:
        """The reactor saw the end before we could read it."""
        self._leave()


def _bytes(text: str) -> bytes:
    """*text* with the paths in it as they are, even those that are no UTF-8."""
    return text.encode("utf-8", "surrogateescape")
