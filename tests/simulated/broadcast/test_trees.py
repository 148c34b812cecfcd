"""
Eager and lazy links: once each author's tree has grown a run comes once, and a branch
that breaks mends within the graft timer.
"""

from collections.abc import Callable

import pytest

from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.feeds.run import Run
from gossipchat.sim.broadcast_alone.node import Node
from gossipchat.sim.broadcast_alone.world import World
from gossipchat.sim.network.network import Weather
from gossipchat.wire.ours.frames import Frame, Runs
from tests.simulated.broadcast.builders import (
    assert_all_have,
    chatter,
    duplicates,
    world_of,
)
from tests.simulated.seeds import seeds

Record = Callable[[str, object], None]

LATENCY = 0.004
STEADY = Weather(latency=LATENCY, jitter=0.0)
CONFIG = BroadcastConfig()
DISK = 0.002
TRANSFER = 0.0005
"""More than the bytes of any frame here take on their way."""


def grown(world: World, speakers: list[Node]) -> list[Run]:
    """Each of *speakers* speaks a few times, so that all know who brings what."""
    said = []
    for _ in range(3):
        for node in speakers:
            said.append(world.say(node))
            world.run(0.01)
        world.run(0.3)
    world.run(1)  # and it is calm again
    for node in world.nodes.values():
        node.counts.clear()
        node.arrived.clear()
    return said


@pytest.mark.parametrize(
    ("size", "seed"),
    [*((5, seed) for seed in seeds(2)), (16, 0), (32, 0)],
)
def test_once_trees_have_grown_hardly_anything_comes_twice(
    size: int, seed: int, record_property: Record
) -> None:
    """Below 0.05 duplicates a delivery, all speaking, delays as they come."""
    world, nodes = world_of(seed, size)
    said = grown(world, nodes)
    said += chatter(world, nodes, 100 if size < 32 else 50, pace=50)
    world.run(1)
    assert_all_have(nodes, said)
    assert duplicates(nodes) < 0.05
    if seed == 0:
        record_property("figure", f"{duplicates(nodes):.4f} duplicates a delivery")
        record_property("figure", f"{hops(world, nodes)}")


def hops(world: World, nodes: list[Node]) -> str:
    """How long a run takes to the last one, in one-way delays, disks left out."""
    author = nodes[0]
    delays = []
    for _ in range(10):
        run = world.say(author)
        published = world.heap.now + DISK
        world.run(1)
        last = max(node.kept_at[run.encoded] for node in nodes if node is not author)
        delays.append((last - DISK - published) / 0.001)
    return f"{sorted(delays)[5]:.1f}, at most {max(delays):.1f} mean delays: to all"


def swallowing(source: Node, target: Node) -> Callable[[Node, Node, Frame], object]:
    def tamper(sender: Node, receiver: Node, frame: Frame) -> Frame | None:
        lost = sender is source and receiver is target and isinstance(frame, Runs)
        return None if lost else frame

    return tamper


@pytest.mark.parametrize("seed", seeds(2))
def test_a_broken_branch_mends_within_the_graft_timer(seed: int) -> None:
    """A tick until the note (two of who was dialled), the timer, and four ways:
    exactly; then none of it."""
    world, nodes = world_of(seed, 5, CONFIG, STEADY)
    author, victim, *others = nodes
    grown(world, [author])
    world.tamper = swallowing(author, victim)  # type: ignore[assignment]
    dialled = any(node.key < victim.key for node in others)  # the smaller key does
    ticks = 1 if dialled else 2
    delay = ticks * CONFIG.note_interval + CONFIG.graft_patience + 4 * LATENCY
    took = time_to(victim, world, author)
    assert delay <= took < delay + TRANSFER
    assert victim.counts["authors.grafted"] == 1
    took = time_to(victim, world, author)
    assert 2 * LATENCY <= took < 2 * LATENCY + TRANSFER
    assert victim.counts["authors.grafted"] == 1


def time_to(target: Node, world: World, author: Node) -> float:
    """From when *author* publishes a run to when *target* passes it to its disk."""
    run = world.say(author)
    published = world.heap.now + DISK
    world.run(1)
    return target.kept_at[run.encoded] - DISK - published


@pytest.mark.parametrize("seed", seeds(2))
def test_a_branch_whose_link_breaks_has_grown_again(seed: int) -> None:
    """Before the next run: who has lost a parent grafts another, and needs no note."""
    world, nodes = world_of(seed, 12, weather=STEADY)
    author = nodes[0]
    grown(world, [author])
    assert author.core is not None
    relay = world.nodes[author.core.links()[0]]
    world.crash(relay)
    world.run(0.05)
    others = [node for node in nodes if node is not relay and node is not author]
    run = world.say(author)
    published = world.heap.now + DISK
    world.run(1)
    assert_all_have(others, [run])
    hops = [(node.kept_at[run.encoded] - DISK - published) / LATENCY for node in others]
    assert max(hops) < 6
    assert duplicates(others) < 0.5


@pytest.mark.parametrize("seed", seeds(2))
def test_who_joins_later_grows_into_the_trees(seed: int) -> None:
    """New links are eager at first; soon nothing comes twice over them either."""
    world, nodes = world_of(seed, 8)
    said = grown(world, nodes)
    nodes.append(world.add("late"))
    world.run(3)
    assert_all_have(nodes, said)
    run = world.say(nodes[0])
    world.run(0.04)
    assert run.encoded in nodes[-1].kept_at
    said += grown(world, nodes)
    said += chatter(world, nodes, 60, pace=50)
    world.run(1)
    assert_all_have(nodes, said)
    assert duplicates(nodes) < 0.05
    assert duplicates(nodes[-1:]) < 0.1


@pytest.mark.parametrize("seed", seeds(2))
def test_orders_hold_while_links_are_pruned_and_grafted(seed: int) -> None:
    """Many authors, delays that vary by the note's interval, and one that floods."""
    world, nodes = world_of(seed, 10, weather=Weather(latency=0.02, jitter=0.02))
    said = chatter(world, nodes, 60, pace=100)
    said += [world.say(nodes[0]) for _ in range(50)]
    said += chatter(world, nodes, 30, pace=100)
    assert world.settle(30)
    assert_all_have(nodes, said)
