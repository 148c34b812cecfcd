"""
The room that the user looks at: its last lines, and then each as it is said.
"""

from collections import deque

from gossipchat.faces.socket.client.show import chat_line
from gossipchat.terminal.asking import Asking, Message
from gossipchat.terminal.view.recent import Recent

LAST_LINES = 20
MAX_HELD_LINES = 1000
"""Lines kept while a room's last ones are being fetched; the oldest go first."""


class View:
    """One room at a time; each of its lines is shown once, in order of arrival."""

    def __init__(self, asking: Asking) -> None:
        self.room = ""
        self.recent = Recent()
        self._asking = asking
        self._page = 0
        self._newest = 0
        self._held: deque[Message] | None = None

    @property
    def fetching(self) -> bool:
        """Whether the room's last lines are still to come."""
        return self._held is not None

    def open(self, room: str) -> None:
        """
        Look into *room*: its last lines come; what is said there meanwhile waits for
        them.
        """
        self.room = room
        self.recent.clear()
        self._newest = 0
        self._held = deque(maxlen=MAX_HELD_LINES)
        self._asking.drop(self._page)
        self._page = self._asking.fetch(
            *("tail", "the last lines are missing", self._newer, self._fetched),
            room=room,
            last=LAST_LINES,
        )

    def live(self, line: Message) -> list[str]:
        """*line* was said just now, here or elsewhere."""
        if line["room"] != self.room:
            return _shown(chat_line(line, room=True))
        if self._held is not None:
            self._held.append(line)
            return []
        return self._newer(line)

    def _newer(self, line: Message) -> list[str]:
        if line["n"] <= self._newest:
            return []
        self._newest = line["n"]
        about = self.recent.quoted(line)
        self.recent.add(line)
        return _shown(chat_line(line, about=about))

    def _fetched(self, _: Message) -> list[str]:
        held, self._held = self._held or (), None
        return [text for line in held for text in self._newer(line)]


def _shown(line: str | None) -> list[str]:
    return [] if line is None else [line]
