"""
Streams: found whole in bytes that come in any pieces.
"""

from contextlib import suppress
from random import Random

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gossipchat.errors import DecodeError, UsageError
from gossipchat.names import Address, NodeName
from gossipchat.wire.layers import lzw
from gossipchat.wire.layers.keyring import OVERHEAD, KeyRing
from gossipchat.wire.limits import (
    MAX_NODES,
    MAX_STREAM_BYTES,
    MAX_STREAM_COMPRESSED,
    MAX_USER_MESSAGE_BYTES,
    MAX_USER_STATE_BYTES,
)
from gossipchat.wire.memberlist.codec import encode
from gossipchat.wire.memberlist.messages import (
    OUR_VSN,
    Ack,
    Alive,
    Err,
    Message,
    Nack,
    NodeState,
    Ping,
    PushPull,
    State,
    User,
)
from gossipchat.wire.streams import StreamReader, encode_stream
from tests.pure.wire import strategies
from tests.pure.wire.bombs import compressed_bomb

KEY = bytes(16)
RING = KeyRing([KEY])
HERE = Address("127.0.0.1", 7946)


def packed(kind: int, fields: object) -> bytes:
    body: bytes = msgpack.packb(fields, use_bin_type=False)
    return bytes([kind]) + body


def compressed(plain: bytes) -> bytes:
    return packed(9, {"Algo": 0, "Buf": lzw.compress(plain)})


def header(nodes: object, state_bytes: object = 0) -> bytes:
    return packed(6, {"Join": True, "Nodes": nodes, "UserStateLen": state_bytes})


def members(count: int) -> tuple[NodeState, ...]:
    return tuple(
        NodeState(NodeName(f"n{number}"), HERE, b"", 1, State.ALIVE, OUR_VSN)
        for number in range(count)
    )


