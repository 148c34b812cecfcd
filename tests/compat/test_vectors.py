"""
Captured bytes: what real agents sent must say to us what it said to them, and come
out again as it went in.

``vectors/`` holds one capture a file, each with its origin: a live Debian Serf 0.9.4
(memberlist 0.2.2), or memberlist 0.5.1.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gossipchat.errors import DecodeError
from gossipchat.wire.layers.compound import join_parts, split_parts
from gossipchat.wire.layers.compression import wrap
from gossipchat.wire.layers.crc import CRC_BYTES, add_crc
from gossipchat.wire.layers.keyring import NONCE_BYTES, KeyRing
from gossipchat.wire.layers.lzw import compress, expand
from gossipchat.wire.memberlist.codec import decode, encode
from gossipchat.wire.memberlist.messages import Message, PushPull, User
from gossipchat.wire.memberlist.push_pull import decode_push_pull, encode_push_pull
from gossipchat.wire.packet import Packets
from gossipchat.wire.serf.codec import (
    decode_coordinate,
    decode_serf,
    decode_tags,
    encode_coordinate,
    encode_serf,
    encode_tags,
)
from gossipchat.wire.serf.filters import read_filter, write_filter
from gossipchat.wire.serf.messages import (
    ConflictResponse,
    KeyResponse,
    NodeFilter,
    TagFilter,
)
from gossipchat.wire.streams import StreamReader, encode_stream
from tests.compat.spelling import said, spelled, spelled_serf

FOLDER = Path(__file__).parent / "vectors"
VECTORS: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))
}

WRAPPED = ("ml-compound", "ml-compress", "ml-hascrc")
OWN_SHAPE = ("serf-filter", "serf-tags", "serf-ack-payload")
PLAIN = [
    name for name in VECTORS if name.startswith("ml-") and not name.startswith(WRAPPED)
]
SERF = [
    name
    for name in VECTORS
    if name.startswith("serf-") and not name.startswith(OWN_SHAPE)
]
DATAGRAMS = [name for name in VECTORS if name.startswith("udp-")]
STREAMS = [name for name in VECTORS if name.startswith("stream-")]
COMPRESSED = [name for name in VECTORS if name.startswith("ml-compress")]
COMPOUNDS = [name for name in VECTORS if name.startswith("ml-compound")]


def raw(name: str) -> bytes:
    return bytes.fromhex(VECTORS[name]["hex"])


def decoded(name: str) -> Any:
    return said(VECTORS[name]["decoded"])


def ring(name: str, nonces: Callable[[], bytes]) -> KeyRing | None:
    key = VECTORS[name].get("key")
    return KeyRing([bytes.fromhex(key)], nonces) if key else None


def no_nonce() -> bytes:
    raise AssertionError("nothing is sealed here")


def label(name: str) -> bytes:
    return bytes(VECTORS[name].get("label", "").encode())


def test_all_sixty_are_here() -> None:
    """Every capture belongs to one of the tests below."""
    by_name = {"ml-hascrc", "serf-filter-node", "serf-filter-tag", "serf-tags-meta"}
    by_name |= {"serf-ack-payload"}
    tested = {*PLAIN, *SERF, *DATAGRAMS, *STREAMS, *COMPRESSED, *COMPOUNDS, *by_name}
    assert tested == set(VECTORS)
    assert len(tested) == 60


@pytest.mark.parametrize("name", PLAIN)
def test_a_message_says_what_it_said_and_goes_out_alike(name: str) -> None:
    message = decode(raw(name))
    assert spelled(message) == decoded(name)
    assert encode(message) == raw(name)


@pytest.mark.parametrize("name", COMPOUNDS)
def test_a_compound_comes_apart_and_goes_together_again(name: str) -> None:
    parts = tuple(bytes.fromhex(part) for part in decoded(name)["parts"])
    assert split_parts(raw(name)) == (parts, None)
    assert join_parts(parts) == raw(name)
    assert Packets().open(raw(name)).messages == tuple(map(decode, parts))
    assert join_parts([encode(decode(part)) for part in parts]) == raw(name)


@pytest.mark.parametrize("name", COMPRESSED)
def test_compressed_bytes_are_those_that_go_makes(name: str) -> None:
    packed, plain = decoded(name)["Buf"], decoded(name)["plain"]
    assert expand(packed, len(plain)) == plain
    assert compress(plain) == packed
    assert wrap(plain) == raw(name)


def test_a_member_without_vsn_is_refused_and_its_neighbours_are_not() -> None:
    """The capture holds our own fixtures; one has no Vsn and would stop a peer."""
    opened = Packets().open(raw("ml-compress-long"))
    parts, _ = split_parts(decoded("ml-compress-long")["plain"])
    assert len(opened.messages) == len(parts) - 1
    assert [problem.where for problem in opened.refused] == ["Vsn"]


def test_a_checksum_is_checked_and_made_alike() -> None:
    """Over all that follows its five bytes."""
    packet = raw("ml-hascrc")
    assert packet[1:CRC_BYTES] == decoded("ml-hascrc")["crc32"]
    (alive,) = Packets().open(packet).messages
    assert add_crc(encode(alive)) == packet
    with pytest.raises(DecodeError, match="crc32"):
        Packets().open(packet[:-1] + b"\x06")


@pytest.mark.parametrize("name", SERF)
def test_a_serf_message_says_what_it_said_and_goes_out_alike(name: str) -> None:
    body = raw(name)
    if VECTORS[name]["layer"].startswith("memberlist user message"):
        user = decode(body)
        assert isinstance(user, User)
        body = user.body
    message = decode_serf(body)
    assert spelled_serf(message) == decoded(name)
    assert encode_serf(message) == body


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("serf-query-response-conflict", ConflictResponse),
        ("serf-query-response-keys", KeyResponse),
    ],
)
def test_a_response_within_a_response_is_read_too(name: str, kind: type) -> None:
    """Answers to Serf's internal queries sit in the payload, type byte first."""
    payload = decoded(name)["Payload"]
    message = decode_serf(payload)
    assert isinstance(message, kind)
    assert encode_serf(message) == payload


