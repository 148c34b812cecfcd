"""
The small layers around a message: label, checksum, compound, compression.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gossipchat.errors import ConfigError, DecodeError, UsageError
from gossipchat.wire.fields import unpack
from gossipchat.wire.layers.compound import MAX_PARTS, join_parts, split_parts
from gossipchat.wire.layers.compression import ORDER, unwrap, wrap
from gossipchat.wire.layers.crc import add_crc, strip_crc
from gossipchat.wire.layers.label import label_header, strip_label


@given(st.binary(max_size=255), st.binary(max_size=50))
def test_a_label_goes_on_and_comes_off(label: bytes, packet: bytes) -> None:
    """The empty one leaves no trace."""
    if label or not packet.startswith(b"\xf4"):
        header = label_header(label)
        assert strip_label(header + packet, header) == packet


@pytest.mark.parametrize(
    ("datagram", "label"),
    [
        (b"", b"mine"),
        (b"\xf4", b"mine"),
        (b"\xf4\x04min", b"mine"),
        (b"\xf4\x04mime\0", b"mine"),
        (b"\xf4\x05mine\0", b"mine"),
        (b"\x00\x80", b"mine"),
        (b"\xf4\x00\x00\x80", b""),
        (b"\xf4\x04mine\x00\x80", b""),
    ],
)
def test_another_cluster_is_not_listened_to(datagram: bytes, label: bytes) -> None:
    """Nor one without a label by one that has one, and the other way round."""
    with pytest.raises(DecodeError) as refusal:
        strip_label(datagram, label_header(label))
    assert refusal.value.where == "label"


def test_a_label_has_at_most_255_bytes() -> None:
    """Its length is one byte."""
    assert len(label_header(bytes(255))) == 257
    with pytest.raises(ConfigError):
        label_header(bytes(256))


@given(st.binary(max_size=100))
def test_a_checksum_goes_on_and_comes_off(packet: bytes) -> None:
    """Whatever it stands before."""
    assert strip_crc(add_crc(packet)) == packet


@given(st.binary(min_size=1, max_size=100), st.integers(0, 7), st.data())
def test_a_flipped_bit_is_noticed(packet: bytes, bit: int, data: st.DataObject) -> None:
    """In the sum or behind it."""
    summed = bytearray(add_crc(packet))
    summed[data.draw(st.integers(1, len(summed) - 1))] ^= 1 << bit
    with pytest.raises(DecodeError):
        strip_crc(bytes(summed))


def test_a_packet_without_a_checksum_is_left_alone() -> None:
    """So is one too short to have one."""
    assert strip_crc(b"\x0c\0\0\0") == b"\x0c\0\0\0"
    assert strip_crc(b"\x02\x80\0\0\0\0") == b"\x02\x80\0\0\0\0"


@given(st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=MAX_PARTS))
def test_parts_go_together_and_come_apart(parts: list[bytes]) -> None:
    """In their order."""
    assert split_parts(join_parts(parts)) == (tuple(parts), None)


def test_255_parts_are_read() -> None:
    """Newer memberlists send them."""
    packet = b"\x07\xff" + b"\0\1" * 255 + b"x" * 255
    assert split_parts(packet) == ((b"x",) * 255, None)


@pytest.mark.parametrize("parts", [[], [b"x"] * 128, [b"x", b""], [bytes(65536)]])
def test_a_compound_that_old_peers_misread_is_not_made(parts: list[bytes]) -> None:
    """128 parts are nonsense to memberlist up to 0.2.3, an empty one stops it."""
    with pytest.raises(UsageError):
        join_parts(parts)


@pytest.mark.parametrize("cut", [1, 5, 6, 10])
def test_the_parts_before_a_cut_are_read(cut: int) -> None:
    """As memberlist does; the rest is named as refused."""
    whole = join_parts([b"first", b"second"])
    parts, problem = split_parts(whole[:-cut])
    assert parts == ((b"first",) if cut <= 6 else ())
    assert problem is not None
    assert problem.where == "compound"


@pytest.mark.parametrize("packet", [b"\x07", b"\x07\0", b"\x07\2\0\1\0"])
def test_a_compound_without_lengths_is_refused(packet: bytes) -> None:
    """There is nothing in it to be read."""
    with pytest.raises(DecodeError):
        split_parts(packet)


@given(st.binary(max_size=300))
def test_compressed_and_expanded_is_the_same(plain: bytes) -> None:
    """However short."""
    assert unwrap(unpack(wrap(plain)[1:], ORDER), 300) == plain


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({b"Algo": 1, b"Buf": b""}, "Algo"),
        ({b"Algo": 0, b"Buf": 3}, "Buf"),
        ({b"Algo": 0}, "LZW"),
    ],
)
def test_what_is_not_lzw_is_refused(fields: dict[object, object], where: str) -> None:
    """There has never been another algorithm."""
    with pytest.raises(DecodeError) as refusal:
        unwrap(fields, 100)
    assert refusal.value.where == where