@given(
    strategies.streamed,
    st.booleans(),
    st.binary(max_size=20),
    st.booleans(),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_what_goes_out_comes_back_in_any_pieces(
    message: Message,
    keyed: bool,
    label: bytes,
    answer: bool,
    compress: bool,
    chance: Random,
) -> None:
    """Encrypted or not, compressed or not; whole with its last byte, not before."""
    ring = RING if keyed else None
    stream = encode_stream(message, ring, label, answer, compress)
    reader = StreamReader(ring, label, answering=answer)
    while stream:
        cut = chance.randint(1, len(stream))
        piece, stream = stream[:cut], stream[cut:]
        assert reader.feed(piece) == (not stream)
    assert reader.feed(b"what comes behind is ignored")
    assert reader.finish() == message


@given(st.binary(max_size=200), st.booleans(), st.booleans(), st.integers(1, 50))
def test_any_bytes_become_a_message_or_are_refused(
    stream: bytes, keyed: bool, answering: bool, step: int
) -> None:
    """DecodeError is all that network input may raise."""
    reader = StreamReader(RING if keyed else None, answering=answering)
    with suppress(DecodeError):
        for start in range(0, len(stream), step):
            if reader.feed(stream[start : start + step]):
                reader.finish()


def test_an_answer_has_no_label_in_front_but_the_label_counts() -> None:
    """A label header in an answer would break a memberlist peer."""
    answer = encode_stream(Ack(1), RING, b"blue", answer=True)
    assert answer[0] == 10
    reader = StreamReader(RING, b"blue", answering=True)
    assert reader.feed(answer)
    assert reader.finish() == Ack(1)
    for label in (b"", b"teal"):
        other = StreamReader(RING, label, answering=True)
        assert other.feed(answer)
        with pytest.raises(DecodeError):
            other.finish()
    with pytest.raises(DecodeError):
        StreamReader(RING, b"blue", answering=True).feed(b"\xf4\x04blue" + answer)


@pytest.mark.parametrize(
    ("label", "stream"),
    [
        (b"", b"\xf4\x04blue"),
        (b"blue", b"\x00"),
        (b"blue", b"\xf4\x05"),
        (b"blue", b"\xf4\x04te"),
        (b"blue", b"\xf4\x04blue\xf4"),
    ],
)
def test_another_cluster_is_told_nothing(label: bytes, stream: bytes) -> None:
    """The error says "label", whereupon the stream is closed without a word."""
    with pytest.raises(DecodeError) as refusal:
        StreamReader(None, label).feed(stream)
    assert refusal.value.where == "label"


def test_long_streams_go_out_uncompressed() -> None:
    """All peers read them, and our reactor isn't held up."""
    short = PushPull(True, (), b"again " * 1000)
    long = PushPull(True, (), b"again " * 3000)
    assert encode_stream(short)[0] == 9
    assert encode_stream(long)[0] == 6
    assert len(encode_stream(long)) > MAX_STREAM_COMPRESSED


def test_short_ones_are_compressed_even_where_that_makes_them_longer() -> None:
    """As memberlist does."""
    assert encode_stream(Ack(1))[0] == 9
    assert len(encode_stream(Ack(1))) > len(encode(Ack(1)))
    assert encode_stream(Ack(1), compress=False) == encode(Ack(1))


@pytest.mark.parametrize(
    ("message", "keyring", "heavy"),
    [
        (Ping(1, NodeName("bob"), HERE, NodeName("alice")), None, False),
        (Ping(1, NodeName("bob"), HERE, NodeName("alice")), RING, False),
        (PushPull(True, members(3)), None, False),
        (PushPull(True, members(300)), None, True),
        (PushPull(True, members(300)), RING, True),
    ],
)
def test_what_takes_long_says_so(
    message: Message, keyring: KeyRing | None, heavy: bool
) -> None:
    """So that it is finished off the reactor thread."""
    reader = StreamReader(keyring)
    assert reader.feed(encode_stream(message, keyring))
    assert reader.heavy == heavy
    assert reader.finish() == message


@pytest.mark.parametrize(
    "stream",
    [
        b"\x01",
        b"\x03\x80",
        b"\x04\x80",
        b"\x07\x01\x00\x01\x02",
        b"\x0b\x80",
        b"\x0c",
        b"\x0a",
        b"\x16\x03\x01",
        b"\xff",
        b"\x00\xc1",
        b"\x02" + b"\x91" * 2000,
        b"\x02\xdb\xff\xff\xff\xff" + bytes(66_000),
        b"\x06" + b"\x81\xa1x\xda\xff\xff" + bytes(5_000),
        header(MAX_NODES + 1),
        header(-1),
        header("1"),
        header(1, MAX_USER_STATE_BYTES + 1),
        header(1) + b"\xc1",
        packed(8, {"UserMsgLen": 0}),
        packed(8, {"UserMsgLen": MAX_USER_MESSAGE_BYTES + 1}),
        packed(8, {"UserMsgLen": -1}),
        packed(8, [1]),
    ],
)
def test_nonsense_is_refused_while_it_comes(stream: bytes) -> None:
    """Before it is kept, and without waiting for an end."""
    with pytest.raises(DecodeError):
        StreamReader().feed(stream)


@pytest.mark.parametrize("length", [0, OVERHEAD, MAX_STREAM_BYTES + 1, 2**32 - 1])
def test_an_encrypted_stream_of_an_absurd_length_is_refused(length: int) -> None:
    """By its first five bytes."""
    with pytest.raises(DecodeError):
        StreamReader(RING).feed(b"\x0a" + length.to_bytes(4))


def test_encrypted_and_plain_clusters_don_t_hear_each_other() -> None:
    """Each is told what the other expects."""
    with pytest.raises(DecodeError, match="ciphertext"):
        StreamReader(RING).feed(encode_stream(Ack(1)))
    with pytest.raises(DecodeError, match="ciphertext"):
        StreamReader().feed(encode_stream(Ack(1), RING))


@pytest.mark.parametrize(
    "stream",
    [
        compressed(b""),
        compressed(b"\x06"),
        compressed(b"\x0b\x80"),
        compressed(compressed(encode(Ack(1)))),
        compressed(header(2) + b"\x80"),
        compressed(packed(8, {"UserMsgLen": 5}) + b"four"),
        compressed(packed(13, {"Error": "x" * 70_000})),
        packed(9, {"Algo": 1, "Buf": lzw.compress(encode(Ack(1)))}),
        packed(9, {"Algo": 0}),
        packed(9, {"Algo": 0, "Buf": [1]}),
        packed(9, {"Algo": 0, "Buf": b"junk"}),
        packed(9, [0, b""]),
        packed(2, {"SeqNo": -1}),
    ],
)
def test_nonsense_that_only_shows_inside_is_refused_at_the_end(stream: bytes) -> None:
    """Compressed streams must be expanded to be judged."""
    reader = StreamReader()
    assert reader.feed(stream)
    with pytest.raises(DecodeError):
        reader.finish()


def test_a_bomb_is_put_out_at_forty_megabytes() -> None:
    """A stream of 32 KB would become 44 MB."""
    reader = StreamReader()
    assert reader.feed(compressed_bomb(6))
    with pytest.raises(DecodeError, match="more than 41943040"):
        reader.finish()


def test_a_stream_without_an_end_is_refused_at_its_limit() -> None:
    """However slowly it comes; nothing is kept then."""
    reader = StreamReader()
    reader.feed(b"\x09\x82\xa3Buf\xc6\xff\xff\xff\xff")
    with pytest.raises(DecodeError, match="more bytes"):
        for _ in range(MAX_STREAM_BYTES // 65_536 + 1):
            assert not reader.feed(bytes(65_536))


def test_values_may_follow_each_other_without_an_end_only_to_the_limit() -> None:
    """Members that are lists of lists of lists take no room while they come."""
    reader = StreamReader()
    reader.feed(header(1) + b"\xdd\xff\xff\xff\xff")
    with pytest.raises(DecodeError, match="at most"):
        for _ in range(MAX_STREAM_BYTES // 65_536 + 1):
            assert not reader.feed(b"\x90" * 65_536)


def test_only_a_whole_stream_can_be_finished() -> None:
    """A mistake of ours, not of the peer."""
    reader = StreamReader()
    reader.feed(encode_stream(Ack(1))[:-1])
    with pytest.raises(UsageError):
        reader.finish()


@pytest.mark.parametrize(
    "message",
    [
        Nack(1),
        Alive(1, NodeName("n"), HERE, b"", OUR_VSN),
        User(b""),
        User(bytes(MAX_USER_MESSAGE_BYTES + 1)),
        PushPull(True, (), bytes(MAX_USER_STATE_BYTES)),
        Err("\ud800"),
    ],
)
def test_what_a_peer_would_not_read_never_goes_out(message: Message) -> None:
    """UsageError, and nothing has been sent."""
    with pytest.raises(UsageError):
        encode_stream(message)
