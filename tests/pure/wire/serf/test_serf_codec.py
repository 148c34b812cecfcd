"""
Serf's messages, its state, tags and coordinates.
"""

from contextlib import suppress
from dataclasses import replace

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gossipchat.errors import DecodeError, UsageError
from gossipchat.names import Address, NodeName
from gossipchat.wire.serf import messages as serf
from gossipchat.wire.serf.codec import (
    KEY_QUERIES,
    decode_coordinate,
    decode_serf,
    decode_tags,
    encode_coordinate,
    encode_serf,
    encode_tags,
)
from gossipchat.wire.serf.state import MAX_EVENTS
from tests.pure.wire import strategies

ALICE = NodeName("alice")
HERE = Address("127.0.0.1", 7946)
QUERY = serf.Query(1, 2, HERE, ALICE, (), 1, 0, 10**9, "hello", b"payload")


def body(kind: int, fields: object) -> bytes:
    packed: bytes = msgpack.packb(fields, use_bin_type=False)
    return bytes([kind]) + packed


def query_fields(**changed: object) -> dict[str, object]:
    fields = {"Addr": b"\x7f\0\0\1", "ID": 2, "LTime": 1, "Name": "hello"}
    return {**fields, **changed}


def ring(count: int, per_slot: int) -> bytes:
    slot = {"LTime": 1, "Events": [{"Name": "e"}] * per_slot}
    return body(2, {"Events": [slot] * count})


@given(strategies.serf_messages)
def test_what_goes_out_comes_back(message: serf.SerfMessage) -> None:
    """All ten kinds; nil payloads stay nil, empty ones empty."""
    assert decode_serf(encode_serf(message)) == message


@given(st.binary(max_size=200) | st.binary(max_size=99).map(lambda raw: b"\x02" + raw))
def test_any_bytes_are_a_message_or_are_refused(raw: bytes) -> None:
    """DecodeError is all that network input may raise."""
    with suppress(DecodeError):
        decode_serf(raw)


@given(strategies.serf_messages)
def test_fields_are_sorted_by_name(message: serf.SerfMessage) -> None:
    """As Go writes them."""
    unpacker = msgpack.Unpacker(raw=True)
    unpacker.feed(encode_serf(message)[1:])
    fields = unpacker.unpack()
    assert fields is None or list(fields) == sorted(fields)


