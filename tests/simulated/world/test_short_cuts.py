"""
Cuts that end while verdicts are being given: the hardest moment for a heal.

A verdict that was right when it was said may arrive when it is not. The seeds are
those that once wronged somebody, or left somebody suspect for half a minute.
"""

from collections import Counter
from itertools import combinations

import pytest

from gossipchat.effects import Count
from gossipchat.peer.events import Effect
from gossipchat.sim.arena.ours import OurTeam
from gossipchat.sim.arena.splits import parts, split
from gossipchat.sim.world.machine import Node
from gossipchat.sim.world.world import World
from gossipchat.swim.events import MemberChanged, Status

ALL_SEE_ALL_S = 5.0

MOST_HEALS = 12
"""When each said its own, each of 48 heard 16 and 26."""

AGREE_S = 1.1
"""A dial is repeated each second; then all it takes is round trips."""


@pytest.mark.parametrize(("seed", "cut"), [(106, 5.9231), (119, 5.2603), (101, 4.37)])
def test_a_short_cut_of_whole_peers_wrongs_nobody_after_it(
    seed: int, cut: float
) -> None:
    """Nine in three parts; from a round trip after the heal on."""
    world = World(seed)
    names = world.start_all(9)
    assert world.wait(world.all_see_all, 30)
    world.run(5)
    for one, other in combinations(parts(world.heap.chance, names, "three"), 2):
        world.cut(one, other)
    world.run(cut)
    world.heal()
    since = world.heap.now + world.network.weather.slow_round_trip
    assert world.wait(world.all_see_all, ALL_SEE_ALL_S)
    world.run(5)
    wronged = [
        (name, what.member.name, what.why)
        for at, name, what in world.happenings
        if at > since
        and isinstance(what, MemberChanged)
        and what.member.status is Status.DEAD
    ]
    assert wronged == []
    assert world.all_see_all()


@pytest.mark.parametrize(("seed", "cut"), [(0, 1.2), (1, 2.0), (2, 4.7), (3, 8.0)])
def test_what_was_said_in_a_short_cut_crosses_at_once_and_once(
    seed: int, cut: float
) -> None:
    """Though links outlive it with full buffers, and TCP waits for as long again."""
    world = World(seed)
    names = world.start_all(4)
    assert world.wait(world.all_see_all, 30)
    for _ in range(4):
        for name in names[::2]:
            world.say(name, "so that trees grow")
            world.run(0.5)
    world.cut(names[:2], names[2:])
    heals = world.heap.now + cut
    for number in range(200):
        for name in names[::2]:
            world.say(name, f"{number}".rjust(1000))
        world.run(0.001)
    world.run(heals - world.heap.now)
    counts = counted_in(world)
    world.heal()
    assert world.wait(world.agree, AGREE_S)
    world.run(5)
    assert counts["runs.duplicate"] <= 0.05 * counts["runs.taken"]


def counted_in(world: World) -> Counter[str]:
    """What all nodes of *world* count from now on."""
    counts: Counter[str] = Counter()

    def count(node: Node, effect: Effect) -> None:
        if isinstance(effect, Count):
            counts[effect.what] += effect.by

    world.listen = count
    return counts


@pytest.mark.parametrize("shape", ["half", "three"])
def test_many_that_find_each_other_at_once_say_few_heals(shape: str) -> None:
    """Each is flooded over all links: one a member would be members squared."""
    world = World(1)
    names = world.start_settled(48)
    world.run(10)
    assert world.all_see_all()
    for one, other in combinations(parts(world.heap.chance, names, shape), 2):
        world.cut(one, other)
    world.run(3)
    counts = counted_in(world)
    world.heal()
    assert world.wait(world.all_see_all, ALL_SEE_ALL_S)
    world.run(2)
    heard_by_each = counts["heals"] / len(names)
    assert 0 < heard_by_each <= MOST_HEALS


@pytest.mark.parametrize(
    ("size", "shape", "seed", "cut"),
    [
        (16, "three", 2, 4.741),
        (16, "tenth", 9, 4.745),
        (9, "tenth", 118, 2.4224),
        (9, "one", 110, 2.6258),
        (9, "half", 143, 3.946),
        (9, "tenth", 148, 2.083),
        (9, "three", 282, 2.674),
        (9, "three", 196, 8.451),
        (9, "half", 30, 2.782),
        (9, "three", 47, 2.14),
        (9, "half", 16, 6.219),
    ],
)
def test_a_short_cut_of_membership_alone_wrongs_nobody_after_it(
    size: int, shape: str, seed: int, cut: float
) -> None:
    """Without links; and nobody stays a suspect whose refutation got lost."""
    heal = split(OurTeam(), size, seed, shape, cut)
    assert heal.all_see < ALL_SEE_ALL_S
    assert heal.wrong == 0
