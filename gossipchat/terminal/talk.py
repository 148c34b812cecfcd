"""
A conversation: what is typed becomes requests, what the node tells becomes lines.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from gossipchat.errors import UsageError
from gossipchat.faces.socket.client.show import chat_line, clock, plain
from gossipchat.names import room_name

Message = dict[str, Any]

LOBBY = "#lobby"
LAST_LINES = 20
MAX_HELD_LINES = 1000
"""Lines kept while a room's last ones are being fetched; the oldest go first."""

LEAVING = (":q", ":quit")


class Asks(Protocol):
    """What sends a request to the node, and says under which number."""

    def send(self, do: str, **arguments: object) -> int:
        """See ``Client``."""


class Talk:
    """
    One user at one node. Each call gives the lines that are to be shown.

    Args:
        me: the name of the node, of whose own changes nothing is told.
    """

    def __init__(self, node: Asks, me: str) -> None:
        self._node = node
        self._me = me
        self.room = LOBBY
        self.over = False
        """Whether the user wants to leave."""
        self._seen: dict[str, str] = {}
        self._told: dict[str, str] = {}
        self._unanswered: dict[int, str] = {}
        self._listing: dict[int, list[Message]] = {}
        self._page = 0
        self._shown = 0
        self._held: deque[Message] | None = None
        self._live = node.send("tail", follow=True)
        self._members = node.send("members", follow=True)
        self._fetch()

    @property
    def unanswered(self) -> int:
        """How many requests are under way, those apart that never end."""
        return len(self._unanswered) + len(self._listing) + self.fetching

    @property
    def fetching(self) -> bool:
        """Whether the room's last lines are still to come."""
        return self._held is not None

    # --- what is typed ------------------------------------------------------

    def typed(self, line: str) -> list[str]:
        """The user has ended a line."""
        text = line.strip()
        if not text:
            return []
        if text in LEAVING:
            self.over = True
            return []
        if text.startswith("//"):
            return self._say("say", text[1:])
        if text.startswith("/"):
            return self._command(text)
        return self._say("say", text)

    def _command(self, text: str) -> list[str]:
        word, _, rest = text.partition(" ")
        command = COMMANDS.get(word.lower())
        if command is None:
            return [f"-- there is no {plain(word)}; /help lists what there is"]
        rest = rest.strip()
        if command.wants and not rest:
            return [f"-- {word} wants {command.wants}"]
        return command.run(self, rest)

    def act(self, text: str) -> list[str]:
        """``/me TEXT``."""
        return self._say("me", text)

    def set_topic(self, text: str) -> list[str]:
        """``/topic TEXT``."""
        return self._say("topic", text)

    def _say(self, do: str, text: str) -> list[str]:
        self._unanswered[self._node.send(do, room=self.room, text=text)] = text
        return []

    def join(self, room: str) -> list[str]:
        """``/join ROOM``: look there and speak there from now on."""
        try:
            self.room = room_name(room)
        except UsageError as mistake:
            return [f"-- {plain(str(mistake))}"]
        self._fetch()
        return [f"-- now in {plain(self.room)}"]

    def who(self, _: str) -> list[str]:
        """``/who``: the members by status."""
        return [
            f"-- {status}: {', '.join(plain(name) for name in names)}"
            for status in ("alive", "suspect", "dead", "left")
            if (names := sorted(n for n in self._seen if self._seen[n] == status))
        ]

    def rooms(self, _: str) -> list[str]:
        """``/rooms``."""
        self._listing[self._node.send("rooms")] = []
        return []

    def quit(self, _: str) -> list[str]:
        """``/quit``."""
        self.over = True
        return []

    def help(self, _: str) -> list[str]:
        """``/help``: the table of commands."""
        listed = [
            f"   {f'{name} {command.wants}'.strip():<12} {command.what}"
            for name, command in COMMANDS.items()
        ]
        ways_out = " or ".join(LEAVING)
        return [
            "-- what you type is said, except:",
            *listed,
            f"   {ways_out} leave too",
        ]

    # --- what the node tells ------------------------------------------------

    def heard(self, message: Message) -> list[str]:
        """The node has sent *message*."""
        number = message.get("id")
        if number == self._live:
            return self._line(message["item"]) if "item" in message else []
        if number == self._members:
            return self._member(message["item"]) if "item" in message else []
        if number == self._page:
            return self._page_line(message)
        if number in self._unanswered:
            return self._answer(self._unanswered.pop(number), message)
        if number in self._listing:
            return self._room(number, message)
        return []

    def _line(self, line: Message) -> list[str]:
        if line["room"] != self.room:
            return _shown(chat_line(line, room=True))
        if self._held is not None:
            self._held.append(line)
            return []
        return self._newer(line)

    def _newer(self, line: Message) -> list[str]:
        if line["n"] <= self._shown:
            return []
        self._shown = line["n"]
        return _shown(chat_line(line))

    def _fetch(self) -> None:
        """Get the room's last lines; what is said there meanwhile waits for them."""
        self._shown = 0
        self._held = deque(maxlen=MAX_HELD_LINES)
        self._page = self._node.send("tail", room=self.room, last=LAST_LINES)

    def _page_line(self, message: Message) -> list[str]:
        if "item" in message:
            return self._newer(message["item"])
        held, self._held = self._held or (), None
        shown = [text for line in held for text in self._newer(line)]
        return [*_problem(message, "the last lines are missing"), *shown]

    def _answer(self, text: str, message: Message) -> list[str]:
        return _problem(message, f"not said: {text}")

    def _room(self, number: int, message: Message) -> list[str]:
        if "item" in message:
            self._listing[number].append(message["item"])
            return []
        rooms = self._listing.pop(number)
        return [
            *_problem(message, "the rooms are unknown"),
            *(f"-- {plain(one['room'])}  {plain(one['topic'])}" for one in rooms),
        ]

    def _member(self, member: Message) -> list[str]:
        name, status = member["name"], member["status"]
        self._seen[name] = status
        told = self._told.get(name)
        if status in (SUSPECT, told):
            return []  # suspicions come and go
        self._told[name] = status
        if name == self._me or "time" not in member:
            return []
        news = NEWS.get(status, "is back" if told else "is here")
        return [f"{clock(member['time'])} -- {plain(name)} {news}"]


SUSPECT = "suspect"
NEWS = {"dead": "is gone", "left": "has left"}


@dataclass(frozen=True)
class Command:
    """A line that begins with a slash; *wants* names what must follow, if anything."""

    run: Callable[[Talk, str], list[str]]
    what: str
    wants: str = ""


COMMANDS = {
    "/join": Command(Talk.join, "look into ROOM and speak there", "ROOM"),
    "/me": Command(Talk.act, "say what you do", "TEXT"),
    "/topic": Command(Talk.set_topic, "set the room's topic", "TEXT"),
    "/who": Command(Talk.who, "who is in the cluster"),
    "/rooms": Command(Talk.rooms, "the rooms and their topics"),
    "/help": Command(Talk.help, "this list"),
    "/quit": Command(Talk.quit, "leave"),
}


def _shown(line: str | None) -> list[str]:
    return [] if line is None else [line]


def _problem(message: Message, what: str) -> list[str]:
    if "error" not in message:
        return []
    return [f"-- {plain(what)} ({plain(message['error']['text'])})"]
