"""
What keys make of a line, where no terminal edits it for us.
"""

import codecs

MAX_ESCAPE = 16
"""Characters; what goes on for longer is no escape sequence."""


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
        whole = inner and inner not in "[O" and "@" <= key <= "~"
        if whole or len(self._escape) > MAX_ESCAPE:
            self._escape = ""
