"""
One folder on two machines at once: the same key, the same name, two addresses.

``GOSSIPCHAT_SEED=17 pytest …`` replays one seed.
"""

from collections import Counter

import pytest

from gossipchat.sim.disasters.disaster import ROUGH
from gossipchat.sim.world.machine import Node
from gossipchat.sim.world.world import World
from tests.simulated.seeds import seeds

KNOWN_AGAIN_S = 2.0


def said(node: Node) -> Counter[str]:
    return Counter(text for _, text in node.history())


@pytest.mark.parametrize("seed", seeds(2))
def test_what_both_copies_of_a_folder_say_is_read_once_by_all(seed: int) -> None:
    """Each writes under an epoch of its own; when one has ended, all is well again."""
    world = World(seed)
    world.start_all(4)
    assert world.wait(world.all_see_all, 10)
    world.say("n0", "one and only")
    assert world.wait(lambda: world.agree() and bool(said(world.nodes["n3"])), 5)
    world.run_twice("n0", "twin")
    expected = Counter(["one and only"])
    for number in range(5):
        for name in ("n0", "twin", "n1"):
            world.say(name, f"{name} {number}", ask=(name, number))
            expected[f"{name} {number}"] += 1
        world.run(2)
    others = [world.nodes[name] for name in ("n1", "n2", "n3")]
    assert world.wait(lambda: all(said(node) == expected for node in others), 60)
    world.crash("twin")
    assert world.wait(world.all_see_all, 60)
    assert world.wait(world.agree, 60)
    for node in world.living:
        assert said(node) == expected
        assert len({line.id for line in node.shown}) == len(node.shown)
    assert len({id for id, _ in others[0].history()}) == sum(expected.values())


@pytest.mark.parametrize("seed", [3, 9, 11, 13])
def test_when_one_copy_dies_the_other_is_known_in_its_place(seed: int) -> None:
    """Others knew the name where the copy was; the seeds once took 5 to 13 s."""
    world = World(seed, ROUGH)
    world.start_all(5)
    assert world.wait(world.all_see_all, 10)
    world.run(3)
    world.run_twice("n2", "twin")
    world.run(10 + seed)
    world.crash("twin")
    world.run(KNOWN_AGAIN_S)
    assert world.all_see_all()
    here = world.nodes["n2"].address
    for node in world.living:
        assert node.peer is not None
        member = node.peer.swim.member(world.nodes["n2"].name)
        assert member is not None
        assert member.address == here
