"""
Entries: what an author says, in the one encoding that everybody hashes.

The canonical encoding (the *content*) is a msgpack array
``[1, hlc, wall_ms, after, kind, body]``; docs/feeds.md gives it byte by byte.
Only these very bytes are ever hashed, stored and sent: what decodes but would
encode otherwise is refused, so one entry has one hash.
"""

import re
from dataclasses import dataclass
from hashlib import sha256
from struct import Struct
from typing import Any

import msgpack

from gossipchat.errors import DecodeError, UsageError
from gossipchat.names import MAX_EPOCH, AuthorKey, EntryId, FeedId

VERSION = 1
MAX_ENTRY_BYTES = 32768
MAX_AFTER = 4
MAX_SEQ = 2**63 - 1
MAX_HLC = 2**64 - 1
MAX_WALL_MS = 253_402_300_799_999
"""The last millisecond of the year 9999: whatever shows a date can show these."""

GENESIS = bytes(32)
"""What stands for "the hash before" in the first entry of a feed."""

_DOMAIN = b"gossipchat entry 1\0"
_PLACE = Struct(">QQ")
_KIND = re.compile(r"[a-z0-9-]{1,32}")


@dataclass(frozen=True, slots=True)
class Entry:
    """
    One thing said. Where it stands (author, epoch, seq, prev) is the run's to say.
    """

    hlc: int
    """Hybrid logical time, 0 to 2**64 - 1; see ``feeds.clock``."""
    wall_ms: int
    """Its author's clock, milliseconds since 1970 UTC, 0 to the year 9999."""
    after: tuple[EntryId, ...]
    """Heads of the room that its author had seen: at most 4, ascending."""
    kind: str
    """1 to 32 of a-z, 0-9 and ``-``; unknown kinds are kept and passed on."""
    body: bytes
    """Whatever the kind wants; as much as leaves the content in 32 KiB."""

    def encode(self) -> bytes:
        """The content. Raises UsageError when a field is outside its bounds."""
        complaint = self._complaint()
        if complaint:
            where, what, wants = complaint
            raise UsageError(f"an entry's {where} is {what!r}, but must be {wants}")
        content = self._pack()
        if len(content) > MAX_ENTRY_BYTES:
            raise UsageError(
                f"too long: {len(content)} bytes, an entry has at most"
                f" {MAX_ENTRY_BYTES}; say it in parts"
            )
        return content

    @classmethod
    def decode(cls, content: bytes) -> "Entry":
        """Raises DecodeError unless *content* is the canonical encoding."""
        if len(content) > MAX_ENTRY_BYTES:
            raise DecodeError("entry", len(content), f"{MAX_ENTRY_BYTES} bytes at most")
        entry = cls(*_fields(content))
        complaint = entry._complaint()
        if complaint:
            raise DecodeError("entry." + complaint[0], *complaint[1:])
        if entry._pack() != content:
            raise DecodeError("entry", content, "the canonical encoding")
        return entry

    def _pack(self) -> bytes:
        packed: bytes = msgpack.packb(
            (VERSION, self.hlc, self.wall_ms, self.after, self.kind, self.body)
        )
        return packed

    def _complaint(self) -> tuple[str, object, str] | None:
        """The first field outside its bounds: its name, its value, what it wants."""
        if not 0 <= self.hlc <= MAX_HLC:
            return "hlc", self.hlc, "0 to 2**64 - 1"
        if not 0 <= self.wall_ms <= MAX_WALL_MS:
            return "wall_ms", self.wall_ms, f"0 to {MAX_WALL_MS}"
        if not _KIND.fullmatch(self.kind):
            return "kind", self.kind, "1 to 32 of a-z, 0-9 and -"
        return self._complaint_of_after() if self.after else None

    def _complaint_of_after(self) -> tuple[str, object, str] | None:
        if len(self.after) > MAX_AFTER:
            return "after", len(self.after), f"{MAX_AFTER} ids at most"
        if any(not _is_id(id) for id in self.after):
            return "after", self.after, "ids: 32 bytes, 64 bits, 1 to 2**63 - 1"
        if list(self.after) != sorted(set(self.after)):
            return "after", self.after, "ids in ascending order, none twice"
        return None


def entry_hash(feed: FeedId, seq: int, prev: bytes, content: bytes) -> bytes:
    """The hash, 32 bytes, that names *content* as number *seq* of *feed*."""
    place = _PLACE.pack(feed.epoch, seq)
    return sha256(b"".join((_DOMAIN, feed.author, place, prev, content))).digest()


def _fields(content: bytes) -> tuple[int, int, tuple[EntryId, ...], str, bytes]:
    """The five fields after the version, each of its type."""
    try:
        fields = msgpack.unpackb(
            content,
            use_list=False,
            max_array_len=6,
            max_str_len=32,
            max_bin_len=MAX_ENTRY_BYTES,
            max_map_len=0,
            max_ext_len=0,
        )
    except ValueError as problem:
        raise DecodeError("entry", content, "one msgpack array") from problem
    if type(fields) is not tuple or len(fields) != 6 or fields[0] != VERSION:
        raise DecodeError("entry", content, "[1, hlc, wall_ms, after, kind, body]")
    for value, wanted in zip(fields, (int, int, int, tuple, str, bytes), strict=True):
        if type(value) is not wanted:  # isinstance would take True for 1
            raise DecodeError("entry", value, wanted.__name__)
    _, hlc, wall_ms, after, kind, body = fields
    return hlc, wall_ms, tuple(_read_id(parts) for parts in after), kind, body


def _read_id(parts: Any) -> EntryId:
    if type(parts) is not tuple or [type(part) for part in parts] != [bytes, int, int]:
        raise DecodeError("entry.after", parts, "[author, epoch, seq]")
    author, epoch, seq = parts
    return EntryId(AuthorKey(author), epoch, seq)


def _is_id(id: EntryId) -> bool:
    return (
        len(id.author) == 32 and 0 <= id.epoch <= MAX_EPOCH and 1 <= id.seq <= MAX_SEQ
    )
