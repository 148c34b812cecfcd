"""
How fast, and at what price, a message gets to everybody: our broadcast, simulated.

The broadcast that ships (links, trees, notes, grafts; membership told a little late),
beside the same with every link eager (flooding) and Plumtree's bare idea. One author
speaks until the tree has grown; then a share of the members is killed at once, and it
says 40 more, ten a second. The network: 2 ± 1 ms one way (members have measured that),
and a share of all packets lost, which streams repeat after 0.2 s. Measured over the
survivors:

    p50, p99     virtual seconds from the author's disk to another one's
    last         the same until the last one has it, p50
    copies       payloads that came, for each that was new, less one: redundancy
    hops         links to the last one, at most
    there        the share of deliveries that came within 30 s

    python bench/broadcast.py --sizes 16,32 --seeds 3

With --real the same is asked of processes on machines of their own (hops can't be
seen there), alone or beside Serf's user events. Where there can be none (or with
--loopback) they are in one network on loopback: without loss.

    sudo python bench/broadcast.py --real --sizes 16 --seeds 2 --with serf
"""

import argparse
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from random import Random

from lab import asked, real_broadcast, sweep
from lab.broadcasts import Task
from lab.chances import percentile
from lab.paper import draw_curves, table, write

from gossipchat.feeds.run import Run
from gossipchat.sim.baselines import plumtree
from gossipchat.sim.broadcast_alone.node import Node
from gossipchat.sim.broadcast_alone.world import World
from gossipchat.sim.network.network import Weather
from gossipchat.wire.ours.frames import Frame, Prune, Runs

OURS, FLOODING, MODEL, MODEL_FLOODS = (
    "gossipchat",
    "gossipchat, all links eager",
    "Plumtree's idea",
    "flooding's",
)
KINDS = (OURS, FLOODING, MODEL, MODEL_FLOODS)
LINES = 40
PAUSE = 0.1
ROUND_TRIP = 0.004
"""What members have measured of each other, as swim does."""
PATIENCE = 30.0
MODEL_DEGREE = 5


@dataclass(frozen=True)
class Spread:
    """One run."""

    delays: list[float]
    """Of each delivery, seconds."""
    lasts: list[float]
    """Of each message, until its last delivery."""
    copies: float
    hops: int
    there: float


class Tracks:
    """Which way each payload took."""

    def __init__(self, author: Node) -> None:
        self._author = author
        self.payloads = 0
        self.hops: dict[tuple[str, bytes], int] = {}

    def arriving(self, source: Node, target: Node, frame: Frame) -> None:
        """One frame came."""
        if not isinstance(frame, Runs):
            return
        for run in frame.runs:
            self.payloads += 1
            before = self.hops.get((source.name, run), 0)
            if target is not self._author:
                self.hops.setdefault((target.name, run), before + 1)


def play(task: Task) -> Spread:
    """One run."""
    if task.kind in (MODEL, MODEL_FLOODS):
        return _model(task)
    weather = Weather.even(ROUND_TRIP / 2, 0.001, task.loss)
    world = World(task.seed, weather=weather)
    world.round_trip = ROUND_TRIP
    if task.kind == FLOODING:
        world.tamper = _no_prunes
    nodes = [world.add(f"n{number}") for number in range(task.size)]
    world.run(10)
    author, *others = nodes
    for _ in range(10):
        world.say(author)
        world.run(0.3)
    victims = world.heap.chance.sample(others, round(task.crashed * len(others)))
    for victim in victims:
        world.crash(victim)
    tracks = Tracks(author)
    world.arriving = tracks.arriving
    said = []
    for _ in range(LINES):
        said.append(world.say(author))
        world.run(PAUSE)
    world.run(PATIENCE)
    return _spread(author, [node for node in others if node.core], said, tracks)


def _no_prunes(source: Node, target: Node, frame: Frame) -> Frame | None:
    return None if isinstance(frame, Prune) else frame


def _spread(
    author: Node, others: Sequence[Node], said: Sequence[Run], tracks: Tracks
) -> Spread:
    delays, lasts = list[float](), list[float]()
    for run in said:
        began = author.kept_at[run.encoded]
        took = [
            node.kept_at[run.encoded] - began
            for node in others
            if run.encoded in node.kept_at
        ]
        delays += took
        lasts.append(max(took, default=PATIENCE))
    hops = [
        tracks.hops.get((node.name, run.encoded), 0) for node in others for run in said
    ]
    wanted = len(others) * len(said)
    return Spread(
        delays,
        lasts,
        tracks.payloads / len(delays) - 1,
        max(hops),
        len(delays) / wanted,
    )


