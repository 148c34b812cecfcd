"""
A node of our own, for as long as somebody talks.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from gossipchat.errors import NoNode, Refused, UsageError
from gossipchat.faces.socket.client import Client, connect

UP_WITHIN = 30.0
"""Seconds. A node with millions of lines on a slow disk looks through them first."""

GONE_WITHIN = 10.0
"""Seconds; a node promises 5."""

WRONG_USAGE = 2
"""With which a command ends whose options are wrong, ours too."""

LOOK_EVERY = 0.05

STARTER_PIPE = "GOSSIPCHAT_STARTER_PIPE"
"""Tells the node which of its descriptors ends when we do (``node.life``)."""


class Child:
    """
    A node on *data* that we started; it logs into DIR/node.log.

    It is in a session of its own: Ctrl-C reaches us, and we end it gracefully. It
    reads a pipe that we hold open: if we are killed, that ends, and it leaves too.
    """

    def __init__(self, data: Path, options: Sequence[str]) -> None:
        self._data = data
        self._path = data / "node.log"
        program = (sys.executable, "-P", "-m", "gossipchat.cli", "node")
        try:
            with contextlib.suppress(FileExistsError):  # the next step tells what it is
                data.mkdir(mode=0o700, parents=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
            log = os.open(self._path, flags, 0o600)
        except OSError as problem:
            raise Refused(
                f"can't use the data directory {data}: {problem.strerror}; choose"
                " another with --data DIR"
            ) from None
        self._begins = os.fstat(log).st_size
        try:
            self._process = subprocess.Popen(  # noqa: S603
                [*program, "--data", str(data), *options],
                stdin=subprocess.PIPE,
                env={**os.environ, STARTER_PIPE: "0"},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        finally:
            os.close(log)

    def wait_until_up(self) -> Client:
        """
        A connection to it, once it answers.

        Raises Refused, or UsageError for wrong options, with the sentence that it
        ended with.
        """
        deadline = time.monotonic() + UP_WITHIN
        pause = threading.Event()
        while time.monotonic() < deadline:
            status = self._process.poll()
            if status is not None:
                wrong = UsageError if status == WRONG_USAGE else Refused
                raise wrong(self._last_words())
            with contextlib.suppress(NoNode):
                return connect(self._data)
            pause.wait(LOOK_EVERY)
        raise Refused(
            f"the node on {self._data} isn't up after {UP_WITHIN:.0f} s; its log is"
            f" {self._path}"
        )

    def end(self) -> None:
        """
        SIGTERM, and wait. Ctrl-C meanwhile ends it at once, as does its taking too
        long.
        """
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(GONE_WITHIN)
        except (KeyboardInterrupt, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()

    def _last_words(self) -> str:
        try:
            with self._path.open("rb") as log:
                log.seek(self._begins)
                said = log.read().decode("utf-8", "replace").strip()
        except OSError:
            said = ""
        last = said.rpartition("\n")[2].removeprefix("gossipchat: ")
        return last or f"the node ended at once; its log is {self._path}"
