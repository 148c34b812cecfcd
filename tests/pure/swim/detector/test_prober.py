"""A probe round, event by event, at exact virtual times."""

from dataclasses import replace

import pytest

from gossipchat.effects import Stalled
from gossipchat.names import NodeName
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.events import (
    OpenStream,
    SendPacket,
    StreamAnswered,
    StreamFailed,
)
from gossipchat.wire.memberlist.messages import Ack, IndirectPing, Nack, Ping, Suspect
from tests.pure.swim.builders import (
    ALIVE,
    BOB,
    EVE,
    ME,
    MY_ADDRESS,
    SUSPECT,
    Driven,
    address_of,
    alive,
    counted,
    of_kind,
    quiet,
    sent,
    sent_to,
    suspect,
    warnings,
)


def probing(*members: str, config: SwimConfig | None = None) -> tuple[Driven, Ping]:
    """A node that has just pinged, and its ping."""
    node = Driven(quiet(config)).start(*members)
    while not sent(node.effects, Ping):
        node.advance(max(0.0, node._timers[0][0] - node.now))
    return node, sent(node.effects, Ping)[0]


def test_the_first_probe_comes_within_an_interval() -> None:
    """A random stagger in [0, interval)."""
    starts = []
    for seed in range(20):
        node = Driven(quiet(), seed=seed).start(BOB)
        start = node.now
        while not sent(node.effects, Ping):
            node.advance(max(0.0, node._timers[0][0] - node.now))
        starts.append(node.now - start)
    assert all(0 <= wait < 1 for wait in starts)
    assert max(starts) - min(starts) > 0.5


def test_a_ping_says_whom_it_means_and_where_the_ack_goes() -> None:
    """Node, and all three Source fields, as current peers fill them."""
    _, ping = probing(BOB)
    assert (ping.node, ping.source, ping.source_node) == (BOB, MY_ADDRESS, ME)


def test_an_answered_round_ends_quietly() -> None:
    """No helpers, no suspicion; the round trip is known."""
    node, ping = probing(BOB, EVE)
    node.advance(0.04)
    node.hear(Ack(ping.seq_no), source=address_of(ping.node))
    effects = node.advance(0.9)
    assert not sent(effects, IndirectPing) and not of_kind(effects, OpenStream)
    member = node.swim.member(ping.node)
    assert member is not None
    assert member.rtt == pytest.approx(0.04)


def test_silence_asks_helpers_and_pings_over_tcp() -> None:
    """After probe_timeout: three helpers with the same number, TCP until the end."""
    node, ping = probing(BOB, EVE, "joe", "ann", "kim")
    assert not sent(node.advance(0.499), IndirectPing)
    effects = node.advance(0.002)
    requests = [
        (to, message) for to, message in sent_to(effects) if type(message) is not Ping
    ]
    asked = [item for item in requests if isinstance(item[1], IndirectPing)]
    assert len({to for to, _ in asked}) == 3
    assert address_of(ping.node) not in {to for to, _ in asked}
    for _, request in asked:
        assert isinstance(request, IndirectPing)
        assert (request.seq_no, request.node) == (ping.seq_no, ping.node)
        assert (request.target, request.nack) == (address_of(ping.node), True)
        assert (request.source, request.source_node) == (MY_ADDRESS, ME)
    (stream,) = of_kind(effects, OpenStream)
    assert stream.to == address_of(ping.node)
    assert stream.timeout == pytest.approx(0.5)


def test_an_old_helper_is_not_asked_for_nacks() -> None:
    """Below protocol 4 it would not know them."""
    node, _ = probing(BOB)
    node.hear(alive(EVE, vsn=(1, 3, 2, 2, 5, 5)))
    (request,) = sent(node.advance(0.6), IndirectPing)
    assert request.nack is False


def test_an_old_target_is_not_pinged_over_tcp() -> None:
    """Below protocol 3; nor anybody, when it is turned off."""
    node, _ = probing(BOB)
    node.hear(alive(BOB, incarnation=2, vsn=(1, 2, 2, 2, 5, 5)))
    assert not of_kind(node.advance(0.6), OpenStream)
    node, _ = probing(BOB, config=SwimConfig(tcp_pings=False))
    assert not of_kind(node.advance(0.6), OpenStream)


