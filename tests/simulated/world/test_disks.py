"""
A node whose disk is full, or fails, still carries what others say.

``GOSSIPCHAT_SEED=17 pytest …`` replays one seed.
"""

import pytest

from gossipchat.sim.world.world import World
from tests.simulated.seeds import seeds


@pytest.mark.parametrize("seed", seeds(5))
def test_what_cannot_be_kept_is_passed_on(seed: int) -> None:
    """n0 and n2 hear each other through n1 alone, whose disk is full."""
    world = World(seed)
    world.start_all(3)
    assert world.wait(world.all_see_all, 10)
    world.cut(["n0"], ["n2"])
    world.run(20)
    middle = world.nodes["n1"]
    middle.disk.full = True
    for number in range(3):
        world.say("n0", f"line {number}")
        world.run(0.5)
    assert [text for _, text in world.nodes["n2"].history()] == [
        "line 0",
        "line 1",
        "line 2",
    ]
    assert middle.history() == []
    world.say("n1", "mine")
    world.run(1)
    assert "full" in middle.refusals["mine"]
    middle.disk.full = False
    assert world.wait(lambda: len(middle.history()) == 3, 60)


@pytest.mark.parametrize("seed", seeds(2))
def test_a_disk_that_fails_holds_up_nobody_and_gives_all_once_it_is_well(
    seed: int,
) -> None:
    """n1 alone has what n0 said, and can't read it when n2 and n3 ask."""
    world = World(seed)
    world.start_all(2)
    assert world.wait(world.all_see_all, 10)
    for number in range(30):
        world.say("n0", f"line {number}")
    sick = world.nodes["n1"]
    assert world.wait(lambda: len(sick.history()) == 30, 10)
    world.crash("n0")
    world.crash("n1")
    world.start("n1")
    sick.disk.fails = True
    world.start("n2", ["n1"])
    world.start("n3", ["n1"])
    world.run(10)
    world.say("n1", "mine")
    world.say("n2", "theirs")
    world.run(5)
    assert sick.refusals["mine"] == "the disk fails"
    assert [text for _, text in world.nodes["n3"].history()] == ["theirs"]
    sick.disk.fails = False
    assert world.wait(world.agree, 60)
    assert len(world.nodes["n3"].history()) == 31
