"""Every second probe goes to the next member on the ring of names."""

from dataclasses import replace

from gossipchat.names import NodeName
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.membership.members import place_of
from gossipchat.wire.memberlist.messages import Ack, Ping
from tests.pure.swim.builders import (
    Driven,
    dead,
    quiet,
    sent,
    sent_to,
    suspect,
)

NAMES = [f"n{number}" for number in range(9)]
EVEN = replace(quiet(), even_probing=True)


def after_us(names: list[str]) -> str:
    """By definition: the nearest place above ours, around the ring."""
    return min(names, key=lambda name: (place_of(name) - place_of("me")) % 2**64)


def probed(config: SwimConfig, periods: int, gone: tuple[str, ...] = ()) -> list[str]:
    """Whom a node probes, all answering."""
    node = Driven(config).start(*NAMES)
    for name in gone:
        node.hear(dead(name))
    targets = []
    for _ in range(periods * 10):
        for to, message in sent_to(node.advance(0.1)):
            if isinstance(message, Ping):
                targets.append(str(message.node))
                node.hear(Ack(message.seq_no), source=to)
    return targets


def test_every_second_probe_is_the_successors() -> None:
    """And between those the lap goes on, each once."""
    targets = probed(EVEN, 18)
    first = targets.index(after_us(NAMES)) % 2
    assert set(targets[first::2][:8]) == {after_us(NAMES)}
    assert set(targets[1 - first :: 2][:9]) == set(NAMES)


def test_the_next_one_alive_takes_the_place_of_the_dead() -> None:
    """So everyone has somebody who looks after it."""
    gone = after_us(NAMES)
    heir = after_us([name for name in NAMES if name != gone])
    targets = probed(EVEN, 10, gone=(gone,))
    assert targets.count(heir) >= 5


def test_a_suspect_successor_is_left_to_its_judges() -> None:
    """Those behind it on the ring must not go without."""
    suspected = after_us(NAMES)
    heir = after_us([name for name in NAMES if name != suspected])
    node = Driven(EVEN).start(*NAMES)
    node.hear(suspect(suspected))
    effects = node.advance(2.0)
    assert heir in {str(ping.node) for ping in sent(effects, Ping)}


def test_the_ring_is_as_fair_as_its_hash() -> None:
    """Places of many names are spread over the whole ring."""
    places = sorted(place_of(NodeName(f"host-{number}")) for number in range(1000))
    assert places[0] < 2**64 / 100 and places[-1] > 2**64 * 0.99
