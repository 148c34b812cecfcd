"""
How long a cluster takes to be one again after a cut, simulated or real.

Whole peers (the ones that ship), LAN profile. Each run: n nodes start by one seed,
the network is cut in the given shape, all parts talk, the cut ends after the given
time, and nobody speaks any more. Beside them the membership of memberlist with Serf's
rules, and ours without links, under 2 ± 1 ms and 1 % loss. Measured from the heal, in
virtual seconds:

    contact    the first node holds somebody of the other side alive again
    all see    every node holds every other one alive
    all have   every node has every message of all parts

and wrong verdicts: members called dead after the heal (simulated: from a round trip
after it on, before which nobody can know of it).

With --real the nodes are processes on machines of their own (network namespaces; needs
root, ip, nft), and the seconds are real; with --with, Serf's agents or kinship go
through the same in the same run; with --silent, nobody talks meanwhile.

    python bench/partition_recovery.py --seeds 5 --size 16
    sudo python bench/partition_recovery.py --real --seeds 3 --cuts 30 --with serf
"""

import argparse
import json
import math
import statistics
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields

from lab import asked, sweep
from lab.paper import RESULTS, draw_bars, write
from lab.pictures import draw_shares
from lab.progress import Progress
from lab.real_splits import LIMIT_S, Split, split
from lab.sim_splits import (
    ALONE,
    MEMBERLIST,
    OTHERS,
    WHOLE,
    Cut,
    Recovery,
    play,
    recovery_table,
)

from gossipchat.sim.arena.splits import SHAPES


def real_outcomes(options: argparse.Namespace) -> list[Split]:
    """
    The same with real members of each kind, one run after the other.

    Writes bench/results/partition_recovery-real-SIZE*.{json,md} after each, and a
    picture at the end; a part of the shapes has its own.
    """
    kinds = asked.real_kinds(options)
    runs = [
        (kind, shape, cut, seed)
        for cut in options.cuts
        for shape in options.shapes
        for kind in kinds
        for seed in range(options.seeds)
    ]
    name = f"partition_recovery-real-{options.size}"
    if options.shapes != list(SHAPES):
        name = "-".join([name, *options.shapes])
    distance = asked.distance(options)
    name += distance.in_name + ("-silent" if options.silent else "")
    name += f"-{options.name}" if options.name else ""
    progress = Progress(len(runs))
    outcomes = []
    for kind, shape, cut, seed in runs:
        tell = progress.part(f"{kind} {shape}, {cut:g} s, seed {seed}")
        size = options.size
        how = (shape, cut, seed, distance, options.silent)
        outcomes.append(split(kind, size, *how))
        rows = [asdict(one) for one in outcomes]
        found = {"distance": asdict(distance), "splits": rows}
        write(name, found, real_table(outcomes) + distance.in_words)
        tell(1, 1)
    _draw_real(name, outcomes)
    return outcomes


def _draw_real(name: str, outcomes: list[Split]) -> None:
    """Medians until all see all; who never did counts as long as was waited."""
    sides = list(dict.fromkeys(one.sides for one in outcomes))
    times: dict[str, dict[str, list[float]]] = {}
    for one in outcomes:
        of_kind = times.setdefault(one.kind, {side: [] for side in sides})
        of_kind[one.sides].append(min(one.all_see, LIMIT_S))
    bars = {
        kind: [statistics.median(of_kind[side]) for side in sides]
        for kind, of_kind in times.items()
    }
    draw_bars(name, "All see all after the heal", sides, bars, "seconds, median")


def real_table(outcomes: list[Split]) -> str:
    """Markdown: a row for each shape, length and kind."""
    rows = ["| members | for | contact | all see all | all have all | wrong verdicts |"]
    rows.append("|---|---|---|---|---|---|")
    for key in dict.fromkeys((one.sides, one.kind, one.cut) for one in outcomes):
        sides, kind, cut = key
        runs = [one for one in outcomes if (one.sides, one.kind, one.cut) == key]
        cells = [
            f"{sides} {kind}",
            f"{cut:g} s",
            _spread([one.contact for one in runs]),
            _spread([one.all_see for one in runs]),
            _spread([one.all_have for one in runs]) if runs[0].said else "",
            ", ".join(str(one.wrong_verdicts) for one in runs),
        ]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def _spread(times: list[float]) -> str:
    """Median [least - most]."""
    times = sorted(times)
    return f"{_time(statistics.median(times))} [{_time(times[0])} - {_time(times[-1])}]"


