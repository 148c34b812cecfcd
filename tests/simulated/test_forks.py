"""
One author, two tails: a machine cloned in memory, in whole worlds.

``GOSSIPCHAT_SEED=17 pytest …`` replays one seed.
"""

import os
from collections import Counter
from copy import copy, deepcopy

import pytest

from gossipchat.broadcast.events import ForkSeen
from gossipchat.sim.machine import Node
from gossipchat.sim.world import World

SEEDS = (
    [int(os.environ["GOSSIPCHAT_SEED"])]
    if "GOSSIPCHAT_SEED" in os.environ
    else range(10)
)
each_seed = pytest.mark.parametrize("seed", SEEDS)


def said(node: Node) -> Counter[str]:
    """How often *node* has each text."""
    return Counter(text for _, text in node.history())


def speak(world: World, name: str, texts: list[str]) -> None:
    for text in texts:
        world.say(name, text)
        world.run(world.heap.chance.choice((0.0, 0.3)))


def clone(world: World, trunk: int, ours: int, theirs: int) -> None:
    """
    n0 says *trunk* lines, is cloned with all its memory, and the two speak on,
    one heard by n1 alone, the other by n2 and n3. Then all meet.
    """
    names = world.start_all(4)
    assert world.wait(world.all_see_all, 10)
    speak(world, "n0", [f"both {number}" for number in range(trunk)])
    assert world.wait(world.agree, 10)
    world.run(1)
    node = world.nodes["n0"]
    disk, twin = deepcopy(node.disk), copy(node.author)
    world.cut(["n0", "n1"], ["n2", "n3"])
    world.run(15)
    speak(world, "n0", [f"ours {number}" for number in range(ours)])
    world.run(5)
    world.crash("n0")
    node.disk, node.twin = disk, twin
    world.heal()
    world.cut(["n1"], ["n0", "n2", "n3"])
    world.start("n0")
    world.run(15)
    speak(world, "n0", [f"theirs {number}" for number in range(theirs)])
    world.run(5)
    world.heal()
    assert world.wait(lambda: world.agree() and world.all_see_all(), 120), names


def expected(trunk: int, ours: int, theirs: int) -> Counter[str]:
    parts = {"both": trunk, "ours": ours, "theirs": theirs}
    return Counter(f"{what} {n}" for what, count in parts.items() for n in range(count))


@each_seed
def test_both_branches_are_read_by_all_under_the_same_names(seed: int) -> None:
    """Whatever came where first, and however long each branch is."""
    world = World(seed)
    lengths = [world.heap.chance.randint(low, 30) for low in (0, 1, 1)]
    if seed % 3 == 0:
        lengths[2] = lengths[1]
    clone(world, *lengths)
    for node in world.living:
        assert said(node) == expected(*lengths)
        ids = [id for id, _ in node.history()]
        assert len(set(ids)) == len(ids)
        marked = {line.text.split()[0] for line in node.disk.lines if line.fork}
        assert marked >= {"ours", "theirs"}
        assert "both" not in marked
    told = {who for _, who, what in world.happenings if isinstance(what, ForkSeen)}
    assert told == {"n0", "n1", "n2", "n3"}


@each_seed
def test_the_author_flees_its_twin(seed: int) -> None:
    """What it says from then on is in an epoch of its own, and unmarked."""
    world = World(seed)
    clone(world, 3, 4, 5)
    world.say("n0", "alone again")
    world.run(5)
    node = world.nodes["n1"]
    forks = {line.id.feed for line in node.disk.lines if line.fork}
    (last,) = [line for line in node.disk.lines if line.text == "alone again"]
    assert len(forks) == 2
    assert last.id.feed not in forks and not last.fork


@each_seed
def test_branches_outlive_restarts_and_reach_newcomers(seed: int) -> None:
    """Names are derived from what is on disk alone."""
    world = World(seed)
    clone(world, 2, 5, 3)
    before = world.nodes["n1"].history()
    for name in ("n0", "n1", "n2", "n3"):
        world.crash(name)
        world.run(1)
        world.start(name)
        world.run(1)
    newcomer = world.start("n4", ["n2"])
    assert world.wait(lambda: world.agree() and world.all_see_all(), 120)
    assert newcomer.history() == before


@pytest.mark.parametrize("seed", SEEDS[:2])
def test_branches_that_parted_long_ago_are_found(seed: int) -> None:
    """
    The way down to the fork is walked in strides (of 256), and the branches are
    then read from there up, though the newest of other feeds comes first.
    """
    world = World(seed)
    clone(world, 1, 330, 300 + 60 * seed)
    assert said(world.nodes["n1"]) == expected(1, 330, 300 + 60 * seed)
