"""
Nodes that keep less than others: nothing comes back, and nobody else loses anything.

``GOSSIPCHAT_SEED=17 pytest …`` replays one seed.
"""

import pytest

from gossipchat.sim.world.world import World
from tests.simulated.seeds import seeds


@pytest.mark.parametrize("seed", seeds(4))
def test_what_retention_took_stays_away_and_others_keep_it(seed: int) -> None:
    """Through talk, crashes and cuts; a newcomer gets all from who has it."""
    world = World(seed)
    names = world.start_all(4)
    chance = world.heap.chance
    assert world.wait(world.all_see_all, 10)
    short = [world.nodes[name] for name in ("n1", "n2")]
    taken: dict[str, set[object]] = {node.name: set() for node in short}
    for number in range(40):
        speaker = chance.choice([name for name in names if world.nodes[name].alive])
        world.say(speaker, f"line {number}")
        world.run(chance.uniform(0, 1))
        node = short[number // 4 % len(short)]
        if number % 4 == 3 and node.alive:
            before = set(node.history())
            for event in node.disk.trim_any(chance):
                node.feed(event)
            taken[node.name] |= before - set(node.history())
        if number % 10 == 9:
            world.crash(node.name)
            world.run(1)
            world.start(node.name)
    world.run(5)
    world.start("n4", ["n1"])
    assert world.wait(world.all_see_all, 60)
    everything = set(world.nodes["n0"].history())
    assert world.wait(lambda: set(world.nodes["n4"].history()) == everything, 30)
    world.run(40)
    assert set(world.nodes["n3"].history()) == everything
    for node in short:
        assert node.peer is not None
        assert taken[node.name]
        assert not taken[node.name] & set(node.history())
        assert set(node.history()) == everything - taken[node.name]
        assert node.peer.broadcast.behind() == {}
