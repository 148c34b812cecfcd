"""
What an idle member costs: simulated, or as a process, alone or beside Serf's agents.

Simulated: whole peers (swim, links and chat, as in bench/scale.py) that have known each
other for long, over n: datagrams, bytes and links of a member, virtual time.

    python bench/idle.py --sizes 16,64,256 --minutes 1

With --real each member is a process on a machine of its own (a network namespace with
one card). With --with serf half of them are agents, in one cluster of LAN timings
without a key; or, with --apart, so many of each kind in a cluster of their own, one
cluster after the other. Of kinship (--with kinship) there are so many in a cluster of
their own in any case: nobody else speaks their protocol. Nobody says anything. Counted
after the joining has died down: seconds on a processor (all threads), memory, and what
the cards sent, with all headers. Needs root, ip and nft; without (or with --loopback)
all are in one network on loopback, where processor and memory are counted, no more.
With --keyed all have one key of 32 bytes. Several sizes, as in --members 4,16,64, are
measured one after the other, and the picture is over n.

    sudo python bench/idle.py --real --members 16 --minutes 2 --with serf --with kinship
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict

from lab import asked, sweep
from lab.chances import percentile
from lab.members import KINSHIP, NODE
from lab.paper import draw_bars, table, write
from lab.pictures import draw_growth
from lab.real_idle import (
    Row,
    curves_over,
    figures_in,
    in_words,
    over_in_words,
    run,
)
from scale import WHOLE, Cost, Run, play


def main() -> None:
    """Measure, print, write bench/results/idle*.{json,md,svg}."""
    options = _options()
    if options.real:
        real(options)
    else:
        simulated(options)


def _options() -> argparse.Namespace:
    parser = asked.parser(__doc__)
    asked.add_sim(parser, otherwise=True)
    sizes = asked.several(asked.count(3))
    parser.add_argument(
        "--sizes", type=sizes, default="16,64", help="simulated: members"
    )
    parser.add_argument(
        "--minutes", type=asked.amount(0.01), default=2.0, help="counted"
    )
    asked.add_sweep(parser, seeds=2)
    asked.add_real(parser, otherwise=True)
    parser.add_argument(
        "--members",
        type=asked.several(asked.count(2)),
        default="16",
        help="real: of the whole cluster; comma separated",
    )
    parser.add_argument(
        "--settle", type=asked.amount(), default=30.0, help="real: seconds before"
    )
    alone = "real: a cluster for each kind"
    parser.add_argument("--apart", action="store_true", help=alone)
    parser.add_argument("--keyed", action="store_true", help="real: with encryption")
    asked.add_loopback(parser)
    asked.add_beside(parser)
    asked.add_distance(parser)
    asked.add_json(parser)
    options = asked.read(parser)
    if (options.apart or options.keyed) and not options.real:
        parser.error("--apart and --keyed are of real members: say --real as well")
    return options


# --- simulated ----------------------------------------------------------------

SIMULATED = {
    "datagrams a second": "packets",
    "bytes a second": "bytes",
    "of these by links": "link_bytes",
    "links": "links",
}


def simulated(options: argparse.Namespace) -> None:
    """Whole peers over n, in virtual time."""
    runs = [
        Run(WHOLE, size, options.first_seed + seed, 60 * options.minutes)
        for size in options.sizes
        for seed in range(options.seeds)
    ]
    costs = sweep.sweep(play, runs, options.workers, options.dask)
    played = list(zip(runs, costs, strict=True))
    rows = simulated_rows(played)
    cells = [
        [f"simulated, n = {size}", *(f"{row[name]:.4g}" for name in SIMULATED.values())]
        for size, row in rows.items()
    ]
    text = table(["a member, median", *SIMULATED], cells)
    write("idle", {"figures": rows}, text)
    curves = {
        what: [(size, row[name]) for size, row in rows.items()]
        for what, name in SIMULATED.items()
        if any(row[name] >= 1 for row in rows.values())  # the rest is nothing
    }
    draw_growth("idle", "An idle member, simulated", curves, "members")
    print(json.dumps(rows) if options.json else text)


def simulated_rows(played: Sequence[tuple[Run, Cost]]) -> dict[int, Row]:
    """For each size the median of each figure."""
    sizes = dict.fromkeys(run.size for run, _ in played)
    return {
        size: {
            name: percentile(
                [getattr(cost, name) for run, cost in played if run.size == size], 0.5
            )
            for name in SIMULATED.values()
        }
        for size in sizes
    }


# --- real ---------------------------------------------------------------------


def real(options: argparse.Namespace) -> None:
    """Processes of each kind."""
    sizes, distance = options.members, asked.distance(options)
    kinds = list(dict.fromkeys(asked.real_kinds(options)))
    how = (options.settle, options.minutes, options.keyed, distance)
    found = {size: run(kinds, size, options.apart, *how) for size in sizes}
    name = "-".join(["idle", *map(str, sizes), company(kinds, options.apart)])
    name += "-keyed" if options.keyed else ""
    name += distance.in_name
    figures = found if len(sizes) > 1 else found[sizes[0]]
    text = over_in_words(found) if len(sizes) > 1 else in_words(found[sizes[0]])
    text += distance.in_words
    told = {"members": sizes if len(sizes) > 1 else sizes[0], "figures": figures}
    write(name, {"distance": asdict(distance)} | told, text)
    if len(sizes) > 1:
        draw_growth(name, "Idle members", curves_over(found), "members")
    else:
        _draw_bars(name, sizes[0], found[sizes[0]])
    print(json.dumps(figures) if options.json else text)


def _draw_bars(name: str, size: int, rows: dict[str, Row]) -> None:
    counted = list(figures_in(rows).items())
    for told, figure in [*counted[:1], *counted[2:3]]:
        title = f"{size} idle members: {told}"
        bars = {kind: [row[figure]] for kind, row in rows.items()}
        draw_bars(f"{name}-{figure}", title, [""], bars, told)


def company(kinds: Sequence[str], apart: bool) -> str:
    """For the results' name: what nodes have beside them, if any."""
    others = [kind for kind in kinds if kind != NODE]
    if not others:
        return "alone"
    return "apart" if apart or others == [KINSHIP] else "mixed"


if __name__ == "__main__":
    main()
