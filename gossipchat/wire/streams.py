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

from gossipchat.errors import DecodeError, UsageError
from gossipchat.wire.cursor import Cursor
from gossipchat.wire.extent import (
    ACK,
    ERR,
    LENGTH_END,
    PING,
    USER,
    PlainExtent,
    SealedExtent,
    user_bytes,
)
from gossipchat.wire.fields import pack
from gossipchat.wire.layers.compression import COMPRESS, unwrap, wrap
from gossipchat.wire.layers.keyring import OVERHEAD, KeyRing
from gossipchat.wire.layers.label import MARK, label_header
from gossipchat.wire.limits import (
    HEAVY_PACKED_BYTES,
    HEAVY_PLAIN_BYTES,
    MAX_EXPANDED_BYTES,
    MAX_SMALL_BODY_BYTES,
    MAX_STREAM_BYTES,
    MAX_STREAM_COMPRESSED,
    MAX_USER_MESSAGE_BYTES,
)
from gossipchat.wire.memberlist.codec import decode, encode
from gossipchat.wire.memberlist.messages import Ack, Err, Message, Ping, PushPull, User
from gossipchat.wire.memberlist.push_pull import (
    PUSH_PULL,
    decode_push_pull,
    encode_push_pull,
)

ENCRYPTED = 10


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
        self._header = label_header(label)
        self._awaits_label = not answering
        self._buffer = bytearray()
        self._extent: PlainExtent | SealedExtent | None = None
        self._body = b""
        self.is_whole = False

    def feed(self, data: bytes) -> bool:
        """
        Whether the message is whole; bytes behind it are ignored.

        Raises DecodeError as soon as it can't become one; then close the stream.
        """
        if self.is_whole:
            return True
        self._buffer += data
        if len(self._buffer) > len(self._header) + LENGTH_END + MAX_STREAM_BYTES:
            raise DecodeError("stream", "more bytes", f"at most {MAX_STREAM_BYTES}")
        if self._awaits_label:
            if not self._take_label():
                return False
            data = bytes(self._buffer)
        if self._extent is None:
            if not self._buffer:
                return False
            self._extent = self._extent_of(self._buffer[0])
        end = self._extent.feed(data)
        if end is not None:
            self._body = bytes(memoryview(self._buffer)[:end])
            self._buffer = bytearray()
            self._extent = None
            self.is_whole = True
        return self.is_whole

    @property
    def heavy(self) -> bool:
        """Whether finishing it may take more than some milliseconds."""
        packed = self._body[:1] in (bytes([ENCRYPTED]), bytes([COMPRESS]))
        limit = HEAVY_PACKED_BYTES if packed else HEAVY_PLAIN_BYTES
        return len(self._body) > limit

    def finish(self) -> Message:
        """
        The message, once it is whole. Touches nothing but this reader and the
        keyring, so it may run in any thread.

        Raises DecodeError, and UsageError before it is whole.
        """
        if not self.is_whole:
            raise UsageError("the stream is not whole yet")
        body = self._body
        if self._keyring is not None:
            head = body[:LENGTH_END]
            body = self._keyring.open(body[LENGTH_END:], head + self._label)
        if body[:1] == bytes([COMPRESS]):
            packed = Cursor(body, start=1).struct("compressed")
            body = unwrap(packed, MAX_EXPANDED_BYTES)
        return _decode_body(body)

    def _take_label(self) -> bool:
        """Whether our label has come and is out of the way."""
        start = bytes(self._buffer[: len(self._header)])
        if not self._header.startswith(start):
            raise DecodeError("label", start, repr(self._label))
        if len(start) < len(self._header) or not self._buffer:
            return False
        del self._buffer[: len(start)]
        self._awaits_label = False
        return True

    def _extent_of(self, kind: int) -> PlainExtent | SealedExtent:
        if kind == MARK:
            raise DecodeError("label", "one", repr(self._label))
        if kind == ENCRYPTED and self._keyring is None:
            wants = "plaintext: they have a cluster key, we have none (--keyring)"
            raise DecodeError("stream", "ciphertext", wants)
        if kind != ENCRYPTED and self._keyring is not None:
            wants = "ciphertext: we have a cluster key, they have none"
            raise DecodeError("stream", "plaintext", wants)
        return SealedExtent() if kind == ENCRYPTED else PlainExtent(kind)


def _decode_body(body: bytes) -> Message:
    """One message, all wrappers taken off; bytes behind it are ignored."""
    kind = body[0] if body else None
    if kind == PUSH_PULL:
        return decode_push_pull(body)
    if kind == USER:
        return _decode_user(body)
    if kind in (PING, ACK, ERR):
        value = Cursor(body, start=1).piece("message")
        if len(value) > MAX_SMALL_BODY_BYTES:
            raise DecodeError("message", value, f"{MAX_SMALL_BODY_BYTES} bytes at most")
        return decode(body[:1] + value)
    raise DecodeError("stream type", kind, "ping, ack, push/pull, user or err")


def _decode_user(body: bytes) -> User:
    cursor = Cursor(body, start=1)
    length = user_bytes(cursor.struct("user header"))
    end = cursor.offset + length
    if len(body) < end:
        raise DecodeError("user message", "the end of the body", f"{length} bytes")
    return User(body[cursor.offset : end])
