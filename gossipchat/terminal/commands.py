"""
What a user can type: text is said, a slash begins a command.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from gossipchat.errors import UsageError
from gossipchat.faces.socket.client.show import plain
from gossipchat.names import room_name
from gossipchat.terminal.asking import Asking, Message
from gossipchat.terminal.view.company import Company
from gossipchat.terminal.view.members import Members
from gossipchat.terminal.view.receipts import Receipts
from gossipchat.terminal.view.view import View

LEAVING = (":q", ":quit")

NO_TEXT = '""'
"""An empty text, as in a shell: what is typed has no other way to say so."""


@dataclass
class Speaker:
    """The user: each line that is typed becomes requests, and lines to be shown."""

    asking: Asking
    view: View
    members: Members
    company: Company
    receipts: Receipts
    over: bool = field(default=False, init=False)
    """Whether the user wants to leave."""

    def typed(self, line: str) -> list[str]:
        """The user has ended a line."""
        text = line.strip()
        if not text:
            return []
        if text in LEAVING:
            return self.quit()
        if text.startswith("/") and not text.startswith("//"):
            return self._command(text)
        return self._say("say", text.removeprefix("/"))

    def _command(self, text: str) -> list[str]:
        word, _, rest = text.partition(" ")
        command = COMMANDS.get(word.lower())
        if command is None:
            return [f"-- there is no {plain(word)}; /help lists what there is"]
        rest = rest.strip()
        if command.wants and not rest:
            return [f"-- {word} wants {command.wants}"]
        return command.run(self, rest)

    # --- speaking -----------------------------------------------------------

    def _say(self, do: str, text: str) -> list[str]:
        room, then = self.view.room, self.receipts.said
        return self.asking.ask(do, f"not said: {text}", then, room=room, text=text)

    def act(self, text: str) -> list[str]:
        """``/me TEXT``."""
        return self._say("me", text)

    def topic(self, text: str) -> list[str]:
        """``/topic TEXT``; ``""`` removes it, and without TEXT it is shown."""
        if text:
            return self._say("topic", "" if text == NO_TEXT else text)
        here: list[str] = [f"-- {plain(self.view.room)} has no topic"]

        def look(room: Message) -> list[str]:
            if room["room"] == self.view.room and room["topic"]:
                here[:] = [f"-- the topic is: {plain(room['topic'])}"]
            return []

        self.asking.fetch("rooms", "the topic is unknown", look, lambda _: here)
        return []

    def tell(self, rest: str) -> list[str]:
        """``/msg NICK TEXT``: to that user alone."""
        nick, _, text = rest.partition(" ")
        text, nick = text.strip(), nick.removeprefix("@")
        if not text:
            return ["-- /msg wants NICK TEXT"]
        then = partial(self._posted, nick)
        return self.asking.ask(
            "say", f"not said: {text}", then, room=f"@{nick}", text=text
        )

    def _posted(self, nick: str, answer: Message) -> list[str]:
        """A private message to *nick* is on disk: is anybody there to read it?"""
        self.receipts.said(answer)
        if self.members.is_reachable(nick) or self.company.is_reachable(nick):
            return []
        return [f"-- {plain(nick)} is not here now: it will be there for them"]

    # --- about lines --------------------------------------------------------

    def edit(self, text: str) -> list[str]:
        """``/edit TEXT``: in the place of what one said last."""
        return self._refer("edit", self._own(), text=text)

    def redact(self, _: str = "") -> list[str]:
        """``/redact``: take back what one said last."""
        return self._refer("redact", self._own())

    def react(self, rest: str) -> list[str]:
        """``/react EMOJI [NICK]``: to the last line (of NICK)."""
        emoji, _, nick = rest.partition(" ")
        line = self.view.recent.last_of(nick.strip())
        return self._refer("react", line, text=emoji)

    def _own(self) -> Message | None:
        return self.view.recent.last_own(*self.company.me)

    def _refer(self, do: str, line: Message | None, **text: str) -> list[str]:
        if line is None:
            return [f"-- there is no line here to {do}"]
        problem, then = f"could not {do} that line", self.receipts.said
        return self.asking.ask(do, problem, then, target=line["id"], **text)

    # --- places and people --------------------------------------------------

    def join(self, room: str) -> list[str]:
        """``/join ROOM``: look there and speak there from now on."""
        try:
            name = room_name(room)
        except UsageError as mistake:
            return [f"-- {plain(str(mistake))}"]
        self.asking.ask("join", "nobody is told that you are there", room=name)
        self.view.open(name)
        return [f"-- now in {plain(name)}"]

    def rooms(self, _: str = "") -> list[str]:
        """``/rooms``."""
        listed: list[str] = []

        def add(room: Message) -> list[str]:
            listed.append(_listed(room))
            return []

        self.asking.fetch("rooms", "the rooms are unknown", add, lambda _: listed)
        return []

    def who(self, _: str = "") -> list[str]:
        """``/who``: who is in the room, and the members by status."""
        here = self.company.names(self.view.room)
        listed = f"-- in {plain(self.view.room)}: {', '.join(here)}"
        return [*([listed] if here else []), *self.members.by_status()]

    def away(self, why: str) -> list[str]:
        """``/away [WHY]``: be away, or without WHY back again."""
        self.asking.ask("away", "nobody is told that", text=why or None)
        return ["-- you are away" if why else "-- you are back"]

    # --- the rest -----------------------------------------------------------

    def help(self, _: str = "") -> list[str]:
        """``/help``: the table of commands."""
        listed = [
            f"   {f'{name} {command.wants}'.strip():<20} {command.what}"
            for name, command in COMMANDS.items()
        ]
        ways_out = f"   {' or '.join(LEAVING)} leave too"
        return ["-- what you type is said, except:", *listed, ways_out]

    def quit(self, _: str = "") -> list[str]:
        """``/quit``."""
        self.over = True
        return []


def _listed(room: Message) -> str:
    """``-- #lobby (3): release on Friday``."""
    topic = f": {plain(room['topic'])}" if room["topic"] else ""
    return f"-- {plain(room['room'])} ({room.get('users', 0)}){topic}"


@dataclass(frozen=True)
class Command:
    """A line that begins with a slash; *wants* names what must follow, if anything."""

    run: Callable[[Speaker, str], list[str]]
    what: str
    wants: str = ""


COMMANDS = {
    "/join": Command(Speaker.join, "look into ROOM and speak there", "ROOM"),
    "/msg": Command(Speaker.tell, "tell one user alone", "NICK TEXT"),
    "/me": Command(Speaker.act, "say what you do", "TEXT"),
    "/topic": Command(Speaker.topic, 'the topic; TEXT sets it, "" removes it'),
    "/edit": Command(Speaker.edit, "put TEXT in the place of your last line", "TEXT"),
    "/redact": Command(Speaker.redact, "take your last line back"),
    "/react": Command(Speaker.react, "answer the last line, or NICK's", "EMOJI [NICK]"),
    "/away": Command(Speaker.away, "be away (/away WHY), or back (/away)"),
    "/who": Command(Speaker.who, "who is here, and who is in the cluster"),
    "/rooms": Command(Speaker.rooms, "the rooms and their topics"),
    "/help": Command(Speaker.help, "this list"),
    "/quit": Command(Speaker.quit, "leave"),
}
