"""
The cluster that a node in memory sees, and Serf's commands on it.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from twisted.internet.defer import Deferred, execute, fail, succeed

from gossipchat.errors import Refused
from gossipchat.names import Address, NodeName
from gossipchat.node.api import (
    KeysOutcome,
    QueryEnd,
    QueryReply,
    Reachability,
    Stop,
    UserEvent,
)
from gossipchat.node.door.watchers import Watchers
from gossipchat.swim.events import Member, Status
from gossipchat.testing.itself import FakeSelf, key_of
from gossipchat.wire.layers.keyring import KeyRing, format_key

MAX_EVENTS = 10_000
MAX_EVENT_BYTES = 512


class FakeMembers(FakeSelf):
    """The part of ``FakeNode`` that is about members, events, queries and keys."""

    def __init__(self, name: str, nick: str) -> None:
        super().__init__(name, nick)
        self._members: dict[str, Member] = {name: self.member(name)}
        self.ring = KeyRing([bytes(16)])
        """What ``keys`` changes; this member is the only one that has them."""
        self.replies: list[QueryReply] = []
        """What every query is answered with."""
        self.asked: deque[tuple[tuple[str, ...], dict[str, str]]] = deque(maxlen=99)
        """Of the last queries: whom they were put to, by names and by tags."""
        self.heard_events: deque[UserEvent] = deque(maxlen=MAX_EVENTS)
        self._event_watchers: Watchers[UserEvent] = Watchers()
        self._member_watchers: Watchers[Member] = Watchers()

    @staticmethod
    def member(name: str, status: Status = Status.ALIVE, **tags: str) -> Member:
        """A member to ``change`` with. Its address is made up of its name."""
        address = Address("127.0.0.1", 1024 + sum(name.encode()) % 60_000)
        key = key_of(name)
        return Member(NodeName(name), address, status, 1, key, tags, 0.0125)

    def change(self, member: Member) -> None:
        """*member* is new, or changed: whoever watches is told."""
        self._members[member.name] = member
        self._member_watchers.tell(member)

    def members(self) -> list[Member]:
        """See ``IChatNode``."""
        return [self._members[name] for name in sorted(self._members)]

    def names(self) -> list[NodeName]:
        """See ``IMembership``."""
        return sorted(map(NodeName, self._members))

    def member_named(self, name: NodeName) -> Member | None:
        """See ``IMembership``."""
        return self._members.get(name)

    def watch_members(self, watcher: Callable[[Member], None]) -> Stop:
        """See ``IChatNode``."""
        return self._member_watchers.add(watcher)

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

    def hear_event(self, name: str, payload: bytes = b"") -> UserEvent:
        """Some member sends a user event."""
        ltime = len(self.heard_events) + 1
        event = UserEvent(ltime, name, payload, self.wall_ms)
        self.heard_events.append(event)
        self._event_watchers.tell(event)
        return event

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
