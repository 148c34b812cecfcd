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
from gossipchat.terminal.company import Company
from gossipchat.terminal.recent import Recent

Message = dict[str, Any]

LOBBY = "#lobby"
LAST_LINES = 20
MAX_RECEIPTS = 200
"""Messages of which it is remembered how far they got."""
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
        author: its identity, in hex.
        nick: what the user is called.
    """

    def __init__(self, node: Asks, me: str, author: str = "", nick: str = "") -> None:
        self._node = node
        self._me = me
        self._author = author
        self.nick = nick
        self.room = LOBBY
        self.over = False
        """Whether the user wants to leave."""
        self._seen: dict[str, str] = {}
        self._told: dict[str, str] = {}
        self._unanswered: dict[int, str] = {}
        self._letters: dict[int, str] = {}
        self._listing: dict[int, list[Message]] = {}
        self._page = 0
        self._shown = 0
        self._held: deque[Message] | None = None
        self._live = node.send("tail", follow=True)
        self._members = node.send("members", follow=True)
        self._fetch()
        self._ask("login", "nobody is told that you are here")
        self._ask("join", "nobody is told that you are here", room=self.room)
        self._users = Company(node.send("users", follow=True), author, nick)
        self._receipts_number = node.send("receipts")
        self._receipts: dict[str, str] = {}
        self._said = ""
        """The id of what was said last."""
        self._recent = Recent()

    @property
    def receipt(self) -> str:
        """``7/9``: how many of how many have what was said last; or nothing."""
        return self._receipts.get(self._said, "")

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

    def _ask(self, do: str, problem: str, **arguments: object) -> list[str]:
        """Ask the node; if it declines, *problem* is told."""
        self._unanswered[self._node.send(do, **arguments)] = problem
        return []

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

    def tell(self, rest: str) -> list[str]:
        """``/msg NICK TEXT``: to that user alone."""
        nick, _, text = rest.partition(" ")
        if not text.strip():
            return ["-- /msg wants NICK TEXT"]
        text, nick = text.strip(), nick.removeprefix("@")
        number = self._node.send("say", room=f"@{nick}", text=text)
        self._unanswered[number] = f"not said: {text}"
        self._letters[number] = nick
        return []

    def edit(self, text: str) -> list[str]:
        """``/edit TEXT``: in the place of what one said last."""
        return self._refer("edit", self._own(), text=text)

    def redact(self, _: str) -> list[str]:
        """``/redact``: take back what one said last."""
        return self._refer("redact", self._own())

    def react(self, rest: str) -> list[str]:
        """``/react EMOJI [NICK]``: to the last line (of NICK)."""
        emoji, _, nick = rest.partition(" ")
        return self._refer("react", self._recent.last_of(nick.strip()), text=emoji)

    def _own(self) -> Message | None:
        return self._recent.last_own(self._author, self.nick)

    def _refer(self, do: str, line: Message | None, **text: str) -> list[str]:
        if line is None:
            return [f"-- there is no line here to {do}"]
        return self._ask(do, f"could not {do} that line", target=line["id"], **text)

    def away(self, why: str) -> list[str]:
        """``/away [WHY]``: be away, or without WHY back again."""
        self._ask("away", "nobody is told that", text=why or None)
        return ["-- you are away" if why else "-- you are back"]

    def _say(self, do: str, text: str) -> list[str]:
        return self._ask(do, f"not said: {text}", room=self.room, text=text)

    def join(self, room: str) -> list[str]:
        """``/join ROOM``: look there and speak there from now on."""
        try:
            self.room = room_name(room)
        except UsageError as mistake:
            return [f"-- {plain(str(mistake))}"]
        self._ask("join", "nobody is told that you are there", room=self.room)
        self._recent.clear()
        self._fetch()
        return [f"-- now in {plain(self.room)}"]

    def who(self, _: str) -> list[str]:
        """``/who``: who is in the room, and the members by status."""
        here = self._users.names(self.room)
        listed = f"-- in {plain(self.room)}: {', '.join(here)}"
        return [listed] * bool(here) + [
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
            f"   {f'{name} {command.wants}'.strip():<20} {command.what}"
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
        if number == self._receipts_number:
            return self._got_further(message.get("item"))
        if number == self._users.number:
            return self._users.heard(message, self.room)
        if number in self._unanswered:
            told = self._answer(self._unanswered.pop(number), message)
            return [*told, *self._posted(self._letters.pop(number, ""), message)]
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
        about = self._recent.quoted(line)
        self._recent.add(line)
        return _shown(chat_line(line, about=about))

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

    def _got_further(self, item: Message | None) -> list[str]:
        if item is not None:
            some = f" of {item['members']}" if item["members"] > item["of"] else ""
            self._receipts[item["id"]] = f"{len(item['have'])}/{item['of']}{some}"
            if len(self._receipts) > MAX_RECEIPTS:
                del self._receipts[next(iter(self._receipts))]
        return []

    def _answer(self, text: str, message: Message) -> list[str]:
        self._said = str(message.get("ok", {}).get("id", self._said))
        return _problem(message, text)

    def _posted(self, nick: str, message: Message) -> list[str]:
        """A private message to *nick* is on disk: is anybody there to read it?"""
        there = self._seen.get(nick) in REACHABLE or self._users.is_reachable(nick)
        if not nick or "error" in message or there:
            return []
        return [f"-- {plain(nick)} is not here now: it will be there for them"]

    def _room(self, number: int, message: Message) -> list[str]:
        if "item" in message:
            self._listing[number].append(message["item"])
            return []
        rooms = self._listing.pop(number)
        return [
            *_problem(message, "the rooms are unknown"),
            *(_listed(one) for one in rooms),
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
REACHABLE = ("alive", SUSPECT)
NEWS = {"dead": "is gone", "left": "has left"}


@dataclass(frozen=True)
class Command:
    """A line that begins with a slash; *wants* names what must follow, if anything."""

    run: Callable[[Talk, str], list[str]]
    what: str
    wants: str = ""


COMMANDS = {
    "/join": Command(Talk.join, "look into ROOM and speak there", "ROOM"),
    "/msg": Command(Talk.tell, "tell one user alone", "NICK TEXT"),
    "/me": Command(Talk.act, "say what you do", "TEXT"),
    "/topic": Command(Talk.set_topic, "set the room's topic", "TEXT"),
    "/edit": Command(Talk.edit, "put TEXT in the place of your last line", "TEXT"),
    "/redact": Command(Talk.redact, "take your last line back"),
    "/react": Command(Talk.react, "answer the last line, or NICK's", "EMOJI [NICK]"),
    "/away": Command(Talk.away, "be away (/away WHY), or back (/away)"),
    "/who": Command(Talk.who, "who is here, and who is in the cluster"),
    "/rooms": Command(Talk.rooms, "the rooms and their topics"),
    "/help": Command(Talk.help, "this list"),
    "/quit": Command(Talk.quit, "leave"),
}


def _listed(room: Message) -> str:
    """``-- #lobby (3): release on Friday``."""
    topic = f": {plain(room['topic'])}" if room["topic"] else ""
    return f"-- {plain(room['room'])} ({room.get('users', 0)}){topic}"


def _shown(line: str | None) -> list[str]:
    return [] if line is None else [line]


def _problem(message: Message, what: str) -> list[str]:
    if "error" not in message:
        return []
    return [f"-- {plain(what)} ({plain(message['error']['text'])})"]
