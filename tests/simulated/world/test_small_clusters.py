"""
Two or three members: who is left alone, and who is it that is lost?

A machine that refuses is a sign that the network works; silence from everyone is none.
"""

import pytest

from gossipchat.sim.world.world import World
from gossipchat.swim.events import MemberChanged, Status


def left_alone(seed: int, killed: tuple[str, ...], gone: tuple[str, ...]) -> World:
    """``n0``, with all others struck at once; after eight seconds."""
    world = World(seed)
    names = world.start_all(1 + len(killed) + len(gone))
    assert world.wait(world.all_see_all, 20)
    world.run(5)
    for name in gone:
        world.cut([name], [other for other in names if other != name])
    for name in killed:
        world.crash(name)
    world.run(8)
    return world


def held(world: World) -> dict[str, Status]:
    statuses = world.nodes["n0"].statuses()
    return {str(name): status for name, status in statuses.items() if name != "n0"}


def is_cut_off(world: World) -> bool:
    peer = world.nodes["n0"].peer
    assert peer is not None
    return any(entry.cut for entry in peer.swim._parts.members)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(
    ("killed", "gone"),
    [(("n1",), ()), (("n1", "n2"), ()), (("n1",), ("n2",))],
    ids=["one of two killed", "two of three killed", "one killed, one silent"],
)
def test_who_is_left_buries_the_others_when_a_machine_refuses(
    seed: int, killed: tuple[str, ...], gone: tuple[str, ...]
) -> None:
    """Nobody is there to confirm it, and nobody is waited for."""
    world = left_alone(seed, killed, gone)
    assert set(held(world).values()) == {Status.DEAD}
    assert not is_cut_off(world)


@pytest.mark.parametrize("gone", [("n1",), ("n1", "n2")])
def test_who_hears_nobody_at_all_is_cut_off_and_buries_nobody(
    gone: tuple[str, ...],
) -> None:
    """It can't know which of them is lost; shown dead, until one speaks again."""
    world = left_alone(4, (), gone)
    assert set(held(world).values()) == {Status.DEAD}
    assert is_cut_off(world)
    world.heal()
    assert world.wait(world.all_see_all, 5)


def test_a_refusal_does_not_end_being_cut_off() -> None:
    """Or who is left of four would be back and gone with each dial."""
    world = left_alone(6, ("n1",), ("n2", "n3"))
    world.happenings.clear()
    world.run(30)
    changes = [what for _, _, what in world.happenings]
    assert not any(isinstance(what, MemberChanged) for what in changes)
    assert set(held(world).values()) == {Status.DEAD}
