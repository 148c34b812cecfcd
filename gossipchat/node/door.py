"""
The door of a running node: what faces ask, answered from the peer and the store.
"""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.interfaces import IReactorFromThreads, IReactorTime
from zope.interface import implementer

from gossipchat.chat.bodies import EDITABLE, REDACTABLE, SHOWN
from gossipchat.chat.events import Line, SayAsked
from gossipchat.errors import GossipChatError, Refused
from gossipchat.names import AuthorKey, EntryId, RoomName, private_name, room_name
from gossipchat.node.api import IChatNode, NodeStatus, Room, Stop
from gossipchat.node.driver import Driver
from gossipchat.node.membership import Membership
from gossipchat.node.watchers import Watchers
from gossipchat.peer.core import Peer
from gossipchat.store.reader import Reader
from gossipchat.store.store import Store
from gossipchat.swim.events import Status

Result = TypeVar("Result")

MAX_PAGE = 10_000
"""The most lines that one question brings; who wants more asks again."""

STORE_FAILS = (
    "the disk takes nothing: what is said here is refused, and nothing of others is"
    " kept; the log of this node says why"
)


@implementer(IChatNode)
class ChatNode(Membership):
    """
    See ``IChatNode``.

    Args:
        leave: leaves gracefully, then ends the process.
        wall_ms: the machine's clock, in milliseconds since 1970.
    """

    def __init__(
        self,
        reactor: IReactorTime,
        peer: Peer,
        driver: Driver,
        store: Store,
        nick: str,
        leave: Callable[[], Deferred[None]],
        wall_ms: Callable[[], int],
    ) -> None:
        super().__init__(reactor, peer, driver, wall_ms)
        self.nick = nick
        self.faces: dict[str, str] = {"irc": "none", "web": "none"}
        self._store = store
        self._leave = leave
        self._lines: Watchers[Line] = Watchers()
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

    def refer(
        self,
        target: EntryId,
        kind: str,
        text: str,
        nick: str | None,
        token: str | None,
    ) -> Deferred[EntryId]:
        """See ``IChatNode``."""
        who = nick or self.nick
        found = self._read(lambda reader: reader.line(target))

        def ask(line: Line | None) -> Deferred[EntryId] | EntryId:
            room, peer = self._about(target, kind, who, line)
            asked = SayAsked(
                next(self._asks), kind, room, who, text, token, target, peer
            )
            if token is None:
                return self._driver.say(asked)
            known = self._read(lambda reader: reader.token(self.key, token))
            return known.addCallback(partial(self._say_unless_known, asked))

        return found.addCallback(ask)

    def _about(
        self, target: EntryId, kind: str, nick: str, line: Line | None
    ) -> tuple[RoomName, AuthorKey | None]:
        """Where *line* stands. Raises Refused unless *nick* may do *kind* to it."""
        if line is None or line.room is None:
            raise Refused(f"{target} is not here (yet): take the id of a line shown")
        if kind == "react":
            if line.kind not in SHOWN or line.redacted:
                raise Refused(f"{target} is nothing to react to")
            return line.room, line.peer
        fit = EDITABLE if kind == "edit" else REDACTABLE
        if line.kind not in fit:
            raise Refused(f"{target} is a {line.kind}: there is nothing to {kind}")
        if line.id.author != self.key or line.nick != nick:
            raise Refused(
                f"{target} was said by {line.nick}, and only that user may {kind} it,"
                " on the node where it was said"
            )
        if line.redacted:
            raise Refused(f"{target} has been taken back")
        return line.room, line.peer

    def lines(
        self, room: str | None, since: int | None, limit: int
    ) -> Deferred[list[Line]]:
        """See ``IChatNode``."""

        def ask() -> Deferred[list[Line]]:
            name, peer = self._place(room)
            most = min(limit, MAX_PAGE)
            return self._read(lambda reader: reader.lines(name, since, most, peer))

        return maybeDeferred(ask)

    def history(
        self, room: str, before: EntryId | None, limit: int, all_kinds: bool
    ) -> Deferred[list[Line]]:
        """See ``IChatNode``."""

        def ask() -> Deferred[list[Line]]:
            name, peer = self._place(room)
            most = min(limit, MAX_PAGE)
            return self._read(
                lambda reader: reader.history(name, before, most, all_kinds, peer)
            )

        return maybeDeferred(ask)

    def search(self, words: str, room: str | None, limit: int) -> Deferred[list[Line]]:
        """See ``IChatNode``."""

        def ask() -> Deferred[list[Line]]:
            name, peer = self._place(room)
            most = min(limit, MAX_PAGE)
            return self._read(lambda reader: reader.search(words, name, most, peer))

        return maybeDeferred(ask)

    def belongs(self, line: Line, room: str) -> bool:
        """See ``IChatNode``."""
        name, peer = self._place(room)
        return name in (None, line.room) and peer in (None, line.peer)

    def _place(self, room: str | None) -> tuple[RoomName | None, AuthorKey | None]:
        """The room, and the node at the other end, that lines for *room* have."""
        if room is None or not room.startswith("@"):
            return (None if room is None else room_name(room)), None
        place = private_name(room)
        nick, _, node = place.removeprefix("@").partition("@")
        peer = self._peer.chat.directory.peer_of(place)
        if node and peer is None:
            raise Refused(f"no node is known as {node}; see `gossipchat members`")
        return (RoomName("@" + nick) if node or peer is None else None), peer

    def rooms(self) -> Deferred[list[Room]]:
        """See ``IChatNode``."""
        return self._read(_rooms)

    def watch_lines(self, watcher: Callable[[Line], None]) -> Stop:
        """See ``IChatNode``."""
        return self._lines.add(watcher)

    # --- how it is ----------------------------------------------------------

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
            warnings=self.troubles(None if self._store.ok else STORE_FAILS),
            uptime_s=self._reactor.seconds() - self._up_since,
        )

    # --- what the driver tells ----------------------------------------------

    def hear(self, happening: object) -> None:
        """Something happened in the peer, or a line became visible."""
        if isinstance(happening, Line):
            if happening.room is not None:
                self._lines.tell(happening)
        else:
            super().hear(happening)

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
