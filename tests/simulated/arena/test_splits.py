"""
Cuts in the arena: ours finds back in seconds, memberlist's as its rules have it.
"""

from math import inf

import pytest

from gossipchat.sim.arena.arena import Arena
from gossipchat.sim.arena.ours import OurTeam
from gossipchat.sim.arena.splits import SHAPES, split
from gossipchat.sim.baselines.memberlist.rules import Rules
from gossipchat.sim.baselines.memberlist.team import MemberlistTeam
from gossipchat.sim.heap import Heap
from gossipchat.sim.network.network import Network, Weather
from gossipchat.sim.network.streams import SAY_AGAIN, Line, Stream


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("size", [3, 10, 128])
def test_the_parts_of_a_cut_are_all_there_is(shape: str, size: int) -> None:
    """The largest first; nobody in two, nobody in none, no part empty."""
    counts = SHAPES[shape](size)
    assert sum(counts) == size
    assert min(counts) >= 1
    assert counts == sorted(counts, reverse=True)


def test_our_membership_finds_back_after_a_cut() -> None:
    """Half of eight, long enough that all held the other side dead."""
    heal = split(OurTeam(), 8, 1, "half", cut=30.0)
    assert heal.contact <= heal.all_see < 5
    assert heal.wrong == 0


def test_who_forgets_the_dead_and_asks_no_more_stays_apart() -> None:
    """memberlist without Serf's reconnecting never finds back."""
    alone = MemberlistTeam(Rules(reconnect_interval=10_000.0))
    assert split(alone, 8, 1, "half", cut=60.0, patience=60.0).all_see == inf
    assert split(MemberlistTeam(), 8, 1, "half", cut=60.0).all_see < 120


@pytest.mark.parametrize(("within", "least", "most"), [(30.0, 5, 30), (2.0, 0, 2.1)])
def test_agents_look_for_the_dead_each_half_minute_from_their_start(
    within: float, least: float, most: float
) -> None:
    """Started at once, all in the same seconds of it; else each in its own."""
    rules = Rules(started_within=within, push_pull_interval=1e6, tcp_pings=False)
    arena = Arena(1, MemberlistTeam(rules), 8)
    for name in arena.names[:4]:
        arena.pause(name)  # its kernel takes what they say
    arena.run(50)
    hosts = [arena.players[name].host for name in arena.names[4:]]
    before, found = [host.stream_bytes for host in hosts], dict[int, float]()
    for _ in range(350):
        arena.run(0.1)
        for place, host in enumerate(hosts):
            if host.stream_bytes > before[place]:
                found.setdefault(place, arena.heap.now)
    assert len(found) == len(hosts)
    assert least <= max(found.values()) - min(found.values()) <= most


def test_what_a_stream_loses_it_says_again() -> None:
    """After TCP's timer, doubled each time; what follows waits for it."""
    network = Network(Heap(3), Weather(latency=0.01, jitter=0.0, loss=0.5))
    stream, came = Stream(network, ("here", "there"), Line()), list[float]()
    for _ in range(20):
        there = network.heap.now
        stream.send("here", 100, lambda: came.append(network.heap.now), lambda: None)
    network.heap.run_until(100.0)
    assert there == 0.0
    assert len(came) == 20
    assert came == sorted(came)
    assert came[-1] > SAY_AGAIN
