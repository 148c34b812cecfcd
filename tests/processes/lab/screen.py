"""
A person at a terminal: types into a pty and reads what appears there.
"""

import contextlib
import os
import pty
import re
import select
import termios

from tests.processes.lab import Lab

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]|[\r\x07]")


class Screen:
    """One program in a terminal of its own."""

    def __init__(self, lab: Lab, *command: str) -> None:
        self._lab = lab
        self._ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (24, 80))
        self.process = lab.spawn(*command, output=theirs, keyboard=theirs)
        os.close(theirs)
        self._seen = b""

    def type(self, line: str) -> None:
        """*line* and Enter."""
        os.write(self._ours, line.encode() + b"\r")

    @property
    def text(self) -> str:
        """All that has appeared, without colours and cursor movements."""
        # A pty whose program has ended reads as an error.
        with contextlib.suppress(OSError):
            while select.select([self._ours], [], [], 0)[0]:
                self._seen += os.read(self._ours, 65536)
        return ESCAPES.sub("", self._seen.decode("utf-8", "replace"))

    def wait_for(self, words: str) -> None:
        """Until *words* have appeared."""
        try:
            self._lab.wait_for(lambda: words in self.text, f"the screen has {words!r}")
        except AssertionError as late:
            raise AssertionError(f"{late}; it has:\n{self.text}") from None

    def ended(self) -> int:
        """The program's exit status, as soon as there is one."""

        def has_ended() -> bool:
            _ = self.text  # or it would block on a full pty
            return self.process.poll() is not None

        self._lab.wait_for(has_ended, "the program has ended")
        return self.process.returncode

    def close(self) -> None:
        os.close(self._ours)
