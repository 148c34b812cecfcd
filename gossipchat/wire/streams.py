"""
Streams: one message each way over TCP, without an outer length.

Whoever dials sends ``[label header] message``; whoever answers sends ``message``, never
a label header, though the label counts in both directions for what is encrypted. A
message is one of

- ``0a | length u32be | sealed bytes``, authenticated with these 5 bytes and the label
- ``09 | {Algo, Buf}``, compressed; inside of the former or by itself
- ``type | struct | ...``: ping, ack, push/pull, user, err

The peer waits for our answer with its side open, so the end of a message must be
found in the bytes, not in the end of the stream.
"""

from collections.abc import Generator
from typing import Any

import msgpack

from gossipchat.errors import DecodeError, UsageError
from gossipchat.wire.codec import decode, encode
from gossipchat.wire.compression import COMPRESS, unwrap, wrap
from gossipchat.wire.cursor import Cursor
from gossipchat.wire.fields import I64, Fields, pack, uint
from gossipchat.wire.keyring import OVERHEAD, KeyRing
from gossipchat.wire.label import MARK, label_header
from gossipchat.wire.limits import (
    HEAVY_PACKED_BYTES,
    HEAVY_PLAIN_BYTES,
    MAX_EXPANDED_BYTES,
    MAX_SMALL_BODY_BYTES,
    MAX_STREAM_BYTES,
    MAX_STREAM_COMPRESSED,
    MAX_USER_MESSAGE_BYTES,
)
from gossipchat.wire.messages import Ack, Err, Message, Ping, PushPull, User
from gossipchat.wire.push_pull import (
    PUSH_PULL,
    decode_push_pull,
    encode_push_pull,
    read_header,
)

PING, ACK, USER, ERR = 0, 2, 8, 13
ENCRYPTED = 10
LENGTH_END = 5

MAX_HEADER_BYTES = 4_096
"""The struct before a push/pull's members or a user message's body."""

_AT_MOST = f"at most {MAX_STREAM_BYTES}"


def encode_stream(
    message: Message,
    keyring: KeyRing | None = None,
    label: bytes = b"",
    answer: bool = False,
    compress: bool = True,
) -> bytes:
    """
    All that is sent of one stream.

    Args:
        answer: we were dialled, so no label header goes first.
        compress: as real peers do, even where it makes it longer; long messages
            go out plain all the same.

    Raises:
        UsageError: no message for streams, or longer than a peer would read.
    """
    body = _encode_body(message)
    if compress and len(body) <= MAX_STREAM_COMPRESSED:
        body = wrap(body)
    if len(body) + OVERHEAD > MAX_STREAM_BYTES:
        raise UsageError(f"{len(body)} bytes are too many for a stream")
    if keyring is not None:
        length = len(body) + OVERHEAD
        head = bytes([ENCRYPTED]) + length.to_bytes(LENGTH_END - 1)
        body = head + keyring.seal(body, head + label)
    return body if answer else label_header(label) + body


def _encode_body(message: Message) -> bytes:
    match message:
        case PushPull():
            return encode_push_pull(message)
        case User(body):
            if not 0 < len(body) <= MAX_USER_MESSAGE_BYTES:
                raise UsageError(f"a user message can't have {len(body)} bytes")
            return bytes([USER]) + pack({"UserMsgLen": len(body)}) + body
        case Ping() | Ack() | Err():
            return encode(message)
        case _:
            raise UsageError(f"{type(message).__name__} isn't sent by stream")


