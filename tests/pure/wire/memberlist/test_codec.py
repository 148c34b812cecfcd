"""
memberlist's messages, one at a time.
"""

from contextlib import suppress
from dataclasses import replace

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gossipchat.errors import DecodeError, UsageError
from gossipchat.names import Address, NodeName
from gossipchat.wire.memberlist.codec import decode, encode
from gossipchat.wire.memberlist.messages import (
    OUR_VSN,
    Ack,
    Alive,
    Dead,
    IndirectPing,
    Message,
    Nack,
    Ping,
    PushPull,
    Suspect,
    User,
)
from tests.pure.wire import strategies

ALICE = NodeName("alice")
BOB = NodeName("bob")
HERE = Address("127.0.0.1", 7946)
ALIVE = Alive(1, ALICE, HERE, b"", OUR_VSN)


def body(kind: int, fields: object, *, bin: bool = False) -> bytes:
    packed: bytes = msgpack.packb(fields, use_bin_type=bin)
    return bytes([kind]) + packed


def alive_fields(**changed: object) -> dict[str, object]:
    fields = {
        "Addr": b"\x7f\0\0\1",
        "Incarnation": 1,
        "Meta": None,
        "Node": "alice",
        "Port": 7946,
        "Vsn": bytes(OUR_VSN),
    }
    return {name: value for name, value in {**fields, **changed}.items() if value != ""}


@given(strategies.bare)
def test_what_goes_out_comes_back(message: Message) -> None:
    """Names of any bytes, nil and empty payloads, IPv4 and IPv6."""
    assert decode(encode(message)) == message


@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_are_refused(raw: bytes) -> None:
    """DecodeError is all that network input may raise."""
    with suppress(DecodeError):
        decode(raw)


@given(strategies.bare)
def test_fields_are_sorted_by_name(message: Message) -> None:
    """As Go writes them; and strings are raw, never bin or str8."""
    if isinstance(message, User):
        return
    fields = msgpack.unpackb(encode(message)[1:], raw=True)
    assert list(fields) == sorted(fields)
    assert encode(message)[1:] == msgpack.packb(fields, use_bin_type=False)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (body(2, {"SeqNo": 7}), Ack(7)),
        (body(2, {"SeqNo": 7, "Payload": b""}), Ack(7, b"")),
        (body(2, {}), Ack(0)),
        (body(2, {"SeqNo": None}), Ack(0)),
        (body(2, {"seqno": 7}), Ack(0)),
        (body(2, {"SeqNo": 7, "New": [1, {"deep": None}]}), Ack(7)),
        (b"\x02\x81\xa5SeqNo\xd1\x01\x2c", Ack(300)),
        (b"\x02\x81\xa5SeqNo\xd3\x00\x00\x00\x00\x00\x00\x01\x2c", Ack(300)),
        (b"\x02\x81\xd9\x05SeqNo\x07", Ack(7)),
        (body(2, {b"SeqNo": 7, b"Payload": b"x"}, bin=True), Ack(7, b"x")),
        (body(0, {"Node": "bob", "SeqNo": 1}, bin=True), Ping(1, BOB)),
        (body(0, [1, "bob", b"\x7f\0\0\1", 7946, "alice"]), Ping(1, BOB, HERE, ALICE)),
        (body(0, [1, "bob"]), Ping(1, BOB)),
        (body(0, {"SourceAddr": b"\x7f\0\0\1"}), Ping(0, NodeName(""))),
        (body(0, {"SourcePort": 7946}), Ping(0, NodeName(""))),
        (body(11, {"SeqNo": 2**32 - 1}), Nack(2**32 - 1)),
        (body(3, [4, "bob", "alice"]), Suspect(4, BOB, ALICE)),
        (body(5, {"Incarnation": 4, "Node": "bob"}), Dead(4, BOB, NodeName(""))),
        (body(4, alive_fields()), ALIVE),
        (body(4, alive_fields(Port=0)), replace(ALIVE, address=HERE._replace(port=0))),
        (body(4, alive_fields(Vsn=list(OUR_VSN))), ALIVE),
        (b"\x08hello", User(b"hello")),
    ],
)
def test_what_a_real_peer_may_send_is_read(raw: bytes, message: Message) -> None:
    """Missing, nil, unknown, signed, bin, str8, arrays: all that memberlist takes."""
    assert decode(raw) == message