def test_silence_to_the_end_is_an_accusation() -> None:
    """At start + interval, with the incarnation as known."""
    node, ping = probing(BOB, EVE)
    node.advance(0.999)
    assert node.status(ping.node) is ALIVE
    effects = node.advance(0.002)
    assert node.status(ping.node) is SUSPECT
    assert "probes.failed" in counted(effects)
    told = sent(node.advance(0.3), Suspect)
    assert told[0] == Suspect(1, ping.node, ME)


def test_a_helpers_ack_is_enough() -> None:
    """Late, but before the round's end; its round trip says nothing of the target."""
    node, ping = probing(BOB, EVE)
    node.advance(0.8)
    helper = EVE if ping.node == BOB else BOB
    node.hear(Ack(ping.seq_no), source=address_of(helper))
    node.advance(0.3)
    member = node.swim.member(ping.node)
    assert member is not None
    assert (member.status, member.rtt) == (ALIVE, None)


def test_an_ack_after_the_end_is_too_late() -> None:
    """Unknown numbers are ignored."""
    node, ping = probing(BOB)
    node.advance(1.0)
    node.hear(Ack(ping.seq_no), Ack(4711), Nack(4711))
    assert node.status(BOB) is SUSPECT


def test_tcp_rescues_and_the_blocked_udp_is_told_once() -> None:
    """Counts at the end of the round only; told again only after UDP worked."""
    node, _ = probing(BOB)
    told: list[str] = []
    for _ in range(5):
        for stream in of_kind(node.advance(0.5), OpenStream):
            ping = stream.message
            assert isinstance(ping, Ping)
            node.feed(StreamAnswered(stream.stream, Ack(ping.seq_no)))
        told += warnings(node.advance(0.5))
    assert node.status(BOB) is ALIVE
    assert len(told) == 1
    assert "TCP but not over UDP" in told[0]


@pytest.mark.parametrize("refused", [True, False])
def test_a_failed_tcp_ping_is_no_proof(refused: bool) -> None:
    """The round goes on to its end."""
    node, ping = probing(BOB)
    (stream,) = of_kind(node.advance(0.5), OpenStream)
    assert node.feed(StreamFailed(stream.stream, "why", refused)) == []
    node.hear(Ack(ping.seq_no))
    node.advance(0.5)
    assert node.status(BOB) is ALIVE


def test_a_wrong_answer_over_tcp_is_none() -> None:
    """Another number, another message."""
    node, _ = probing(BOB)
    (stream,) = of_kind(node.advance(0.5), OpenStream)
    node.feed(StreamAnswered(stream.stream, Ack(4711)))
    node.advance(0.5)
    assert node.status(BOB) is SUSPECT


@pytest.mark.parametrize(
    ("helpers", "nacks", "score"),
    [(0, 0, 1), (3, 3, 0), (3, 1, 2), (3, 0, 3), (3, 9, 0)],
)
def test_missing_nacks_are_our_own_fault(helpers: int, nacks: int, score: int) -> None:
    """Lifeguard: + (nacks expected - received), or + 1 without a helper."""
    node, ping = probing(BOB, *(f"h{number}" for number in range(helpers)))
    node.advance(0.6)
    for _ in range(nacks):
        node.hear(Nack(ping.seq_no))
    node.advance(0.45)
    assert node.status(ping.node) is SUSPECT
    assert node.swim._parts.health.score == score


def test_a_doubtful_node_gives_more_time() -> None:
    """The round lasts interval * (score + 1), and the next one waits."""
    node = Driven(quiet()).start(BOB)
    node.swim._parts.health.worsen(2)
    while not sent(node.effects, Ping):
        node.advance(0.01)
    effects = node.advance(2.95)
    assert len(sent(effects, Ping)) == 0
    assert node.status(BOB) is ALIVE
    node.advance(0.1)
    assert node.status(BOB) is SUSPECT


