"""
What an idle member costs: simulated, or as a process, alone or beside Serf's agents.

Simulated: whole peers (swim, links and chat, as in bench/scale.py) that have known each
other for long, over n: datagrams, bytes and links of a member, virtual time.

    python bench/idle.py --sizes 16,64,256 --minutes 1

With --real each member is a process on a machine of its own (a network namespace with
one card). With --with serf half of them are agents, in one cluster of LAN timings
without a key; or, with --apart, so many of each kind in a cluster of their own, one
cluster after the other. Nobody says anything. Counted after the joining has died down:
seconds on a processor (all threads), memory, and what the cards sent, with all headers.
Needs root, ip and nft; without (or with --loopback) all are in one network on loopback,
where processor and memory are counted, no more. With --keyed all have one key of 32
bytes.

    sudo python bench/idle.py --real --members 16 --minutes 2 --with serf
"""

import argparse
import json
import shutil
import statistics
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from random import SystemRandom

from lab import asked, sweep
from lab.chances import percentile
from lab.distance import Distance
from lab.fabric import Counted, Machine
from lab.leftovers import new_home
from lab.loopback import network_at
from lab.paper import draw_bars, table, write
from lab.pictures import draw_growth
from lab.progress import Progress
from scale import WHOLE, Cost, Run, play

BIN = Path(sys.executable).parent
PORT = 7946
PATIENCE_S = 120.0
NODE, AGENT = "gossipchat", "serf"
RPC = 7373
"""Of agents."""

Row = dict[str, float]
FIGURES = {
    "CPU, s a minute": "cpu_s",
    "memory, MiB": "rss",
    "sent, bytes a second": "bytes_sent",
    "sent, packets a second": "packets_sent",
    "of these by UDP": "udp_sent",
    "of these by TCP": "tcp_sent",
    "received, bytes a second": "bytes_received",
}


class Member:
    """One process of either kind."""

    def __init__(
        self,
        machine: Machine,
        kind: str,
        home: Path,
        seed: str,
        key: str | None,
        name: str = "",
    ) -> None:
        self.machine = machine
        self._key = key
        self.kind = kind
        self.name = name or machine.namespace
        self._data = home / machine.namespace
        with (home / f"{machine.namespace}.log").open("wb") as log:
            machine.start(self._command(seed), log, home)

    def _command(self, seed: str) -> list[str]:
        where = f"{self.machine.host}:{PORT}"
        if self.kind == AGENT:
            join = [f"-retry-join={seed}", "-retry-interval=1s"] if seed else []
            join += [f"-encrypt={self._key}"] if self._key else []
            own = [f"-node={self.name}", f"-bind={where}", self._door]
            return ["serf", "agent", *own, *join]
        if self._key:
            self._data.mkdir(mode=0o700)
            ring = self._data / "keyring.json"
            ring.write_text(json.dumps([self._key]), encoding="ascii")
            ring.chmod(0o600)
        own = ["--name", self.name, "--data", str(self._data), "--listen", where]
        plain = ["--irc", "none", "--web", "none", *([] if self._key else ["--open"])]
        join = ["--seed", seed] if seed else []
        twistd = [str(BIN / "twistd"), "-n", "--pidfile=", "gossipchat"]
        return [*twistd, *own, *plain, *join]

    @property
    def _door(self) -> str:
        return f"-rpc-addr={self.machine.door}:{RPC}"

    def alive(self) -> int:
        """How many members it holds alive, itself included; 0 before it answers."""
        if self.kind == AGENT:
            said = self.machine.ask("serf", "members", "-format=json", self._door)
            rows = json.loads(said)["members"] if said else []
            return sum(row["status"] == "alive" for row in rows)
        door = ("status", "--json", "--data", str(self._data))
        said = self.machine.ask(str(BIN / "gossipchat"), *door)
        return int(json.loads(said)["members"]["alive"]) if said else 0


