"""
What a disk has lost comes back from whoever holds it.

``GOSSIPCHAT_SEED=17 pytest …`` replays one seed.
"""

import pytest

from gossipchat.sim.disks.disk import Disk
from gossipchat.sim.world.world import World
from tests.simulated.seeds import seeds

each_seed = pytest.mark.parametrize("seed", seeds(5))


def talked(seed: int) -> World:
    world = World(seed)
    names = world.start_all(4)
    assert world.wait(world.all_see_all, 10)
    for number in range(12):
        world.say(names[number % 4], f"line {number}")
        world.run(0.2)
    assert world.wait(world.agree, 10)
    return world


@each_seed
def test_damaged_runs_are_asked_for_again(seed: int) -> None:
    """Own ones and others', at once; what was shown stays, under its number."""
    world = talked(seed)
    node = world.nodes["n1"]
    held, lines, shown = node.disk.story(), [*node.disk.lines], len(node.shown)
    for _ in range(4):
        for event in node.disk.lose_any(world.heap.chance):
            node.feed(event)
    assert len(node.disk.story()) < len(held)
    assert world.wait(lambda: node.disk.story() == held, 5)
    assert node.disk.lines == lines
    assert len(node.shown) == shown, "nothing is shown twice"


@each_seed
def test_a_disk_that_lost_all_is_filled_again(seed: int) -> None:
    """A damaged store is moved aside: own epochs come back, too."""
    world = talked(seed)
    before = world.nodes["n1"].history()
    world.crash("n1")
    world.nodes["n1"].disk = Disk()
    world.start("n1", ["n3"])
    assert world.wait(lambda: world.nodes["n1"].history() == before, 60)
    world.say("n1", "well again")
    assert world.wait(lambda: world.agree() and len(before) == 12, 20)
