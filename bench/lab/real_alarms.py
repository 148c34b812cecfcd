"""
Real members that are well, among trouble: who is called dead, and by whom first?

A minute of trouble a run, in a cluster of its own. *False*: a verdict about a member
with which nothing was wrong; *raised by the healthy*: nor with whoever said so first.
"""

import argparse
import math
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass
from random import Random

from lab import asked, loopback
from lab.cluster import Change, Cluster, since
from lab.distance import Distance
from lab.members import Member
from lab.paper import draw_bars, table, write
from lab.progress import Progress

SETTLE_S = 5.0
WHOLE_S = 60.0
"""What is not whole again so long after the trouble isn't going to be."""

STILL_S, RUNNING_S = 3.0, 2.0
"""Of those that are frozen: 60 % of the time they stand still."""
NAP_S, AWAKE_S = 0.08, 0.02
"""Of those that are slow: they get a fifth of the time."""

Trouble = Callable[[Cluster, list[Member], float], None]
"""Plagues the sick (or everybody) for so many seconds."""


def _stop_and_go(still: float, running: float) -> Trouble:
    def plague(cluster: Cluster, sick: list[Member], lasts: float) -> None:
        ends = time.monotonic() + lasts
        while time.monotonic() < ends:
            for member in sick:
                member.machine.freeze()
            cluster.watch(still)
            for member in sick:
                member.machine.thaw()
            cluster.watch(running)

    return plague


def _loss(share: float) -> Trouble:
    def plague(cluster: Cluster, _: list[Member], lasts: float) -> None:
        cluster.walls.lose(share)
        cluster.watch(lasts)
        cluster.walls.fall()

    return plague


def _deaf(share: float) -> Trouble:
    def plague(cluster: Cluster, sick: list[Member], lasts: float) -> None:
        cluster.walls.lose(share, cluster.hosts(sick))
        cluster.watch(lasts)
        cluster.walls.fall()

    return plague


TROUBLES: dict[str, tuple[Trouble, str]] = {
    "frozen": (
        _stop_and_go(STILL_S, RUNNING_S),
        "a quarter of the members stand still for 3 s of every 5",
    ),
    "slow": (
        _stop_and_go(NAP_S, AWAKE_S),
        "a quarter of the members run for 20 ms of every 100",
    ),
    "loss10": (_loss(0.10), "10 % of all packets are lost"),
    "loss25": (_loss(0.25), "25 %"),
    "loss40": (_loss(0.40), "40 %"),
    "deaf25": (_deaf(0.25), "a quarter of the members miss 25 % of what is for them"),
    "deaf40": (_deaf(0.40), "40 %"),
}
SICK = ("frozen", "slow")
"""Troubles in which a verdict about one of that quarter is no false one."""


