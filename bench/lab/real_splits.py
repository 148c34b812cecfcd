"""
A network of real machines is cut and healed: contact, sight, messages, wrong verdicts.
"""

import math
import time
from collections import Counter
from dataclasses import dataclass
from random import Random

from gossipchat.sim.arena.splits import parts
from lab.cluster import Cluster, can_say, since
from lab.distance import Distance
from lab.members import Member
from lab.talk import UNLIMITED

TEXTS_A_SIDE = 20
SETTLE_S = 5.0
PHASE_S = 30.0
"""Agents do some things each half minute from their start on: so long at most, drawn,
passes before the cut, lest it always falls into the same moment of theirs."""
LIMIT_S = 90.0
"""What has not healed by then counts as not healed."""


@dataclass(frozen=True)
class Split:
    """One run. Times in seconds from the heal; inf: not within LIMIT_S."""

    kind: str
    sides: str
    """As in 8+8 or 5+5+6: the smallest first."""
    cut: float
    seed: int
    contact: float
    """Somebody holds somebody of another side alive again."""
    all_see: float
    all_have: float
    """All that was said in the cut is everywhere; inf if nothing was."""
    wrong_verdicts: int
    """Members called dead after the heal."""
    said: int
    """Messages in the cut."""


def split(
    kind: str,
    size: int,
    shape: str,
    cut: float,
    seed: int,
    distance: Distance,
    silent: bool = False,
) -> Split:
    """
    Play one run: *size* members are cut in that *shape* for *cut* seconds.

    *silent*: nobody says anything meanwhile, as kinship's never do.
    """
    settings = UNLIMITED if can_say(kind) else ""
    with Cluster(
        kind, size, listeners=size, settings=settings, distance=distance
    ) as cluster:
        chance = Random(seed)
        sides = parts(chance, cluster.members, shape)[::-1]
        cluster.watch(SETTLE_S + chance.random() * PHASE_S)
        cluster.lines.clear()
        cluster.walls.cut(*map(cluster.hosts, sides))
        talkative = can_say(kind) and not silent
        said = _talk(cluster, sides, cut) if talkative else set[str]()
        if not talkative:
            cluster.watch(cut)
        lost = {
            (one.name, other.name)
            for one in cluster.members
            for other in cluster.members
            if cluster.views[one.name].get(other.name) != "alive"
        }
        cluster.walls.fall()
        healed = time.monotonic()
        times = _marks(cluster, healed, said)
        verdicts = [
            change
            for change in since(cluster.changes, healed)
            if change.status == "dead" and change.observer != change.subject
        ]
        contacts = [
            change.at - healed
            for change in since(cluster.changes, healed)
            if change.status == "alive" and (change.observer, change.subject) in lost
        ]
    contact = min(contacts, default=math.inf if lost else 0.0)
    told = "+".join(str(len(side)) for side in sides)
    return Split(kind, told, cut, seed, contact, *times, len(verdicts), len(said))


def _talk(cluster: Cluster, sides: list[list[Member]], cut: float) -> set[str]:
    """All sides say something now and then, for *cut* seconds; all of it."""
    said: set[str] = set()
    for number in range(TEXTS_A_SIDE):
        for place, members in enumerate(sides):
            text = f"{number} of side {place}"
            said.add(text)
            cluster.say(members[number % len(members)], len(said), text)
        cluster.watch(cut / TEXTS_A_SIDE)
    return said


def _marks(cluster: Cluster, healed: float, said: set[str]) -> tuple[float, float]:
    """When all saw all, and all had all."""
    times = {"see": math.inf, "have": math.inf}

    def done() -> bool:
        at = time.monotonic() - healed
        if math.isinf(times["see"]) and cluster.whole():
            times["see"] = at
        if said and math.isinf(times["have"]) and _have_all(cluster, said):
            times["have"] = at
        return times["see"] < math.inf and (not said or times["have"] < math.inf)

    cluster.watch(LIMIT_S, done)
    cluster.watch(SETTLE_S)  # verdicts may come after that, too
    return times["see"], times["have"]


def _have_all(cluster: Cluster, said: set[str]) -> bool:
    texts = {(line.observer, line.text) for line in cluster.lines if line.text in said}
    held = Counter(observer for observer, _ in texts)
    return all(held[name] == len(said) for name in cluster.names)
