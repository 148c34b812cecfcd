"""
The simulator beside the literature: each figure next to its source's.

    python bench/calibration.py --seeds 100

Lifeguard's table is made by bench/lifeguard.py.
"""

import re
from dataclasses import dataclass
from random import Random
from statistics import mean

from lab import asked, sweep
from lab.chances import percentile
from lab.paper import draw_bars, table, write

from gossipchat.names import NodeName
from gossipchat.sim.arena.arena import Arena
from gossipchat.sim.arena.scenarios import crash
from gossipchat.sim.baselines.memberlist.team import MemberlistTeam
from gossipchat.sim.baselines.plain_swim import PlainRules, PlainTeam
from gossipchat.sim.baselines.plumtree import broadcast, overlay
from gossipchat.sim.baselines.rumour import spread_rumour
from gossipchat.sim.network.network import Weather
from gossipchat.swim.events import Status

DEMERS = {
    1: (0.18, 1.7, 16.8),
    2: (0.037, 3.3, 16.9),
    3: (0.011, 4.5, 17.4),
    4: (0.0036, 5.6, 17.5),
    5: (0.0012, 6.7, 17.7),
}
LAB = {16: "6.8", 32: "8.8"}
PLUMTREE_NODES = 10_000

Row = tuple[str, str, str]


@dataclass(frozen=True)
class Task:
    """One row or two: *what* with its number."""

    what: str
    number: int
    seeds: int


def play(task: Task) -> list[Row]:
    """What it is, the source's figure, ours."""
    return ROWS[task.what](task.number, task.seeds)


def _demers(k: int, seeds: int) -> list[Row]:
    chance = Random(k)
    runs = [spread_rumour(chance, 1000, k) for _ in range(2 * seeds)]
    residue, traffic, last = DEMERS[k]
    ours = (
        f"{mean(run.residue for run in runs):.4f} · "
        f"{mean(run.traffic for run in runs):.2f} · "
        f"{mean(run.last for run in runs):.1f}"
    )
    what = f"Demers 1987, Table 1, k = {k}: residue · traffic · last"
    return [(what, f"{residue} · {traffic} · {last}", ours)]


def _swim(size: int, seeds: int) -> list[Row]:
    arena = Arena(1, PlainTeam(), size, Weather.even(0.002, 0.001))
    before = arena.sent()
    arena.run(60)
    rate = arena.sent().since(before).packets / size / 60
    waits = [_first_suspicion(size, seed) for seed in range(4 * seeds)]
    return [
        (f"SWIM 2002: messages a member a period, n = {size}", "2.0", f"{rate:.2f}"),
        (f"SWIM 2002: first suspicion, n = {size}", "1.58", f"{mean(waits):.2f}"),
    ]


def _first_suspicion(size: int, seed: int) -> float:
    """Periods, of a member that dies between two."""
    rules = PlainRules(laps=False, in_step=True)
    arena = Arena(seed, PlainTeam(rules), size, Weather.even(0.002, 0.001))
    arena.run(0.5)
    arena.kill("n3")
    while arena.record.first(Status.SUSPECT, NodeName("n3")) is None:
        arena.run(1)
    return arena.heap.now - 1.5


def _memberlist(size: int, seeds: int) -> list[Row]:
    found = [crash(MemberlistTeam(), size, seed) for seed in range(seeds)]
    first = [one.first for one in found if one.first is not None]
    last = [one.last for one in found if one.last is not None]
    rows = []
    if size in LAB:
        ours = f"{percentile(last, 0.5):.1f} [{min(last):.1f} - {max(last):.1f}]"
        rows.append((f"Serf in a lab: all know, n = {size}, s", LAB[size], ours))
    else:
        ours = f"{percentile(first, 0.5):.1f} · {percentile(first, 0.99):.1f}"
        what = f"memberlist, n = {size}: first detection p50 · p99, s"
        rows.append((what, "9.9 · 12.0", ours))
    return rows


def _plumtree(nodes: int, seeds: int) -> list[Row]:
    links = overlay(Random(1), nodes, degree=5)
    flood, tree = (broadcast(links, seed=1).payloads for _ in range(2))
    return [
        (f"Plumtree 2007, n = {nodes}: flooding", "4(n-1)", _per_node(flood, nodes)),
        (f"Plumtree 2007, n = {nodes}: by the tree", "n-1", _per_node(tree, nodes)),
    ]


def _per_node(payloads: int, nodes: int) -> str:
    return f"{payloads / (nodes - 1):.3f} (n-1)"


ROWS = {
    "demers": _demers,
    "swim": _swim,
    "memberlist": _memberlist,
    "plumtree": _plumtree,
}


def main() -> None:
    """Run, print, write bench/results/calibration.{json,md,svg}."""
    parser = asked.parser(__doc__)
    asked.add_sim(parser)
    asked.add_sweep(parser, seeds=50)
    options = asked.read(parser)
    kinds = [
        *(("demers", k) for k in DEMERS),
        ("swim", 32),
        *(("memberlist", size) for size in (*LAB, 100)),
        ("plumtree", PLUMTREE_NODES),
    ]
    tasks = [Task(what, number, options.seeds) for what, number in kinds]
    found = sweep.sweep(play, tasks, options.workers, options.dask)
    rows = [row for some in found for row in some]
    text = table(["what", "source", "here"], rows)
    write("calibration", {"seeds": options.seeds, "rows": rows}, text)
    parts = [_first(ours) / _first(source) for _, source, ours in rows]
    names = [what.partition(": residue")[0] for what, _, _ in rows]
    title = "Here, in parts of the source's figure"
    draw_bars("calibration", title, names, {"here": parts}, "1 = the same")
    print(text, end="")


def _first(figures: str) -> float:
    """The first number in *figures*; ``n-1`` is one time that."""
    found = re.match(r"[\d.]+", figures)
    return float(found[0]) if found else 1.0


if __name__ == "__main__":
    main()