@dataclass(frozen=True)
class Minute:
    """One run."""

    kind: str
    trouble: str
    size: int
    seed: int
    suspicions: int
    """Of the healthy, as far as members tell: nodes all of them, agents their own."""
    verdicts: int
    """False ones, each holder's counted."""
    deaths: int
    """The same, each death counted once."""
    raised_by_healthy: int
    buried: int
    """Of the sick, each death counted once."""
    whole_again: float
    """Seconds after the trouble until all hold all alive; inf: not within WHOLE_S."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """What can be chosen for real members; size, seeds and ``--lasts`` are there."""
    asked.add_real(parser, otherwise=True)
    told = "; ".join(f"{name}: {words}" for name, (_, words) in TROUBLES.items())
    parser.add_argument(
        "--troubles",
        type=asked.several(asked.one_of(TROUBLES)),
        default=",".join(TROUBLES),
        help=f"of real members: {told}".replace("%", "%%"),
    )
    asked.add_loopback(parser)
    asked.add_beside(parser, only=True)
    asked.add_distance(parser)


def play_all(options: argparse.Namespace) -> None:
    """Run, print, write bench/results/false_alarms-real-*.{json,md,svg}."""
    kinds = asked.real_kinds(options)
    distance = asked.distance(options)
    troubles = loopback.possible(options.troubles, SICK.__contains__, distance)
    name = f"false_alarms-real-{options.size}"
    if set(troubles) != set(TROUBLES):
        name = "-".join([name, *troubles])
    name += distance.in_name
    progress = Progress(len(troubles) * len(kinds) * options.seeds)
    minutes: list[Minute] = []
    for trouble in troubles:
        for kind in kinds:
            for seed in range(options.seeds):
                tell = progress.part(f"{kind} {trouble}")
                try:
                    one = endure(
                        kind, trouble, options.size, seed, options.lasts, distance
                    )
                except RuntimeError as problem:
                    print(f"\n{problem}", file=sys.stderr)
                    continue
                minutes.append(one)
                tell(1, 1)
                rows = [asdict(minute) for minute in minutes]
                found = {"distance": asdict(distance), "minutes": rows}
                write(name, found, in_words(minutes) + distance.in_words)
    _draw(name, minutes, options.lasts)
    print(in_words(minutes) + distance.in_words, end="")


def endure(
    kind: str, trouble: str, size: int, seed: int, lasts: float, distance: Distance
) -> Minute:
    """One run in a cluster of its own. RuntimeError if the cluster does not start."""
    plague, _ = TROUBLES[trouble]
    with Cluster(kind, size, distance=distance) as cluster:
        cluster.watch(SETTLE_S)
        plagued = Random(seed).sample(cluster.members, size // 4)
        sick = {one.name for one in plagued} if trouble in SICK else set[str]()
        began = time.monotonic()
        plague(cluster, plagued, lasts)
        ended = time.monotonic()
        whole = cluster.watch(WHOLE_S, cluster.whole)
        return judge(
            list(since(cluster.changes, began)),
            sick,
            Minute(
                *(kind, trouble, size, seed, 0, 0, 0, 0, 0),
                time.monotonic() - ended if whole else math.inf,
            ),
        )


def judge(changes: list[Change], sick: set[str], minute: Minute) -> Minute:
    """
    *minute* with what *changes* tell counted.

    A death begins when somebody holds a member dead whom nobody held dead before.
    """
    holders = defaultdict[str, set[str]](set)
    counts = asdict(minute)
    for change in changes:
        observer, subject = change.observer, change.subject
        if observer == subject:
            continue
        held_dead = holders[subject]
        well = subject not in sick
        if change.status == "dead":
            counts["verdicts"] += well
            if not held_dead:
                counts["deaths"] += well
                counts["raised_by_healthy"] += well and observer not in sick
                counts["buried"] += not well
            held_dead.add(observer)
        else:
            held_dead.discard(observer)
            counts["suspicions"] += well and change.status == "suspect"
    return Minute(**counts)


def in_words(minutes: list[Minute]) -> str:
    """A row for each trouble and kind, all runs together."""
    head = [
        "trouble",
        "false deaths",
        "raised by the healthy",
        "verdicts",
        "sick called dead",
        "whole again, s",
    ]
    rows = []
    for trouble, kind in dict.fromkeys((one.trouble, one.kind) for one in minutes):
        runs = [one for one in minutes if (one.trouble, one.kind) == (trouble, kind)]
        counted = (
            str(sum(getattr(run, what) for run in runs))
            for what in ("deaths", "raised_by_healthy", "verdicts", "buried")
        )
        longest = max(run.whole_again for run in runs)
        whole = "never" if math.isinf(longest) else f"{longest:.1f}"
        size = f"{runs[0].size} {kind}, {len(runs)} runs"
        rows.append([f"{trouble}: {size}", *counted, whole])
    return table(head, rows)


def _draw(name: str, minutes: list[Minute], lasts: float) -> None:
    """Verdicts a run."""
    troubles = list(dict.fromkeys(one.trouble for one in minutes))
    kinds = list(dict.fromkeys(one.kind for one in minutes))
    bars = {kind: [_wronged(minutes, kind, one) for one in troubles] for kind in kinds}
    if minutes:
        title = f"Healthy members called dead in {lasts:g} s"
        draw_bars(name, title, troubles, bars, "verdicts a run, each holder's")


def _wronged(minutes: list[Minute], kind: str, trouble: str) -> float:
    runs = [
        one.verdicts for one in minutes if (one.kind, one.trouble) == (kind, trouble)
    ]
    return sum(runs) / len(runs) if runs else 0.0
