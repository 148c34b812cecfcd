"""
A node whose disk is full still carries what others say.

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
