"""
The last lines of a room: which one is meant when the user says something about one.
"""

from collections import deque

from gossipchat.faces.socket.client.show import plain
from gossipchat.terminal.asking import Message

MAX_LINES = 200
MAX_QUOTED = 40
"""Characters of a line that another one is about."""

EDITED = ("say", "emote", "notice")
REACTED = (*EDITED, "topic")


class Recent:
    """Lines as they were shown, the newest last."""

    def __init__(self) -> None:
        self._lines: deque[Message] = deque(maxlen=MAX_LINES)

    def clear(self) -> None:
        """The user looks at another room."""
        self._lines.clear()

    def add(self, line: Message) -> None:
        """*line* is shown."""
        self._lines.append(line)

    def last_own(self, author: str, nick: str) -> Message | None:
        """What *nick* at the node *author* said last."""
        for line in reversed(self._lines):
            own = (line.get("author"), line["nick"]) == (author, nick)
            if own and line["kind"] in EDITED:
                return line
        return None

    def last_of(self, nick: str) -> Message | None:
        """What *nick* said last, or anybody if that is empty."""
        for line in reversed(self._lines):
            if line["kind"] in REACTED and nick in ("", line["nick"], _shown_as(line)):
                return line
        return None

    def quoted(self, line: Message) -> str | None:
        """What *line* is about, in short; None when it is about nothing shown here."""
        target = line.get("target")
        for other in reversed(self._lines):
            if target is not None and other["id"] == target:
                text = other.get("edited") or other["text"]
                short = text if len(text) <= MAX_QUOTED else f"{text[:MAX_QUOTED]}…"
                return f"<{plain(_shown_as(other))}> {plain(short)}"
        return None


def _shown_as(line: Message) -> str:
    return str(line.get("shown") or line["nick"])
