"""
All a face may ask of a node. Faces import this module and no other.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from twisted.internet.defer import Deferred
from zope.interface import Attribute, Interface

from gossipchat.chat.events import Line as Line
from gossipchat.chat.events import Receipt as Receipt
from gossipchat.chat.events import ReceiptChanged as ReceiptChanged
from gossipchat.chat.events import User as User
from gossipchat.errors import GossipChatError as GossipChatError
from gossipchat.errors import Refused as Refused
from gossipchat.errors import StoreError as StoreError
from gossipchat.errors import TooFast as TooFast
from gossipchat.errors import UsageError as UsageError
from gossipchat.names import AuthorKey as AuthorKey
from gossipchat.names import EntryId as EntryId
from gossipchat.names import NodeName as NodeName
from gossipchat.names import place_name as place_name
from gossipchat.names import room_name as room_name
from gossipchat.swim.events import KeysOutcome as KeysOutcome
from gossipchat.swim.events import Member as Member
from gossipchat.swim.events import QueryEnd as QueryEnd
from gossipchat.swim.events import QueryReply as QueryReply
from gossipchat.swim.events import Reachability as Reachability
from gossipchat.swim.events import Status as Status

Stop = Callable[[], None]
"""Ends a subscription; a second call does nothing."""


@dataclass(frozen=True, slots=True)
class Room:
    """A room that somebody has spoken in, or is in."""

    name: str
    users: int
    """Who is in it, as far as they can be reached."""
    topic: str
    last_ms: int | None
    """Wall time of its last line."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something a person should know of *member* (None: of this node itself)."""

    member: NodeName | None
    what: str


@dataclass(frozen=True, slots=True)
class UserEvent:
    """A Serf user event, of any member, this one included."""

    ltime: int
    """Its Lamport time: of two, the one that was sent later in knowledge of the other
    has the greater."""
    name: str
    payload: bytes
    heard_ms: int
    """Wall time at which it came here, in milliseconds since 1970."""


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """How this node is doing."""

    members: dict[Status, int]
    cut: tuple[NodeName, ...]
    """Members that are dead as seen from here."""
    links: int
    entries: int
    behind: dict[AuthorKey, int]
    """Entries known to exist that are not here yet, by author."""
    store_ok: bool
    store_bytes: int
    warnings: tuple[Trouble, ...]
    uptime_s: float
    counts: dict[str, int] = field(default_factory=dict)
    """What happened so many times since the start, by name; a handful of names."""

    @property
    def whole(self) -> bool:
        """Whether every known member is alive and nothing is missing."""
        return not self.cut and not self.behind and self.store_ok


class IMembership(Interface):
    """
    What is known of the members and can be asked of them: Serf's half of a node.

    Every Deferred fails with a ``GossipChatError`` whose text is made for people:
    ``Refused`` (nothing happened; it says why).
    """

    def members() -> list[Member]:
        """Every member known, this node included, by name."""

    def names() -> list[NodeName]:
        """Their names, sorted: who shows thousands asks for each when it is shown."""

    def member_named(name: NodeName) -> Member | None:
        """The member of that name."""

    def watch_members(watcher: Callable[[Member], None]) -> Stop:
        """Call *watcher* with each member whose status, address or tags changed."""

    def forget(name: NodeName) -> Deferred[None]:
        """Forget a dead member and its pin."""

    def event(name: str, payload: bytes, coalesce: bool = True) -> Deferred[UserEvent]:
        """
        Tell all members of a user event. Fires once it is on its way.

        *coalesce*: programs that fall behind may be given the last of that name alone.
        """

    def events() -> list[UserEvent]:
        """The last user events that came here, oldest first."""

    def watch_events(watcher: Callable[[UserEvent], None]) -> Stop:
        """Call *watcher* with each user event, our own included."""

    def query(
        name: str,
        payload: bytes,
        timeout: float | None,
        heard: Callable[[QueryReply], None],
        names: Sequence[NodeName] = (),
        tags: Mapping[str, str] | None = None,
    ) -> Deferred[QueryEnd]:
        """
        Ask all members, or only those of *names* (if there are any) whose *tags* match
        all of these regular expressions (as Go has them). *heard* is called with each
        ack and answer until *timeout* seconds are over (None: Serf's default for so
        many members); then it fires.
        """

    def keys(operation: str, key: bytes | None) -> Deferred[KeysOutcome]:
        """
        ``list`` the keys of all members (*key* None), or ``install``, ``use`` or
        ``remove`` *key* on all of them. Fires when all have answered or time is over,
        with the keys as they are then.
        """

    def set_tags(
        put: Mapping[str, str], drop: Sequence[str]
    ) -> Deferred[dict[str, str]]:
        """Change this node's tags, until its next start. Fires with all it has."""

    def reachability() -> Deferred[Reachability]:
        """Ask all members to ack. Fires with who has, and who of the living not."""

    def rtt(one: NodeName, other: NodeName | None) -> Deferred[float]:
        """Seconds from *one* to *other* (None: this node) and back, as estimated."""


