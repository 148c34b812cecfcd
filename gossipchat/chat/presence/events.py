"""
What goes into chat and comes out of it about people: who is logged in where.
"""

from collections.abc import Hashable
from dataclasses import dataclass, replace

from gossipchat.feeds.document import Document
from gossipchat.names import AuthorKey, NodeName, RoomName


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who is logged in at some node, as people are shown them."""

    author: AuthorKey
    account: str
    nick: str
    """``nick~abcd`` where an earlier claim keeps the nick."""
    node: NodeName
    rooms: tuple[RoomName, ...]
    away: str | None
    """Why they are away; None: they are not."""
    reachable: bool
    """Their node lives, as seen from here."""
    here: bool = True
    """In a change: false when they are listed no more."""

    def gone(self) -> "User":
        """The same, listed no more."""
        return replace(self, here=False)


# --- events -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MemberForgotten:
    """The member *name* is remembered no more."""

    name: NodeName


@dataclass(frozen=True, slots=True)
class Attended:
    """
    *session* is a way in which the local user *account* is here; or it has changed.

    *nick*, *rooms*, *away*: as this session has it. Whoever asks has made sure that
    it may be so (``Presence.check``); otherwise nothing happens.
    """

    session: Hashable
    account: str
    nick: str
    rooms: tuple[RoomName, ...] = ()
    away: str | None = None


@dataclass(frozen=True, slots=True)
class Departed:
    """*session* has ended."""

    session: Hashable


@dataclass(frozen=True, slots=True)
class LeaveAsked:
    """This node is leaving: nobody is logged in here any more."""


@dataclass(frozen=True, slots=True)
class DocumentsCame:
    """Checked documents of others, held now; or own ones of another life."""

    documents: tuple[Document, ...]


# --- effects ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Post:
    """Documents of local users, each in the place of an older one: let them travel."""

    documents: tuple[Document, ...]


# --- happenings (inside Notify) ---------------------------------------------


@dataclass(frozen=True, slots=True)
class UserChanged:
    """*user* came, changed, or (``here`` false) is listed no more."""

    user: User