class StreamReader:
    """
    One message from a stream's bytes, however these are cut.

    Feed it until it is whole, then finish it, off the reactor thread if it is
    heavy. A DecodeError whose ``where`` is "label" comes from another cluster: close
    without a word; after any other an ``Err`` tells the peer what was wrong.

    Args:
        keyring, label: as for ``Packets``.
        answering: the bytes are an answer to what we sent, so no label header
            comes first.
    """

    def __init__(
        self,
        keyring: KeyRing | None = None,
        label: bytes = b"",
        answering: bool = False,
    ) -> None:
        self._keyring = keyring
        self._label = label
        self._header = b"" if answering else label_header(label)
        self._answering = answering
        self._buffer = bytearray()
        self._start = 0  # of the message, behind the label header
        self._end = 0
        self._scan: Any = None  # msgpack's, finds the ends of values
        self._steps = self._measure()
        self._needed = next(self._steps)
        self.is_whole = False

    def feed(self, data: bytes) -> bool:
        """
        Whether the message is whole; bytes behind it are ignored.

        Raises DecodeError as soon as it can't become one.
        """
        if self.is_whole:
            return True
        self._buffer += data
        try:
            if len(self._buffer) - self._start > LENGTH_END + MAX_STREAM_BYTES:
                raise DecodeError("stream", "more bytes", _AT_MOST)
            if self._scan is not None:
                self._scan.feed(data)
            while len(self._buffer) >= self._needed:
                self._needed = next(self._steps)
        except StopIteration:
            self.is_whole = True
            self._scan = None
        except DecodeError:
            self._steps = _never()
            self._buffer.clear()
            self._scan = None
            raise
        return self.is_whole

    @property
    def heavy(self) -> bool:
        """Whether finishing it may take more than some milliseconds."""
        packed = self._buffer[self._start] in (ENCRYPTED, COMPRESS)
        limit = HEAVY_PACKED_BYTES if packed else HEAVY_PLAIN_BYTES
        return self._end - self._start > limit

    def finish(self) -> Message:
        """
        The message, once it is whole. Touches nothing but this reader and the
        keyring, so it may run in any thread.

        Raises DecodeError, and UsageError before it is whole.
        """
        if not self.is_whole:
            raise UsageError("the stream is not whole yet")
        body = bytes(self._buffer[self._start : self._end])
        if self._keyring is not None:
            head = body[:LENGTH_END]
            body = self._keyring.open(body[LENGTH_END:], head + self._label)
        if body[:1] == bytes([COMPRESS]):
            packed = Cursor(body[1:]).struct("compressed")
            body = unwrap(packed, MAX_EXPANDED_BYTES)
        return _decode_body(body)

    def _measure(self) -> Generator[int, None, None]:
        """Find the message's end; yields how many bytes that takes at least."""
        if self._header:
            yield 1
            if self._buffer[0] == MARK:
                yield len(self._header)
            if not self._buffer.startswith(self._header):
                raise DecodeError("label", bytes(self._buffer[:16]), repr(self._label))
        self._start = len(self._header)
        yield self._start + 1
        kind = self._buffer[self._start]
        if kind == MARK and not self._answering:
            raise DecodeError("label", "one", "one" if self._label else "none")
        if kind == ENCRYPTED:
            yield from self._measure_sealed()
        elif self._keyring is not None:
            raise DecodeError("stream", "plaintext", "it encrypted")
        else:
            yield from self._measure_plain(kind)

    def _measure_sealed(self) -> Generator[int, None, None]:
        if self._keyring is None:
            raise DecodeError("stream", "ciphertext", "plaintext: we have no key")
        head = self._start + LENGTH_END
        yield head
        length = int.from_bytes(self._buffer[self._start + 1 : head])
        if not OVERHEAD < length <= MAX_STREAM_BYTES:
            raise DecodeError("stream", f"{length} bytes", _AT_MOST)
        self._end = head + length
        yield self._end

    def _measure_plain(self, kind: int) -> Generator[int, None, None]:
        self._end = self._start + 1
        self._scan = msgpack.Unpacker(max_buffer_size=2 * MAX_STREAM_BYTES, read_size=1)
        self._scan.feed(self._buffer[self._end :])
        if kind == COMPRESS:
            yield from self._measure_value(MAX_STREAM_BYTES)
        elif kind in (PING, ACK, ERR):
            yield from self._measure_value(MAX_SMALL_BODY_BYTES)
        elif kind in (USER, PUSH_PULL):
            yield from self._measure_value(MAX_HEADER_BYTES)
            head = self._buffer[self._start + 1 : self._end]
            header = Cursor(bytes(head)).struct("header")
            nodes, tail = (0, _user_bytes(header)) if kind == USER else _counts(header)
            for _ in range(nodes):
                yield from self._measure_value(MAX_STREAM_BYTES)
            self._scan = None
            self._end += tail
            yield self._end
        else:
            raise DecodeError("stream type", kind, "ping, ack, push/pull, user or err")

    def _measure_value(self, limit: int) -> Generator[int, None, None]:
        """Move the end behind one more msgpack value, of at most *limit* bytes."""
        is_whole = False
        while not is_whole:
            try:
                self._scan.skip()
                is_whole = True
            except msgpack.OutOfData:
                yield len(self._buffer) + 1
            except ValueError:
                raise DecodeError("stream", "other bytes", "msgpack") from None
            end = self._start + 1 + self._scan.tell()
            if end - self._end > limit:
                raise DecodeError("stream", "more bytes", f"at most {limit}")
        self._end = end


def _never() -> Generator[int, None, None]:
    """The steps of a stream that went wrong: it never becomes whole."""
    while True:
        yield 2 * MAX_STREAM_BYTES


def _counts(header: Fields) -> tuple[int, int]:
    nodes, state_bytes, _ = read_header(header)
    return nodes, state_bytes


def _user_bytes(header: Fields) -> int:
    length = uint(header, b"UserMsgLen", I64)
    if not 0 < length <= MAX_USER_MESSAGE_BYTES:
        wanted = f"1 to {MAX_USER_MESSAGE_BYTES}"
        raise DecodeError("UserMsgLen", length, wanted)
    return length


def _decode_body(body: bytes) -> Message:
    """One message, all wrappers taken off; bytes behind it are ignored."""
    kind = body[0] if body else None
    if kind == PUSH_PULL:
        return decode_push_pull(body[1:])
    if kind == USER:
        return _decode_user(body[1:])
    if kind in (PING, ACK, ERR):
        value = Cursor(body[1:]).piece("message")
        if len(value) > MAX_SMALL_BODY_BYTES:
            raise DecodeError("message", value, f"{MAX_SMALL_BODY_BYTES} bytes at most")
        return decode(body[:1] + value)
    raise DecodeError("stream type", kind, "ping, ack, push/pull, user or err")


def _decode_user(body: bytes) -> User:
    cursor = Cursor(body)
    length = _user_bytes(cursor.struct("user header"))
    end = cursor.offset + length
    if len(body) < end:
        raise DecodeError("user message", "the end of the body", f"{length} bytes")
    return User(body[cursor.offset : end])
