"""Who comes before us on the ring pings us every other period, or is pinged at once."""

from dataclasses import replace
from itertools import pairwise

import pytest

from gossipchat.effects import Stalled
from gossipchat.names import NodeName
from gossipchat.swim.membership.members import place_of
from gossipchat.wire.memberlist.messages import Ack, Ping
from tests.pure.swim.builders import (
    ME,
    Driven,
    address_of,
    alive,
    dead,
    proven,
    quiet,
    sent_to,
    suspect,
)

NAMES = [f"n{number}" for number in range(40)]
EVEN = replace(quiet(), even_probing=True)
BEFORE_US = sorted(NAMES, key=lambda name: (place_of("me") - place_of(name)) % 2**64)
"""The nearest place below ours first, around the ring."""
NEAREST = BEFORE_US[0]


def listening(tagged: bool = True, seed: int = 0) -> Driven:
    """A node that has found out who comes before it."""
    node = Driven(EVEN, seed=seed).start()
    node.hear(*(alive(name, meta=proven(name) if tagged else b"") for name in NAMES))
    run(node, 2.1)
    return node


def run(node: Driven, seconds: float, rhythm: float = 0.0) -> list[tuple[float, str]]:
    """
    Whom it pings when, with all answering; *rhythm*: seconds between the pings that
    it gets from who comes before it.
    """
    probed: list[tuple[float, str]] = []
    begun = beat = node.now
    while node.now < begun + seconds - 1e-9:
        if rhythm and node.now >= beat - 1e-9:
            beat += rhythm
            hear_ping(node, NEAREST)
        for to, message in sent_to(node.advance(0.05)):
            if isinstance(message, Ping):
                probed.append((round(node.now - begun, 2), str(message.node)))
                node.hear(Ack(message.seq_no), source=to)
    return probed


def hear_ping(node: Driven, name: str) -> None:
    ping = Ping(7, ME, address_of(name), NodeName(name))
    node.hear(ping, source=address_of(name))


def tries(probed: list[tuple[float, str]], name: str = NEAREST) -> list[float]:
    return [at for at, whom in probed if whom == name]


def test_a_missed_beat_is_a_reason_to_probe_at_once() -> None:
    """Two periods and two path timeouts after its last ping."""
    node = listening()
    run(node, 4.0, rhythm=2.0)
    hear_ping(node, NEAREST)
    assert tries(run(node, 2.0)) == []
    assert tries(run(node, 0.15)) != []


def test_while_the_rhythm_holds_nobody_is_probed_out_of_turn() -> None:
    """It costs no packet: a probe a period, as ever."""
    assert len(run(listening(), 20.0, rhythm=2.0)) == 20


def test_who_lives_and_keeps_another_rhythm_is_asked_less_and_less() -> None:
    """One more beat is waited for, then two, then four, and no more."""
    node = listening()
    in_laps = {at for at, _ in run(listening(), 40.0, rhythm=2.0)}
    extra = [at for at in tries(run(node, 40.0)) if at not in in_laps]
    waits = [round(after - at, 1) for at, after in pairwise(extra)]
    assert waits[:4] == [2.1, 4.2, 8.4, 8.4]


@pytest.mark.parametrize("why", ["suspected", "an agent", "slept"])
def test_nobody_is_waited_for_who_need_not_have_pinged_us(why: str) -> None:
    """A suspect is looked after, an agent knows no ring; and we may have slept."""
    node = listening(tagged=why != "an agent")
    run(node, 4.0, rhythm=2.0)
    if why == "suspected":
        node.hear(suspect(NEAREST))
    if why == "slept":
        run(node, 1.0)
        node.feed(Stalled(1.0))
    assert len(run(node, 2.0)) == 2


def test_the_one_before_the_dead_one_takes_its_place() -> None:
    """And has two periods to find that out."""
    node = listening()
    node.hear(dead(NEAREST))
    assert tries(run(node, 5.0), BEFORE_US[1]) != []


def test_silence_during_a_round_is_looked_into_after_it() -> None:
    """One round runs at a time."""
    node = listening()
    phase = run(node, 1.0)[0][0]
    run(node, phase + 0.05)
    hear_ping(node, NEAREST)
    run(node, 1.9)
    ((to, ping),) = sent_to(node.advance(0.1))
    assert isinstance(ping, Ping)
    assert tries(run(node, 0.1)) == []
    answered = sent_to(node.hear(Ack(ping.seq_no), source=to))
    assert [at for at, _ in answered] == [address_of(NEAREST)]