@pytest.mark.parametrize(
    ("raw", "where"),
    [
        (b"", "Serf message"),
        (b"\x00", "Serf message"),
        (b"\x03" + bytes(70_000), "Serf message"),
        (b"\x0a\x80", "Serf's type byte"),
        (b"\x01\xc0", "body"),
        (b"\x00" + b"\x91" * 2000, "body"),
        (body(0, {"LTime": 1}), "Node"),
        (body(1, {"LTime": 2**64 - 1, "Node": ""}), "Node"),
        (body(1, {"LTime": -1, "Node": "a"}), "LTime"),
        (body(3, {"LTime": 1, "Name": 1}), "Name"),
        (body(3, {"LTime": 1, "Payload": []}), "Payload"),
        (body(3, {"LTime": 1, "CC": 1}), "CC"),
        (body(4, query_fields(Addr=b"")), "Addr"),
        (body(4, query_fields(Timeout=-1)), "Timeout"),
        (body(4, query_fields(RelayFactor=256)), "RelayFactor"),
        (body(4, query_fields(Filters=b"x")), "Filters"),
        (body(4, query_fields(Filters=[b""])), "filter"),
        (body(4, query_fields(Filters=[1])), "filter"),
        (body(5, {"From": 1}), "From"),
        (body(6, {"Name": "a"}), "Addr"),
        (body(6, {"Addr": b"\x7f\0\0\1", "Tags": {"a": 1}}), "tags"),
        (body(6, {"Addr": b"\x7f\0\0\1", "DelegateCur": 256}), "DelegateCur"),
        (body(8, {"Keys": [1]}), "Keys"),
        (body(8, {"Keys": "a"}), "Keys"),
        (body(9, {"DestAddr": {"IP": b"\x7f\0\0\1"}}), "relay"),
        (body(9, {"DestName": "a"}) + b"\x05\x80", "relay"),
        (b"\x09\xc1", "relay"),
        (body(9, {"DestAddr": {"IP": b"\x7f"}}) + b"\x05\x80", "Addr"),
        (body(2, []), "user state"),
        (body(2, {"Events": [1]}), "Events"),
        (body(2, {"Events": [{"Events": 1}]}), "Events"),
        (body(2, {"Events": [{"Events": [1]}]}), "Events"),
        (body(2, {"LTime": b"1"}), "LTime"),
        (body(2, {"LTime": [1]}), "LTime"),
        (body(2, {"StatusLTimes": {"a": -1}}), "StatusLTimes"),
        (body(2, {"StatusLTimes": {"x" * 513: 1}}), "StatusLTimes"),
        (body(2, {"StatusLTimes": {1: 1}}), "StatusLTimes"),
        (body(2, {"StatusLTimes": {"a": [1]}}), "StatusLTimes"),
        (body(2, {"StatusLTimes": {"a": {}}}), "StatusLTimes"),
        (body(2, {"StatusLTimes": [1]}), "StatusLTimes"),
        (
            body(
                2,
                {
                    "StatusLTimes": {"a" * 300 + str(n): 1 for n in range(300)}
                    | {"b": {}}
                },
            ),
            "StatusLTimes",
        ),
        (body(2, {"LeftMembers": [1]}), "LeftMembers"),
        (body(2, {"LTime": 1})[:-1], "LTime"),
        (b"\x02\xdf\xff\xff\xff\xff", "user state"),
        (b"\x02\x81\xa6Events\xdd\xff\xff\xff\xff", "Events"),
        (ring(1, 1025), "body"),
        (ring(9, 1000), "Events"),
    ],
)
def test_nonsense_is_refused_with_its_reason(raw: bytes, where: str) -> None:
    """Before anything is allocated for it."""
    with pytest.raises(DecodeError) as refusal:
        decode_serf(raw)
    assert refusal.value.where == where


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (body(1, {"Node": "alice"}), serf.JoinIntent(0, ALICE)),
        (b"\x06\xc0", serf.ConflictResponse(None)),
        (body(2, {}), serf.SerfState(0)),
        (body(2, {"Events": None, "LeftMembers": None, "LTime": 7}), serf.SerfState(7)),
        (body(2, {"New": [{"deep": [1]}], "LTime": 7}), serf.SerfState(7)),
        (
            body(2, {"Events": [None, {"LTime": 9, "Events": None}]}),
            serf.SerfState(0, events=(serf.EventsAt(9, ()),)),
        ),
    ],
)
def test_what_a_real_peer_may_send_is_read(
    raw: bytes, message: serf.SerfMessage
) -> None:
    """Missing, nil and unknown fields; a ring of another size."""
    assert decode_serf(raw) == message


def test_a_fresh_state_is_as_long_as_serf_s() -> None:
    """512 free slots, each nil."""
    statuses = {NodeName("alpha"): 1, NodeName("beta"): 0}
    state = serf.SerfState(1, statuses, (), 1, (), 1)
    assert len(encode_serf(state)) == 595
    assert decode_serf(encode_serf(state)) == state


@pytest.mark.parametrize(
    "filter_body", [b"\x02x", b"\x00\xc0", b"\x00\x91\x01", b"\x01"]
)
def test_a_filter_that_can_t_be_read_matches_nobody(filter_body: bytes) -> None:
    """And is passed on as it came: others may know it."""
    query = decode_serf(body(4, query_fields(Filters=[filter_body])))
    assert isinstance(query, serf.Query)
    assert query.filters == (serf.UnknownFilter(filter_body),)
    assert decode_serf(encode_serf(query)) == query


@pytest.mark.parametrize("name", KEY_QUERIES)
def test_a_key_query_without_a_key_is_neither_believed_nor_sent(name: str) -> None:
    """It would stop every Serf agent that hears it."""
    for payload in (None, b""):
        with pytest.raises(DecodeError, match="a key"):
            decode_serf(body(4, query_fields(Name=name, Payload=payload)))
        with pytest.raises(UsageError):
            encode_serf(replace(QUERY, name=name, payload=payload))


