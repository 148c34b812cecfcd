"""
History: late joiners, healed cuts, slow links and liars.

Each world asserts by itself that nothing is kept twice and that what is kept
chains; ``GOSSIPCHAT_SEED=17 pytest …`` replays one seed.
"""

from collections.abc import Callable

import pytest

from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.broadcast.events import PageWanted
from gossipchat.names import EntryId
from gossipchat.sim.broadcast_alone.node import Node
from gossipchat.sim.broadcast_alone.world import World
from gossipchat.sim.network.streams import Line
from gossipchat.wire.ours.frames import Frame, Holding, Runs, Vector
from tests.simulated.broadcast.builders import (
    assert_all_have,
    chatter,
    size_of,
    world_of,
)
from tests.simulated.seeds import seeds

Record = Callable[[str, object], None]


@pytest.mark.parametrize("size", [4, 8])
@pytest.mark.parametrize("seed", seeds(2))
def test_a_late_joiner_gets_the_history_about_once(seed: int, size: int) -> None:
    """It pulls each range from one link; its neighbours don't push what is past."""
    small = BroadcastConfig(cache_bytes=20_000, max_wanted_bytes=40_000)
    world = World(seed, small if seed % 2 else None)
    nodes = [world.add(f"n{number}", up=False) for number in range(size)]
    old = [run for node in nodes for run in world.remember(node, 1000 // size, nodes)]
    for node in nodes:
        world.start(node)
    world.run(3)
    joiner = world.add("joiner")
    new = chatter(world, nodes, 20, pace=10)
    assert world.settle(30)
    assert_all_have([joiner], old + new)
    assert joiner.core
    pushed = len(joiner.core.links()) * size_of(new)
    assert joiner.received["Runs"] <= 1.1 * size_of(old) + pushed
    told = sum(joiner.received[kind] for kind in ("Vector", "Note", "Want", "Digest"))
    assert told <= 0.1 * size_of(old)


@pytest.mark.parametrize("seed", seeds(2))
def test_a_page_that_somebody_waits_for_comes_before_the_rest(seed: int) -> None:
    """Below what is read, over a slow line; in all nothing comes twice."""
    world = World(seed, BroadcastConfig(batch_bytes=8192, newest_first=32))
    nodes = [world.add(f"n{number}", up=False) for number in range(2)]
    old = [run for node in nodes for run in world.remember(node, 400, nodes)]
    for node in nodes:
        world.start(node)
    world.run(3)
    joiner = world.add("joiner")
    joiner.line = Line(bytes_per_second=30_000)
    world.run(3)
    assert joiner.core
    holes = joiner.core.holes()
    assert len(holes) == 2, "the newest is here, and some of the beginning"
    world.feed(joiner, PageWanted(tuple(holes)))
    wanted = [
        EntryId(*hole.feed, seq)
        for hole in holes
        for seq in range(hole.last - 31, hole.last + 1)
    ]
    core = joiner.core
    assert not any(map(core.holds, wanted))
    world.run(2)
    assert all(map(core.holds, wanted)), (
        "20 kB, behind the 16 kB that were on their way"
    )
    assert core.holes(), "more is still to come"
    assert world.settle(120)
    assert_all_have([joiner], old)
    assert joiner.received["Runs"] <= 1.1 * size_of(old)


@pytest.mark.parametrize("size", [6, 10])
@pytest.mark.parametrize("seed", seeds(2))
def test_two_halves_heal_without_repeating_themselves(
    seed: int, size: int, record_property: Record
) -> None:
    """What one node pulls over the healed border others pull from it, once."""
    world, nodes = world_of(seed, size)
    left, right = nodes[: size // 2], nodes[size // 2 :]
    world.cut(left, right)
    world.run(5)
    said_left = chatter(world, left, 100, pace=300)
    said_right = chatter(world, right, 40, pace=300)
    world.run(2)
    before = {node.key: node.received["Runs"] for node in nodes}
    world.heal()
    assert world.settle(5)
    assert_all_have(nodes, said_left + said_right)
    world.run(2)
    came = sum(node.received["Runs"] - before[node.key] for node in nodes)
    missing = len(left) * size_of(said_right) + len(right) * size_of(said_left)
    assert came <= 1.1 * missing
    if seed == 0:
        record_property("figure", f"{came / missing:.3f} of what was missing came")


@pytest.mark.parametrize("seed", seeds(2))
def test_a_slow_link_costs_no_memory_and_delays_nobody_else(seed: int) -> None:
    """What waits is a range; one batch is under way, whatever the arrears."""
    world = World(seed)
    slow = world.add("slow")
    slow.line = Line(bytes_per_second=20_000)
    others = [world.add(f"n{number}") for number in range(4)]
    world.run(4)
    said = []
    unsent = 0
    for _ in range(300):
        said.append(world.say(others[0], size=2000))
        world.run(0.01)
        unsent = max(unsent, world.most_unsent())
    world.run(0.2)
    assert_all_have(others, said)
    assert not {run.encoded for run in slow.runs()} >= {run.encoded for run in said}
    assert unsent < 64 * 1024 + 2 * 2200
    assert world.settle(300)


@pytest.mark.parametrize("seed", seeds(4))
def test_a_lying_vector_only_delays(seed: int) -> None:
    """What it claims and does not send is asked of another after a while."""
    world, nodes = world_of(seed, 3)
    said = [world.say(world.heap.chance.choice(nodes)) for _ in range(50)]
    assert world.settle(5)
    claims = tuple(
        Holding(feed, ((1, count),)) for feed, count in nodes[0].holds().items()
    )
    liar, joiner = world.add("liar", up=False), world.add("joiner", up=False)

    def lie(source: Node, far: Node, frame: Frame) -> Frame | None:
        if liar in (source, far) and isinstance(frame, Runs):
            return None
        told = source is liar and isinstance(frame, Vector)
        return Vector(claims) if told else frame

    world.tamper = lie
    world.start(liar)
    world.cut([joiner], nodes)
    world.start(joiner)
    world.run(3)
    assert joiner.core and joiner.core.links() == (liar.key,)
    assert sum(joiner.core.behind().values()) == 50
    world.heal()
    world.heap.run_until_true(lambda: len(joiner.runs()) == 50, world.heap.now + 20)
    assert_all_have([joiner], said)
    assert sum(joiner.core.behind().values()) == 0