class ISession(Interface):
    """
    One way in which a local user is logged in; others see what all of theirs have.

    All raise ``UsageError`` or ``Refused``, and change nothing then.
    """

    nick: str = Attribute("What the user is called.")
    account: str = Attribute("Which user of this node it is; never shown.")

    def rename(nick: str) -> None:
        """Go by another nick."""

    def join(room: str) -> None:
        """Be in *room*."""

    def part(room: str) -> None:
        """Be there no more."""

    def away(why: str | None) -> None:
        """Be away (others see it when all sessions of the user are), or back again."""

    def end() -> None:
        """Log out. A second call does nothing."""


class IChatNode(IMembership):
    """
    The door of a running node.

    Every Deferred fails with a ``GossipChatError`` whose text is made for people:
    ``UsageError`` (nothing happened, ask differently), ``StoreError``.

    Where a *room* is asked for, ``@NICK``, ``@NODE`` and ``@NICK@NODE`` mean the
    private conversation with that user; its lines have the room ``@nick``.
    """

    name: str = Attribute("The member's name.")
    key: AuthorKey = Attribute("Its identity.")
    nick: str = Attribute("The nick of those who name none.")
    faces: dict[str, str] = Attribute("What is open where: irc and web.")

    def say(
        room: str, text: str, kind: str, nick: str | None, token: str | None
    ) -> Deferred[EntryId]:
        """
        Say *text* (*kind* ``say``, ``emote``, ``notice`` or ``topic``; privately
        ``say`` alone). Fires with the entry's id once it is on our own disk;
        spreading goes on after. Fails with ``TooFast`` when *nick* has used up what
        one user may say.

        *token*: the same token again gives the first one's id and says nothing.
        """

    def refer(
        target: EntryId, kind: str, text: str, nick: str | None, token: str | None
    ) -> Deferred[EntryId]:
        """
        ``edit`` (put *text* in its place), ``redact`` (take it back) or ``react``
        (with the emoji *text*) the line *target*; fires as ``say`` does.

        Only who said a line, from this node and by the same nick, may edit or redact
        it. Fails with ``Refused`` when it is not here, or not *nick*'s.
        """

    def lines(room: str | None, since: int | None, limit: int) -> Deferred[list[Line]]:
        """
        Lines in order of arrival: those with ``n > since``, the first *limit* of
        them; without *since* the last *limit*. *room* None: all rooms.
        """

    def history(
        room: str, before: EntryId | None, limit: int, all_kinds: bool
    ) -> Deferred[list[Line]]:
        """
        A page in the one order (hlc, author, epoch, seq), oldest first: the last
        *limit* before *before*, or the newest. Kinds that carry text, or all.
        """

    def search(words: str, room: str | None, limit: int) -> Deferred[list[Line]]:
        """
        The newest *limit* lines in the one order that hold all of *words* now,
        oldest first.
        """

    def belongs(line: Line, room: str) -> bool:
        """Whether *line* is one of those that ``lines`` brings for *room*."""

    def watch_lines(watcher: Callable[[Line], None]) -> Stop:
        """Call *watcher* with each line as it becomes visible, in order of ``n``."""

    def login(nick: str | None, account: str | None) -> ISession:
        """
        Log a local user in, until the session is ended; others are told.

        *nick* None: the node's own; *account* None: that nick. Raises ``UsageError``,
        or ``Refused`` when another user of this node has that nick.
        """

    def users() -> list[User]:
        """Who is logged in anywhere, by nick; those of dead nodes for a while."""

    def watch_users(watcher: Callable[[User], None]) -> Stop:
        """
        Call *watcher* with each user that comes, changes, or (``here`` false) is
        listed no more.
        """

    def receipt(target: EntryId) -> Deferred[Receipt]:
        """Ask the members who has *target* on disk; fires within two seconds."""

    def watch_receipts(watcher: Callable[[ReceiptChanged], None]) -> Stop:
        """
        Call *watcher* with what is heard of who has what was said here, for the last
        entry of each batch, until all have it or half a minute is over.
        """

    def shown_nick(author: AuthorKey, nick: str) -> str:
        """
        How *nick* is shown where somebody at *author* speaks by it: ``nick~abcd``
        while an earlier claim keeps it.
        """

    def rooms() -> Deferred[list[Room]]:
        """The rooms, by name."""

    def status() -> Deferred[NodeStatus]:
        """How this node is doing."""

    def leave() -> Deferred[None]:
        """Leave gracefully: fires when the news is out (5 s at most); then the node
        stops and its process ends."""
