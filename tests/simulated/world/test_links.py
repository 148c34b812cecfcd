"""
Links where the network is against them: one-way firewalls, stalls, floods, and views
of the members that disagree.
"""

from collections.abc import Iterable

import pytest

from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.feeds.run import Run
from gossipchat.sim.broadcast_alone.node import Node
from gossipchat.sim.network.streams import Line
from gossipchat.sim.world.machine import Node as Peer
from gossipchat.sim.world.world import World as PeerWorld
from tests.simulated.broadcast.builders import assert_all_have, world_of
from tests.simulated.seeds import seeds

SIZE = 12


@pytest.mark.parametrize("seed", seeds(3))
def test_a_firewall_that_lets_one_direction_through_keeps_nobody_apart(
    seed: int,
) -> None:
    """The successor that can't be dialled is asked, through a third, to dial back."""
    world = PeerWorld(seed)
    names = [f"n{number}" for number in range(SIZE)]
    for name in names:  # keys follow from the seed, so the ring is known beforehand
        world.start(name, names[:1] if name != names[0] else ())
        if name == names[0]:
            world.run(0.1)
    ring = sorted(world.nodes.values(), key=lambda node: node.key)
    walled = list(zip(ring, [*ring[1:], ring[0]], strict=True))[::2]
    for source, target in walled:
        world.network.wall(source.place, target.place)
    assert world.wait(world.all_see_all, 30)
    assert world.wait(lambda: all(linked(*pair) for pair in walled), 30)


def linked(one: Peer, other: Peer) -> bool:
    return one.peer is not None and other.key in one.peer.broadcast.links()


@pytest.mark.parametrize("seed", seeds(2))
def test_a_flood_slows_its_author_alone(seed: int) -> None:
    """Two authors behind one slow link: the quiet one is heard within a batch or so."""
    rate = 100_000
    world, nodes = world_of(seed, 4)
    loud, quiet, relay, far = nodes
    world.cut([loud, quiet], [far])
    world.run(4)
    assert relay.core is not None
    for link, (_, stream) in list(world.links.ends.items()):
        if set(stream.ends) == {relay.key, far.key}:
            stream.line = Line(bytes_per_second=rate)
        del link
    flood = [world.say(loud, size=4000) for _ in range(250)]
    began = world.heap.now
    spoken: list[tuple[float, Run]] = []
    for _ in range(20):
        world.run(0.25)
        spoken.append((world.heap.now, world.say(quiet)))
    world.run(15)
    assert_all_have([relay, far], [*flood, *(run for _, run in spoken)])
    waits = [far.kept_at[run.encoded] - said for said, run in spoken]
    batches = 3 * BroadcastConfig().batch_bytes / rate
    assert max(waits) < batches
    took = max(far.kept_at[run.encoded] for run in flood) - began
    assert took > 250 * 4000 / rate


@pytest.mark.parametrize("seed", seeds(2))
def test_a_link_that_stalls_is_replaced(seed: int) -> None:
    """It stays open and takes nothing on: noticed at the second digest at most."""
    world, nodes = world_of(seed, 8)
    author = nodes[0]
    assert author.core is not None
    stuck = world.nodes[author.core.links()[0]]
    freeze(world.links.ends.values(), author, stuck)
    said = [world.say(author)]
    world.run(1)
    assert_all_have([node for node in nodes if node is not stuck], said)
    world.run(2 * 1.2 * world.config.digest_interval)
    assert author.counts["links.stalled"] + stuck.counts["links.stalled"] >= 1
    said.append(world.say(author))
    world.run(1)
    assert_all_have(nodes, said)


def freeze(links: Iterable[tuple[Node, object]], one: Node, other: Node) -> None:
    """What is sent between the two neither arrives nor is taken on, from now on."""
    for _, stream in links:
        if set(stream.ends) == {one.key, other.key}:  # type: ignore[attr-defined]
            stream.open = False  # type: ignore[attr-defined]


@pytest.mark.parametrize("seed", seeds(2))
def test_two_parts_that_are_not_linked_find_out_by_datagrams(seed: int) -> None:
    """Members see each other, links don't: two digests that differ open one."""
    sparse = BroadcastConfig(mesh_members=1, min_links=1)
    world = PeerWorld(seed, broadcast_config=sparse)
    names = world.start_all(8)
    assert world.wait(world.all_see_all, 30)
    world.run(5)
    world.say("n0", "heard by all")
    assert world.wait(world.agree, 60)
    here = [node for node in world.living if node.name in names[:4]]
    there = [node for node in world.living if node.name in names[4:]]
    part(world, here, there)
    world.say("n1", "heard by half")
    world.run(1)
    assert not world.agree()
    assert world.wait(world.agree, 90)


def part(world: PeerWorld, here: list[Peer], there: list[Peer]) -> None:
    """Break every link between the two; their overlays hold them to be there still."""
    for side, other in ((here, there), (there, here)):
        far = {node.key for node in other}
        for node in side:
            assert node.peer is not None
            core = node.peer.broadcast
            for near in list(core._neighbours):
                if near.peer in far:
                    core._neighbours.remove(near)
                    core._exchange.ended(near, world.heap.now)