def _time(seconds: float) -> str:
    return "never" if math.isinf(seconds) else f"{seconds:.1f} s"


def simulated(options: argparse.Namespace) -> str:
    """Play all in virtual time; bench/results/partition_recovery.* grow with it."""
    name = "partition_recovery"
    name += "" if options.size == 16 else f"-{options.size}"
    name += f"-{options.name}" if options.name else ""
    played = _earlier(name) if options.add else {}
    runs = [
        [cut for seconds in sorted(options.cuts) if (cut := of(seconds)) not in played]
        for of in _wanted(options)
    ]
    if options.dask:  # whose workers may not divide
        runs = [[cut] for run in runs for cut in run]
    text = recovery_table(list(played.items()))
    wanted = [run for run in runs if run]
    for found in sweep.each(play, wanted, options.workers, options.dask):
        played |= found
        text = _tell(name, options.size, played)
    return text


def _wanted(options: argparse.Namespace) -> list[Callable[[float], Cut]]:
    """For each run its cut, as soon as one says for how long."""

    def of(kind: str, shape: str, seed: int) -> Callable[[float], Cut]:
        return lambda seconds: Cut(kind, options.size, shape, seconds, seed)

    return [
        of(kind, shape, options.first_seed + number)
        for shape in options.shapes
        for kind in options.kinds
        for number in range(options.seeds)
    ]


def _earlier(name: str) -> dict[Cut, Recovery]:
    """What bench/results has of that *name*."""
    path = RESULTS / f"{name}.json"
    if not path.exists():
        return {}
    earlier = {}
    for one in json.loads(path.read_text(encoding="utf-8"))["outcomes"]:
        cut = Cut(**{what.name: one[what.name] for what in fields(Cut)})
        earlier[cut] = Recovery(
            _or_never(one["contact"]),
            _or_never(one["all_see"]),
            _or_never(one["all_have"]) if cut.kind == WHOLE else None,
            one["wrong_verdicts"],
        )
    return earlier


def _or_never(seconds: float | None) -> float:
    """JSON knows no infinity."""
    return math.inf if seconds is None else seconds


def _tell(name: str, size: int, played: Mapping[Cut, Recovery]) -> str:
    """Write what is known so far: a run that is cut short has its outcome, too."""
    shapes = list(SHAPES)
    order = sorted(played, key=lambda cut: (shapes.index(cut.shape), cut.seconds))
    text = recovery_table([(cut, played[cut]) for cut in order])
    outcomes = [asdict(cut) | asdict(played[cut]) for cut in order]
    write(name, {"outcomes": outcomes}, text)
    draw_shares(
        name,
        f"All see all, {size} members, all shapes and lengths of cut",
        {
            kind: [played[cut].all_see for cut in order if cut.kind == kind]
            for kind in dict.fromkeys(cut.kind for cut in order)
        },
        "seconds from the heal",
    )
    return text


def main() -> None:
    """Run, print, write bench/results/partition_recovery*.{json,md,svg}."""
    parser = asked.parser(__doc__)
    asked.add_sim(parser, otherwise=True)
    parser.add_argument("--size", type=asked.count(3), default=16, help="members")
    lengths = asked.several(asked.amount())
    parser.add_argument(
        "--cuts", type=lengths, default="10,60", help="seconds, comma separated"
    )
    parser.add_argument(
        "--shapes",
        type=asked.several(asked.one_of(SHAPES)),
        default=",".join(SHAPES),
        help=f"of {', '.join(SHAPES)}; comma separated",
    )
    kinds = [WHOLE, *OTHERS]
    known = asked.several(asked.one_of(kinds))
    asked.add_more(parser)
    asked.add_name(parser)
    parser.add_argument(
        "--kinds",
        type=known,
        default=",".join([WHOLE, ALONE, MEMBERLIST]),
        help=f"simulated: of {', '.join(kinds)}",
    )
    asked.add_sweep(parser)
    asked.add_real(parser, otherwise=True)
    asked.add_beside(parser, only=True)
    parser.add_argument(
        "--silent", action="store_true", help="real: nobody says anything in the cut"
    )
    asked.add_distance(parser)
    options = asked.read(parser)
    if options.silent and not options.real:
        parser.error("--silent is of real members: say --real as well")
    if options.real:
        text = real_table(real_outcomes(options))
        print(text + asked.distance(options).in_words, end="")
    else:
        print(simulated(options), end="")


if __name__ == "__main__":
    main()
