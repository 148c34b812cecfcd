"""
All a face may ask of a node. Faces import this module and no other.
"""

from collections.abc import Callable
from dataclasses import dataclass

from twisted.internet.defer import Deferred
from zope.interface import Attribute, Interface

from gossipchat.chat.events import Line as Line
from gossipchat.errors import GossipChatError as GossipChatError
from gossipchat.errors import Refused as Refused
from gossipchat.errors import StoreError as StoreError
from gossipchat.errors import UsageError as UsageError
from gossipchat.names import AuthorKey as AuthorKey
from gossipchat.names import EntryId as EntryId
from gossipchat.names import NodeName as NodeName
from gossipchat.names import room_name as room_name
from gossipchat.swim.events import Member as Member
from gossipchat.swim.events import Status as Status

Stop = Callable[[], None]
"""Ends a subscription; a second call does nothing."""


@dataclass(frozen=True, slots=True)
class Room:
    """A room that somebody has spoken in."""

    name: str
    users: int
    """Nicks that have spoken in it."""
    topic: str
    last_ms: int | None
    """Wall time of its last line."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something a person should know of *member* (None: of this node itself)."""

    member: NodeName | None
    what: str


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

    @property
    def whole(self) -> bool:
        """Whether every known member is alive and nothing is missing."""
        return not self.cut and not self.behind and self.store_ok


class IChatNode(Interface):
    """
    The door of a running node.

    Every Deferred fails with a ``GossipChatError`` whose text is made for people:
    ``UsageError`` (nothing happened, ask differently), ``StoreError``.
    """

    name: str = Attribute("The member's name.")
    key: AuthorKey = Attribute("Its identity.")
    nick: str = Attribute("The nick of those who name none.")
    faces: dict[str, str] = Attribute("What is open where: irc and web.")

    def say(
        room: str, text: str, kind: str, nick: str | None, token: str | None
    ) -> Deferred[EntryId]:
        """
        Say *text* (*kind* ``say``, ``emote`` or ``topic``). Fires with the entry's id
        once it is on our own disk; spreading goes on after.

        *token*: the same token again gives the first one's id and says nothing.
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

    def watch_lines(watcher: Callable[[Line], None]) -> Stop:
        """Call *watcher* with each line as it becomes visible, in order of ``n``."""

    def members() -> list[Member]:
        """Every member known, this node included, by name."""

    def watch_members(watcher: Callable[[Member], None]) -> Stop:
        """Call *watcher* with each member whose status, address or tags changed."""

    def rooms() -> Deferred[list[Room]]:
        """The rooms, by name."""

    def status() -> Deferred[NodeStatus]:
        """How this node is doing."""

    def leave() -> Deferred[None]:
        """Leave gracefully: fires when the news is out (5 s at most); then the node
        stops and its process ends."""

    def forget(name: NodeName) -> Deferred[None]:
        """Forget a dead member and its pin."""
