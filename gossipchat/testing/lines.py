"""
What is said at a node in memory, and what a test makes others say.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import replace

from twisted.internet.defer import Deferred, execute, fail, succeed

from gossipchat.chat.events import Line
from gossipchat.errors import GossipChatError, Refused, UsageError
from gossipchat.names import AuthorKey, EntryId, place_name
from gossipchat.node.api import Room, Stop
from gossipchat.node.door.watchers import Watchers
from gossipchat.testing.itself import FakeSelf, key_of

MAX_LINES = 10_000
TEXT_KINDS = {"say", "emote", "notice", "topic", "private"}


class FakeLines(FakeSelf):
    """The part of ``FakeNode`` that is about lines: the last ``MAX_LINES`` are kept."""

    def __init__(self, name: str, nick: str) -> None:
        super().__init__(name, nick)
        self.fail: GossipChatError | None = None
        """What the next ``say`` fails with; None: it works."""
        self.kept: deque[Line] = deque(maxlen=MAX_LINES)
        """All lines, in order of arrival."""
        self._seqs: dict[AuthorKey, int] = {}
        self._next_n = 1
        self._tokens: dict[str, EntryId] = {}
        self._line_watchers: Watchers[Line] = Watchers()

    def hear(
        self, room: str, nick: str, text: str, kind: str = "say", late: bool = False
    ) -> Line:
        """Somebody called *nick*, at a node of that name, said *text*."""
        return self._keep(key_of(nick), room, nick, text, kind, late)

    def say(
        self, room: str, text: str, kind: str, nick: str | None, token: str | None
    ) -> Deferred[EntryId]:
        """See ``IChatNode``."""
        return execute(self._say, room, text, kind, nick, token)

    def _say(
        self, room: str, text: str, kind: str, nick: str | None, token: str | None
    ) -> EntryId:
        failing, self.fail = self.fail, None
        if failing is not None:
            raise failing
        if token in self._tokens:
            return self._tokens[token]
        if not text and kind != "topic":
            raise UsageError("there is nothing to say: the text is empty")
        if room.startswith("@") and kind == "say":
            kind = "private"
        line = self._keep(self.key, room, nick or self.nick, text, kind, False)
        if token is not None:
            self._tokens[token] = line.id
        return line.id

    def refer(
        self, target: EntryId, kind: str, text: str, nick: str | None, token: str | None
    ) -> Deferred[EntryId]:
        """See ``IChatNode``; whose line it is is not asked."""
        found = [number for number, line in enumerate(self.kept) if line.id == target]
        if not found:
            return fail(Refused(f"{target} is not here (yet)"))
        line = self.kept[found[0]]
        if kind == "edit":
            self.kept[found[0]] = replace(line, edited=text)
        elif kind == "redact":
            self.kept[found[0]] = replace(line, text="", redacted=True)
        return self.say(str(line.room), text or " ", kind, nick, token)

    def search(self, words: str, room: str | None, limit: int) -> Deferred[list[Line]]:
        """See ``IChatNode``; words are looked for as they stand."""
        found = [
            line
            for line in self.kept
            if line.kind in TEXT_KINDS
            and (room is None or self.belongs(line, room))
            and all(word in (line.edited or line.text) for word in words.split())
        ]
        return succeed(found[-limit:])

    def belongs(self, line: Line, room: str) -> bool:
        """See ``IChatNode``; nodes have no names here."""
        return line.room == place_name(room)

    def lines(
        self, room: str | None, since: int | None, limit: int
    ) -> Deferred[list[Line]]:
        """See ``IChatNode``."""
        name = None if room is None else place_name(room)
        found = [line for line in self.kept if name in (None, line.room)]
        if since is None:
            return succeed(found[-limit:])
        return succeed([line for line in found if line.n > since][:limit])

    def history(
        self, room: str, before: EntryId | None, limit: int, all_kinds: bool
    ) -> Deferred[list[Line]]:
        """See ``IChatNode``; arrival is the order here."""
        found = [
            line
            for line in self.kept
            if line.room == place_name(room) and (all_kinds or line.kind in TEXT_KINDS)
        ]
        ids = [line.id for line in found]
        end = ids.index(before) if before in ids else len(ids)
        return succeed(found[:end][-limit:])

    def watch_lines(self, watcher: Callable[[Line], None]) -> Stop:
        """See ``IChatNode``."""
        return self._line_watchers.add(watcher)

    def rooms(self) -> Deferred[list[Room]]:
        """See ``IChatNode``."""
        rooms: dict[str, Room] = {}
        nicks: dict[str, set[str]] = {}
        for line in self.kept:
            if line.room is None:
                continue
            room = rooms.get(line.room, Room(line.room, 0, "", None))
            talking = nicks.setdefault(line.room, set())
            talking.add(line.nick)
            topic = line.text if line.kind == "topic" else room.topic
            rooms[line.room] = replace(
                room, users=len(talking), topic=topic, last_ms=line.wall_ms
            )
        return succeed([rooms[name] for name in sorted(rooms)])

    def _keep(
        self, author: AuthorKey, room: str, nick: str, text: str, kind: str, late: bool
    ) -> Line:
        seq = self._seqs.get(author, 0) + 1
        line = Line(
            n=self._next_n,
            id=EntryId(author, 7, seq),
            room=place_name(room),
            nick=nick,
            kind=kind,
            text=text,
            wall_ms=self.wall_ms,
            arrived_ms=self.wall_ms,
            late=late,
        )
        self._seqs[author] = seq
        self._next_n += 1
        self.kept.append(line)
        self._line_watchers.tell(line)
        return line
