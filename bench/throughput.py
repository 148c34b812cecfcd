"""
What real members carry: latency, the highest rate without loss, and what that costs.

Each member is a real process on a machine of its own. Three talks:

    calm     10 messages a second by anybody: how long until it is shown, everywhere
    one      one author speaks fast
    all      all members speak, at rising rates: the highest one where everything is
             everywhere, in order, 2 s after the last was said; the second rate
             where it is not ends the curve

A message has 64 bytes. It is timed from the request at its author's socket until a face
of another node has its line. In `calm` every node is listened to; in the others some
are (a face costs what a delivery costs), and all nodes count what they have. With
--with serf the same talks go as user events through an agent's RPC, in the same run.
Needs root, ip, nft; without (or with --loopback) all members are in one network on
loopback.

*Stolen* is what the host of a virtual machine gave to others of the processor time that
was wanted here: where that is much, latencies are the host's.

    sudo python bench/throughput.py --with serf
    sudo python bench/throughput.py --talks calm --seconds 60
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from random import Random
from typing import Any

from lab import asked
from lab.cluster import Cluster
from lab.distance import Distance
from lab.members import AGENT
from lab.paper import draw_bars, draw_curves, table, write
from lab.progress import Progress
from lab.talk import UNLIMITED, Talk, Talking, percentile

SETTLE_S = 5.0
"""Before a talk: joining, or the one before, dies down."""

IN_TIME_S = 2.0
"""After the last was said everything must be everywhere, or the rate is too high."""

TALKS = ("calm", "one", "all")

CALM_RATE = 10.0

WARM_RATE = 20.0
WARM_S = 6.0
"""Talk before the first that counts, so that every author has its tree."""


@dataclass(frozen=True)
class Plan:
    """What is asked for on the command line."""

    members: int
    talks: tuple[str, ...]
    seed: int
    seconds: float
    one_seconds: float
    one_rate: float
    rates: tuple[float, ...]
    listeners: int
    distance: Distance


def measure(kind: str, plan: Plan, progress: Progress) -> list[tuple[str, Talk]]:
    """The talks of one kind, in two clusters."""
    chance = Random(plan.seed)
    talks = []

    def play(cluster: Cluster, what: str, rate: float, seconds: float) -> Talk:
        speakers = [cluster.members[0]] if what == "one" else cluster.members
        cluster.watch(SETTLE_S)
        name = f"{kind} {what} {rate:g}/s"
        talking = Talking(cluster, chance)
        talk = talking.play(speakers, rate, seconds, progress.part(name))
        talks.append((what, talk))
        return talk

    def warm_up(cluster: Cluster) -> None:
        cluster.watch(SETTLE_S)
        talking = Talking(cluster, chance)
        talking.play(cluster.members, WARM_RATE, WARM_S, lambda *_: None)

    if "calm" in plan.talks:
        with Cluster(
            kind, plan.members, listeners=plan.members, distance=plan.distance
        ) as cluster:
            warm_up(cluster)
            play(cluster, "calm", CALM_RATE, plan.seconds)
    if plan.talks == ("calm",):
        return talks
    several = max(1, plan.listeners)
    with Cluster(
        kind,
        plan.members,
        listeners=several,
        settings=UNLIMITED,
        distance=plan.distance,
    ) as cluster:
        warm_up(cluster)
        if "one" in plan.talks:
            play(cluster, "one", plan.one_rate, plan.one_seconds)
        missed = 0
        for rate in plan.rates if "all" in plan.talks else ():
            missed += not sustained(play(cluster, "all", rate, plan.seconds))
            if missed == 2:
                break  # a higher one would only take its time
    return talks


def sustained(talk: Talk) -> bool:
    """Whether everything came everywhere, in order and in time."""
    whole = talk.everywhere and not (talk.lost or talk.refused or talk.overtaken)
    return whole and talk.drained <= IN_TIME_S


def as_row(what: str, talk: Talk, members: int) -> dict[str, Any]:
    """For the JSON file: all figures, latencies as percentiles in milliseconds."""
    figures = asdict(talk)
    for name in ("latencies", "slowest"):
        times = figures.pop(name)
        for share in (50, 99, 100):
            figures[f"{name}_p{share}_ms"] = 1000 * percentile(times, share / 100)
    return {
        "talk": what,
        **figures,
        "cores": talk.cores,
        "us_each": talk.microseconds_each(members),
        "sustained": sustained(talk),
    }


COLUMNS: dict[str, Callable[[dict[str, Any]], str]] = {
    "talk": lambda row: f"{row['kind']}: {row['talk']}, {row['rate']:g}/s",
    "p50 ms": lambda row: f"{row['latencies_p50_ms']:.0f}",
    "p99 ms": lambda row: f"{row['latencies_p99_ms']:.0f}",
    "to the last, p99 ms": lambda row: f"{row['slowest_p99_ms']:.0f}",
    "lost": lambda row: f"{_share(row['lost'], row)}",
    "overtaken": lambda row: f"{_share(row['overtaken'], row)}",
    "all there after, s": lambda row: _drained(row),
    "cores": lambda row: f"{row['cores']:.2f}",
    "µs a delivery": lambda row: f"{row['us_each']:.0f}",
    "duplicates": lambda row: _ratio(row["duplicates"]),
    "stolen": lambda row: _percent(row["stolen"]),
}


def _share(times: int, row: dict[str, Any]) -> str:
    deliveries = max(1, row["said"] * row["listeners"])
    return f"{100 * times / deliveries:.1f} %" if times else "0"


def _drained(row: dict[str, Any]) -> str:
    return f"{row['drained']:.1f}" if row["everywhere"] else "never"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.0f} %"


def _ratio(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def in_words(rows: list[dict[str, Any]]) -> str:
    """A row a talk, and what can be sustained."""
    cells = [[column(row) for column in COLUMNS.values()] for row in rows]
    text = table(list(COLUMNS), cells)
    for kind in dict.fromkeys(row["kind"] for row in rows if row["talk"] == "all"):
        held = [
            row["rate"]
            for row in rows
            if row["kind"] == kind and row["talk"] == "all" and row["sustained"]
        ]
        best = f"{max(held):g} a second" if held else "none of those tried"
        text += f"\n{kind}: highest rate of all authors with nothing lost: {best}\n"
    return text


def draw(name: str, rows: list[dict[str, Any]]) -> None:
    """Calm and one author as bars; for all of them rate against CPU and latency."""
    apart = [row for row in rows if row["talk"] != "all"]
    if apart:
        shares = {"half": "p50_ms", "99 of 100": "p99_ms"}
        talks = list(dict.fromkeys(row["talk"] for row in apart))
        bars = {
            kind: [
                row[f"latencies_{figure}"]
                for figure in shares.values()
                for row in apart
                if row["kind"] == kind
            ]
            for kind in dict.fromkeys(row["kind"] for row in apart)
        }
        groups = [f"{talk}: {share}" for share in shares for talk in talks]
        draw_bars(name, "Until others show a line", groups, bars, "milliseconds")
    if len(apart) < len(rows):
        _draw_all(name, rows)


def _draw_all(name: str, rows: list[dict[str, Any]]) -> None:
    curves: dict[str, dict[str, list[tuple[float, float]]]] = {"cores": {}, "p99": {}}
    for row in rows:
        if row["talk"] == "all":
            for what, figure in (("cores", "cores"), ("p99", "latencies_p99_ms")):
                curve = curves[what].setdefault(row["kind"], [])
                curve.append((row["rate"], row[figure]))
    title = "All members speak"
    across = "messages a second"
    draw_curves(f"{name}-cpu", title, curves["cores"], across, "processors busy")
    draw_curves(f"{name}-p99", title, curves["p99"], across, "p99 latency, ms", True)


def main() -> None:
    """Measure, print, write bench/results/throughput*.{json,md,svg}."""
    parser = asked.parser(__doc__)
    asked.add_real(parser)
    parser.add_argument(
        "--members", type=asked.count(2), default=16, help="of each kind"
    )
    parser.add_argument(
        "--talks",
        type=asked.several(asked.one_of(TALKS)),
        default=",".join(TALKS),
        help=f"of {', '.join(TALKS)}; comma separated",
    )
    parser.add_argument(
        "--seconds", type=asked.amount(1), default=15.0, help="of each talk"
    )
    parser.add_argument(
        "--one-seconds",
        type=asked.amount(1),
        default=60.0,
        help="of the one author's talk",
    )
    parser.add_argument(
        "--one-rate", type=asked.amount(1), default=1000.0, help="of one author"
    )
    parser.add_argument(
        "--rates",
        type=asked.several(asked.amount(1)),
        default="100,300,600,1000",
        help="of all authors together",
    )
    parser.add_argument(
        "--listeners", type=asked.count(), default=3, help="nodes with a face"
    )
    parser.add_argument(
        "--seed", type=asked.count(0), default=1, help="who speaks when"
    )
    asked.add_loopback(parser)
    asked.add_beside(parser, AGENT)
    asked.add_distance(parser)
    asked.add_json(parser)
    args = asked.read(parser)
    rates = tuple(args.rates)
    plan = Plan(
        args.members,
        tuple(args.talks),
        args.seed,
        args.seconds,
        args.one_seconds,
        args.one_rate,
        rates,
        args.listeners,
        asked.distance(args),
    )
    name = f"throughput{plan.distance.in_name}"
    if plan.talks != TALKS:
        name = "-".join([name, *plan.talks])
    kinds = asked.real_kinds(args)
    of_all = len(rates) if "all" in plan.talks else 0
    apart = sum(one in plan.talks for one in ("calm", "one"))
    progress = Progress(len(kinds) * (apart + of_all))
    rows: list[dict[str, Any]] = []
    for kind in kinds:
        talks = measure(kind, plan, progress)
        rows += [as_row(what, talk, plan.members) for what, talk in talks]
        text = in_words(rows) + plan.distance.in_words
        write(name, {"plan": asdict(plan), "talks": rows}, text)
    draw(name, rows)
    print(json.dumps(rows) if args.json else text)


if __name__ == "__main__":
    main()
