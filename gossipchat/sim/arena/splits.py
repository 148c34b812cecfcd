"""
Cuts in the arena: a team in parts that hear nothing of each other, and its heal.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from random import Random
from typing import TypeVar

from gossipchat.names import NodeName
from gossipchat.sim.arena.arena import Arena, Team
from gossipchat.sim.arena.scenarios import LAB, QUIET
from gossipchat.sim.network.network import Weather
from gossipchat.swim.events import Status

One = TypeVar("One")

SHAPES: dict[str, Callable[[int], list[int]]] = {
    "half": lambda size: [size - size // 2, size // 2],
    "tenth": lambda size: [size - max(1, round(size / 10)), max(1, round(size / 10))],
    "one": lambda size: [size - 1, 1],
    "three": lambda size: [size - 2 * (size // 3), size // 3, size // 3],
}
"""How many members are in each part, of so many in all; the largest part first."""

STEP = 0.05
"""Seconds between two looks."""

AFTERWARDS = 5.0
"""Seconds for which verdicts are counted after all have seen all."""


def parts(chance: Random, members: Sequence[One], shape: str) -> list[list[One]]:
    """*members*, shuffled, in parts of this *shape*; the largest part first."""
    left, found = chance.sample(members, len(members)), list[list[One]]()
    for count in SHAPES[shape](len(members)):
        found.append(left[:count])
        left = left[count:]
    return found


@dataclass(frozen=True)
class Heal:
    """One cut. Virtual seconds from its end; infinite: not within the patience."""

    contact: float
    """Somebody holds one of another part alive."""
    all_see: float
    """All hold all alive."""
    wrong: int
    """Members called dead after the heal, each holder's verdict counted; from a round
    trip after it on: before that nobody can know of it."""


def split(
    team: Team,
    size: int,
    seed: int,
    shape: str,
    cut: float,
    patience: float = 120.0,
    weather: Weather = LAB,
) -> Heal:
    """A cut of this *shape* for *cut* seconds, then none."""
    arena = Arena(seed, team, size, weather)
    arena.run(QUIET)
    sides = parts(arena.fate, arena.names, shape)
    for place, side in enumerate(sides):
        for other in sides[place + 1 :]:
            arena.network.cut(side, other)
    arena.run(cut)
    arena.network.heal()
    healed, contact = arena.heap.now, inf
    while arena.heap.now < healed + patience:
        if contact == inf and _in_contact(arena, sides):
            contact = arena.heap.now - healed
        if arena.whole():
            break
        arena.run(STEP)
    all_see = arena.heap.now - healed if arena.whole() else inf
    arena.run(AFTERWARDS)
    wrong = arena.record.wrong(healed + weather.slow_round_trip)
    return Heal(contact, all_see, wrong.verdicts)


def _in_contact(arena: Arena, sides: Sequence[Sequence[str]]) -> bool:
    return any(
        arena.players[NodeName(one)].holds(NodeName(other)) is Status.ALIVE
        for place, side in enumerate(sides)
        for far in sides[place + 1 :]
        for one in side
        for other in far
    )
