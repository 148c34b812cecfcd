"""Pinging for others."""

from dataclasses import replace

from gossipchat.swim.config import SwimConfig
from gossipchat.swim.events import SendPacket
from gossipchat.wire.memberlist.messages import Ack, IndirectPing, Message, Nack, Ping
from tests.pure.swim.builders import (
    BOB,
    EVE,
    ME,
    MY_ADDRESS,
    Driven,
    address_of,
    counted,
    of_kind,
    quiet,
    sent,
    sent_to,
)

ASKER = address_of("asker")


def request(seq_no: int = 77, nack: bool = True, port: int = 7946) -> IndirectPing:
    target = address_of(BOB)._replace(port=port)
    return IndirectPing(seq_no, target, BOB, nack, ASKER, EVE)


def relaying(asked: IndirectPing) -> tuple[Driven, Ping]:
    """A node, alone, that was asked; and the ping that it sent."""
    node = Driven(quiet()).start()
    (ping,) = sent(node.hear(asked), Ping)
    return node, ping


def to_asker(messages: list[tuple[object, Message]]) -> list[Message]:
    return [message for to, message in messages if to == ASKER]


def test_the_target_is_pinged_under_our_own_number() -> None:
    """With our own Source fields, so that the ack comes to us."""
    node, ping = relaying(request())
    assert ping.seq_no != 77
    assert (ping.node, ping.source, ping.source_node) == (BOB, MY_ADDRESS, ME)
    assert of_kind(node.effects, SendPacket)[0].to == address_of(BOB)


def test_an_ack_is_passed_on_under_the_askers_number() -> None:
    """To the asker's Source address, without a payload; and only once."""
    node, ping = relaying(request())
    effects = node.hear(Ack(ping.seq_no, b"coordinate"))
    assert to_asker([*sent_to(effects)])[0] == Ack(77, None)
    assert not sent(node.hear(Ack(ping.seq_no)), Ack)


def test_silence_becomes_a_nack_and_nothing_after_it() -> None:
    """After our probe_timeout; an ack that comes later is not passed on."""
    node, ping = relaying(request())
    assert not sent(node.advance(0.49), Nack)
    assert to_asker([*sent_to(node.advance(0.02))])[0] == Nack(77)
    assert not sent(node.hear(Ack(ping.seq_no)), Ack)


def test_who_does_not_understand_nacks_gets_none() -> None:
    """Nack = false."""
    node, _ = relaying(request(nack=False))
    assert not sent(node.advance(1.0), Nack)


def test_a_relayed_ack_needs_no_nack() -> None:
    """The timer comes too late."""
    node, ping = relaying(request())
    node.hear(Ack(ping.seq_no))
    assert not sent(node.advance(1.0), Nack)


def test_port_zero_of_a_target_is_ours() -> None:
    """As in claims."""
    node, _ = relaying(request(port=0))
    assert of_kind(node.effects, SendPacket)[0].to == address_of(BOB)


def test_without_a_source_the_answer_goes_to_the_packets() -> None:
    """As with pings."""
    node = Driven(quiet()).start()
    asked = replace(request(), source=None)
    (ping,) = sent(node.hear(asked, source=address_of("seen")), Ping)
    (packet,) = of_kind(node.hear(Ack(ping.seq_no)), SendPacket)
    assert packet.to == address_of("seen")


def test_errands_are_bounded() -> None:
    """The asker has other helpers; and each errand frees its place again."""
    node = Driven(quiet(SwimConfig(max_relays=2))).start()
    node.hear(*(request(number) for number in range(3)))
    assert counted(node.effects).count("dropped.relays-full") == 1
    node.advance(0.6)
    assert len(node.swim._parts.relays) == 0
