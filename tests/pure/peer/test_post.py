"""
Our own datagrams go to tagged members only, and are taken from them only.
"""

from dataclasses import replace

from gossipchat.effects import Count
from gossipchat.names import Address, AuthorKey, NodeName
from gossipchat.peer.post import Post
from gossipchat.swim.events import Member, PacketReceived, SendPacket, Status
from gossipchat.wire.memberlist.codec import encode
from gossipchat.wire.memberlist.messages import Ack
from gossipchat.wire.ours.datagrams import (
    DatagramReceived,
    DigestTold,
    Own,
    SendDatagram,
    UnknownDatagram,
)

ME, BEN, EVE = (AuthorKey(bytes([n]) * 32) for n in range(3))
THERE = Address("127.0.0.1", 7946)
TOLD = DigestTold(b"d" * 32)
BEN_LIVES = Member(NodeName("ben"), THERE, Status.ALIVE, 1, BEN)


def post() -> Post:
    made = Post(ME)
    made.member_changed(BEN_LIVES)
    return made


def test_it_goes_to_where_the_member_is_now() -> None:
    """In a packet of its own, whether the member lives or not."""
    there = Address("127.0.0.2", 7946)
    known = post()
    moved = replace(BEN_LIVES, address=there, status=Status.DEAD)
    known.member_changed(moved)
    expected = SendPacket(there, (encode(Own(ME, TOLD)),))
    assert known.send(SendDatagram(BEN, TOLD)) == expected


def test_who_is_not_gossipchat_gets_none() -> None:
    """Neither a stranger, nor who was forgotten, nor who has lost its tag."""
    refused = Count("datagrams.unaddressed")
    known = post()
    assert known.send(SendDatagram(EVE, TOLD)) == refused
    known.member_changed(replace(BEN_LIVES, key=None))
    assert known.send(SendDatagram(BEN, TOLD)) == refused
    known = post()
    known.forget(BEN_LIVES.name)
    assert known.send(SendDatagram(BEN, TOLD)) == refused


def test_a_packet_is_parted_between_swim_and_the_rest() -> None:
    """What comes from nobody we know, or is of no kind we know, is counted."""
    mail = (Own(BEN, TOLD), Own(EVE, TOLD), Own(BEN, UnknownDatagram(9)))
    packet = PacketReceived(THERE, (Ack(1), *mail))
    known = post()
    assert known.has_mail(packet)
    assert known.without_mail(packet) == PacketReceived(THERE, (Ack(1),))
    received, dropped = known.open(packet)
    assert received == [DatagramReceived(BEN, THERE, TOLD)]
    assert len(dropped) == 2


def test_a_key_goes_by_the_name_that_lives() -> None:
    """A node that was given another name is dead, and later forgotten, under the one of
    before; it is reached all the same."""
    known = post()
    ben2 = Member(NodeName("ben2"), THERE, Status.ALIVE, 2, BEN)
    assert known.member_changed(ben2) == ben2
    for status in (Status.SUSPECT, Status.DEAD, Status.LEFT):
        assert known.member_changed(replace(BEN_LIVES, status=status)) == ben2
    suspected = replace(ben2, status=Status.SUSPECT)
    assert known.member_changed(suspected) == suspected
    known.forget(BEN_LIVES.name)
    assert known.bearer(BEN) == suspected
    known.forget(ben2.name)
    assert known.bearer(BEN) is None


def test_of_two_that_share_a_key_the_other_takes_over() -> None:
    """When one dies; and of two dead ones the last."""
    known = post()
    copy = Member(NodeName("copy"), Address("127.0.0.2", 1), Status.ALIVE, 2, BEN)
    known.member_changed(copy)
    assert known.member_changed(replace(copy, status=Status.DEAD)) == BEN_LIVES
    gone = replace(BEN_LIVES, status=Status.LEFT)
    assert known.member_changed(gone) == gone
