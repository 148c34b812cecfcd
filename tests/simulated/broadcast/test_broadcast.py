"""
What is said while all is well, and when an author dies of it: everyone gets it once.

Each world asserts by itself that nothing is kept twice and that what is kept
chains; ``GOSSIPCHAT_SEED=17 pytest …`` replays one seed.
"""

from collections.abc import Callable

import pytest

from gossipchat.sim.broadcast_alone.node import Node
from gossipchat.sim.network.network import Weather
from gossipchat.wire.ours.frames import Frame, Runs
from tests.simulated.broadcast.builders import (
    assert_all_have,
    assert_in_order,
    chatter,
    duplicates,
    world_of,
)
from tests.simulated.seeds import seeds

Record = Callable[[str, object], None]

WIDE = Weather(latency=0.02, jitter=0.01)


@pytest.mark.parametrize("seed", seeds(10))
def test_five_get_everything_once_and_in_order(
    seed: int, record_property: Record
) -> None:
    """Up to five members everyone is linked to everyone."""
    world, nodes = world_of(seed, 5, weather=WIDE if seed % 2 else None)
    assert [len(node.core.links()) for node in nodes if node.core] == [4] * 5
    said = chatter(world, nodes, 40, pace=50)
    world.run(1)
    assert_all_have(nodes, said)
    for node in nodes:
        assert_in_order(node)
    if seed == 0:
        record_property("figure", f"{duplicates(nodes):.2f} duplicates a delivery")


@pytest.mark.parametrize("size", [16, 32])
@pytest.mark.parametrize("seed", seeds(2))
def test_a_sparse_overlay_brings_everything_once_and_in_order(
    seed: int, size: int, record_property: Record
) -> None:
    """Each node has about log2 n links; streams that keep order keep it for all."""
    world, nodes = world_of(seed, size)
    said = chatter(world, nodes, 30, pace=50)
    world.run(1)
    assert_all_have(nodes, said)
    for node in nodes:
        assert node.core is not None
        assert 2 <= len(node.core.links()) <= 2 * 5 + 4
        assert_in_order(node)
    if seed == 0:
        record_property("figure", f"{duplicates(nodes):.2f} duplicates a delivery")


@pytest.mark.parametrize("size", [5, 12])
@pytest.mark.parametrize("seed", seeds(10))
def test_what_one_neighbour_got_of_a_crashed_author_reaches_all(
    seed: int, size: int
) -> None:
    """Whoever has it passes it on at once; nobody needs to ask the author."""
    world, nodes = world_of(seed, size)
    author, *others = nodes
    assert author.core is not None
    lucky = author.core.links()[seed % len(author.core.links())]

    def swallow(source: Node, far: Node, frame: Frame) -> Frame | None:
        to_others = source is author and far.key != lucky
        return None if to_others and isinstance(frame, Runs) else frame

    world.tamper = swallow
    said = world.say(author)
    world.heap.run_until_true(
        lambda: said.encoded in world.nodes[lucky].kept_at, world.heap.now + 1
    )
    world.crash(author)
    world.run(1)
    assert_all_have(others, [said])