@pytest.mark.parametrize(
    "message",
    [
        serf.JoinIntent(2**64, ALICE),
        serf.JoinIntent(1, NodeName("")),
        serf.LeaveIntent(-1, ALICE),
        replace(QUERY, filters=(serf.UnknownFilter(b""),)),
        replace(QUERY, filters=(serf.NodeFilter((ALICE,) * 1025),)),
        replace(QUERY, relay_factor=256),
        replace(QUERY, timeout_ns=-1),
        replace(QUERY, source=Address("localhost", 1)),
        serf.Relay(HERE, ALICE, b""),
        serf.UserEvent(1, "\ud800", None, False),
        serf.SerfState(1, events=(serf.EventsAt(1, ()), serf.EventsAt(513, ()))),
    ],
)
def test_what_could_harm_a_peer_never_goes_out(message: serf.SerfMessage) -> None:
    """UsageError, and nothing has been sent."""
    with pytest.raises(UsageError):
        encode_serf(message)


def test_a_ring_of_all_events_is_read() -> None:
    """As many as may be, eight to a slot."""
    state = decode_serf(ring(MAX_EVENTS // 8, 8))
    assert isinstance(state, serf.SerfState)
    assert sum(len(at.events) for at in state.events) == MAX_EVENTS


@given(strategies.tags)
def test_tags_go_out_and_come_back(tags: dict[str, str]) -> None:
    """In their order."""
    assert list(decode_tags(encode_tags(tags)).items()) == list(tags.items())


@given(st.binary(max_size=512))
def test_any_meta_is_tags_or_is_refused(meta: bytes) -> None:
    """DecodeError is all that network input may raise."""
    for raw in (meta, b"\xff" + meta):
        with suppress(DecodeError):
            decode_tags(raw)


def test_a_meta_without_its_mark_is_a_role() -> None:
    """As in the first Serfs; plain memberlist nodes have none at all."""
    assert decode_tags(b"web") == {"role": "web"}
    assert decode_tags(b"") == {"role": ""}


def test_tags_have_at_most_512_bytes() -> None:
    """A peer would refuse the member for more."""
    assert len(encode_tags({"t": "x" * 505})) == 512
    with pytest.raises(UsageError, match="513 bytes"):
        encode_tags({"t": "x" * 506})


@given(strategies.coordinates)
def test_a_coordinate_goes_out_and_comes_back(coordinate: serf.Coordinate) -> None:
    """All bits of it."""
    assert decode_coordinate(encode_coordinate(coordinate)) == coordinate


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\x02\x80",
        b"\x01\x80",
        body(1, {"Vec": [0.0] * 7}),
        body(1, {"Vec": [0.0] * 7 + [float("nan")]}),
        body(1, {"Vec": [0.0] * 8, "Error": float("inf")}),
        body(1, {"Vec": [0.0] * 8, "Height": b"1"}),
        body(1, {"Vec": [0.0] * 8, "Height": True}),
    ],
)
def test_a_coordinate_that_is_nowhere_is_refused(payload: bytes) -> None:
    """Wrong version, dimensions, or no number."""
    with pytest.raises(DecodeError):
        decode_coordinate(payload)


def test_a_coordinate_that_is_nowhere_never_goes_out() -> None:
    """Peers reject it quietly, and their view of us ages."""
    for coordinate in (
        serf.Coordinate(vec=(0.0,) * 7),
        serf.Coordinate(error=float("nan")),
    ):
        with pytest.raises(UsageError):
            encode_coordinate(coordinate)


@pytest.mark.parametrize("members", [1, 100, 5000])
def test_times_of_many_members_are_read_alike(members: int) -> None:
    """At once while they are few, walked through from 64 KiB on."""
    times = {NodeName(f"member-number-{number}"): number for number in range(members)}
    state = serf.SerfState(7, times, (), 1, (), 1)
    assert decode_serf(encode_serf(state)) == state
