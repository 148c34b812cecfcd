"""The dead are still contacted."""

from dataclasses import replace

import pytest

from gossipchat.errors import ConfigError
from gossipchat.names import Address
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.events import Effect, ForgetAsked, SendPacket
from gossipchat.swim.healing.heal import GREETS_AGAIN
from gossipchat.wire.memberlist.messages import Ack, Ping, Suspect
from tests.pure.swim.builders import (
    BOB,
    DEAD,
    ME,
    MY_ADDRESS,
    Driven,
    address_of,
    alive,
    dead,
    of_kind,
    plainly_detecting,
    proven,
    quiet,
    sent,
    sent_to,
    suspect,
)

CONTACT = replace(quiet(plainly_detecting()), contact_tries=1.5)
HEALS = replace(CONTACT, heal=True)


BY_ADDRESS = {address_of(name): name for name in (BOB, "carl")}


def pinged(effects: object) -> list[str]:
    """Whom the pings are for; those that name nobody, by where they go."""
    told = sent_to(effects)  # type: ignore[arg-type]
    return [
        message.node or BY_ADDRESS[to]
        for to, message in told
        if isinstance(message, Ping)
    ]


def answer(node: Driven, seconds: float) -> list[Effect]:
    """Who is tried within so many seconds answers, and when it is asked by name."""
    effects: list[Effect] = []
    tried = {to: m for to, m in sent_to(node.advance(seconds)) if isinstance(m, Ping)}
    for to, first in tried.items():
        asked = sent_to(node.hear(Ack(first.seq_no), source=to))
        (again,) = [message for _, message in asked if isinstance(message, Ping)]
        assert again.node == BY_ADDRESS[to]
        effects += node.hear(Ack(again.seq_no), source=to)
    return effects


def alone_with_dead(config: SwimConfig, *names: str) -> Driven:
    node = Driven(config).start(*names)
    node.hear(*(dead(name) for name in names))
    assert all(node.status(name) is DEAD for name in names)
    return node


def test_each_period_one_of_the_dead_is_pinged() -> None:
    """With nobody else alive the probability is one."""
    node = alone_with_dead(CONTACT, BOB)
    assert pinged(node.advance(5)) == [BOB] * 5


def test_the_living_share_the_tries() -> None:
    """tries / alive each: 15 of 16 members make about 1.5 together."""
    others = [f"n{number}" for number in range(14)]
    node = Driven(CONTACT, answered=True).start(BOB, *others)
    node.hear(dead(BOB))
    node.silent.add(address_of(BOB))
    tries = pinged(node.advance(400)).count(BOB)
    assert 20 <= tries <= 65  # 40 expected


HEADERS = 14 + 20 + 8 + 45
"""Bytes: Ethernet, IPv4, UDP, and a packet's encryption."""


def test_contact_costs_at_most_ten_bytes_a_second_whatever_the_name() -> None:
    """15 of 16 live, the dead one has the longest name; with a key, all counted."""
    long = "b" * 128
    tries = replace(quiet(), contact_tries=SwimConfig.lan().contact_tries)
    node = Driven(tries, answered=True).start(long, *(f"n{n}" for n in range(14)))
    node.hear(dead(long))
    node.silent.add(address_of(long))
    node.advance(60)  # gossip to the lately dead ends
    seconds = 2000
    packets = [
        packet
        for packet in of_kind(node.advance(seconds), SendPacket)
        if packet.to == address_of(long)
    ]
    assert len(packets) > seconds / 20
    told = sum(HEADERS + sum(map(len, packet.parts)) for packet in packets)
    assert told / seconds <= 10


def test_who_answers_a_try_is_asked_by_name() -> None:
    """Another node may live there by now; it keeps silent, and nothing begins."""
    node = alone_with_dead(HEALS, BOB)
    (first,) = [m for _, m in sent_to(node.advance(1)) if isinstance(m, Ping)]
    effects = node.hear(Ack(first.seq_no), source=address_of(BOB))
    ((to, again),) = sent_to(effects)
    assert first.node == "" and to == address_of(BOB)
    assert isinstance(again, Ping) and again.node == BOB
    assert node.incarnation("me") == 1


