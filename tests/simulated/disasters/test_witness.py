"""Who looks on notes what is shown and is not so."""

import pytest

from gossipchat.sim.disasters.witness import KNOWN, Account, Witness
from gossipchat.sim.world.world import World
from gossipchat.swim.config import SwimConfig

WATCHFUL = SwimConfig.lan()
ASLEEP = SwimConfig(probe_interval=600, proof_of_death=False)
"""Looks after nobody."""


@pytest.mark.parametrize(("settings", "told"), [(WATCHFUL, 0), (ASLEEP, 8)])
def test_whoever_is_cut_off_is_known_to_be(settings: SwimConfig, told: int) -> None:
    """Promise 6: four in halves, each side shows the other as alive, or does not."""
    world = World(1, swim_config=settings)
    names = world.start_all(4)
    assert world.wait(world.all_see_all, 10)
    witness = Witness(world, Account())
    world.cut(names[:2], names[2:])
    began = world.heap.now
    while world.heap.now < began + KNOWN + 1:
        witness.look()
        world.run(1)
    witness.look()
    assert len({broken.what for broken in witness.broken}) == told
    assert {broken.promise for broken in witness.broken} <= {6}


def test_the_end_of_a_copy_hides_nobody_who_is_cut_off() -> None:
    """Two machines, one name: one of them ended, the other is beyond the cut."""
    world = World(1, swim_config=ASLEEP)
    names = world.start_all(4)
    assert world.wait(world.all_see_all, 10)
    world.run_twice("n2", "twin")
    world.crash("twin")
    witness = Witness(world, Account())
    world.cut(names[:2], names[2:])
    began = world.heap.now
    while world.heap.now <= began + KNOWN + 1:
        witness.look()
        world.run(1)
    told = {broken.what for broken in witness.broken}
    assert "n0 shows n2 alive, cut off" in told
