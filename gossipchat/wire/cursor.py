"""
A walk through a long msgpack body, piece by piece.

Unpacked at once, twenty megabytes of nested lists would become a gigabyte of
objects. A walk makes only what it is asked for.
"""

from collections.abc import Iterable
from typing import Any

import msgpack

from gossipchat.errors import DecodeError
from gossipchat.wire.fields import MAX_FIELDS, Fields

SHORT_BYTES = 65_536
"""Maps up to here are unpacked at once: 4 MB as values, were they all nonsense. Longer
ones are walked through."""
_FLAT = {"max_array_len": 0, "max_ext_len": 0}

NIL = 0xC0
CONTAINERS = {*range(0x80, 0xA0), 0xDC, 0xDD, 0xDE, 0xDF}
EXTENSIONS = {0xC7, 0xC8, 0xC9, *range(0xD4, 0xD9)}
NO_LEAF = CONTAINERS | EXTENSIONS
"""First bytes of what may hold more than it says."""


class Cursor:
    """
    *body* from *start* to its end; each method takes the next item.

    All raise DecodeError where the body ends early, is no msgpack, or holds
    something else; after that the walk can't go on. *where* names the item in it.
    """

    def __init__(self, body: bytes, start: int = 0) -> None:
        self._body = body
        self._start = start
        self._unpacker = msgpack.Unpacker(
            raw=True, strict_map_key=False, max_buffer_size=len(body) or 1
        )
        self._unpacker.feed(memoryview(body)[start:])

    @property
    def offset(self) -> int:
        """Where in the body the next item starts."""
        walked: int = self._unpacker.tell()
        return self._start + walked

    def array(self, where: str, limit: int) -> int:
        """How many items of an array follow (nil: none), at most *limit*."""
        return self._header(where, limit, self._unpacker.read_array_header)

    def map(self, where: str, limit: int) -> int:
        """How many pairs of a map follow (nil: none), at most *limit*."""
        return self._header(where, limit, self._unpacker.read_map_header)

    def pairs(self, where: str, limit: int) -> Iterable[tuple[Any, Any]]:
        """A map (nil: an empty one) of at most *limit* plain values, unchecked."""
        start = self.offset
        body = self.piece(where)
        if len(body) > SHORT_BYTES:
            long = Cursor(self._body, start)
            for _ in range(long.map(where, limit)):
                yield long.leaf(where), long.leaf(where)
            return
        try:
            found = msgpack.unpackb(body, raw=True, strict_map_key=False, **_FLAT)
        except (ValueError, TypeError):
            raise DecodeError(where, body[:32], "a map of plain values") from None
        if found is not None and (type(found) is not dict or len(found) > limit):
            raise DecodeError(where, body[:32], f"a map of at most {limit}")
        yield from (found or {}).items()

    def leaf(self, where: str) -> Any:
        """None, a bool, a number or bytes: nothing that holds others."""
        if self._peek(where) in NO_LEAF:
            raise DecodeError(where, "a container", "a plain value")
        return self._take(where, self._unpacker.unpack)

    def struct(self, where: str) -> Fields:
        """A struct's plain fields; whatever holds others is passed over."""
        fields: Fields = {}
        for _ in range(self.map(where, MAX_FIELDS)):
            key = self.leaf(where)
            if self._peek(where) in NO_LEAF:
                self.piece(where)
            else:
                fields[key] = self.leaf(where)
        return fields

    def piece(self, where: str) -> bytes:
        """Whatever comes, as its bytes."""
        start = self.offset
        self._take(where, self._unpacker.skip)
        return self._body[start : self.offset]

    def passes(self, expected: bytes) -> bool:
        """Whether just *expected* comes, one value whole; takes it only then."""
        start = self.offset
        if not self._body.startswith(expected, start):
            return False
        self._take("value", self._unpacker.skip)
        return True

    def is_nil(self, where: str) -> bool:
        """Whether nil comes; takes it only then."""
        if self._peek(where) != NIL:
            return False
        self._take(where, self._unpacker.skip)
        return True

    def _peek(self, where: str) -> int:
        offset = self.offset
        if offset >= len(self._body):
            raise DecodeError(where, "the end of the body", "more")
        return self._body[offset]

    def _header(self, where: str, limit: int, read: Any) -> int:
        if self.is_nil(where):
            return 0
        count: int = self._take(where, read)
        if count > limit:
            raise DecodeError(where, f"{count} items", f"at most {limit}")
        return count

    def _take(self, where: str, read: Any) -> Any:
        try:
            return read()
        except (ValueError, msgpack.OutOfData):
            raise DecodeError(
                where, self._body[self.offset :][:32], "msgpack"
            ) from None
