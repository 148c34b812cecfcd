"""
Somebody fails, among real processes: who notices, when, and who is wronged.

One cluster a kind and fault; each run takes another member, waits until all others
have called it dead, and lets it come back before the next.
"""

import argparse
import math
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from random import Random

from lab import asked, loopback
from lab.cluster import Cluster, since, verdicts
from lab.distance import Distance
from lab.members import Member
from lab.paper import draw_bars, table, write
from lab.progress import Progress

FAULTS = {
    "killed": "kill -9: its machine refuses whoever asks",
    "vanished": "the cable is pulled: nobody answers",
    "frozen": "SIGSTOP: its machine takes all, and nobody answers",
    "rejected": "its firewall and another one's turn each other away",
    "fenced": "its firewall and all others' but one turn each other away",
}
ON_LOOPBACK = ("killed", "frozen")
USUAL = ("killed", "vanished", "frozen", "rejected")

WELL_S = {"rejected": 20.0, "fenced": 20.0}
"""Faults by which nobody fails, so that every verdict is wrong; how long they last."""

SETTLE_S = 5.0
LIMIT_S = 60.0
"""Whoever is not called dead by then is not going to be."""


@dataclass(frozen=True)
class Crash:
    """One run. Times in seconds since the fault; inf: not within LIMIT_S."""

    kind: str
    fault: str
    size: int
    seed: int
    first_suspected: float = math.inf
    first_dead: float = math.inf
    all_know: float = math.inf
    wronged: int = 0
    """Verdicts of the others about members that were well."""
    whole_again: float = math.inf
    """From its coming back until all hold all alive."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """What can be chosen for real members; ``--seeds`` is there already."""
    asked.add_real(parser, otherwise=True)
    parser.add_argument("--members", type=asked.count(3), default=16, help="real ones")
    parser.add_argument(
        "--faults",
        type=asked.several(asked.one_of(FAULTS)),
        default=",".join(USUAL),
        help=f"of {', '.join(FAULTS)}",
    )
    asked.add_loopback(parser)
    asked.add_beside(parser, only=True)
    asked.add_distance(parser)


def play_all(options: argparse.Namespace) -> None:
    """Run, print, write bench/results/crash_detection-real-*.{json,md,svg}."""
    kinds = asked.real_kinds(options)
    distance, size, seeds = asked.distance(options), options.members, options.seeds
    faults = loopback.possible(options.faults, ON_LOOPBACK.__contains__, distance)
    progress = Progress(len(kinds) * len(faults) * seeds)
    name = f"crash_detection-real-{size}"
    if set(faults) != set(USUAL):
        name = "-".join([name, *faults])
    name += distance.in_name
    crashes: list[Crash] = []
    for fault in faults:
        for kind in kinds:
            crashes += measure(kind, fault, size, seeds, distance, progress)
            rows = [asdict(crash) for crash in crashes]
            text = in_words(crashes) + distance.in_words
            found = {"distance": asdict(distance), "crashes": rows}
            write(name, found, text)  # it may be ended early
    _draw(name, crashes)
    print(text, end="")


def _draw(name: str, crashes: list[Crash]) -> None:
    """The median time until all know, at most LIMIT_S."""
    failed = [one for one in crashes if one.fault not in WELL_S]
    faults = list(dict.fromkeys(one.fault for one in failed))
    kinds = list(dict.fromkeys(one.kind for one in failed))
    bars = {kind: [_middle(failed, kind, fault) for fault in faults] for kind in kinds}
    if faults:
        draw_bars(name, "Until all know", faults, bars, "seconds, median")


def _middle(crashes: list[Crash], kind: str, fault: str) -> float:
    times = sorted(
        one.all_know for one in crashes if (one.kind, one.fault) == (kind, fault)
    )
    return min(times[len(times) // 2], LIMIT_S) if times else 0.0


def measure(
    kind: str,
    fault: str,
    size: int,
    seeds: int,
    distance: Distance,
    progress: Progress,
) -> list[Crash]:
    """So many runs."""
    outcomes: list[Crash] = []
    while len(outcomes) < seeds:
        try:
            with Cluster(kind, size, distance=distance) as cluster:
                while len(outcomes) < seeds:
                    tell = progress.part(f"{kind} {fault}")
                    cluster.watch(SETTLE_S)
                    outcome, relieve = strike(cluster, fault, len(outcomes))
                    outcome = _relieved(cluster, outcome, relieve)
                    outcomes.append(outcome)
                    tell(1, 1)
                    if math.isinf(outcome.whole_again):
                        break  # the next one begins anew
        except RuntimeError as problem:
            print(f"\n{problem}", file=sys.stderr)
            break
    return outcomes


def strike(cluster: Cluster, fault: str, seed: int) -> tuple[Crash, Callable[[], None]]:
    """One of *cluster* fails: what the others made of it, and what lets it be well."""
    chance = Random(seed)
    victim, witness = chance.sample(cluster.members, 2)
    others = [member for member in cluster.members if member is not victim]
    cluster.watch(chance.random())  # probes are spread over a second
    began = time.monotonic()
    _befall(cluster, victim, fault, witness)
    if fault in WELL_S:
        cluster.watch(WELL_S[fault])
    else:
        cluster.watch(LIMIT_S, lambda: cluster.all_see(others, [victim], "dead"))
    outcome = _judge(cluster, began, victim, others, fault in WELL_S)
    outcome = replace(outcome, fault=fault, seed=seed)
    return outcome, partial(_relieve, cluster, victim, fault, witness)


def _relieved(cluster: Cluster, outcome: Crash, relieve: Callable[[], None]) -> Crash:
    back = time.monotonic()
    relieve()
    whole = cluster.watch(LIMIT_S, cluster.whole)
    return replace(outcome, whole_again=time.monotonic() - back if whole else math.inf)


def _befall(cluster: Cluster, victim: Member, fault: str, witness: Member) -> None:
    match fault:
        case "killed":
            victim.machine.kill()
        case "vanished":
            victim.machine.vanish()
        case "frozen":
            victim.machine.freeze()
        case "rejected":
            victim.machine.reject(witness.machine.host)
            witness.machine.reject(victim.machine.host)
        case "fenced":
            for other in cluster.members:
                if other not in (victim, witness):
                    victim.machine.reject(other.machine.host)
                    other.machine.reject(victim.machine.host)


def _relieve(cluster: Cluster, victim: Member, fault: str, witness: Member) -> None:
    match fault:
        case "killed":
            cluster.restart(victim)
        case "vanished":
            victim.machine.come_back()
        case "frozen":
            victim.machine.thaw()
        case "rejected":
            victim.machine.admit_all()
            witness.machine.admit_all()
        case "fenced":
            for member in cluster.members:
                member.machine.admit_all()


def _judge(
    cluster: Cluster, began: float, victim: Member, others: list[Member], well: bool
) -> Crash:
    """*well*: nobody has failed, so every verdict is wrong."""
    about = [
        change
        for change in since(cluster.changes, began)
        if change.subject == victim.name and change.observer != victim.name
    ]
    suspected = [one.at - began for one in about if one.status in ("suspect", "dead")]
    told = {one.observer: one.at - began for one in about if one.status == "dead"}
    healthy = set(cluster.names if well else [member.name for member in others])
    judges = set(cluster.names) if well else healthy
    knows = len(told) == len(others)
    return Crash(
        cluster.kind,
        "",
        cluster.size,
        0,
        min(suspected, default=math.inf),
        min(told.values(), default=math.inf),
        max(told.values()) if knows else math.inf,
        len(verdicts(cluster, began, healthy, judges)),
    )


def in_words(crashes: list[Crash]) -> str:
    """A row for each fault and kind."""
    head = ["fault", "first suspects", "first knows", "all know", "wronged", "whole"]
    rows = []
    for fault, kind in dict.fromkeys((one.fault, one.kind) for one in crashes):
        runs = [one for one in crashes if (one.fault, one.kind) == (fault, kind)]
        times = ("first_suspected", "first_dead", "all_know", "whole_again")
        suspects, first, last, whole = (
            spread([getattr(run, name) for run in runs]) for name in times
        )
        wronged = str(sum(run.wronged for run in runs))
        if fault in WELL_S:
            first = last = "-"
        size = f"{runs[0].size} {kind}, {len(runs)} runs"
        rows.append([f"{fault}: {size}", suspects, first, last, wronged, whole])
    return table(head, rows)


def spread(times: list[float]) -> str:
    """Median [least - most], in seconds."""
    ordered = sorted(times)
    middle = ordered[len(ordered) // 2]
    return " ".join(
        [seconds(middle), f"[{seconds(ordered[0])} - {seconds(ordered[-1])}]"]
    )


def seconds(time: float) -> str:
    """With a word for what never came."""
    return "never" if math.isinf(time) else f"{time:.2f} s"
