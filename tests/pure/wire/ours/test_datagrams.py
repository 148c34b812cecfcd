"""
Our own datagrams, as acks that nobody waits for.
"""

import msgpack
import pytest

from gossipchat.errors import DecodeError, UsageError
from gossipchat.names import AuthorKey
from gossipchat.wire.layers.keyring import KeyRing
from gossipchat.wire.memberlist.codec import decode, encode
from gossipchat.wire.memberlist.messages import Ack
from gossipchat.wire.ours.datagrams import DigestTold, Own, UnknownDatagram
from gossipchat.wire.packet import Packets

ANNA = AuthorKey(b"a" * 32)
TOLD = Own(ANNA, DigestTold(b"d" * 32))


def ack(payload: bytes, seq_no: int = 0) -> bytes:
    return encode(Ack(seq_no, payload))


def own(fields: object, version: int = 1) -> bytes:
    packed: bytes = msgpack.packb(fields)
    return ack(b"gc" + bytes([version]) + packed)


def test_memberlist_reads_an_ack_of_a_number_that_is_never_used() -> None:
    """SeqNo 0: a struct as any other, and numbers begin at 1."""
    body = encode(TOLD)
    fields = msgpack.unpackb(body[1:], raw=True)
    assert body[0] == 2
    assert fields[b"SeqNo"] == 0
    assert fields[b"Payload"].startswith(b"gc\1")


def test_it_is_sealed_and_labelled_as_any_packet() -> None:
    """Without the key, or under another label, nobody reads it."""
    packets = Packets(KeyRing([bytes(16)]), b"blue")
    assert packets.open(packets.seal([encode(TOLD)])).messages == (TOLD,)
    with pytest.raises(DecodeError):
        Packets(KeyRing([bytes(16)])).open(packets.seal([encode(TOLD)]))


@pytest.mark.parametrize("seq_no", [0, 1])
def test_other_acks_stay_acks(seq_no: int) -> None:
    """Of number 0 without the mark, and with it of another number."""
    payload = b"\1" if seq_no == 0 else b"gc\1"
    assert decode(ack(payload, seq_no)) == Ack(seq_no, payload)


def test_what_newer_nodes_say_is_skipped() -> None:
    """Unknown kinds and versions are named; further fields are ignored."""
    assert decode(own([99, ANNA, "anything"])) == Own(ANNA, UnknownDatagram(99))
    newer = decode(own([0, ANNA], version=2))
    assert isinstance(newer, Own)
    assert isinstance(newer.datagram, UnknownDatagram)
    assert decode(own([0, ANNA, b"d" * 32, False, "more"])) == TOLD


@pytest.mark.parametrize(
    "fields",
    [
        {},
        [],
        [0],
        ["0", ANNA],
        [0, b"short", b"d" * 32, False],
        [0, ANNA, b"d" * 31, False],
        [0, ANNA, b"d" * 32],
        [0, ANNA, b"d" * 32, 1],
        [0, ANNA, b"d" * 32, False, bytes(2000)],
    ],
)
def test_what_is_out_of_shape_is_refused(fields: object) -> None:
    """DecodeError, and nothing else."""
    with pytest.raises(DecodeError):
        decode(own(fields))


def test_what_nobody_could_read_is_not_sent() -> None:
    """The writer keeps to the reader's bounds."""
    with pytest.raises(UsageError):
        encode(Own(ANNA, DigestTold(b"short")))
    with pytest.raises(UsageError):
        encode(Own(ANNA, UnknownDatagram(7)))
