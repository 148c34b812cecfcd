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
import math
import statistics
from dataclasses import asdict

from lab import asked, sweep
from lab.paper import draw_bars, write
from lab.pictures import draw_shares
from lab.progress import Progress
from lab.real_splits import LIMIT_S, Split, split
from lab.sim_splits import ALONE, MEMBERLIST, OTHERS, WHOLE, Cut, play, recovery_table

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
    """Play all in virtual time; writes bench/results/partition_recovery.*."""
    cuts = [
        Cut(kind, options.size, shape, seconds, options.first_seed + number)
        for shape in options.shapes
        for seconds in options.cuts
        for kind in options.kinds
        for number in range(options.seeds)
    ]
    found = sweep.sweep(play, cuts, options.workers, options.dask)
    played = list(zip(cuts, found, strict=True))
    text = recovery_table(played)
    outcomes = [asdict(cut) | asdict(recovery) for cut, recovery in played]
    name = "partition_recovery"
    name += "" if options.size == 16 else f"-{options.size}"
    name += f"-{options.name}" if options.name else ""
    write(name, {"outcomes": outcomes}, text)
    draw_shares(
        name,
        f"All see all, {options.size} members, all shapes and lengths of cut",
        {
            kind: [one.all_see for cut, one in played if cut.kind == kind]
            for kind in options.kinds
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
