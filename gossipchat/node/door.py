"""
The door of a running node: what faces ask, answered from the peer and the store.
"""

from collections.abc import Callable
from functools import partial
from itertools import count
from typing import TypeVar

from twisted.internet.defer import Deferred, execute, maybeDeferred
from twisted.internet.interfaces import IReactorFromThreads, IReactorTime
from zope.interface import implementer

from gossipchat.chat.events import Line, SayAsked
from gossipchat.errors import GossipChatError, Refused
from gossipchat.names import AuthorKey, EntryId, NodeName, room_name
from gossipchat.node.api import IChatNode, NodeStatus, Room, Stop, Trouble
from gossipchat.node.driver import Driver
from gossipchat.node.watchers import Watchers
from gossipchat.peer.core import Peer
from gossipchat.store.reader import Reader
from gossipchat.store.store import Store
from gossipchat.swim.events import (
    ForgetAsked,
    Member,
    MemberChanged,
    Status,
    Warned,
)

Result = TypeVar("Result")

MAX_PAGE = 10_000
"""The most lines that one question brings; who wants more asks again."""

MAX_TROUBLES = 100
"""Of how many members the last warning is remembered."""


@implementer(IChatNode)
class ChatNode:
    """
    See ``IChatNode``.

    Args:
        leave: leaves gracefully, then ends the process.
    """

    def __init__(
        self,
        reactor: IReactorTime,
        peer: Peer,
        driver: Driver,
        store: Store,
        nick: str,
        leave: Callable[[], Deferred[None]],
    ) -> None:
        self.name: str = peer.swim.me.name
        self.key: AuthorKey = peer.swim.me.key
        self.nick = nick
        self.faces: dict[str, str] = {"irc": "none", "web": "none"}
        self._reactor = reactor
        self._peer = peer
        self._driver = driver
        self._store = store
        self._leave = leave
        self._asks = count(1)
        self._lines: Watchers[Line] = Watchers()
        self._members: Watchers[Member] = Watchers()
        self._troubles: dict[NodeName, str] = {}
        self._up_since = reactor.seconds()

    # --- talk ---------------------------------------------------------------

    def say(
        self, room: str, text: str, kind: str, nick: str | None, token: str | None
    ) -> Deferred[EntryId]:
        """See ``IChatNode``."""
        ask = next(self._asks)
        asked = SayAsked(ask, kind, room, nick or self.nick, text, token)
        if token is None:
            return self._driver.say(asked)
        # said in an earlier life of this node, perhaps
        known = self._read(lambda reader: reader.token(self.key, token))
        return known.addCallback(partial(self._say_unless_known, asked))

    def _say_unless_known(
        self, asked: SayAsked, known: EntryId | None
    ) -> EntryId | Deferred[EntryId]:
        return self._driver.say(asked) if known is None else known

    def lines(
        self, room: str | None, since: int | None, limit: int
    ) -> Deferred[list[Line]]:
        """See ``IChatNode``."""

        def ask() -> Deferred[list[Line]]:
            name = None if room is None else room_name(room)
            most = min(limit, MAX_PAGE)
            return self._read(lambda reader: reader.lines(name, since, most))

        return maybeDeferred(ask)

    def history(
        self, room: str, before: EntryId | None, limit: int, all_kinds: bool
    ) -> Deferred[list[Line]]:
        """See ``IChatNode``."""

        def ask() -> Deferred[list[Line]]:
            name, most = room_name(room), min(limit, MAX_PAGE)
            return self._read(
                lambda reader: reader.history(name, before, most, all_kinds)
            )

        return maybeDeferred(ask)

    def rooms(self) -> Deferred[list[Room]]:
        """See ``IChatNode``."""
        return self._read(_rooms)

    def watch_lines(self, watcher: Callable[[Line], None]) -> Stop:
        """See ``IChatNode``."""
        return self._lines.add(watcher)

    # --- members ------------------------------------------------------------

    def members(self) -> list[Member]:
        """See ``IChatNode``."""
        return self._peer.swim.members()

    def watch_members(self, watcher: Callable[[Member], None]) -> Stop:
        """See ``IChatNode``."""
        return self._members.add(watcher)

    def forget(self, name: NodeName) -> Deferred[None]:
        """See ``IChatNode``."""
        return execute(self._forget, name)

    def _forget(self, name: NodeName) -> None:
        member = self._peer.swim.member(name)
        if name == self.name:
            raise Refused("a node can't forget itself; `gossipchat leave` ends it")
        if member is not None and member.status in (Status.ALIVE, Status.SUSPECT):
            raise Refused(
                f"{name} is {member.status.value}: only the dead are forgotten"
            )
        if member is None:
            raise Refused(f"nobody here is called {name}; see `gossipchat members`")
        self._driver.feed(ForgetAsked(name))

    def leave(self) -> Deferred[None]:
        """See ``IChatNode``."""
        return self._leave()

    def status(self) -> Deferred[NodeStatus]:
        """See ``IChatNode``."""
        return self._read(lambda reader: reader.bytes_on_disk()).addCallbacks(
            lambda size: self._status(True, size),
            lambda failure: self._status(False, 0),
        )

    def _status(self, store_ok: bool, store_bytes: int) -> NodeStatus:
        members = self.members()
        by_status = dict.fromkeys(Status, 0)
        for member in members:
            by_status[member.status] += 1
        broadcast = self._peer.broadcast
        return NodeStatus(
            members=by_status,
            cut=tuple(m.name for m in members if m.status is Status.DEAD),
            links=len(broadcast.links()),
            entries=broadcast.entries,
            behind=broadcast.behind(),
            store_ok=store_ok and self._store.ok,
            store_bytes=store_bytes,
            warnings=tuple(Trouble(*trouble) for trouble in self._troubles.items()),
            uptime_s=self._reactor.seconds() - self._up_since,
        )

    # --- what the driver tells ----------------------------------------------

    def hear(self, happening: object) -> None:
        """Something happened in the peer, or a line became visible."""
        match happening:
            case Line() if happening.room is not None:
                self._lines.tell(happening)
            case MemberChanged(member):
                self._troubles.pop(member.name, None)
                self._members.tell(member)
            case Warned(member, what):
                if len(self._troubles) < MAX_TROUBLES or member in self._troubles:
                    self._troubles[member] = what

    def _read(self, question: Callable[[Reader], Result]) -> Deferred[Result]:
        """Ask the store; fires in the reactor's thread."""
        fires: Deferred[Result] = Deferred()

        def answered(outcome: Result | GossipChatError) -> None:
            if isinstance(outcome, GossipChatError):
                fires.errback(outcome)
            else:
                fires.callback(outcome)

        threads = IReactorFromThreads(self._reactor)
        self._store.ask(question, partial(threads.callFromThread, answered))
        return fires


def _rooms(reader: Reader) -> list[Room]:
    return [
        Room(room.name, room.users, room.topic, room.last_ms) for room in reader.rooms()
    ]