def test_filters_go_out_as_they_came() -> None:
    """A type byte each: 0 names, 1 a tag and an expression."""
    names, tag = raw("serf-filter-node"), raw("serf-filter-tag")
    assert read_filter(names) == NodeFilter(("pynode", "beta"))  # type: ignore[arg-type]
    assert read_filter(tag) == TagFilter("role", "poc|web")
    assert write_filter(read_filter(names)) == names
    assert write_filter(read_filter(tag)) == tag


def test_tags_go_out_as_they_came() -> None:
    """Their order is the member's own."""
    tags = decode_tags(raw("serf-tags-meta"))
    assert tags == decoded("serf-tags-meta")
    assert encode_tags(tags) == raw("serf-tags-meta")


def test_a_coordinate_goes_out_as_it_came() -> None:
    """All floats with 64 bits."""
    coordinate = decode_coordinate(raw("serf-ack-payload"))
    written = decoded("serf-ack-payload")["coord"]
    assert list(coordinate.vec) == written["Vec"]
    assert coordinate.error == written["Error"]
    assert coordinate.adjustment == written["Adjustment"]
    assert coordinate.height == written["Height"]
    assert encode_coordinate(coordinate) == raw("serf-ack-payload")


def leaves(tree: Any) -> Iterator[dict[str, Any]]:
    """The messages at the ends of a capture's tree of wrappers."""
    if "inner" in tree:
        yield from leaves(tree["inner"])
    elif "parts" in tree:
        for part in tree["parts"]:
            yield from leaves(part)
    else:
        yield tree


