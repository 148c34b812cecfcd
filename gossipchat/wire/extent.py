"""
Where a message on a stream ends: found in its bytes, as they come.

Nothing is made of the bytes here: values are only skipped, and each byte is looked
at once, however the stream is cut.
"""

from typing import Any

import msgpack

from gossipchat.errors import DecodeError
from gossipchat.wire.cursor import Cursor
from gossipchat.wire.fields import I64, Fields, uint
from gossipchat.wire.layers.compression import COMPRESS
from gossipchat.wire.layers.keyring import OVERHEAD
from gossipchat.wire.limits import (
    MAX_SMALL_BODY_BYTES,
    MAX_STREAM_BYTES,
    MAX_USER_MESSAGE_BYTES,
)
from gossipchat.wire.memberlist.push_pull import PUSH_PULL, read_header

PING, ACK, USER, ERR = 0, 2, 8, 13
LENGTH_END = 5

MAX_HEADER_BYTES = 4_096
"""The struct before a push/pull's members or a user message's body."""


class SealedExtent:
    """An encrypted message: its length stands behind the type byte."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._seen = 0

    def feed(self, data: bytes) -> int | None:
        """How many bytes the message has, once all are here. Raises DecodeError."""
        self._seen += len(data)
        self._head += data[: LENGTH_END - len(self._head)]
        if len(self._head) < LENGTH_END:
            return None
        length = int.from_bytes(self._head[1:])
        if not OVERHEAD < length <= MAX_STREAM_BYTES:
            wanted = f"{OVERHEAD + 1} to {MAX_STREAM_BYTES}"
            raise DecodeError("length of the stream", length, wanted)
        end = LENGTH_END + length
        return end if self._seen >= end else None


class PlainExtent:
    """
    A message in clear: a type byte, one struct, and what that struct announces.

    Raises DecodeError for a type that does not come by stream.
    """

    def __init__(self, kind: int) -> None:
        if kind not in _LIMITS:
            raise DecodeError("stream type", kind, f"one of {[*_LIMITS]}")
        self._limit = _LIMITS[kind]
        """Bytes that the next value may have."""
        self._awaits_header = kind in (USER, PUSH_PULL)
        self._kind = kind
        self._head = bytearray()
        self._values = 1
        """How many are still to be skipped."""
        self._skipped = 0
        self._tail = 0
        """Raw bytes behind the last value."""
        self._seen = -1  # the type byte is not counted
        self._scan: Any = msgpack.Unpacker(
            max_buffer_size=2 * MAX_STREAM_BYTES, read_size=1
        )

    def feed(self, data: bytes) -> int | None:
        """How many bytes the message has, once all are here. Raises DecodeError."""
        if self._seen < 0:
            data = data[1:]
            self._seen = 0
        self._seen += len(data)
        if self._values:
            self._scan.feed(data)
        if self._awaits_header:
            self._head += data
        while self._values:
            if not self._skip_value():
                return None
            if self._awaits_header:
                self._read_header()
        end = self._skipped + self._tail
        return 1 + end if self._seen >= end else None

    def _skip_value(self) -> bool:
        """Whether one more value was whole and has been passed over."""
        try:
            self._scan.skip()
            is_whole = True
        except msgpack.OutOfData:
            is_whole = False
        except ValueError:
            raise DecodeError("stream", "other bytes", "msgpack") from None
        end = self._scan.tell() if is_whole else self._seen
        if end - self._skipped > self._limit:
            raise DecodeError("stream", "a longer value", f"at most {self._limit}")
        if is_whole:
            self._skipped = end
            self._values -= 1
        return is_whole

    def _read_header(self) -> None:
        header = Cursor(bytes(self._head)).struct("header")
        if self._kind == USER:
            self._tail = user_bytes(header)
        else:
            self._values, self._tail, _ = read_header(header)
        self._limit = MAX_STREAM_BYTES
        self._awaits_header = False
        self._head.clear()


def user_bytes(header: Fields) -> int:
    """How long the user message behind *header* is. Raises DecodeError."""
    length = uint(header, b"UserMsgLen", I64)
    if not 0 < length <= MAX_USER_MESSAGE_BYTES:
        wanted = f"1 to {MAX_USER_MESSAGE_BYTES}"
        raise DecodeError("UserMsgLen", length, wanted)
    return length


_LIMITS = {
    PING: MAX_SMALL_BODY_BYTES,
    ACK: MAX_SMALL_BODY_BYTES,
    PUSH_PULL: MAX_HEADER_BYTES,
    USER: MAX_HEADER_BYTES,
    COMPRESS: MAX_STREAM_BYTES,
    ERR: MAX_SMALL_BODY_BYTES,
}
