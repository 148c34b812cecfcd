"""Clusters of swim nodes, and what was thought in them."""

from gossipchat.sim.swim_alone.world import SwimNode, SwimWorld
from gossipchat.swim.events import MemberChanged, Status

ALIVE, SUSPECT, DEAD, LEFT = Status

PATIENCE = 60.0
"""Virtual seconds after which a condition is held not to come true."""


def cluster(seed: int, size: int = 8, world: SwimWorld | None = None) -> SwimWorld:
    """*size* nodes that have joined by the first one and know each other."""
    world = world or SwimWorld(seed)
    nodes = [world.add(f"n{number}") for number in range(size)]
    for node in nodes[1:]:
        world.join(node, nodes[0])
    assert world.run_until(world.whole, PATIENCE)
    return world


def nodes_of(world: SwimWorld) -> list[SwimNode]:
    return list(world.nodes.values())


def verdicts(world: SwimWorld, since: float) -> dict[Status, set[tuple[str, str]]]:
    """Who thought what of whom after *since*."""
    found: dict[Status, set[tuple[str, str]]] = {status: set() for status in Status}
    for when, who, happening in world.happenings:
        if when >= since and isinstance(happening, MemberChanged):
            found[happening.member.status].add((who, happening.member.name))
    return found


def namesake(world: SwimWorld) -> tuple[SwimNode, SwimNode]:
    """Who has a name, and a stranger of the same name and another key that joins."""
    owner = nodes_of(world)[2]
    stranger = SwimNode(world, owner.name, 200)
    world.place(stranger)
    stranger.start()
    world.join(stranger, nodes_of(world)[0])
    return owner, stranger
