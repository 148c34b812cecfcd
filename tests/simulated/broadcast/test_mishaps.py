"""
Broken disks, spoilt runs, crashes and cuts in any row: all is well in the end.

Each world asserts by itself that nothing is kept twice and that what is kept
chains; ``GOSSIPCHAT_SEED=17 pytest …`` replays one seed.
"""

from collections.abc import Callable

import pytest

from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.broadcast.events import LinkDown
from gossipchat.sim.broadcast_alone.node import Node
from gossipchat.sim.broadcast_alone.world import World
from gossipchat.wire.ours.frames import Frame, Runs
from tests.simulated.broadcast.builders import (
    assert_all_have,
    chatter,
    world_of,
)
from tests.simulated.seeds import seeds

Record = Callable[[str, object], None]


@pytest.mark.parametrize("seed", seeds(5))
def test_what_could_not_be_kept_is_asked_for_again(seed: int) -> None:
    """A full disk delays its owner, and nobody else."""
    world, nodes = world_of(seed, 5)
    full, *others = nodes
    full.disk_fails = True
    said = chatter(world, others, 30, pace=20)
    world.run(20)
    assert_all_have(others, said)
    assert full.runs() == []
    full.disk_fails = False
    assert world.settle(65)
    assert_all_have([full], said)


@pytest.mark.parametrize("seed", seeds(8))
def test_corrupted_runs_end_the_link_and_nothing_else(seed: int) -> None:
    """A run whose seal fails is not kept; the link is made anew, all arrives."""
    world, nodes = world_of(seed, 5)
    sender, victim, *_ = nodes
    spoilt: list[bytes] = []

    def spoil(source: Node, far: Node, frame: Frame) -> Frame:
        wanted = source is sender and far is victim and not spoilt
        if not wanted or not isinstance(frame, Runs):
            return frame
        place = world.heap.chance.randrange(len(frame.runs[0]))
        bad = bytearray(frame.runs[0])
        bad[place] ^= 1 << world.heap.chance.randrange(8)
        spoilt.append(bytes(bad))
        return Runs((bytes(bad), *frame.runs[1:]))

    world.tamper = spoil
    said = chatter(world, nodes, 30, pace=20)
    assert world.settle(30)
    assert_all_have(nodes, said)
    assert LinkDown(sender.key, "bad run") in victim.told
    assert LinkDown(victim.key, "bad run") in sender.told
    world.run(15)
    assert victim.core and sender.key in victim.core.links()
    assert all(run.encoded not in spoilt for node in nodes for run in node.runs())


@pytest.mark.parametrize("seed", seeds(10))
def test_after_any_row_of_disasters_all_have_everything_once(seed: int) -> None:
    """Crashes, restarts, cuts, full disks; then the same on every disk."""
    config = BroadcastConfig(
        cache_bytes=5_000, max_wanted_bytes=10_000, max_wanted_feeds=4
    )
    world, nodes = world_of(seed, 4 + seed % 5, config=config)
    chance = world.heap.chance
    for _ in range(12):
        disaster(world, nodes)
        speakers = world.up()
        chatter(world, speakers, chance.randrange(1, 12), pace=30)
        world.run(chance.choice((0.0, 0.1, 1.0, 6.0)))
    world.heal()
    for node in nodes:
        node.disk_fails = False
        if node.core is None:
            world.start(node)
    assert world.settle(120)


def disaster(world: World, nodes: list[Node]) -> None:
    """Something happens to the world."""
    chance = world.heap.chance
    node = chance.choice(nodes)
    match chance.choice(("crash", "start", "cut", "heal", "fill", "empty", "none")):
        case "crash" if node.core and len(world.up()) > 2:
            world.crash(node)
        case "start" if not node.core:
            world.start(node)
        case "cut":
            shuffled = chance.sample(nodes, len(nodes))
            middle = chance.randrange(1, len(nodes))
            world.cut(shuffled[:middle], shuffled[middle:])
        case "heal":
            world.heal()
        case "fill":
            node.disk_fails = True
        case "empty":
            node.disk_fails = False
