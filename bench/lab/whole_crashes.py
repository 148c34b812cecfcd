"""
Somebody fails among simulated whole peers, the ones that ship: links, history and all.

As in the arena, which knows membership alone: the same network, the same quiet before,
the same fates and figures. What links add: a process that ends is proven dead.
"""

from random import Random

from gossipchat.sim.arena.scenarios import LAB, QUIET, Detection
from gossipchat.sim.world.world import World
from gossipchat.swim.events import MemberChanged, Status

WHOLE = "whole peers"

PATIENCE_S = 60.0
REJECTED_S = 30.0
"""How long two turn each other away."""
LOOK_S = 0.25


def whole_crash(size: int, seed: int, fate: str) -> Detection:
    """One of them is killed, vanished or frozen; who knows when?"""
    world, chance = _settled(size, seed)
    victim = chance.choice(list(world.nodes))
    start = world.heap.now
    match fate:
        case "killed":
            world.crash(victim)
        case "vanished":
            world.lose_power(victim)
        case _:
            world.pause(victim)
    while world.heap.now < start + PATIENCE_S:
        world.run(LOOK_S)
        if len(_told(world, Status.DEAD, victim)) == size - 1:
            break
    suspected = sorted(_told(world, Status.SUSPECT, victim).values())
    dead = sorted(_told(world, Status.DEAD, victim).values())
    wrong = [of for _, of, _ in _words(world, Status.DEAD) if of != victim]
    return Detection(
        suspected[0] - start if suspected else None,
        dead[0] - start if dead else None,
        dead[-1] - start if len(dead) == size - 1 else None,
        len(wrong),
    )


def whole_firewall(size: int, seed: int) -> Detection:
    """Two turn each other away for a while; everybody else reaches both."""
    world, chance = _settled(size, seed)
    one, other = chance.sample(list(world.nodes), 2)
    start = world.heap.now
    world.reject([one], [other])
    world.run(REJECTED_S)
    suspected = [at - start for _, _, at in _words(world, Status.SUSPECT)]
    called_dead = [at - start for _, _, at in _words(world, Status.DEAD)]
    return Detection(
        min(suspected, default=None),
        min(called_dead, default=None),
        None,
        len(called_dead),
    )


def _settled(size: int, seed: int) -> tuple[World, Random]:
    """They know each other for long; and who draws the fates, as the arena does."""
    world, fate = World(seed, weather=LAB), Random(f"{seed}/fate")
    world.start_settled(size)
    world.run(QUIET + fate.random())
    world.happenings.clear()
    return world, fate


def _words(world: World, status: Status) -> list[tuple[str, str, float]]:
    """Who came to hold whom to be *status*, and when."""
    return [
        (by, what.member.name, at)
        for at, by, what in world.happenings
        if isinstance(what, MemberChanged) and what.member.status is status
    ]


def _told(world: World, status: Status, of: str) -> dict[str, float]:
    """When each first held *of* to be that."""
    told: dict[str, float] = {}
    for by, about, at in _words(world, status):
        if about == of and by != of:
            told.setdefault(by, at)
    return told