def _model(task: Task) -> Spread:
    """Without loss or crashes; a tree first, then one message."""
    links = plumtree.overlay(Random(task.seed), task.size, MODEL_DEGREE)
    flood = task.kind == MODEL_FLOODS
    plumtree.broadcast(links, task.seed, flood=flood)
    took = plumtree.broadcast(links, task.seed, flood=flood)
    copies = took.payloads / (task.size - 1) - 1
    return Spread([took.seconds], [took.seconds], copies, took.hops, 1.0)


def main() -> None:
    """Run, print, write bench/results/broadcast.*."""
    options = _options()
    losses = [one / 100 for one in options.losses]
    shares = [one / 100 for one in options.crashed]
    weathers = [(loss, 0.0) for loss in losses] + [
        (0.0, share) for share in shares if share
    ]
    sizes = options.sizes
    if options.real:
        how = (options.seeds, options.beside, asked.distance(options))
        real_broadcast.play_all(sizes, weathers, *how)
        return
    tasks = [
        Task(kind, size, loss, share, options.first_seed + number)
        for size in sizes
        for loss, share in weathers
        for kind in (KINDS if not (loss or share) else (OURS, FLOODING))
        for number in range(options.seeds)
    ]
    found = sweep.sweep(play, tasks, options.workers, options.dask)
    played = list(zip(tasks, found, strict=True))
    rows, outcomes = [], []
    curves: dict[str, list[tuple[float, float]]] = {}
    for key, runs in _grouped(played).items():
        kind, size, loss, share = key
        row = _figures(runs, kind)
        rows.append([f"{kind}, n = {size}, {runs[0][0].weather}", *row])
        outcomes += [asdict(task) | _brief(one) for task, one in runs]
        if not loss and kind in (OURS, FLOODING):
            last = percentile([at for _, one in runs for at in one.lasts], 0.5)
            curve = curves.setdefault(f"{kind}, n = {size}", [])
            curve.append((100 * share, 1000 * last))
    head = ["", "p50, ms", "p99, ms", "last, ms", "copies", "hops", "there"]
    text = table(head, rows)
    write("broadcast", {"outcomes": outcomes}, text)
    draw_curves(
        "broadcast",
        "Until the last survivor has a message",
        curves,
        "% killed at once, just before",
        "ms, median",
    )
    print(text, end="")


Played = Sequence[tuple[Task, Spread]]
Key = tuple[str, int, float, float]


def _grouped(played: Played) -> dict[Key, list[tuple[Task, Spread]]]:
    groups: dict[Key, list[tuple[Task, Spread]]] = {}
    for task, spread in played:
        key = task.kind, task.size, task.loss, task.crashed
        groups.setdefault(key, []).append((task, spread))
    return groups


def _figures(runs: Played, kind: str) -> list[str]:
    delays = [delay for _, one in runs for delay in one.delays]
    lasts = [last for _, one in runs for last in one.lasts]
    copies = sum(one.copies for _, one in runs) / len(runs)
    there = sum(one.there for _, one in runs) / len(runs)
    each = [f"{1000 * percentile(delays, share):.1f}" for share in (0.5, 0.99)]
    if kind in (MODEL, MODEL_FLOODS):
        each = ["", ""]
    last = f"{1000 * percentile(lasts, 0.5):.1f}"
    hops = str(max(one.hops for _, one in runs))
    return [*each, last, f"{copies:.2f}", hops, f"{100 * there:.5g} %"]


def _brief(one: Spread) -> dict[str, float]:
    return {
        "p50": percentile(one.delays, 0.5),
        "p99": percentile(one.delays, 0.99),
        "last": percentile(one.lasts, 0.5),
        "copies": one.copies,
        "hops": one.hops,
        "there": one.there,
    }


def _options() -> argparse.Namespace:
    parser = asked.parser(__doc__)
    asked.add_sim(parser, otherwise=True)
    real_broadcast.add_options(parser)
    sizes = asked.several(asked.count(2))
    shares = asked.several(asked.amount(0, 90))
    parser.add_argument(
        "--sizes", type=sizes, default="16,32", help="members, comma separated"
    )
    parser.add_argument(
        "--losses", type=shares, default="0,1,5", help="per cent of packets"
    )
    parser.add_argument(
        "--crashed", type=shares, default="0,25,50", help="per cent of members"
    )
    asked.add_sweep(parser, seeds=3)
    return asked.read(parser)


if __name__ == "__main__":
    main()
