"""
Whole datagrams: the layers together, and what may be in them at most.
"""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gossipchat.errors import DecodeError, UsageError
from gossipchat.wire.layers.compound import join_parts
from gossipchat.wire.layers.compression import wrap
from gossipchat.wire.layers.crc import add_crc
from gossipchat.wire.layers.keyring import KeyRing
from gossipchat.wire.limits import (
    MAX_DATAGRAM_BYTES,
    MAX_DATAGRAM_EXPANDED,
    MAX_MESSAGES,
    MAX_NESTING,
)
from gossipchat.wire.memberlist.codec import encode
from gossipchat.wire.memberlist.messages import Ack, Message, Nack, User
from gossipchat.wire.packet import Packets
from tests.pure.wire import strategies

KEY = bytes(16)
ACK = encode(Ack(1))


def nested(depth: int) -> bytes:
    packet = ACK
    for _ in range(depth):
        packet = join_parts([packet])
    return packet


@given(
    st.lists(strategies.bare, min_size=1, max_size=5),
    st.booleans(),
    st.binary(max_size=255),
    st.booleans(),
    st.booleans(),
)
def test_what_goes_out_comes_back(
    messages: list[Message], keyed: bool, label: bytes, compress: bool, crc: bool
) -> None:
    """Through all layers, whichever are in use; the receiver need not compress."""
    ring = KeyRing([KEY]) if keyed else None
    datagram = Packets(ring, label, compress).seal([*map(encode, messages)], crc)
    assert Packets(ring, label, not compress).open(datagram) == (tuple(messages), ())


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_are_messages_or_are_refused(datagram: bytes, keyed: bool) -> None:
    """DecodeError is all that network input may raise; nothing is empty."""
    with suppress(DecodeError):
        assert Packets(KeyRing([KEY]) if keyed else None).open(datagram).messages


def test_the_budget_is_what_layers_leave_of_1400() -> None:
    """29 bytes for encryption, two and its length for a label."""
    assert Packets().budget == 1400
    assert Packets(KeyRing([KEY])).budget == 1371
    assert Packets(KeyRing([KEY]), b"blue").budget == 1365
    packets = Packets(KeyRing([KEY]), b"blue", compress=False)
    part = bytes((packets.budget - 2) // 2 - 2)
    assert len(packets.seal([part, part])) in (1399, 1400)


def test_only_what_shrinks_is_compressed() -> None:
    """And nothing short is tried."""
    packets = Packets()
    long = encode(User(b"again and " * 20))
    assert len(packets.seal([long])) < len(long)
    assert Packets(compress=False).seal([long]) == long
    short = encode(User(b"a" * 60))
    assert packets.seal([short]) == short
    chance = encode(User(bytes(range(256))))
    assert packets.seal([chance]) == chance


def test_layers_come_in_their_order() -> None:
    """Label in clear, then encryption, checksum, compression, compound."""
    ring = KeyRing([KEY], lambda: bytes(12))
    parts = [encode(User(b"again and " * 20))] * 2
    inner = ring.seal(add_crc(wrap(join_parts(parts))), b"blue")
    assert Packets(ring, b"blue").seal(parts, crc=True) == b"\xf4\x04blue" + inner


@pytest.mark.parametrize(
    "parts", [[], [b""], [ACK, b""], [ACK] * 128, [bytes(MAX_DATAGRAM_BYTES + 1)]]
)
def test_what_peers_could_not_read_is_not_made(parts: list[bytes]) -> None:
    """UsageError, and nothing has been sent."""
    with pytest.raises(UsageError):
        Packets(compress=False).seal(parts)


def test_encrypted_and_plain_clusters_don_t_hear_each_other() -> None:
    """No packet in clear is taken where there is a key."""
    plain, keyed = Packets(), Packets(KeyRing([KEY]))
    for sender, hearer in ((plain, keyed), (keyed, plain)):
        with pytest.raises(DecodeError):
            hearer.open(sender.seal([ACK]))


def test_a_packet_can_t_be_moved_to_another_label() -> None:
    """The label is authenticated with what is encrypted."""
    ring = KeyRing([KEY])
    datagram = Packets(ring, b"blue").seal([ACK])
    with pytest.raises(DecodeError):
        Packets(ring, b"teal").open(datagram.replace(b"blue", b"teal"))


def test_a_bad_part_doesn_t_hide_the_good_ones() -> None:
    """Each is refused with its own reason."""
    opened = Packets().open(join_parts([ACK, b"\x04\x80", encode(Nack(2)), b"\x63"]))
    assert opened.messages == (Ack(1), Nack(2))
    assert [problem.where for problem in opened.refused] == ["Node", "type byte"]
    assert all(problem.__traceback__ is None for problem in opened.refused)


@pytest.mark.parametrize(
    "datagram",
    [b"", b"\x07\0", b"\x07\1\0\1\x63", b"\x07\1\0\0", b"\x09\xc0", b"\x0c\0\0\0\0"],
)
def test_a_packet_with_nothing_to_read_is_refused_whole(datagram: bytes) -> None:
    """What is opened has at least one message."""
    with pytest.raises(DecodeError):
        Packets().open(datagram)


def test_wrappers_may_hold_each_other_to_a_depth() -> None:
    """Compound in compression in compound is legal; without end it is an attack."""
    packets = Packets()
    assert packets.open(join_parts([wrap(join_parts([ACK]))])).messages == (Ack(1),)
    assert packets.open(nested(MAX_NESTING)).messages == (Ack(1),)
    with pytest.raises(DecodeError, match="more wrappers"):
        packets.open(nested(MAX_NESTING + 1))


def test_a_datagram_expands_to_a_bounded_size_in_all() -> None:
    """However many compressed parts it has."""
    half = wrap(encode(User(bytes(MAX_DATAGRAM_EXPANDED // 2 - 10))))
    opened = Packets().open(join_parts([half, half, half, half]))
    assert len(opened.messages) == 2
    assert [problem.where for problem in opened.refused] == ["LZW", "LZW"]


def test_a_datagram_has_a_bounded_number_of_messages() -> None:
    """However they are packed; those before the bound are read."""
    many = join_parts([ACK] * 100)
    opened = Packets().open(join_parts([many] * 10))
    assert len(opened.messages) == MAX_MESSAGES
    assert len(opened.refused) < 10


def test_a_checksum_is_looked_for_once() -> None:
    """Directly below encryption, nowhere else."""
    for packet in (add_crc(add_crc(ACK)), join_parts([add_crc(ACK)])):
        with pytest.raises(DecodeError, match="type byte"):
            Packets().open(packet)
