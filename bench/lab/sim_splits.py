"""
Cuts of simulated members: whole peers, and the membership of others beside ours.
"""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import inf

from gossipchat.sim.arena.arena import Team
from gossipchat.sim.arena.splits import parts
from gossipchat.sim.arena.splits import split as split_team
from gossipchat.sim.baselines.memberlist.rules import Rules
from gossipchat.sim.baselines.memberlist.team import MemberlistTeam
from gossipchat.sim.world.world import World
from gossipchat.swim.events import MemberChanged, Status
from lab.contestants import contestants
from lab.paper import table

WHOLE = "gossipchat"
"""Whole peers: links, history and all."""

ALONE = "its membership alone"
"""Our core in the arena, without links: what the model of memberlist is."""

MEMBERLIST = "memberlist"
TOGETHER = "memberlist started at once"
"""Its agents were started within three seconds, as the real ones of a bench are: they
look for the dead in the same seconds of each half minute."""

OTHERS: dict[str, Team] = {
    ALONE: contestants()["gossipchat"],
    MEMBERLIST: contestants()["memberlist"],
    TOGETHER: MemberlistTeam(Rules(started_within=3.0), TOGETHER),
}
"""Names in the tables, and who plays."""

LINES = 20
"""Lines that each part says while it is cut off."""

SETTLED = 64
"""So many members begin as if they had known each other for long: their start alone
would take longer than all the rest."""

LIMIT = 300.0
"""Virtual seconds after which a run counts as not recovered."""


@dataclass(frozen=True)
class Cut:
    """What is to be played."""

    kind: str
    size: int
    shape: str
    seconds: float
    seed: int


@dataclass(frozen=True)
class Recovery:
    """One run. Virtual seconds from the heal; infinite: not within the limit."""

    contact: float
    all_see: float
    all_have: float | None
    """None: it has no history."""
    wrong_verdicts: int


def play(cut: Cut) -> Recovery:
    """One run."""
    if cut.kind == WHOLE:
        return _whole_peers(cut)
    heal = split_team(OTHERS[cut.kind], cut.size, cut.seed, cut.shape, cut.seconds)
    return Recovery(heal.contact, heal.all_see, None, heal.wrong)


def _whole_peers(cut: Cut) -> Recovery:
    world = World(cut.seed)
    crowd = cut.size >= SETTLED
    names = world.start_settled(cut.size) if crowd else world.start_all(cut.size)
    if crowd:
        world.run(10)  # links grow
    while not world.all_see_all():
        world.run(0.1)
    sides = parts(world.heap.chance, names, cut.shape)
    for one, other in combinations(sides, 2):
        world.cut(one, other)
    for number in range(LINES):
        for place, side in enumerate(sides):
            world.say(side[number % len(side)], f"line {number} of side {place}")
        world.run(cut.seconds / LINES)
    world.heal()
    known = world.heap.now + world.network.weather.slow_round_trip
    world.happenings.clear()
    moments = _moments(
        world,
        {
            "contact": lambda: _in_contact(world, sides),
            "all_see": world.all_see_all,
            "all_have": lambda: _all_have(world, LINES * len(sides)),
        },
    )
    wrong = sum(
        at > known
        and isinstance(what, MemberChanged)
        and what.member.status is Status.DEAD
        for at, _, what in world.happenings
    )
    return Recovery(**moments, wrong_verdicts=wrong)


def _moments(world: World, marks: Mapping[str, Callable[[], bool]]) -> dict[str, float]:
    """When each of *marks* first held, looking every 50 ms; then it goes on for 5 s."""
    began, found = world.heap.now, dict.fromkeys(marks, inf)
    while world.heap.now - began < LIMIT:
        for name, holds in marks.items():
            if found[name] == inf and holds():
                found[name] = world.heap.now - began
        if max(found.values()) < inf:
            break
        world.run(0.05)
    world.run(5)
    return found


def _all_have(world: World, lines: int) -> bool:
    counts = {len(node.history()) for node in world.nodes.values()}
    return counts == {lines} and world.agree()


def _in_contact(world: World, sides: Sequence[Sequence[str]]) -> bool:
    for one, other in combinations(sides, 2):
        for name in one:
            seen = world.nodes[name].statuses()
            if any(seen.get(far) is Status.ALIVE for far in other):
                return True
    return False


def recovery_table(played: Sequence[tuple[Cut, Recovery]]) -> str:
    """Markdown: a row for each kind, shape, size and length."""
    groups: dict[tuple[str, int, str, float], list[Recovery]] = {}
    for cut, recovery in played:
        key = cut.shape, cut.size, cut.kind, cut.seconds
        groups.setdefault(key, []).append(recovery)
    rows = []
    for (shape, size, kind, seconds), runs in groups.items():
        cells = [
            _spread([getattr(run, moment) for run in runs])
            for moment in ("contact", "all_see", "all_have")
        ]
        wrong = str(sum(run.wrong_verdicts for run in runs))
        rows.append([f"{shape} of {size}, {seconds:g} s: {kind}", *cells, wrong])
    head = ["cut", "contact", "all see all", "all have all", "wrong verdicts"]
    return table(head, rows)


def _spread(times: Sequence[float | None]) -> str:
    known = [time for time in times if time is not None]
    if not known:
        return ""
    worst = f"{max(known):.1f}" if max(known) < inf else "never"
    return f"{statistics.median(known):.1f} s [{min(known):.1f} - {worst}]"
