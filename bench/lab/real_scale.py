"""
How each cost grows with real members: their start, their idling, a death among them.

A cluster of its own for each size, kind and run, one after the other.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from math import inf

from lab import asked
from lab.chances import percentile
from lab.cluster import Cluster
from lab.distance import Distance
from lab.paper import table, write
from lab.pictures import draw_growth
from lab.progress import Progress
from lab.real_crashes import strike
from lab.real_idle import FIGURES, Row, count, median, pass_minutes

SIZES = [4, 8, 16, 32]
SETTLE_S = 30.0

UP, START_CPU = "until all see all, s", "CPU s of it, all"
CPU, _, BYTES, _ = IDLE = list(FIGURES)[:4]
FIRST, LAST = "first knows, s", "last knows, s"


@dataclass(frozen=True)
class Life:
    """What was seen of one cluster."""

    kind: str
    size: int
    seed: int
    start_s: float
    """Seconds from the first one's start until all held all alive."""
    start_cpu_s: float
    """Seconds on a processor until then, of all members together."""
    idle: Row
    """What the member in the middle used, by the names in FIGURES."""
    fault: str
    """What befell one of them: vanished, or killed where no cable can be pulled."""
    first_knows: float
    """Seconds from then until the first other member knew; inf: none did."""
    last_knows: float
    """Until the last did; inf: some never."""
    wronged: int
    """Verdicts about others."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """What can be chosen for real members; seeds, seconds and a name are there."""
    asked.add_real(parser, otherwise=True)
    parser.add_argument(
        "--members",
        type=asked.several(asked.count(3)),
        help=f"real ones; comma separated ({','.join(map(str, SIZES))})",
    )
    told = f"real: seconds before they are idle ({SETTLE_S:g})"
    parser.add_argument("--settle", type=asked.amount(), help=told)
    asked.add_loopback(parser)
    asked.add_beside(parser)
    asked.add_distance(parser)


def play_all(options: argparse.Namespace) -> None:
    """Run, print, write bench/results/scale-real-*.{json,md,svg}."""
    sizes, distance = options.members or SIZES, asked.distance(options)
    settle_s = SETTLE_S if options.settle is None else options.settle
    name = "-".join(["scale-real", *map(str, sizes)]) + distance.in_name
    name += f"-{options.name}" if options.name else ""
    runs = [
        (kind, size, options.first_seed + number)
        for size in sizes
        for kind in dict.fromkeys(asked.real_kinds(options))
        for number in range(options.seeds)
    ]
    how = {"settle": settle_s, "seconds": options.seconds}
    progress = Progress(len(runs))
    lives: list[Life] = []
    for kind, size, seed in runs:
        tell = progress.part(f"{size} of {kind}")
        try:
            lives.append(live(kind, size, seed, distance, **how, tell=tell))
        except RuntimeError as problem:
            print(f"\n{problem}", file=sys.stderr)
            continue
        found = {"distance": asdict(distance), **how}
        found["lives"] = [asdict(life) for life in lives]
        write(name, found, in_words(lives) + distance.in_words)  # it may be ended early
        draw_growth(name, "What grows with real members", curves(lives), "members")
    print(in_words(lives) + distance.in_words, end="")


def live(
    kind: str,
    size: int,
    seed: int,
    distance: Distance,
    settle: float,
    seconds: float,
    tell: Callable[[int, int], None],
) -> Life:
    """One cluster. RuntimeError if it does not start, or is not whole when idle."""
    with Cluster(kind, size, distance=distance) as cluster:
        start_cpu_s = sum(one.machine.counted().cpu_s for one in cluster.members)
        cluster.watch(settle)
        idle = count(
            cluster.members,
            cluster.fabric.counts_traffic,
            lambda: pass_minutes(seconds / 60, tell, cluster.watch),
        )
        if not cluster.whole():
            raise RuntimeError(f"{size} of {kind}: one lost another while idle")
        fault = "killed" if distance.loopback else "vanished"
        death, _ = strike(cluster, fault, seed)
        return Life(
            *(kind, size, seed, cluster.start_s, start_cpu_s, median(idle), fault),
            *(death.first_dead, death.all_know, death.wronged),
        )


# --- told ---------------------------------------------------------------------


def figures(life: Life) -> dict[str, float]:
    """All that was measured, by what it is called in words."""
    idle = {
        told: life.idle[FIGURES[told]] for told in IDLE if FIGURES[told] in life.idle
    }
    start = {UP: life.start_s, START_CPU: life.start_cpu_s}
    return start | idle | {FIRST: life.first_knows, LAST: life.last_knows}


def medians(lives: Sequence[Life]) -> dict[tuple[str, int], dict[str, float]]:
    """The same of each kind and size, one kind after the other."""
    kinds = dict.fromkeys(life.kind for life in lives)
    sizes = dict.fromkeys(life.size for life in lives)
    groups = {
        (kind, size): [
            figures(life) for life in lives if (life.kind, life.size) == (kind, size)
        ]
        for kind in kinds
        for size in sizes
    }
    return {
        group: {told: percentile([run[told] for run in runs], 0.5) for told in runs[0]}
        for group, runs in groups.items()
        if runs
    }


def in_words(lives: Sequence[Life]) -> str:
    """A table: a row for each kind and size; *wronged* of all its runs together."""
    if not lives:
        return ""
    rows = []
    for (kind, size), row in medians(lives).items():
        wronged = sum(
            life.wronged for life in lives if (life.kind, life.size) == (kind, size)
        )
        cells = ["never" if value == inf else f"{value:.3g}" for value in row.values()]
        rows.append([f"{kind}, n = {size}", *cells, str(wronged)])
    titles = [
        f"{lives[0].fault}: {told}" if told == FIRST else told
        for told in figures(lives[0])
    ]
    return table(["a member, median", *titles, "wronged"], rows)


def curves(lives: Sequence[Life]) -> dict[str, list[tuple[float, float]]]:
    """Start, processor, bytes and the last to know, of each kind over the size."""
    drawn: dict[str, list[tuple[float, float]]] = {}
    for wanted in (UP, CPU, BYTES, LAST):
        for (kind, size), row in medians(lives).items():
            if 0 < row.get(wanted, 0.0) < inf:
                drawn.setdefault(f"{kind}: {wanted}", []).append((size, row[wanted]))
    return drawn
