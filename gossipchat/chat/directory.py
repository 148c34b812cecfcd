"""
Who can be written to: nodes with their keys, and the users that have spoken there.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from gossipchat.chat.bodies import Opening
from gossipchat.errors import Refused
from gossipchat.names import AuthorKey, RoomName

MAX_USERS = 65536
MAX_NICKS_OF_ONE = 1024

MARK = 4
"""Hex digits of a node's key behind a nick that another node holds."""


@dataclass(frozen=True, slots=True)
class Acquaintance:
    """What is on disk of one author."""

    author: AuthorKey
    opening: Opening | None
    """Of its newest epoch."""
    hlc: int
    """When it said that."""
    nicks: tuple[str, ...]
    """Users who have spoken there."""


class Addressee(NamedTuple):
    """A node that a private message can be sealed to."""

    author: AuthorKey
    x25519: bytes


class Directory:
    """Authors, their names and keys, and the nicks heard there; all bounded."""

    def __init__(self, max_authors: int, known: Iterable[Acquaintance] = ()) -> None:
        self._max_authors = max_authors
        self._openings: dict[AuthorKey, tuple[int, Opening]] = {}
        self._named: dict[str, AuthorKey] = {}
        self._nicks: dict[str, dict[AuthorKey, None]] = {}
        self._count: dict[AuthorKey, int] = {}
        self._users = 0
        for one in known:
            if one.opening is not None:
                self.introduce(one.author, one.opening, one.hlc)
            for nick in one.nicks:
                self.met(one.author, nick)

    def introduce(self, author: AuthorKey, opening: Opening, hlc: int) -> None:
        """*author* has said what it is called and how to seal to it, at *hlc*."""
        known = self._openings.get(author)
        if known is None and len(self._openings) >= self._max_authors:
            return
        if known is None or known[0] <= hlc:
            self._openings[author] = hlc, opening
            if opening.nick:
                self.met(author, opening.nick)

    def met(self, author: AuthorKey, nick: str) -> None:
        """A user called *nick* has spoken at *author*."""
        authors = self._nicks.get(_folded(nick), {})
        own = self._count.get(author, 0)
        if author in authors or own >= MAX_NICKS_OF_ONE or self._users >= MAX_USERS:
            return
        self._nicks.setdefault(_folded(nick), authors)[author] = None
        self._count[author] = own + 1
        self._users += 1

    def named(self, name: str, author: AuthorKey) -> None:
        """The member *name* is *author*: that is proven, what authors say is not."""
        if self._named.pop(name, None) or len(self._named) < self._max_authors:
            self._named[name] = author  # the last one: it goes by that now

    def spelled_out(self, place: RoomName) -> RoomName:
        """
        *place*, but ``@NICK@NODE`` for a ``@NICK~abcd``: so users are shown whose nick
        another node holds, with the first four hex digits of their node's key.
        """
        marked, _, node = place[1:].partition("@")
        nick, _, mark = marked.rpartition("~")
        if node or not nick or _folded(marked) in self._nicks:
            return place
        users = self._nicks.get(_folded(nick), ())
        meant = [author for author in users if author.hex()[:MARK] == mark]
        return RoomName(f"@{nick}@{self._name(meant[0])}") if len(meant) == 1 else place

    def find(self, place: RoomName) -> Addressee:
        """
        Whom ``@NICK``, ``@NODE`` or ``@NICK@NODE`` means.

        Raises Refused when that is nobody, or could be several.
        """
        nick, _, node = place[1:].partition("@")
        found = self._nodes(node) if node else self._called(nick)
        if len(found) > 1:
            ways = sorted(f"@{nick}@{self._name(author)}" for author in found)
            listed = ", ".join(ways[:8])
            raise Refused(f"{place} could be several: write one of {listed}")
        if not found:
            raise Refused(
                f"nobody called {place} has been heard of; `gossipchat members` lists"
                " the nodes: write @NODE or @NICK@NODE"
            )
        return self.addressee(found[0], place)

    def addressee(self, author: AuthorKey, place: str) -> Addressee:
        """*author* with its key. Raises Refused while that is not known."""
        opening = self._openings.get(author)
        if opening is None:
            raise Refused(f"the key of {place}'s node is not here yet: try again later")
        return Addressee(author, opening[1].x25519)

    def peer_of(self, place: RoomName) -> AuthorKey | None:
        """The node in ``@NICK@NODE``, or in a ``@NODE`` that is no nick."""
        nick, _, node = place[1:].partition("@")
        if not node and _folded(nick) in self._nicks:
            return None
        found = self._nodes(node or nick)
        return found[0] if len(found) == 1 else None

    def _called(self, name: str) -> list[AuthorKey]:
        users = list(self._nicks.get(_folded(name), ()))
        return list(dict.fromkeys([*users, *self._nodes(name)]))

    def _nodes(self, name: str) -> list[AuthorKey]:
        folded = _folded(name)
        pinned = [self._named[one] for one in self._named if _folded(one) == folded]
        if pinned:
            return list(dict.fromkeys(pinned))
        return [
            author
            for author, (_, opening) in self._openings.items()
            if _folded(opening.name) == folded
        ]

    def _name(self, author: AuthorKey) -> str:
        for name, key in reversed(self._named.items()):
            if key == author:
                return name
        opening = self._openings.get(author)
        return opening[1].name if opening else author.hex()[:8]


@lru_cache(maxsize=4096)
def _folded(name: str) -> str:
    """As ``names.private_name`` folds what was typed."""
    folded = unicodedata.normalize("NFC", name).casefold()
    return unicodedata.normalize("NFC", folded)
