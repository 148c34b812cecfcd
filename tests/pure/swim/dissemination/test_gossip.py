"""Gossip ticks."""

from gossipchat.effects import TimerFired
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.dissemination.gossip import GossipDue
from gossipchat.swim.events import SendPacket
from gossipchat.wire.memberlist.messages import Alive, Message, Ping
from tests.pure.swim.builders import (
    BOB,
    DEAD,
    EVE,
    Driven,
    address_of,
    alive,
    dead,
    of_kind,
    quiet,
    sent,
    sent_to,
    suspect,
)


def gossip(effects: list[object]) -> list[SendPacket]:
    """The packets that carry no ping."""
    packets = [effect for effect in effects if isinstance(effect, SendPacket)]
    return [packet for packet in packets if not sent([packet], Ping)]


def test_an_idle_node_does_not_tick() -> None:
    """No timer below the probe's when there is nothing to tell."""
    node = Driven(quiet(), answered=True).start(BOB, EVE)
    node.advance(10)
    fired = [key for _, _, key in node._timers if isinstance(key, GossipDue)]
    assert fired == []
    assert gossip([*node.advance(10)]) == []


def test_a_node_alone_does_not_tick_though_it_has_something_to_say() -> None:
    """Its own start is news to nobody yet; whoever comes first is told."""
    node = Driven(quiet()).start()
    assert not [key for _, _, key in node._timers if isinstance(key, GossipDue)]
    node.hear(alive())
    names = {claim.node for claim in sent(node.advance(1), Alive)}
    assert names == {"me", "bob"}


def test_each_tick_tells_three_members_each_its_own_packet() -> None:
    """gossip_nodes; with a checksum for those that know it."""
    names = [f"m{number}" for number in range(8)]
    node = Driven(quiet(), answered=True).start(*names)
    node.advance(6.0)
    node.hear(alive("new"))
    start = node.now
    packets: list[SendPacket] = []
    while not packets:
        packets = gossip([*node.advance(0.001)])
    assert node.now - start <= 0.2 + 1e-6
    assert len({packet.to for packet in packets}) == 3
    assert all(packet.crc for packet in packets)


def test_each_claim_is_sent_its_quota() -> None:
    """n = 1..9: four times, by ticks and by what rides on other packets."""
    node = Driven(quiet(), answered=True).start(BOB)
    node.advance(6.0)
    node.hear(alive(EVE))
    told = [claim for claim in sent(node.advance(10), Alive) if claim.node == EVE]
    assert len(told) == 4


def listeners(node: Driven) -> set[object]:
    """Whom it gossips to in the next two seconds."""
    node.hear(alive("news", incarnation=int(node.now * 10)))
    return {packet.to for packet in gossip([*node.advance(2)])}


def test_suspects_and_the_lately_dead_get_gossip_too() -> None:
    """So that they can refute: dead for gossip_to_the_dead at most."""
    node = Driven(quiet(), answered=True).start(BOB, EVE)
    node.hear(suspect(BOB), dead(EVE, by=BOB))
    assert {address_of(BOB), address_of(EVE)} <= listeners(node)
    assert node.status(EVE) is DEAD
    node.advance(31)
    assert address_of(EVE) not in listeners(node)


def test_who_has_left_gets_none() -> None:
    """It is gone by its own will."""
    node = Driven(quiet(), answered=True).start(BOB, EVE)
    node.hear(dead(BOB, by=BOB))
    assert address_of(BOB) not in listeners(node)


def test_a_spurious_tick_is_harmless() -> None:
    """Nothing to tell: no packet, no new tick."""
    node = Driven(quiet(), answered=True).start(BOB)
    node.advance(10)
    assert node.feed(TimerFired(GossipDue())) == []


def test_packets_stay_within_the_budget() -> None:
    """As encoded: two bytes a compound, two a part, 1400 in all."""
    node = Driven(quiet(SwimConfig(gossip_interval=0.05)), budget=1200).start()
    node.hear(*(alive(f"member-with-a-long-name-{number}") for number in range(200)))
    effects = node.advance(3)
    sizes = [
        2 + sum(2 + len(part) for part in packet.parts)
        for packet in of_kind(effects, SendPacket)
        if len(packet.parts) > 1
    ]
    assert max(sizes) <= 1200
    assert max(sizes) > 1100


def test_news_is_fresh_for_each_listener() -> None:
    """The least told goes first, so two listeners may hear different things."""
    node = Driven(quiet()).start(*(f"m{number}" for number in range(60)))
    first: list[tuple[object, Message]] = []
    while not first:
        first = [*sent_to(gossip([*node.advance(0.001)]))]
    by_listener: dict[object, set[object]] = {}
    for to, message in first:
        assert isinstance(message, Alive)
        by_listener.setdefault(to, set()).add(message.node)
    told = list(by_listener.values())
    assert len(told) == 3
    assert not told[0] & told[1]
