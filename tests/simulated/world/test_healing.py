"""After a cut, in whole peers: all see all within seconds, and nobody is wronged."""

from itertools import combinations

import pytest

from gossipchat.sim.world.world import World
from gossipchat.swim.events import MemberChanged, Status

ALL_SEE_ALL_S = 5.0
KNOWN_S = 0.5
BACK_S = 0.5

CUTS = [
    pytest.param(1, ("n0 n1 n2", "n3 n4 n5"), id="1-halves"),
    pytest.param(2, ("n0", "n1 n2 n3 n4 n5"), id="2-one against the rest"),
    pytest.param(3, ("n0 n1", "n2 n3", "n4 n5"), id="3-three ways"),
]


def started(seed: int) -> World:
    world = World(seed)
    world.start_all(6)
    assert world.wait(world.all_see_all, 20)
    return world


def cut_into(sides: tuple[str, ...], seed: int) -> World:
    """A world whose *sides*, names with a space between, hear nothing of each other."""
    world = started(seed)
    for one, other in combinations(map(str.split, sides), 2):
        world.cut(one, other)
    return world


def deaths(world: World, since: float) -> list[tuple[str, str, str]]:
    return [
        (name, what.member.name, what.why)
        for at, name, what in world.happenings
        if at > since
        and isinstance(what, MemberChanged)
        and what.member.status is Status.DEAD
    ]


@pytest.mark.parametrize(("seed", "sides"), CUTS)
def test_a_cut_heals_within_seconds_and_buries_nobody(
    seed: int, sides: tuple[str, ...]
) -> None:
    """Whatever its shape, after a minute in which each side buried the others."""
    world = cut_into(sides, seed)
    world.run(60)
    assert not world.all_see_all()
    world.heal()
    healed = world.heap.now
    assert world.wait(world.all_see_all, ALL_SEE_ALL_S)
    world.run(10)
    assert deaths(world, healed) == []
    assert world.all_see_all()


@pytest.mark.parametrize(("seed", "sides"), CUTS)
def test_a_cut_heals_though_all_processes_were_restarted_in_it(
    seed: int, sides: tuple[str, ...]
) -> None:
    """Promise 5: their disks alone know of the other side, and nobody names a seed."""
    world = cut_into(sides, seed)
    world.run(20)
    names = list(world.nodes)
    for name in names:
        world.crash(name)
    world.run(1)
    for name in names:
        world.start(name)
    world.run(20)
    for side in sides:
        first = side.split()[0]
        world.say(first, f"{first} starts again")
    world.run(1)
    assert not world.agree()
    world.heal()
    healed = world.heap.now
    assert world.wait(world.all_see_all, ALL_SEE_ALL_S)
    assert world.wait(world.agree, 1)
    assert len(world.nodes["n0"].history()) == len(sides)
    world.run(10)
    assert deaths(world, healed) == []


@pytest.mark.parametrize("seed", [4, 5])
def test_a_killed_process_is_known_by_proof(seed: int) -> None:
    """By all, and nobody else is thought dead."""
    world = started(seed)
    world.run(5)
    killed = world.heap.now
    world.crash("n3")

    def known() -> bool:
        return all(node.statuses().get("n3") is Status.DEAD for node in world.living)

    assert world.wait(known, KNOWN_S)
    world.run(3)
    assert {buried for _, buried, _ in deaths(world, killed)} == {"n3"}


def test_a_firewall_around_one_kills_nobody_whom_a_third_reaches() -> None:
    """All but one turn each other away with the fenced one, for half a minute."""
    world = started(1)
    names = list(world.nodes)
    world.run(3)
    began = world.heap.now
    fenced, third = world.heap.chance.sample(names, 2)
    world.network.reject(
        [fenced], [name for name in names if name not in (fenced, third)]
    )
    world.cables.strain()
    world.run(30)
    assert deaths(world, began) == []


def test_those_whom_a_long_cut_has_unlisted_are_back_at_once() -> None:
    """Who is dead for half a minute is only remembered; some come back by a push/pull
    at the incarnation they had, and everybody must hear that."""
    world = World(2)
    names = world.start_settled(24)
    world.run(10)
    world.cut(names[:12], names[12:])
    world.run(100)
    world.heal()
    assert world.wait(world.all_see_all, BACK_S)