def test_off_means_never() -> None:
    """Nobody but the living is pinged."""
    node = alone_with_dead(replace(CONTACT, contact_tries=0.0), BOB)
    assert pinged(node.advance(20)) == []
    with pytest.raises(ConfigError):
        SwimConfig(contact_tries=-1)


def test_they_are_contacted_long_after_they_are_listed_no_more() -> None:
    """30 days, where Serf's list ends after one; ``forget`` ends it at once."""
    config = replace(CONTACT, dead_timeout=60.0, reap_interval=15.0)
    node = alone_with_dead(config, BOB)
    node.advance(120)
    assert node.status(BOB) is None
    assert BOB in pinged(node.advance(10))
    node.feed(ForgetAsked(BOB))
    assert BOB not in pinged(node.advance(10))


def test_an_answer_brings_the_accusation_and_our_own_claim() -> None:
    """Legal for any memberlist: ping, suspect, alive in one packet."""
    node = alone_with_dead(HEALS, BOB)
    before = node.incarnation("me") or 0
    effects = answer(node, 1)
    kinds = [type(m).__name__ for to, m in sent_to(effects) if to == address_of(BOB)]
    assert kinds[:3] == ["Ping", "Suspect", "Alive"]
    assert node.incarnation("me") == before + 1


def test_our_incarnation_rises_once_for_each_death() -> None:
    """A second answer of the same death raises nothing."""
    node = alone_with_dead(HEALS, BOB, "carl")
    for _ in range(2):
        answer(node, 6)
    assert node.incarnation("me") == 2


def test_a_ping_from_the_dead_is_contact() -> None:
    """Who pings us is there; only from where we know it."""
    node = alone_with_dead(HEALS, BOB)
    stranger = Ping(7, "me", address_of("carl"), BOB)  # type: ignore[arg-type]
    assert pinged(node.hear(stranger, source=address_of("carl"))) == []
    own = Ping(8, "me", address_of(BOB), BOB)  # type: ignore[arg-type]
    assert pinged(node.hear(own, source=address_of(BOB))) == [BOB]


def test_the_dead_that_ping_from_elsewhere_hear_what_they_are_accused_of() -> None:
    """Once in a while; a copy of a folder may have died where its name was known."""
    node = tagged_and_dead()
    elsewhere = address_of("carl")
    stranger = Ping(7, "me", elsewhere, BOB)  # type: ignore[arg-type]
    for _ in range(2):
        told = accusations(node.hear(stranger, source=elsewhere))
        assert told == [(elsewhere, suspect(by=ME))]
        assert accusations(node.hear(stranger, source=elsewhere)) == []
        node.now += GREETS_AGAIN
    node.hear(alive(BOB, 2, meta=proven(BOB)))
    assert accusations(node.hear(stranger, source=elsewhere)) == []


def test_strangers_are_not_accused() -> None:
    """Without an identity nobody could prove to have moved."""
    node = alone_with_dead(HEALS, BOB)
    stranger = Ping(7, "me", address_of("carl"), BOB)  # type: ignore[arg-type]
    assert accusations(node.hear(stranger, source=address_of("carl"))) == []


def tagged_and_dead() -> Driven:
    """A node that holds Bob dead, who has an identity."""
    node = Driven(HEALS).start()
    node.hear(alive(BOB, meta=proven(BOB)), dead(BOB))
    assert node.status(BOB) is DEAD
    return node


def accusations(effects: list[Effect]) -> list[tuple[Address, Suspect]]:
    """Who is told of what it is accused."""
    return [(to, told) for to, told in sent_to(effects) if isinstance(told, Suspect)]


def test_who_lives_again_is_contacted_no_more() -> None:
    """An ack that comes after the news starts nothing."""
    node = alone_with_dead(HEALS, BOB)
    ping = next(m for _, m in sent_to(node.advance(1)) if isinstance(m, Ping))
    node.hear(alive(BOB, 2))
    assert pinged(node.hear(Ack(ping.seq_no), source=address_of(BOB))) == []


def test_who_was_where_we_are_now_is_not_contacted() -> None:
    """A node that was killed and came back under another name would ask itself."""
    node = Driven(HEALS).start()
    node.hear(alive("before", address=MY_ADDRESS), dead("before"))
    assert node.status("before") is DEAD
    assert not sent(node.advance(60), Ping)
