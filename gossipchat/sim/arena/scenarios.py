"""
What is done to teams in the arena, and what is measured.

Each scenario plays one seed of one team; the same seed draws the same victims for all.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from gossipchat.names import NodeName
from gossipchat.sim.arena.arena import Arena, Team
from gossipchat.sim.network.host import BUFFER_BYTES
from gossipchat.sim.network.network import Weather
from gossipchat.swim.events import Status

QUIET = 10.0
"""Seconds before anything happens."""

LAB = Weather.even(0.002, 0.001, loss=0.01)
"""2 ± 1 ms one way, 1 % of packets lost: the network of most scenarios."""

FATES: dict[str, Callable[[Arena, str], None]] = {
    "killed": lambda arena, name: arena.kill(name),
    "vanished": lambda arena, name: arena.vanish(name),
    "frozen": lambda arena, name: arena.pause(name),
}


@dataclass(frozen=True)
class Detection:
    """One crash. Seconds from it; None: not within the patience of the run."""

    suspected: float | None
    """The first member suspects."""
    first: float | None
    """The first member knows."""
    last: float | None
    """The last member knows."""
    wrong: int
    """Verdicts about others, who were well."""


def crash(
    team: Team,
    size: int,
    seed: int,
    fate: str = "killed",
    weather: Weather = LAB,
    patience: float = 60.0,
) -> Detection:
    """One member meets its *fate*; who knows when?"""
    arena = Arena(seed, team, size, weather)
    arena.run(QUIET + arena.fate.random())
    victim = arena.fate.choice(arena.names)
    start = arena.heap.now
    FATES[fate](arena, victim)
    while arena.heap.now < start + patience:
        arena.run(0.25)
        if arena.all_hold(Status.DEAD, victim):
            break
    record = arena.record
    others = arena.others(victim) if fate != "frozen" else _but(arena, victim)

    def after(moment: float | None) -> float | None:
        return None if moment is None else moment - start

    return Detection(
        after(record.first(Status.SUSPECT, victim, start)),
        after(record.first(Status.DEAD, victim, start)),
        after(record.all_know(Status.DEAD, victim, others, start)),
        record.wrong(start).verdicts,
    )


def firewall(
    team: Team,
    size: int,
    seed: int,
    weather: Weather = LAB,
    lasts: float = 30.0,
) -> Detection:
    """
    Two turn each other away for *lasts* seconds; everybody else reaches both.

    Nobody may be called dead: *wrong* counts, and ``first`` says that somebody was.
    """
    arena = Arena(seed, team, size, weather)
    arena.run(QUIET + arena.fate.random())
    one, other = arena.fate.sample(arena.names, 2)
    start = arena.heap.now
    arena.network.reject([one], [other])
    arena.run(lasts)
    record = arena.record
    suspected = [word.at - start for word in record.of(Status.SUSPECT, start)]
    called_dead = [word.at - start for word in record.verdicts(start)]
    return Detection(
        min(suspected, default=None),
        min(called_dead, default=None),
        None,
        record.wrong(start).verdicts,
    )


@dataclass(frozen=True)
class Alarms:
    """What was wrongly or rightly said while some were sick."""

    verdicts: int
    """False: about members that nothing was wrong with, each holder's counted."""
    deaths: int
    """The same, each death counted once."""
    raised_by_healthy: int
    """Of those deaths, declared first by one that nothing was wrong with."""
    buried: int
    """Pauses of the sick during or after which somebody called them dead."""
    told: int
    """Pauses of the sick in which the first suspicion of them was said."""
    pauses: int
    at_healthy: int = 0
    """Of the verdicts, those that members held with whom nothing was wrong."""


@dataclass(frozen=True)
class Held:
    """How members are sick whose messages alone stand still, out and in."""

    reading: float = 0.0
    """Seconds for which each reads one of those that waited; 0: all on waking."""
    buffer_bytes: int = BUFFER_BYTES
    """Room that each kernel has for those that wait."""


def lifeguard_grid(
    team: Team,
    size: int,
    seed: int,
    sick: int,
    paused: float,
    awake: float,
    lasts: float = 120.0,
    weather: Weather = LAB,
    held: Held | None = None,
) -> Alarms:
    """
    *sick* members stand still for *paused* seconds, run for *awake*, and so on.

    All of them at the same time, in rounds until *lasts* seconds are over and the last
    one ends: the interval experiments of Lifeguard (arXiv:1707.00788), section V.
    *held*: their messages alone stand still, and their clocks go on.
    """
    arena = Arena(seed, team, size, weather)
    arena.run(QUIET)
    chosen = arena.fate.sample(arena.names, sick)
    arena.sick.update(chosen)
    if held is not None:
        for host in (arena.players[name].host for name in chosen):
            host.reading, host.buffer_bytes = held.reading, held.buffer_bytes
    start, begins = arena.heap.now, list[float]()
    while arena.heap.now < start + lasts:
        begins.append(arena.heap.now)
        for name in chosen:
            (arena.pause if held is None else arena.hold)(name)
        arena.run(paused)
        for name in chosen:
            arena.resume(name)
        arena.run(awake)
    arena.run(QUIET)
    return _alarms(arena, start, chosen, begins)


def pauses(
    team: Team,
    size: int,
    seed: int,
    paused: float,
    times: int = 10,
    every: float = 20.0,
    weather: Weather = LAB,
) -> Alarms:
    """*times* one member, another each time, stands still for *paused* seconds."""
    arena = Arena(seed, team, size, weather)
    arena.run(QUIET)
    start, begins = arena.heap.now, list[float]()
    for _ in range(times):
        arena.run(arena.fate.random())
        name = arena.fate.choice(arena.names)
        begins.append(arena.heap.now)
        arena.pause(name)
        arena.heap.after(paused, partial(arena.resume, name))
        arena.run(every)
    return _alarms(arena, start, arena.names, begins)


def lossy(
    team: Team,
    size: int,
    seed: int,
    loss: float,
    one_way: int = 0,
    lasts: float = 60.0,
) -> Alarms:
    """
    This share of packets vanishes, for *lasts* seconds.

    *one_way*: only of what so many of the members are sent, all of theirs arrives.
    """
    arena = Arena(seed, team, size, Weather.even(0.002, 0.001))
    arena.run(QUIET)
    start = arena.heap.now
    if one_way:
        for name in arena.fate.sample(arena.names, one_way):
            arena.network.lose(name, inbound=loss, outbound=0.0)
    else:
        arena.network.weather = Weather.even(0.002, 0.001, loss)
    arena.run(lasts)
    return _alarms(arena, start, [], [])


def _alarms(
    arena: Arena, start: float, sick: list[NodeName], begins: list[float]
) -> Alarms:
    """Deaths and suspicions of the *sick*, sorted to the pause they began in."""
    wrong = arena.record.wrong(start)
    spans = list(zip(begins, [*begins[1:], float("inf")], strict=False))

    def hit(status: Status) -> int:
        words = arena.record.of(status, start)
        found = {
            (word.of, begin)
            for word in words
            for begin, end in spans
            if word.about_sick and word.of in sick and begin <= word.at < end
        }
        return len(found)

    return Alarms(
        wrong.verdicts,
        wrong.deaths,
        wrong.raised_by_healthy,
        buried=hit(Status.DEAD),
        told=hit(Status.SUSPECT),
        pauses=sum(len(player.host.stills) for player in arena.players.values()),
        at_healthy=wrong.at_healthy,
    )


def _but(arena: Arena, name: NodeName) -> list[NodeName]:
    return [other for other in arena.others(name) if other != name]