def measure(
    kinds: Sequence[str],
    settle_s: float,
    minutes: float,
    keyed: bool,
    distance: Distance,
    tell: Callable[[int, int], None],
) -> dict[str, Row]:
    """One cluster of *kinds*: the median member of each kind, by figure."""
    with network_at(distance) as fabric:
        home = new_home()
        try:
            members: list[Member] = []
            secret = b64encode(SystemRandom().randbytes(32)).decode("ascii")
            key = secret if keyed else None
            for kind in kinds:
                first = members[0].machine.host if members else ""
                seed = f"{first}:{PORT}" if first else ""
                members.append(Member(fabric.add(), kind, home, seed, key))
            for member in members:
                wait_until_whole(member, len(kinds))
            pause(settle_s)
            before = [member.machine.counted() for member in members]
            began = time.monotonic()
            seconds = max(1, round(60 * minutes))
            for second in range(seconds):
                pause(began + (second + 1) * 60 * minutes / seconds - time.monotonic())
                tell(second + 1, seconds)
            took = time.monotonic() - began
            used = [
                member.machine.counted().since(then)
                for member, then in zip(members, before, strict=True)
            ]
            for member in members:
                if member.alive() != len(kinds):
                    sys.exit(f"{member.name} lost somebody: this run says nothing")
        finally:
            shutil.rmtree(home, ignore_errors=True)
    counted = list(asdict(used[0])) if fabric.counts_traffic else ["cpu_s", "rss"]
    middle = {
        kind: median(
            [one for one, its in zip(used, kinds, strict=True) if its == kind], took
        )
        for kind in dict.fromkeys(kinds)
    }
    return {kind: {name: row[name] for name in counted} for kind, row in middle.items()}


def median(several: Sequence[Counted], took: float) -> Row:
    """The figures of the member in the middle, each for itself."""
    rates = {"cpu_s": 60 / took, "rss": 1 / (1 << 20)}
    return {
        name: statistics.median(value * rates.get(name, 1 / took) for value in values)
        for name in asdict(several[0])
        for values in [[asdict(one)[name] for one in several]]
    }


def wait_until_whole(member: Member, size: int) -> None:
    """Until it holds *size* alive; ends the program when that takes too long."""
    ends = time.monotonic() + PATIENCE_S
    while member.alive() != size:
        if time.monotonic() > ends:
            sys.exit(f"{member.name} doesn't see all {size}")
        pause(0.5)


def pause(seconds: float) -> None:
    """Let *seconds* pass."""
    threading.Event().wait(max(0.0, seconds))


def _known(rows: dict[str, Row]) -> dict[str, str]:
    """Of FIGURES, those that were counted."""
    return {told: name for told, name in FIGURES.items() if name in rows[NODE]}


def in_words(rows: dict[str, Row]) -> str:
    """A table of each kind, and of how both compare."""
    lines = []
    for told, name in _known(rows).items():
        line = [told, *(f"{row[name]:.3g}" for row in rows.values())]
        if AGENT in rows:
            ours, theirs = rows[NODE][name], rows[AGENT][name]
            line.append(f"{ours / theirs:.2f}" if theirs else "-")
        lines.append(line)
    ratio = ["ratio"] if AGENT in rows else []
    return table(["a member, median", *rows, *ratio], lines)


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
        "--members", type=asked.count(2), default=16, help="real: of the whole cluster"
    )
    parser.add_argument(
        "--settle", type=asked.amount(), default=30.0, help="real: seconds before"
    )
    alone = "real: a cluster for each kind"
    parser.add_argument("--apart", action="store_true", help=alone)
    parser.add_argument("--keyed", action="store_true", help="real: with encryption")
    asked.add_loopback(parser)
    asked.add_beside(parser, AGENT)
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
    size, distance = options.members, asked.distance(options)
    kinds = list(dict.fromkeys(asked.real_kinds(options)))
    how = (options.settle, options.minutes, options.keyed, distance)
    rows = run(kinds, size, options.apart, *how)
    text = in_words(rows) + distance.in_words
    together = "apart" if options.apart else "mixed"
    name = f"idle-{size}-{together if AGENT in rows else 'alone'}"
    name += "-keyed" if options.keyed else ""
    name += distance.in_name
    found = {"members": size, "distance": asdict(distance), "figures": rows}
    write(name, found, text)
    known = list(_known(rows).items())
    for told, figure in [*known[:1], *known[2:3]]:
        title = f"{size} idle members: {told}"
        bars = {kind: [row[figure]] for kind, row in rows.items()}
        draw_bars(f"{name}-{figure}", title, [""], bars, told)
    print(json.dumps(rows) if options.json else text)


def run(
    kinds: Sequence[str],
    size: int,
    apart: bool,
    settle_s: float,
    minutes: float,
    keyed: bool,
    distance: Distance,
) -> dict[str, Row]:
    """The figures of each of *kinds*."""
    groups = [[kind] for kind in kinds] if apart else [kinds]
    progress = Progress(len(groups))
    rows: dict[str, Row] = {}
    for group in groups:
        tell = progress.part(" and ".join(group))
        members = [group[number % len(group)] for number in range(size)]
        rows |= measure(members, settle_s, minutes, keyed, distance, tell)
    return rows


if __name__ == "__main__":
    main()