def test_an_overdue_round_begins_at_once() -> None:
    """A tick that found a round running is made up for when that ends."""
    node = Driven(quiet()).start(BOB)
    node.swim._parts.health.worsen(3)
    while not sent(node.effects, Ping):
        node.advance(0.01)
    (ping,) = sent(node.effects, Ping)
    node.advance(1.5)
    effects = node.hear(Ack(ping.seq_no))
    assert [again.node for again in sent(effects, Ping)] == [BOB]


def test_a_suspect_is_told_so_with_the_ping() -> None:
    """The buddy system: ping and suspicion alone in one packet, with a checksum."""
    node = Driven(quiet()).start(BOB)
    node.hear(suspect(by=EVE), alive("joe"))
    effects = node.advance(3.0)
    packets = [
        packet
        for packet in of_kind(effects, SendPacket)
        if packet.to == address_of(BOB)
        and packet.crc
        and len(sent([packet], Ping)) == 1
    ]
    assert packets
    assert [type(message) for _, message in sent_to(packets[:1])] == [Ping, Suspect]
    assert sent(packets[:1], Suspect) == [Suspect(1, BOB, ME)]


def test_news_rides_on_pings() -> None:
    """Except with the ping+suspect pair."""
    node, _ = probing(BOB, EVE, config=SwimConfig(gossip_interval=9.0))
    pinged = [
        packet for packet in of_kind(node.effects, SendPacket) if sent([packet], Ping)
    ]
    assert len(pinged[0].parts) > 1


def test_the_dead_and_ourselves_are_not_probed() -> None:
    """Nobody else there: no probe at all."""
    node = Driven(quiet()).start(BOB)
    node.advance(40)
    node.effects.clear()
    assert not sent(node.advance(20), Ping)


def test_everyone_has_a_turn() -> None:
    """Within two laps, however they are mixed."""
    names = [f"m{number}" for number in range(9)]
    node = Driven(quiet(), answered=True).start(*names)
    probed = {ping.node for ping in sent(node.advance(18.5), Ping)}
    assert probed == {NodeName(name) for name in names}


def test_a_stall_voids_the_round() -> None:
    """We slept; who was silent meanwhile can't be judged."""
    node, _ = probing(BOB)
    node.feed(Stalled(3.0))
    node.advance(0.99)
    assert node.status(BOB) is ALIVE


def test_a_stall_gives_suspects_their_time_again() -> None:
    """The refutation may be what we have slept through."""
    node = Driven(quiet(), answered=True).start(BOB)
    node.hear(suspect(by=EVE))
    node.advance(3.9)
    node.feed(Stalled(2.0))
    node.advance(3.9)
    assert node.status(BOB) is SUSPECT
    node.advance(0.2)
    assert node.status(BOB) is not SUSPECT


def test_a_ping_for_another_is_not_answered() -> None:
    """Non-empty Node that is not ours: silence; empty: anyone."""
    node = Driven(quiet()).start(BOB)
    assert not sent(node.hear(Ping(5, EVE, address_of(BOB), BOB)), Ack)
    (ack,) = sent(node.hear(Ping(6, NodeName(""))), Ack)
    assert ack.seq_no == 6


def test_acks_go_to_the_source_that_the_ping_names() -> None:
    """Not to the packet's, unless the ping has none."""
    node = Driven(quiet()).start()
    named = Ping(5, ME, address_of("named"), BOB)
    (packet,) = of_kind(node.hear(named, source=address_of("seen")), SendPacket)
    assert packet.to == address_of("named")
    (packet,) = of_kind(node.hear(Ping(6, ME), source=address_of("seen")), SendPacket)
    assert packet.to == address_of("seen")


def test_a_local_config_probes_with_one_helper() -> None:
    """And the same exact times: 0.2 s, then the rest of the second."""
    node, _ = probing(BOB, EVE, "joe", config=SwimConfig.local())
    effects = node.advance(0.21)
    assert len(sent(effects, IndirectPing)) == 1
    (stream,) = of_kind(effects, OpenStream)
    assert stream.timeout == pytest.approx(0.8)


def test_without_helpers_to_ask_none_are_asked() -> None:
    """indirect_checks = 0."""
    node, _ = probing(BOB, EVE, config=replace(SwimConfig.lan(), indirect_checks=0))
    assert not sent(node.advance(0.6), IndirectPing)