@pytest.mark.parametrize("name", DATAGRAMS)
def test_a_datagram_holds_what_was_in_it(name: str) -> None:
    opened = Packets(ring(name, no_nonce), label(name)).open(raw(name))
    wanted = list(leaves(decoded(name)["message"]))
    assert opened.refused == ()
    assert len(opened.messages) == len(wanted)
    for message, leaf in zip(opened.messages, wanted, strict=True):
        if isinstance(message, User):
            assert spelled_serf(decode_serf(message.body)) == leaf["body"]
        else:
            assert spelled(message) == leaf["body"]
        if "hex" in leaf:
            assert encode(message).hex() == leaf["hex"]


@pytest.mark.parametrize("name", [name for name in DATAGRAMS if "v0" not in name])
def test_a_datagram_goes_out_as_it_came(name: str) -> None:
    """Version 0 is read, but never made."""
    nonce = decoded(name).get("nonce", bytes(NONCE_BYTES))
    packets = Packets(ring(name, lambda: nonce), label(name))
    parts = [encode(message) for message in packets.open(raw(name)).messages]
    assert packets.seal(parts, crc="crc" in name) == raw(name)


def is_answer(name: str) -> bool:
    return "responder" in VECTORS[name]["layer"]


def read_stream(name: str, step: int) -> Message:
    reader = StreamReader(ring(name, no_nonce), label(name), answering=is_answer(name))
    stream = raw(name)
    for start in range(0, len(stream), step):
        piece = stream[start : start + step]
        assert reader.feed(piece) == (start + step >= len(stream))
    return reader.finish()


@pytest.mark.parametrize("step", [1, 100, 10_000])
@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_holds_what_was_in_it(name: str, step: int) -> None:
    message = read_stream(name, step)
    if not isinstance(message, PushPull):
        assert spelled(message) == decoded(name)
        return
    wanted = decoded(name)
    assert message.join == wanted["header"]["Join"]
    assert message.refused == 0
    assert [spelled(node) for node in message.nodes] == wanted["nodes"]
    assert len(message.user_state) == wanted["user_state_len"]


@pytest.mark.parametrize(
    "name", [name for name in STREAMS if "plain_after_all_layers" in VECTORS[name]]
)
def test_within_its_wrappers_a_stream_is_what_it_was(name: str) -> None:
    plain = bytes.fromhex(VECTORS[name]["plain_after_all_layers"])
    assert encode_stream(read_stream(name, 100), compress=False) == as_old_go(plain)


def as_old_go(plain: bytes) -> bytes:
    """Newer Go writes a length of 300 as a signed integer; we write it as older."""
    return plain.replace(b"UserStateLen\xd1\x01\x2c", b"UserStateLen\xcd\x01\x2c")


@pytest.mark.parametrize(
    "name",
    [name for name in STREAMS if "label" not in name and "v2msgpack" not in name],
)
def test_a_stream_goes_out_as_it_came(name: str) -> None:
    stream = raw(name)
    keyring = ring(name, lambda: stream[6 : 6 + NONCE_BYTES])
    again = encode_stream(
        read_stream(name, 100),
        keyring,
        answer=is_answer(name),
        compress="plain" not in name,
    )
    assert again == stream


def test_a_push_pull_of_newer_go_is_read_and_goes_out_as_older_go_writes_it() -> None:
    """d1 for a signed 300 comes in, cd goes out."""
    body = raw("stream-pushpull-v2msgpack")
    assert encode_push_pull(decode_push_pull(body)) == as_old_go(body)
    assert as_old_go(body) != body


@pytest.mark.parametrize(
    "name", [name for name in STREAMS if name.startswith("stream-pushpull-")]
)
def test_the_state_in_a_push_pull_goes_out_as_it_came(name: str) -> None:
    """But for memberlist's own test program, whose state is not Serf's."""
    message = read_stream(name, 100)
    assert isinstance(message, PushPull)
    if "v2msgpack" in name:
        with pytest.raises(DecodeError):
            decode_serf(message.user_state)
    else:
        state = decode_serf(message.user_state)
        assert encode_serf(state) == message.user_state
