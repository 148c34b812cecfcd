"""
What tests of broadcast in a simulated world begin and end with.
"""

from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.feeds.run import Run
from gossipchat.names import FeedId
from gossipchat.sim.broadcast_alone.node import Node
from gossipchat.sim.broadcast_alone.world import World
from gossipchat.sim.network.network import Weather


def world_of(
    seed: int,
    size: int,
    config: BroadcastConfig | None = None,
    weather: Weather | None = None,
) -> tuple[World, list[Node]]:
    """*size* machines, linked up and silent."""
    world = World(seed, config, weather)
    nodes = [world.add(f"n{number}") for number in range(size)]
    world.run(4)
    return world, nodes


def chatter(world: World, speakers: list[Node], runs: int, pace: float) -> list[Run]:
    """*runs* from random speakers, about *pace* a second."""
    chance = world.heap.chance
    said = []
    for _ in range(runs):
        speaker = chance.choice([node for node in speakers if node.core])
        said.append(world.say(speaker, entries=chance.choice((1, 1, 1, 3))))
        world.run(chance.expovariate(pace))
    return said


def size_of(runs: list[Run]) -> int:
    return sum(len(run.encoded) for run in runs)


def assert_in_order(node: Node) -> None:
    """Each author's entries came in the order in which they were said."""
    last: dict[FeedId, int] = {}
    for run in node.arrived:
        assert run.first == last.get(run.feed, 0) + 1
        last[run.feed] = run.last


def assert_all_have(nodes: list[Node], said: list[Run]) -> None:
    wanted = {run.encoded for run in said}
    for node in nodes:
        assert {run.encoded for run in node.runs()} >= wanted


def duplicates(nodes: list[Node]) -> float:
    """Runs that came and were known, for each one that was not."""
    twice = sum(node.counts["runs.duplicate"] for node in nodes)
    return twice / sum(len(node.arrived) for node in nodes)
