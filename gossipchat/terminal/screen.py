"""
Where lines are shown and typed: a terminal, or whatever stands for one.

On a terminal what is being typed stays in the last row, and what comes goes above
it. Elsewhere (a pipe, ``TERM=dumb``) lines are just written and read.
"""

import codecs
import os
import shutil
import sys
import termios
import tty
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from gossipchat.faces.socket.client.show import plain, width

ERASE_ROW = "\r\x1b[K"
PIECE_BYTES = 4096
MAX_ESCAPE = 16


class Typing:
    """
    What has been typed of a line, from the keys as they come.

    Backspace, Ctrl-U and Ctrl-W take back; Ctrl-D in an empty line ends the input;
    arrows and the like do nothing.
    """

    def __init__(self) -> None:
        self.text = ""
        self.ended = False
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._escape = ""

    def keys(self, typed: bytes) -> list[str]:
        """The lines that *typed* has ended."""
        lines = []
        for key in self._decoder.decode(typed):
            if self._escape or key == "\x1b":
                self._escaped(key)
            elif key in "\r\n":
                lines.append(self.text)
                self.text = ""
            else:
                self._edit(key)
        return lines

    def _edit(self, key: str) -> None:
        match key:
            case "\x7f" | "\b":
                self.text = self.text[:-1]
            case "\x15":
                self.text = ""
            case "\x17":
                self.text = self.text.rstrip().rpartition(" ")[0]
                self.text += " " if self.text else ""
            case "\x04":
                self.ended = self.ended or not self.text
            case "\t":
                self.text += " "
            case _ if key >= " ":
                self.text += key

    def _escaped(self, key: str) -> None:
        """An escape sequence: ESC, perhaps [ or O, parameters, one last character."""
        self._escape += key
        inner = self._escape[1:]
        if (inner and inner not in "[O" and "@" <= key <= "~") or len(
            self._escape
        ) > 16:
            self._escape = ""


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
        text = plain(self._typing.text)
        room = shutil.get_terminal_size().columns - width(self.prompt) - 1
        while text and width(text) > room:
            text = text[1:]
        return self.prompt + text

    def _write(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()
