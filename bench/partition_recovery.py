"""
How long a cluster takes to be one again after a cut, simulated or real.

Whole peers (the ones that ship), LAN profile. Each run: n nodes start by one seed,
the network is cut in the given shape, both sides talk, the cut ends after the given
time, and nobody speaks any more. Measured from the heal, in virtual seconds:

    contact    the first node holds somebody of the other side alive again
    all see    every node holds every other one alive
    all have   every node has every message of all sides

and wrong verdicts: members called dead after the heal.

With --real the nodes are processes on machines of their own (network namespaces; needs
root, ip, nft), and the seconds are real; with --with, Serf's agents or kinship go
through the same in the same run.

    python bench/partition_recovery.py --seeds 5 --size 16
    sudo python bench/partition_recovery.py --real --seeds 3 --cuts 30 --with serf
"""

import argparse
import json
import statistics
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from lab.members import AGENT, KINSHIP, NODE
from lab.paper import write
from lab.progress import Progress
from lab.real_splits import Split, split

from gossipchat.sim.world import World
from gossipchat.swim.events import MemberChanged, Status

RESULTS = Path(__file__).parent / "results"
SHAPES = {"half": 0.5, "tenth": 0.9, "one": 1.0}
"""Which share of the nodes is on the larger side; ``one``: all but one."""

LIMIT = 300.0
"""Virtual seconds after which a run counts as not recovered."""


@dataclass(frozen=True)
class Outcome:
    """One run. Times in virtual seconds from the heal; ``inf``: not within LIMIT."""

    shape: str
    cut: float
    seed: int
    contact: float
    all_see: float
    all_have: float
    wrong_verdicts: int


def recover(size: int, shape: str, cut: float, seed: int) -> Outcome:
    """Play one run."""
    world = World(seed)
    names = world.start_all(size)
    world.wait(world.all_see_all, 60)
    larger = min(size - 1, max(1, round(size * SHAPES[shape])))
    one_side = world.heap.chance.sample(names, larger)
    other = [name for name in names if name not in one_side]
    world.cut(one_side, other)
    for number in range(20):
        world.say(one_side[number % len(one_side)], f"this side {number}")
        world.say(other[number % len(other)], f"that side {number}")
        world.run(cut / 20)
    world.heal()
    healed = world.heap.now
    marks = {
        "contact": lambda: _in_contact(world, one_side, other),
        "all_see": world.all_see_all,
        "all_have": lambda: world.agree() and _messages(world) == 40,
    }
    times = dict(_reached(world, healed, marks))
    verdicts = sum(
        at > healed
        and isinstance(what, MemberChanged)
        and what.member.status is Status.DEAD
        for at, _, what in world.happenings
    )
    return Outcome(shape, cut, seed, **times, wrong_verdicts=verdicts)


def _reached(world: World, healed: float, marks: dict) -> Iterator[tuple[str, float]]:
    """When each of *marks* first held, looking every 50 ms."""
    left = dict(marks)
    while left and world.heap.now - healed < LIMIT:
        for name in [name for name, holds in left.items() if holds()]:
            del left[name]
            yield name, world.heap.now - healed
        world.run(0.05)
    for name in left:
        yield name, float("inf")


def _in_contact(world: World, one_side: list[str], other: list[str]) -> bool:
    return any(
        world.nodes[a].statuses().get(b) is Status.ALIVE
        for a in one_side
        for b in other
    )


def _messages(world: World) -> int:
    return len(next(iter(world.nodes.values())).history())


def real_outcomes(options: argparse.Namespace) -> list[Split]:
    """
    The same with real members of each kind, one run after the other.

    Writes bench/results/partition_recovery-real-*.{json,md} after each.
    """
    kinds = [options.only] if options.only else [NODE, *options.beside]
    runs = [
        (kind, shape, float(cut), seed)
        for cut in options.cuts.split(",")
        for shape in options.shapes.split(",")
        for kind in kinds
        for seed in range(options.seeds)
    ]
    progress = Progress(len(runs))
    outcomes = []
    for kind, shape, cut, seed in runs:
        tell = progress.part(f"{kind} {shape}, {cut:g} s, seed {seed}")
        size = options.size
        smaller = size - min(size - 1, max(1, round(size * SHAPES[shape])))
        outcomes.append(split(kind, size, smaller, cut, seed))
        found = {"splits": [asdict(one) for one in outcomes]}
        write(f"partition_recovery-real-{size}", found, real_table(outcomes))
        tell(1, 1)
    return outcomes


