"""A world that begins settled: all know all, and nobody has anything to tell."""

import os
import subprocess
import sys

from gossipchat.sim.arena.arena import Arena
from gossipchat.sim.arena.ours import OurTeam
from gossipchat.sim.arena.scenarios import LAB
from gossipchat.sim.world.world import World
from gossipchat.swim.events import Status

IDLE = {"n": 48, "seconds": 20}


def test_a_settled_world_stays_as_it_is() -> None:
    """About two datagrams a member a second (a probe and its ack), and no verdicts."""
    arena = Arena(3, OurTeam(), IDLE["n"], LAB)
    before = arena.sent()
    assert arena.whole()
    arena.run(IDLE["seconds"])
    assert arena.whole()
    assert not arena.record.words
    sent = arena.sent().since(before)
    assert sent.packets <= 2.3 * IDLE["n"] * IDLE["seconds"]


def test_a_settled_member_is_known_as_if_it_had_been_introduced() -> None:
    """Its death is found, and its disk knows the others."""
    arena = Arena(4, OurTeam(), 16, LAB)
    arena.vanish("n3")
    arena.run(15)
    assert arena.all_hold(Status.DEAD, "n3")
    disk = arena.players[arena.names[0]].node.disk  # type: ignore[attr-defined]
    assert set(disk.members) == set(arena.names[1:])


def test_whole_peers_begin_settled_too() -> None:
    """Links grow by themselves; what is said comes to all, and is counted in bytes."""
    world = World(5)
    names = world.start_settled(24)
    world.run(5)
    assert world.all_see_all()
    assert all(node.peer and node.peer.broadcast.links() for node in world.living)
    before = world.sent()
    world.say(names[7], "hello")
    assert world.wait(lambda: all(node.history() for node in world.living), 5)
    world.run(1)  # who probes whom, and who tells the author that it has come
    sent = world.sent().since(before)
    assert sent.link_bytes > len(names) * len("hello")
    assert sent.packet_bytes > 20 * sent.packets > 0


RUN = """
from gossipchat.sim.world.world import World
world = World(4)
names = world.start_settled(8)
world.run(3)
world.cut(names[:2], names[2:])
world.say("n3", "hello")
world.run(8)
world.heal()
world.run(4)
print(world.happenings)
"""


def test_a_run_is_its_seed_whatever_python_hashes() -> None:
    """Nobody iterates over a bare set of names."""
    told = [
        subprocess.run(
            [sys.executable, "-c", RUN],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert told[0] == told[1]
    assert b"SUSPECT" in told[0]
