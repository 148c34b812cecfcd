"""The dead are still contacted."""

from dataclasses import replace

import pytest

from gossipchat.errors import ConfigError
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.events import ForgetAsked, SendPacket
from gossipchat.wire.memberlist.messages import Ack, Ping
from tests.pure.swim.builders import (
    BOB,
    DEAD,
    Driven,
    address_of,
    alive,
    dead,
    of_kind,
    plainly_detecting,
    quiet,
    sent_to,
)

CONTACT = replace(quiet(plainly_detecting()), contact_tries=1.5)
HEALS = replace(CONTACT, heal=True)


def pinged(effects: object) -> list[str]:
    """Whom the pings are for."""
    told = sent_to(effects)  # type: ignore[arg-type]
    return [message.node for _, message in told if isinstance(message, Ping)]


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
    tries = pinged(node.advance(400)).count(BOB)
    assert 20 <= tries <= 65  # 40 expected


def test_a_try_is_a_few_bytes() -> None:
    """Most of the dead are dead: who asks need not be said, the ack comes back here."""
    node = alone_with_dead(CONTACT, BOB)
    node.advance(10)  # a goodbye to gossip
    (packet,) = of_kind(node.advance(1), SendPacket)
    assert len(packet.parts) == 1 and len(packet.parts[0]) <= 24


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
    ping = next(m for _, m in sent_to(node.advance(1)) if isinstance(m, Ping))
    before = node.incarnation("me") or 0
    effects = node.hear(Ack(ping.seq_no), source=address_of(BOB))
    kinds = [type(m).__name__ for to, m in sent_to(effects) if to == address_of(BOB)]
    assert kinds[:3] == ["Ping", "Suspect", "Alive"]
    assert node.incarnation("me") == before + 1


def test_our_incarnation_rises_once_for_each_death() -> None:
    """A second answer of the same death raises nothing."""
    node = alone_with_dead(HEALS, BOB, "carl")
    for _ in range(2):
        seen = {m.node: m for _, m in sent_to(node.advance(6)) if isinstance(m, Ping)}
        for name, ping in sorted(seen.items()):
            node.hear(Ack(ping.seq_no), source=address_of(name))
    assert node.incarnation("me") == 2


def test_a_ping_from_the_dead_is_contact() -> None:
    """Who pings us is there; only from where we know it."""
    node = alone_with_dead(HEALS, BOB)
    stranger = Ping(7, "me", address_of("carl"), BOB)  # type: ignore[arg-type]
    assert pinged(node.hear(stranger, source=address_of("carl"))) == []
    own = Ping(8, "me", address_of(BOB), BOB)  # type: ignore[arg-type]
    assert pinged(node.hear(own, source=address_of(BOB))) == [BOB]


def test_who_lives_again_is_contacted_no_more() -> None:
    """An ack that comes after the news starts nothing."""
    node = alone_with_dead(HEALS, BOB)
    ping = next(m for _, m in sent_to(node.advance(1)) if isinstance(m, Ping))
    node.hear(alive(BOB, 2))
    assert pinged(node.hear(Ack(ping.seq_no), source=address_of(BOB))) == []
