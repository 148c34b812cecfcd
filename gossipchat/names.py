"""
What things are called: members, addresses, authors, feeds, entries, rooms.
"""

import ipaddress
import unicodedata
from functools import lru_cache
from typing import NamedTuple, NewType

from gossipchat.errors import DecodeError, UsageError

NodeName = NewType("NodeName", str)
"""A member's name, unique in the cluster. May hold any bytes (surrogateescape)."""

AuthorKey = NewType("AuthorKey", bytes)
"""A node's identity: its Ed25519 public key, 32 bytes. In text, 64 hex digits."""

RoomName = NewType("RoomName", str)
"""A room's canonical name, with its ``#``: made by :func:`room_name` only."""

MAX_ROOM_CHARACTERS = 64
MAX_PRIVATE_CHARACTERS = 200
MAX_EPOCH = 2**64 - 1


class Address(NamedTuple):
    """An IP address and a port. *host* is canonical text, never a DNS name."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def packed(self) -> bytes:
        """4 bytes for IPv4, 16 for IPv6; a v4-mapped address stays 16 bytes."""
        return _packed(self.host)

    @classmethod
    def from_packed(cls, packed: bytes, port: int) -> "Address":
        """Raises DecodeError unless *packed* has 4 or 16 bytes and *port* is 16 bit."""
        if len(packed) not in (4, 16):
            raise DecodeError("Addr", packed, "4 or 16 bytes")
        if not 0 <= port <= 65535:
            raise DecodeError("Port", port, "0..65535")
        return cls(str(ipaddress.ip_address(packed)), port)


@lru_cache(maxsize=4096)
def _packed(host: str) -> bytes:
    return ipaddress.ip_address(host).packed


def split_host_port(text: str) -> tuple[str, int]:
    """
    ``host:port`` or ``[v6]:port`` in two; the host may be a DNS name.

    Raises UsageError with the form that is wanted.
    """
    host, colon, port = text.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise UsageError(f"{text!r}: write an IPv6 address as [::1]:7946")
    if not colon or not host or not (port.isascii() and port.isdigit()):
        raise UsageError(f"{text!r} is no HOST:PORT, as in 127.0.0.1:7946")
    if int(port) > 65535:
        raise UsageError(f"{text!r}: a port is at most 65535")
    return host, int(port)


class FeedId(NamedTuple):
    """What one author wrote in one epoch (64 random bits, drawn at each start)."""

    author: AuthorKey
    epoch: int


class EntryId(NamedTuple):
    """One entry for ever: never used twice, by nobody."""

    author: AuthorKey
    epoch: int
    seq: int

    @property
    def feed(self) -> FeedId:
        return FeedId(self.author, self.epoch)

    def __str__(self) -> str:
        return f"{self.author.hex()}/{self.epoch}/{self.seq}"

    @classmethod
    def parse(cls, text: str) -> "EntryId":
        """AUTHOR/EPOCH/SEQ. Raises UsageError with the form that is wanted."""
        author, _, rest = text.partition("/")
        epoch, _, seq = rest.partition("/")
        try:
            key = bytes.fromhex(author)
        except ValueError:
            key = b""
        digits = all(
            part.isascii() and part.isdigit() and len(part) <= 20
            for part in (epoch, seq)
        )
        if len(key) != 32 or not digits or int(epoch) > MAX_EPOCH or int(seq) < 1:
            raise UsageError(
                f"{text!r} is no message id: write AUTHOR/EPOCH/SEQ,"
                " 64 hex digits and two numbers, as `say` printed it"
            )
        return cls(AuthorKey(key), int(epoch), int(seq))


class Reference(NamedTuple):
    """An entry that another one is about."""

    id: EntryId
    """As it was called where the reference was made."""
    hlc: int | None = None
    """Its hybrid time: what tells it from others that bore this id before their
    feed was found to have forked. None: its author did not say."""


def room_name(text: str) -> RoomName:
    """
    The canonical room: ``lobby``, ``#Lobby`` and ``#lobby`` are one, ``#lobby``.

    NFC, case-folded, 1 to 64 characters without space, comma or control
    character. Raises UsageError otherwise.
    """
    if len(text) > 4 * MAX_ROOM_CHARACTERS:
        return _folded_room(text)  # nothing long is remembered
    return _known_room(text)


def _folded_room(text: str) -> RoomName:
    bare = unicodedata.normalize("NFC", text.removeprefix("#"))
    bare = unicodedata.normalize("NFC", bare.casefold())
    if not 1 <= len(bare) <= MAX_ROOM_CHARACTERS:
        raise UsageError(f"room {text!r}: a room's name has 1 to 64 characters")
    for character in bare:
        if character in " ,#" or unicodedata.category(character)[0] in "ZC":
            raise UsageError(
                f"room {text!r}: no space, comma, # or control character inside a name"
            )
    return RoomName("#" + bare)


@lru_cache(maxsize=4096)
def _known_room(text: str) -> RoomName:
    """The same few rooms come with every line."""
    return _folded_room(text)


def private_name(text: str) -> RoomName:
    """
    The canonical name of a private conversation: ``@bob``, or ``@bob@node``.

    NFC and case-folded, as rooms are. Raises UsageError otherwise.
    """
    bare = unicodedata.normalize("NFC", text.removeprefix("@"))
    bare = unicodedata.normalize("NFC", bare.casefold())
    if not 1 <= len(bare) <= MAX_PRIVATE_CHARACTERS:
        raise UsageError(f"{text!r} is nobody: write @NICK, @NODE or @NICK@NODE")
    if any(c in " ," or unicodedata.category(c)[0] in "ZC" for c in bare):
        raise UsageError(f"{text!r}: no space, comma or control character in a name")
    return RoomName("@" + bare)


def place_name(text: str) -> RoomName:
    """A room's canonical name, or with ``@`` in front a private conversation's."""
    return private_name(text) if text.startswith("@") else room_name(text)