def real_table(outcomes: list[Split]) -> str:
    """Markdown: a row for each shape, length and kind."""
    rows = ["| members | for | contact | all see all | all have all | wrong verdicts |"]
    rows.append("|---|---|---|---|---|---|")
    for key in dict.fromkeys((one.sides, one.kind, one.cut) for one in outcomes):
        runs = [one for one in outcomes if (one.sides, one.kind, one.cut) == key]
        cells = [
            _spread([getattr(one, name) for one in runs])
            for name in ("contact", "all_see", "all_have")
        ]
        wrong = ", ".join(str(one.wrong_verdicts) for one in runs)
        sides, kind, cut = key
        start = f"| {sides} {kind} | {cut:g} s"
        rows.append(f"{start} | {' | '.join(cells)} | {wrong} |")
    return "\n".join(rows) + "\n"


def table(outcomes: list[Outcome]) -> str:
    """Markdown: a row for each shape and length of cut."""
    rows = ["| cut | for | contact | all see all | all have all | wrong verdicts |"]
    rows.append("|---|---|---|---|---|---|")
    for shape, cut in dict.fromkeys((one.shape, one.cut) for one in outcomes):
        runs = [one for one in outcomes if (one.shape, one.cut) == (shape, cut)]
        cells = [
            _spread([getattr(one, name) for one in runs])
            for name in ("contact", "all_see", "all_have")
        ]
        wrong = sum(one.wrong_verdicts for one in runs)
        rows.append(f"| {shape} | {cut:g} s | {' | '.join(cells)} | {wrong} |")
    return "\n".join(rows) + "\n"


def _spread(times: list[float]) -> str:
    middle = statistics.median(times)
    return f"{middle:.1f} s [{min(times):.1f} - {max(times):.1f}]"


def main() -> None:
    """Run, print, write bench/results/partition_recovery*.{json,md}."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", type=int, default=16, help="nodes")
    parser.add_argument("--seeds", type=int, default=5, help="runs of each kind")
    parser.add_argument("--cuts", default="10,60", help="seconds, comma separated")
    parser.add_argument("--shapes", default=",".join(SHAPES), help="real ones")
    parser.add_argument("--real", action="store_true", help="processes, not simulated")
    parser.add_argument(
        "--with", dest="beside", choices=[AGENT, KINSHIP], action="append", default=[]
    )
    parser.add_argument("--only", choices=[NODE, AGENT, KINSHIP], help="this kind")
    options = parser.parse_args()
    if options.real:
        print(real_table(real_outcomes(options)), end="")
        return
    jobs = [
        (shape, float(cut), seed)
        for shape in SHAPES
        for cut in options.cuts.split(",")
        for seed in range(options.seeds)
    ]
    outcomes = []
    with ProcessPoolExecutor() as pool:
        for outcome in pool.map(partial(_play, options.size), jobs):
            outcomes.append(outcome)
            print(f"\r{len(outcomes)} of {len(jobs)}", end="", file=sys.stderr)
    print(file=sys.stderr)
    RESULTS.mkdir(exist_ok=True)
    found = {"size": options.size, "outcomes": [asdict(one) for one in outcomes]}
    (RESULTS / "partition_recovery.json").write_text(json.dumps(found, indent=1) + "\n")
    text = table(outcomes)
    (RESULTS / "partition_recovery.md").write_text(text)
    print(text, end="")


def _play(size: int, job: tuple[str, float, int]) -> Outcome:
    return recover(size, *job)


if __name__ == "__main__":
    main()
