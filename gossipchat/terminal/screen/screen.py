"""
Where lines are shown and typed: a terminal, or whatever stands for one.

On a terminal what is being typed stays in the last row, and what comes goes above
it. Elsewhere (a pipe, ``TERM=dumb``) lines are just written and read.
"""

import os
import shutil
import sys
import termios
import tty
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from gossipchat.faces.socket.client.show import plain, width
from gossipchat.terminal.screen.keyboard import Typing

ERASE_ROW = "\r\x1b[K"
PIECE_BYTES = 4096


class Screen:
    """Standard input and output. A context: a terminal is restored at its end."""

    def __init__(self) -> None:
        self._keyboard = sys.stdin.fileno()
        ours = os.isatty(self._keyboard) and sys.stdout.isatty()
        self._drawing = ours and os.environ.get("TERM", "dumb") != "dumb"
        self._saved: list[object] | None = None
        self._typing = Typing()
        self._rest = b""
        self.prompt = ""
        """What stands before the line that is being typed."""
        self.ended = False
        """Nothing more will be typed."""

    def __enter__(self) -> Self:
        if self._drawing:
            self._saved = termios.tcgetattr(self._keyboard)
            tty.setcbreak(self._keyboard, termios.TCSADRAIN)  # keeps what is typed
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._saved is not None:
            termios.tcsetattr(self._keyboard, termios.TCSADRAIN, self._saved)  # type: ignore[arg-type]
            self._saved = None
            if kind is not BrokenPipeError:
                self._write(ERASE_ROW)

    def fileno(self) -> int:
        """For select: readable when there is something to ``read``."""
        return self._keyboard

    def show(self, lines: Iterable[str]) -> None:
        """Put *lines* above what is being typed."""
        text = "".join(f"{line}\n" for line in lines)
        if self._drawing:
            self._write(ERASE_ROW + text + self._row())
        elif text:
            self._write(text)

    def read(self) -> list[str]:
        """The lines that have been typed to their end; sets ``ended``."""
        try:
            piece = os.read(self._keyboard, PIECE_BYTES)
        except OSError:
            piece = b""  # the terminal is gone
        if not self._drawing:
            return self._read_plain(piece)
        lines = self._typing.keys(piece)
        self.ended = not piece or self._typing.ended
        self._write(ERASE_ROW + self._row())
        return lines

    def _read_plain(self, piece: bytes) -> list[str]:
        *whole, self._rest = (self._rest + piece).split(b"\n")
        if not piece:
            self.ended = True
            whole, self._rest = [self._rest], b""
        return [line.decode("utf-8", "replace") for line in whole]

    def _row(self) -> str:
        """Prompt and text, cut from the left to fit into one row."""
        room = shutil.get_terminal_size().columns - width(self.prompt) - 1
        return self.prompt + tail_of(plain(self._typing.text), room)

    def _write(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()


def tail_of(text: str, columns: int) -> str:
    """As much of the end of *text* as fits into *columns* of a screen."""
    start, left = len(text), columns
    while start and (left := left - width(text[start - 1])) >= 0:
        start -= 1
    return text[start:]
