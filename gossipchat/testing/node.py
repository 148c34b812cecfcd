"""
A node in memory, for those who write faces.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from twisted.internet.defer import Deferred, execute, fail, succeed
from zope.interface import implementer

from gossipchat.chat.events import Line
from gossipchat.errors import GossipChatError, Refused, UsageError
from gossipchat.names import Address, AuthorKey, EntryId, NodeName, place_name
from gossipchat.node.api import (
    IChatNode,
    KeysOutcome,
    NodeStatus,
    QueryEnd,
    QueryReply,
    Reachability,
    Room,
    Stop,
    UserEvent,
)
from gossipchat.node.door.watchers import Watchers
from gossipchat.swim.events import Member, Status
from gossipchat.testing.users import FakeUsers
from gossipchat.wire.keyring import KeyRing, format_key

MAX_LINES = 10_000
MAX_EVENT_BYTES = 512
TEXT_KINDS = {"say", "emote", "notice", "topic", "private"}


@implementer(IChatNode)
class FakeNode(FakeUsers):
    """
    A node in memory: alone, without disk or network, answering at once.

    It keeps the last ``MAX_LINES`` lines. Time stands at ``wall_ms`` until it is
    set. ``fail`` makes what is said next fail.
    """

    def __init__(self, name: str = "alice", nick: str = "alice") -> None:
        super().__init__(name, nick)
        self.key = AuthorKey(bytes(31) + b"\x01")
        self.faces: dict[str, str] = {"irc": "none", "web": "none"}
        self.wall_ms = 1_700_000_000_000
        self.fail: GossipChatError | None = None
        """What the next ``say`` fails with; None: it works."""
        self.left = False
        """Whether ``leave`` was called."""
        self.kept: deque[Line] = deque(maxlen=MAX_LINES)
        """All lines, in order of arrival."""
        self._seqs: dict[AuthorKey, int] = {}
        self._next_n = 1
        self._tokens: dict[str, EntryId] = {}
        self._members: dict[str, Member] = {name: self.member(name)}
        self.ring = KeyRing([bytes(16)])
        """What ``keys`` changes; this member is the only one that has them."""
        self.replies: list[QueryReply] = []
        """What every query is answered with."""
        self.asked: deque[tuple[tuple[str, ...], dict[str, str]]] = deque(maxlen=99)
        """Of the last queries: whom they were put to, by names and by tags."""
        self.heard_events: deque[UserEvent] = deque(maxlen=MAX_LINES)
        self._event_watchers: Watchers[UserEvent] = Watchers()
        self._line_watchers: Watchers[Line] = Watchers()
        self._member_watchers: Watchers[Member] = Watchers()

    # --- what tests do ------------------------------------------------------

    @staticmethod
    def member(name: str, status: Status = Status.ALIVE, **tags: str) -> Member:
        """A member to ``change`` with. Its address is made up of its name."""
        address = Address("127.0.0.1", 1024 + sum(name.encode()) % 60_000)
        key = AuthorKey(name.encode()[:32].ljust(32, b"\0"))
        return Member(NodeName(name), address, status, 1, key, tags, 0.0125)

    def hear(
        self, room: str, nick: str, text: str, kind: str = "say", late: bool = False
    ) -> Line:
        """Somebody called *nick*, at a node of that name, said *text*."""
        author = AuthorKey(nick.encode()[:32].ljust(32, b"\0"))
        return self._keep(author, room, nick, text, kind, late)

    def change(self, member: Member) -> None:
        """*member* is new, or changed: whoever watches is told."""
        self._members[member.name] = member
        self._member_watchers.tell(member)

    def hear_event(self, name: str, payload: bytes = b"") -> UserEvent:
        """Some member sends a user event."""
        ltime = len(self.heard_events) + 1
        event = UserEvent(ltime, name, payload, self.wall_ms)
        self.heard_events.append(event)
        self._event_watchers.tell(event)
        return event

    @property
    def watchers(self) -> int:
        """How many watch something; 0 when everybody has cleaned up."""
        chat = len(self._line_watchers) + len(self._member_watchers)
        return chat + len(self._event_watchers) + self.user_watchers

    # --- what faces ask -----------------------------------------------------

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
        if not text:
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

    def members(self) -> list[Member]:
        """See ``IChatNode``."""
        return [self._members[name] for name in sorted(self._members)]

    def watch_members(self, watcher: Callable[[Member], None]) -> Stop:
        """See ``IChatNode``."""
        return self._member_watchers.add(watcher)

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

    def status(self) -> Deferred[NodeStatus]:
        """See ``IChatNode``."""
        by_status = dict.fromkeys(Status, 0)
        for member in self._members.values():
            by_status[member.status] += 1
        cut = [one.name for one in self.members() if one.status is Status.DEAD]
        status = NodeStatus(
            members=by_status,
            cut=tuple(cut),
            links=by_status[Status.ALIVE] - 1,
            entries=self._next_n - 1,
            behind={},
            store_ok=True,
            store_bytes=4096,
            warnings=(),
            uptime_s=1.5,
        )
        return succeed(status)

    def leave(self) -> Deferred[None]:
        """See ``IChatNode``; the process goes on."""
        self.left = True
        return succeed(None)

    def forget(self, name: NodeName) -> Deferred[None]:
        """See ``IChatNode``."""
        return execute(self._forget, name)

    def _forget(self, name: NodeName) -> None:
        member = self._members.get(name)
        if member is None:
            raise Refused(f"nobody here is called {name}")
        if member.status is not Status.DEAD:
            raise Refused(
                f"{name} is {member.status.value}: only the dead are forgotten"
            )
        del self._members[name]

    def event(
        self, name: str, payload: bytes, coalesce: bool = True
    ) -> Deferred[UserEvent]:
        """See ``IMembership``; names of more than 512 bytes are declined."""
        if len(name.encode() + payload) > MAX_EVENT_BYTES:
            return fail(Refused(f"an event has {MAX_EVENT_BYTES} bytes at most"))
        return succeed(self.hear_event(name, payload))

    def events(self) -> list[UserEvent]:
        """See ``IMembership``."""
        return list(self.heard_events)

    def watch_events(self, watcher: Callable[[UserEvent], None]) -> Stop:
        """See ``IMembership``."""
        return self._event_watchers.add(watcher)

    def query(
        self,
        name: str,
        payload: bytes,
        timeout: float | None,
        heard: Callable[[QueryReply], None],
        names: Sequence[NodeName] = (),
        tags: Mapping[str, str] | None = None,
    ) -> Deferred[QueryEnd]:
        """See ``IMembership``; it is over at once. The tags of others are unknown."""
        self.asked.append((tuple(names), dict(tags or {})))
        replies = [one for one in self.replies if not names or one.sender in names]
        for reply in replies:
            heard(reply)
        acks = sum(reply.ack for reply in replies)
        return succeed(QueryEnd(acks, len(replies) - acks))

    def keys(self, operation: str, key: bytes | None) -> Deferred[KeysOutcome]:
        """See ``IMembership``."""
        return execute(self._keys, operation, key)

    def _keys(self, operation: str, key: bytes | None) -> KeysOutcome:
        if key is not None:
            getattr(self.ring, operation)(key)
        held = {format_key(one): 1 for one in self.ring.keys}
        return KeysOutcome(format_key(self.ring.primary), held, 1, 1, {})

    def set_tags(
        self, put: Mapping[str, str], drop: Sequence[str]
    ) -> Deferred[dict[str, str]]:
        """See ``IMembership``."""
        me = self._members[self.name]
        left = {key: me.tags[key] for key in me.tags if key not in drop}
        self.change(replace(me, tags={**left, **put}))
        return succeed(self._members[self.name].tags)

    def reachability(self) -> Deferred[Reachability]:
        """See ``IMembership``: the living ack."""
        living = [one for one in self.members() if one.status is Status.ALIVE]
        silent = [one for one in self.members() if one.status is Status.SUSPECT]
        return succeed(
            Reachability(
                tuple(one.name for one in living), tuple(one.name for one in silent)
            )
        )

    def rtt(self, one: NodeName, other: NodeName | None) -> Deferred[float]:
        """See ``IMembership``: as far as ``member`` says, whoever asks."""
        if one not in self._members or (other or self.name) not in self._members:
            return fail(Refused(f"nobody here is called {one}, or {other}"))
        return succeed(0.0125)

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
