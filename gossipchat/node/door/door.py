"""
The door of a running node: what faces ask, answered from the peer and the store.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeVar

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.interfaces import IReactorFromThreads, IReactorTime
from twisted.internet.task import deferLater
from zope.interface import implementer

from gossipchat.chat.events import (
    Line,
    Receipt,
    ReceiptAsked,
    ReceiptChanged,
    SayAsked,
    User,
    UserChanged,
)
from gossipchat.chat.presence.profile import folded
from gossipchat.errors import GossipChatError
from gossipchat.feeds.branches import MAX_BRANCHES
from gossipchat.names import AuthorKey, EntryId, Reference, RoomName
from gossipchat.node.api import IChatNode, NodeStatus, Room, Stop
from gossipchat.node.door.membership import Membership
from gossipchat.node.door.paging import Pager
from gossipchat.node.door.places import place_of, place_to_refer
from gossipchat.node.door.seats import Seat
from gossipchat.node.door.watchers import Watchers
from gossipchat.node.driver.driver import Driver
from gossipchat.peer.core import Peer
from gossipchat.store.reading.reader import Reader
from gossipchat.store.store import Store
from gossipchat.swim.events import Status

Result = TypeVar("Result")

FEEDS_AT_ONCE = 256
"""Looked at in one turn of the reactor for ``status``: some 2 ms."""

MAX_PAGE = 10_000
"""The most lines that one question brings; who wants more asks again."""

STORE_FAILS = (
    "the disk takes nothing: what is said here is refused, and nothing of others is"
    " kept; the log of this node says why"
)
CROWDED = (
    "more authors (or starts of them) than this node may know have spoken, and what"
    " they say is not taken: raise max_authors, max_vouched and max_feeds in"
    " [broadcast] of its --config FILE"
)
SILENCED = (
    "so many copies of {} have run at once (more than {} branches of what it said) that"
    " what it says is passed on no longer: give it a new identity"
)
MAX_SILENCED = 8
"""So many are named."""


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
        peer.chat.is_watched = lambda: len(self._lines) > 0
        self._users: Watchers[User] = Watchers()
        self._receipts: Watchers[ReceiptChanged] = Watchers()
        peer.chat.receipts.is_watched = lambda: len(self._receipts) > 0
        self._up_since = reactor.seconds()
        self._pager = Pager(reactor, peer, driver, self._read)

    # --- talk ---------------------------------------------------------------

    def say(
        self, room: str, text: str, kind: str, nick: str | None, token: str | None
    ) -> Deferred[EntryId]:
        """See ``IChatNode``."""
        ask, who = next(self._asks), self._who(nick)
        return self._say_once(SayAsked(ask, kind, room, who, text, token))

    def refer(
        self,
        target: EntryId,
        kind: str,
        text: str,
        nick: str | None,
        token: str | None,
    ) -> Deferred[EntryId]:
        """See ``IChatNode``."""
        ask, who = next(self._asks), self._who(nick)
        found = self._read(lambda reader: reader.line(target))

        def said(line: Line | None) -> Deferred[EntryId]:
            room, peer = place_to_refer(self.key, target, kind, who, line)
            meant = Reference(line.id, line.hlc) if line else None
            asked = SayAsked(ask, kind, room, who, text, token, meant, peer)
            return self._say_once(asked)

        return found.addCallback(said)

    def _say_once(self, asked: SayAsked) -> Deferred[EntryId]:
        token = asked.token
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
            return self._pager.page(
                lambda reader: reader.history(name, before, most, all_kinds, peer),
                before,
                most,
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
        return place_of(self._peer.chat.directory, room)

    def rooms(self) -> Deferred[list[Room]]:
        """See ``IChatNode``."""
        counts = self._peer.chat.presence.counts()
        return self._read(lambda reader: _rooms(reader, counts))

    def watch_lines(self, watcher: Callable[[Line], None]) -> Stop:
        """See ``IChatNode``."""
        return self._lines.add(watcher)

    def _who(self, nick: str | None) -> str:
        """Who speaks; an empty nick is nobody, and refused as any that can't be one."""
        return self.nick if nick is None else nick

    # --- who is there -------------------------------------------------------

    def login(self, nick: str | None, account: str | None) -> Seat:
        """See ``IChatNode``."""
        nick = self._who(nick)
        return Seat(
            self._peer.chat.presence, self._driver.feed, nick, account or folded(nick)
        )

    def users(self) -> list[User]:
        """See ``IChatNode``."""
        return self._peer.chat.presence.users()

    def watch_users(self, watcher: Callable[[User], None]) -> Stop:
        """See ``IChatNode``."""
        return self._users.add(watcher)

    def receipt(self, target: EntryId) -> Deferred[Receipt]:
        """See ``IChatNode``."""
        found = self._read(lambda reader: reader.present_id(target))
        return found.addCallback(
            lambda id: self._driver.ask(ReceiptAsked(self._next_ask(), id))
        )

    def watch_receipts(self, watcher: Callable[[ReceiptChanged], None]) -> Stop:
        """See ``IChatNode``."""
        return self._receipts.add(watcher)

    def shown_nick(self, author: AuthorKey, nick: str) -> str:
        """See ``IChatNode``."""
        return self._peer.chat.presence.shown_nick(author, nick)

    # --- how it is ----------------------------------------------------------

    def leave(self) -> Deferred[None]:
        """See ``IChatNode``."""
        return self._leave()

    def status(self) -> Deferred[NodeStatus]:
        """See ``IChatNode``."""
        return Deferred.fromCoroutine(self._whole_status())

    async def _whole_status(self) -> NodeStatus:
        behind = await self._behind()
        try:
            size = await self._read(lambda reader: reader.bytes_on_disk())
        except GossipChatError:
            return self._status(False, 0, behind)
        return self._status(True, size, behind)

    async def _behind(self) -> dict[AuthorKey, int]:
        """A few feeds a turn: a node that has just joined may lack thousands."""
        behind: Counter[AuthorKey] = Counter()
        feeds = self._peer.broadcast.offered()
        for first in range(0, len(feeds), FEEDS_AT_ONCE):
            if first:
                await deferLater(self._reactor, 0)
            some = feeds[first : first + FEEDS_AT_ONCE]
            behind.update(self._peer.broadcast.behind(some))
        return dict(behind)

    def _status(
        self, store_ok: bool, store_bytes: int, behind: dict[AuthorKey, int]
    ) -> NodeStatus:
        members = self._peer.swim.statuses()
        dead = [name for name, status in members.items() if status is Status.DEAD]
        broadcast = self._peer.broadcast
        return NodeStatus(
            members={**dict.fromkeys(Status, 0), **Counter(members.values())},
            cut=tuple(sorted(dead)),
            links=len(broadcast.links()),
            entries=broadcast.entries,
            behind=behind,
            store_ok=store_ok and self._store.ok,
            store_bytes=store_bytes,
            warnings=self.troubles(
                *[STORE_FAILS] * (not self._store.ok),
                *[CROWDED] * broadcast.turned_away,
                *map(self._silenced, broadcast.silenced[:MAX_SILENCED]),
            ),
            uptime_s=self._reactor.seconds() - self._up_since,
            counts=dict(sorted(self._driver.counts.items())),
        )

    def _silenced(self, author: AuthorKey) -> str:
        if author == self.key:
            return SILENCED.format("this node", MAX_BRANCHES)
        name = self._peer.name_of(author) or f"the node {author.hex()[:8]}"
        return SILENCED.format(name, MAX_BRANCHES)

    # --- what the driver tells ----------------------------------------------

    def hear(self, happening: object) -> None:
        """Something happened in the peer, or a line became visible."""
        if isinstance(happening, Line):
            if happening.room is not None:
                self._lines.tell(happening)
        elif isinstance(happening, UserChanged):
            self._users.tell(happening.user)
        elif isinstance(happening, ReceiptChanged):
            self._receipts.tell(happening)
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


def _rooms(reader: Reader, counts: Mapping[RoomName, int]) -> list[Room]:
    """Those that somebody has spoken in, and those that somebody is in."""
    rooms = {
        room.name: Room(room.name, counts.get(room.name, 0), room.topic, room.last_ms)
        for room in reader.rooms()
    }
    for name, users in counts.items():
        rooms.setdefault(name, Room(name, users, "", None))
    return [rooms[name] for name in sorted(rooms)]
