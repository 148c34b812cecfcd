"""
Cuts of simulated members: whole peers, and the membership of others beside ours.
"""

import gc
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from math import inf

from gossipchat.sim.arena.arena import Team
from gossipchat.sim.arena.splits import parts
from gossipchat.sim.arena.splits import split as split_team
from gossipchat.sim.baselines.memberlist.rules import Rules
from gossipchat.sim.baselines.memberlist.team import MemberlistTeam
from gossipchat.sim.world.world import World
from gossipchat.swim.events import MemberChanged, Status
from lab.apart import Apart
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

FIRST_GAP, LATER_GAPS = 0.5, 0.1
"""Each part says a line every half second of the cut, and later every time that a tenth
of it has gone by: 18 in 10 s, 37 in a minute, 61 in ten minutes."""

SETTLED = 64
"""So many members begin as if they had known each other for long: their start alone
would take longer than all the rest."""

YOUNG = 100_000
"""New objects between two looks for garbage: hundreds of nodes make many, and leave
next to none."""

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


Played = tuple[Cut, Recovery]


def play(cuts: Sequence[Cut]) -> list[Played]:
    """
    Runs that differ in their length alone, the shortest first.

    Those of whole peers are one run that is healed at each of these moments, every time
    in a process of its own: hundreds of deaths are the longest part of them all.
    """
    if cuts[0].kind == WHOLE:
        return list(zip(cuts, _whole_peers(cuts), strict=True))
    return [(cut, _of_team(cut)) for cut in cuts]


def _of_team(cut: Cut) -> Recovery:
    heal = split_team(OTHERS[cut.kind], cut.size, cut.seed, cut.shape, cut.seconds)
    return Recovery(heal.contact, heal.all_see, None, heal.wrong)


def _whole_peers(cuts: Sequence[Cut]) -> list[Recovery]:
    world, sides = _cut_world(cuts[0])
    talk = _Talk(world, sides)
    healed = []
    for cut in cuts[:-1]:
        talk.until(cut.seconds)
        healed.append(Apart(partial(_healed, world, sides, talk)))
    talk.until(cuts[-1].seconds)
    last = _healed(world, sides, talk)
    return [*(one.outcome() for one in healed), last]


Sides = Sequence[Sequence[str]]


def _cut_world(cut: Cut) -> tuple[World, Sides]:
    """All have seen all, and are in parts now."""
    world = World(cut.seed)
    crowd = cut.size >= SETTLED
    names = world.start_settled(cut.size) if crowd else world.start_all(cut.size)
    if crowd:
        world.run(10)  # links grow
    while not world.all_see_all():
        world.run(0.1)
    if crowd:
        gc.freeze()  # all that is there will stay
        gc.set_threshold(YOUNG)
    sides = parts(world.heap.chance, names, cut.shape)
    for one, other in combinations(sides, 2):
        world.cut(one, other)
    return world, sides


class _Talk:
    """What all parts say while they are cut."""

    def __init__(self, world: World, sides: Sides) -> None:
        self.lines = 0
        """Said by all together."""
        self._world, self._sides = world, sides
        self._began = self._next = world.heap.now
        self._rounds = 0

    def until(self, seconds: float) -> None:
        """Go on to so many seconds after the cut."""
        world, end = self._world, self._began + seconds
        while self._next < end:
            world.run(max(0.0, self._next - world.heap.now))
            self._say()
            self._next += max(FIRST_GAP, LATER_GAPS * (self._next - self._began))
        world.run(max(0.0, end - world.heap.now))

    def _say(self) -> None:
        for place, side in enumerate(self._sides):
            speaker = side[self._rounds % len(side)]
            self._world.say(speaker, f"line {self._rounds} of side {place}")
        self._rounds += 1
        self.lines += len(self._sides)


def _healed(world: World, sides: Sides, talk: _Talk) -> Recovery:
    world.heal()
    known = world.heap.now + world.network.weather.slow_round_trip
    world.happenings.clear()
    moments = _moments(
        world,
        {
            "contact": lambda: _in_contact(world, sides),
            "all_see": world.all_see_all,
            "all_have": lambda: _all_have(world, talk.lines),
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


def _in_contact(world: World, sides: Sides) -> bool:
    for one, other in combinations(sides, 2):
        for name in one:
            seen = world.nodes[name].statuses()
            if any(seen.get(far) is Status.ALIVE for far in other):
                return True
    return False


def recovery_table(played: Sequence[Played]) -> str:
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