@pytest.mark.parametrize(
    ("raw", "where"),
    [
        (b"", "message"),
        (b"\x08", "user message"),
        (body(6, {}), "type byte"),
        (body(7, {}), "type byte"),
        (body(10, {}), "type byte"),
        (b"\x02", "body"),
        (b"\x02\xc0", "body"),
        (b"\x02\xa1x", "body"),
        (b"\x02" + b"\x91" * 2000, "body"),
        (b"\x02\xdf\xff\xff\xff\xff", "body"),
        (b"\x02\xdb\xff\xff\xff\xff", "body"),
        (b"\x02\x81\x90\x01", "body"),
        (body(2, {"SeqNo": 1}) + b"\xc0", "body"),
        (body(2, {"SeqNo": -1}), "SeqNo"),
        (body(2, {"SeqNo": 2**32}), "SeqNo"),
        (body(2, {"SeqNo": True}), "SeqNo"),
        (body(2, {"SeqNo": 1.0}), "SeqNo"),
        (body(2, {"SeqNo": "1"}), "SeqNo"),
        (body(2, {"Payload": 1}), "Payload"),
        (b"\x02\x81\xa5SeqNo\xd4\x01\x00", "SeqNo"),
        (body(0, {"Node": 1}), "Node"),
        (body(0, {"Node": "x" * 513}), "Node"),
        (body(0, {"SourceAddr": b"abc", "SourcePort": 1}), "Addr"),
        (body(1, {"Target": b"", "Nack": True}), "Addr"),
        (body(1, {"Target": b"\x7f\0\0\1", "Nack": 1}), "Nack"),
        (body(3, {"Incarnation": 1}), "Node"),
        (body(4, alive_fields(Node="")), "Node"),
        (body(4, alive_fields(Node=None)), "Node"),
        (body(4, alive_fields(Vsn=b"\x01\x05\x02")), "Vsn"),
        (body(4, alive_fields(Vsn="")), "Vsn"),
        (body(4, alive_fields(Vsn=bytes(7))), "Vsn"),
        (body(4, alive_fields(Vsn=[1, 5, 2, 2, 5, 256])), "Vsn"),
        (body(4, alive_fields(Vsn=[1, 5, 2, 2, 5])), "Vsn"),
        (body(4, alive_fields(Vsn=6)), "Vsn"),
        (body(4, alive_fields(Addr=b"\x7f\0\0\1\0")), "Addr"),
        (body(4, alive_fields(Addr="")), "Addr"),
        (body(4, alive_fields(Port=65536)), "Port"),
        (body(4, alive_fields(Meta=bytes(513))), "Meta"),
    ],
)
def test_what_could_harm_is_refused_with_its_reason(raw: bytes, where: str) -> None:
    """Above all a Vsn of other than six bytes, which stops a memberlist agent."""
    with pytest.raises(DecodeError) as refusal:
        decode(raw)
    assert refusal.value.where == where


@pytest.mark.parametrize(
    "message",
    [
        User(b""),
        PushPull(False, ()),
        Ack(-1),
        Ack(2**32),
        Ping(1, NodeName("x" * 513)),
        Ping(1, NodeName("\ud800")),
        Ping(1, BOB, Address("localhost", 1)),
        Ping(1, BOB, Address("127.0.0.1", 65536)),
        IndirectPing(1, Address("", 1), BOB, True),
        Suspect(1, NodeName(""), BOB),
        replace(ALIVE, node=NodeName("")),
        replace(ALIVE, incarnation=-1),
        replace(ALIVE, meta=bytes(513)),
        replace(ALIVE, vsn=(1, 5, 2)),  # type: ignore[arg-type]
        replace(ALIVE, vsn=(1, 5, 2, 2, 5, 256)),
    ],
)
def test_what_could_harm_a_peer_never_goes_out(message: Message) -> None:
    """UsageError, and nothing has been sent."""
    with pytest.raises(UsageError):
        encode(message)


def test_a_member_without_tags_has_nil_as_in_go() -> None:
    """And comes back with empty ones."""
    assert b"Meta\xc0" in encode(ALIVE)
    assert decode(encode(ALIVE)) == ALIVE


def test_only_what_go_leaves_out_when_empty_is_left_out() -> None:
    """Who asks, in the two pings; everything else is written even when zero."""
    assert encode(Ping(0, NodeName(""))) == body(0, {"Node": "", "SeqNo": 0})
