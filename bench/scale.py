"""
How each cost grows with the members, simulated or real.

    whole peers   swim, links and chat, nobody has spoken: for each member a second,
                  datagrams, bytes and links; the processor time of a virtual minute
    membership    our core on the arena's network (2 ± 1 ms one way, 1 % loss), idle for
                  a minute: datagrams, bytes and full exchanges; then one vanishes:
                  seconds until the first, then the last of the others knows
    counted       a claim alone, by the reduced model (sim/swim_alone/counting.py): no
                  probes, no exchanges, no bytes. Seconds until all know of a death that
                  one has declared, and packets for it

All begin settled: everybody has known everybody for long. Processor time is of one
core, and of this machine. Bytes are of datagrams, streams and links, without those of
IP, UDP, TCP and TLS.

With --real each member is a process on a machine of its own (a network namespace with
one card; needs root, ip and nft), and the seconds are real; with --with, Serf's agents
or kinship go through the same in the same run, in clusters of their own; with --delay
and --jitter, packets take so long. All start at once by one seed: the seconds, and
those of the processor of all together, until all see all. After --settle they are idle
for --seconds: processor, memory and what the cards sent, with all headers. Then one's
cable is pulled. Once for each size and kind, unless --seeds says more. Where there can
be no machines (or with --loopback) members are in one network on loopback: no bytes are
counted, and the one is killed.

    python bench/scale.py --sizes 16,128 --counted 16,1000
    sudo python bench/scale.py --real --members 4,16 --with serf --with kinship
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import inf

from lab import asked, real_scale, sweep
from lab.chances import percentile
from lab.paper import table, write
from lab.pictures import draw_growth

from gossipchat.sim.arena.arena import Arena
from gossipchat.sim.arena.ours import OurTeam
from gossipchat.sim.arena.scenarios import LAB
from gossipchat.sim.swim_alone.counting import spread
from gossipchat.sim.world.world import World
from gossipchat.swim.events import Status

WHOLE, MEMBERSHIP, COUNTED = "whole peers", "membership", "counted"

SIZES, COUNTED_SIZES = [16, 64, 256], [16, 64, 256, 1000, 10000]


@dataclass(frozen=True)
class Run:
    """What is to be played."""

    kind: str
    size: int
    seed: int
    seconds: float


@dataclass(frozen=True)
class Cost:
    """What it cost; None: this kind does not tell."""

    start_cpu: float | None = None
    """Seconds of processor time for all members."""
    cpu_a_minute: float | None = None
    """Seconds of processor time of all members in a virtual minute."""
    packets: float | None = None
    """Datagrams a member a second, idle."""
    bytes: float | None = None
    """In datagrams, streams and links, a member a second, idle."""
    link_bytes: float | None = None
    """Of these over links."""
    links: float | None = None
    """Of a member."""
    first: float | None = None
    """Seconds from a death until the first other member knows."""
    last: float | None = None
    """Until the last one does; counted: from the first one on."""
    told: float | None = None
    """Packets a member for the claim of one death."""


def play(run: Run) -> Cost:
    """One run."""
    match run.kind:
        case "whole peers":
            return _whole(run)
        case "membership":
            return _membership(run)
        case _:
            found = spread(run.seed, run.size, weather=LAB)
            return Cost(last=found.last, told=found.packets)


def _whole(run: Run) -> Cost:
    began = time.process_time()
    world = World(run.seed)
    world.start_settled(run.size)
    world.run(5)  # links grow
    started, before = time.process_time(), world.sent()
    world.run(run.seconds)
    spent, sent = time.process_time() - started, world.sent().since(before)
    each = run.size * run.seconds
    links = [len(node.peer.broadcast.links()) for node in world.living if node.peer]
    return Cost(
        start_cpu=started - began,
        cpu_a_minute=spent * 60 / run.seconds,
        packets=sent.packets / each,
        bytes=(sent.packet_bytes + sent.stream_bytes + sent.link_bytes) / each,
        link_bytes=sent.link_bytes / each,
        links=sum(links) / run.size,
    )


def _membership(run: Run) -> Cost:
    began = time.process_time()
    arena = Arena(run.seed, OurTeam(), run.size, LAB)
    started, before = time.process_time(), arena.sent()
    arena.run(run.seconds)
    spent, sent = time.process_time() - started, arena.sent().since(before)
    victim, death = arena.fate.choice(arena.names), arena.heap.now
    arena.vanish(victim)
    while arena.heap.now < death + 60 and not arena.all_hold(Status.DEAD, victim):
        arena.run(0.25)
    first = arena.record.first(Status.DEAD, victim, death)
    others = arena.others(victim)
    last = arena.record.all_know(Status.DEAD, victim, others, death)
    each = run.size * run.seconds
    return Cost(
        start_cpu=started - began,
        cpu_a_minute=spent * 60 / run.seconds,
        packets=sent.packets / each,
        bytes=(sent.bytes + sent.stream_bytes) / each,
        first=inf if first is None else first - death,
        last=inf if last is None else last - death,
    )


def main() -> None:
    """Run, print, write bench/results/scale*.{json,md,svg}."""
    options = _options()
    if options.real:
        real_scale.play_all(options)
    else:
        simulated(options)


def simulated(options: argparse.Namespace) -> None:
    """Whole peers, membership alone and the reduced model, in virtual time."""
    sizes = options.sizes or SIZES
    plan = [
        (kind, size)
        for kind, its in (
            (WHOLE, options.whole or sizes),
            (MEMBERSHIP, sizes),
            (COUNTED, options.counted or COUNTED_SIZES),
        )
        for size in its
    ]
    runs = [
        Run(kind, size, options.first_seed + seed, options.seconds)
        for kind, size in sorted(plan, key=lambda one: one[1])
        for seed in range(options.seeds)
    ]
    found = sweep.sweep(play, runs, options.workers, options.dask)
    played = list(zip(runs, found, strict=True))
    text = _table(played)
    outcomes = [asdict(run) | asdict(cost) for run, cost in played]
    name = "scale" + (f"-{options.name}" if options.name else "")
    write(name, {"outcomes": outcomes}, text)
    draw_growth(name, "What grows with the members", _curves(played), "members")
    print(text, end="")


def _options() -> argparse.Namespace:
    parser = asked.parser(__doc__)
    asked.add_sim(parser, otherwise=True)
    asked.add_name(parser)
    sizes, usual = asked.several(asked.count(3)), ",".join(map(str, SIZES))
    parser.add_argument("--sizes", type=sizes, help=f"simulated: members ({usual})")
    parser.add_argument("--whole", type=sizes, help="sizes of whole peers, if others")
    usual = ",".join(map(str, COUNTED_SIZES))
    told = f"sizes of the reduced model ({usual})"
    parser.add_argument("--counted", type=sizes, help=told)
    parser.add_argument(
        "--seconds", type=asked.amount(1), default=60.0, help="of idling"
    )
    asked.add_sweep(parser, seeds=None)
    real_scale.add_options(parser)
    options = asked.read(parser)
    asked.keep_apart(
        parser, options, sim=("sizes", "whole", "counted"), real=("members", "settle")
    )
    options.seeds = options.seeds or (1 if options.real else 3)
    return options


Played = Sequence[tuple[Run, Cost]]


def _groups(played: Played) -> dict[tuple[str, int], list[Cost]]:
    groups: dict[tuple[str, int], list[Cost]] = {}
    for run, cost in sorted(played, key=lambda one: (one[0].kind, one[0].size)):
        groups.setdefault((run.kind, run.size), []).append(cost)
    return groups


def _middle(costs: Sequence[Cost], what: str) -> float | None:
    """The median of what was told."""
    known = [value for cost in costs if (value := getattr(cost, what)) is not None]
    return percentile(known, 0.5) if known else None


def _table(played: Played) -> str:
    columns = {
        "packets": ("datagrams /s", ".2f"),
        "bytes": ("bytes /s", ".0f"),
        "link_bytes": ("by links", ".0f"),
        "links": ("links", ".1f"),
        "first": ("first knows, s", ".1f"),
        "last": ("last knows, s", ".2f"),
        "told": ("packets a claim", ".1f"),
        "cpu_a_minute": ("CPU s a minute, all", ".1f"),
        "start_cpu": ("CPU s to start, all", ".1f"),
    }
    rows = []
    for (kind, size), costs in _groups(played).items():
        cells = [(_middle(costs, what), form) for what, (_, form) in columns.items()]
        shown = ["" if value is None else format(value, form) for value, form in cells]
        rows.append([f"{kind}, n = {size}", *shown])
    head = ("a member (medians)", *(title for title, _ in columns.values()))
    return table(head, rows)


def _curves(played: Played) -> dict[str, list[tuple[float, float]]]:
    wanted = {
        "datagrams a member a second, whole peers": (WHOLE, "packets"),
        "bytes a member a second, whole peers": (WHOLE, "bytes"),
        "last knows of a death, s": (MEMBERSHIP, "last"),
        "the same from the first on, counted": (COUNTED, "last"),
        "CPU s a virtual minute, whole peers": (WHOLE, "cpu_a_minute"),
    }
    curves: dict[str, list[tuple[float, float]]] = {}
    for label, (kind, what) in wanted.items():
        for (one, size), costs in _groups(played).items():
            value = _middle(costs, what)
            if one == kind and value is not None and value < inf:
                curves.setdefault(label, []).append((size, value))
    return curves


if __name__ == "__main__":
    main()
