"""
What idle members cost as processes: processor, memory, and what their cards count.

Nodes and agents may be half and half in one cluster; kinship's members, whose protocol
nobody else speaks, are always in one of their own.
"""

import json
import shutil
import statistics
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from random import SystemRandom
from select import select

from lab.channels import KinshipChannel, Seen
from lab.distance import Distance
from lab.fabric import Counted
from lab.leftovers import new_home
from lab.loopback import network_at
from lab.members import AGENT, BIN, KINSHIP, NODE, Member
from lab.paper import table
from lab.progress import Progress

PATIENCE_S = 120.0

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


class IdleMember(Member):
    """One that is asked now and then, over no connection that lasts."""

    _views: dict[str, str] | None = None

    def alive(self) -> int:
        """How many members it holds alive, itself included; 0 before it answers."""
        if self.kind == KINSHIP:
            return self._told_alive()
        if self.kind == AGENT:
            door = f"-rpc-addr={self.door}"
            said = self.machine.ask("serf", "members", "-format=json", door)
            rows = json.loads(said)["members"] if said else []
            return sum(row["status"] == "alive" for row in rows)
        where = ("status", "--json", "--data", str(self.data))
        said = self.machine.ask(str(BIN / "gossipchat"), *where)
        return int(json.loads(said)["members"]["alive"]) if said else 0

    def _told_alive(self) -> int:
        """By what it has printed until now, which waits in a pipe meanwhile."""
        channel = self.listen()
        assert isinstance(channel, KinshipChannel)
        self._views = self._views or {}
        while select([channel], [], [], 0)[0]:
            for one in channel.read() or ():
                assert isinstance(one, Seen)
                self._views[one.subject] = one.status
        return list(self._views.values()).count("alive")

    def wait_until_whole(self, size: int) -> None:
        """Until it holds *size* alive; ends the program when that takes too long."""
        ends = time.monotonic() + PATIENCE_S
        while self.alive() != size:
            if time.monotonic() > ends:
                sys.exit(f"{self.name} doesn't see all {size}")
            pause(0.5)


def start_all(members: Sequence[IdleMember]) -> None:
    """Start them, the others by the first, and wait until each holds all alive."""
    for member in members:
        member.start("" if member is members[0] else members[0].address)
    for member in members:
        member.wait_until_whole(len(members))


def new_key() -> str:
    """Of 32 bytes, in base64."""
    return b64encode(SystemRandom().randbytes(32)).decode("ascii")


def pause(seconds: float) -> None:
    """Let *seconds* pass."""
    threading.Event().wait(max(0.0, seconds))


def pass_minutes(
    minutes: float,
    tell: Callable[[int, int], None],
    wait: Callable[[float], object] = pause,
) -> None:
    """Let *minutes* pass by *wait*, and tell the bar of each second."""
    began, seconds = time.monotonic(), max(1, round(60 * minutes))
    for second in range(seconds):
        wait(began + (second + 1) * 60 * minutes / seconds - time.monotonic())
        tell(second + 1, seconds)


# --- measured -----------------------------------------------------------------


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
    clusters = clusters_of(kinds, apart)
    progress = Progress(len(clusters))
    rows: dict[str, Row] = {}
    for group in clusters:
        tell = progress.part(" and ".join(group))
        members = [group[number % len(group)] for number in range(size)]
        rows |= measure(members, settle_s, minutes, keyed, distance, tell)
    return rows


def clusters_of(kinds: Sequence[str], apart: bool) -> list[list[str]]:
    """Which of *kinds* are in one cluster."""
    together = [] if apart else [kind for kind in kinds if kind != KINSHIP]
    return [
        *filter(None, [together]),
        *([kind] for kind in kinds if kind not in together),
    ]


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
            key = new_key() if keyed else ""
            members = [IdleMember(fabric.add(), kind, home, key=key) for kind in kinds]
            start_all(members)
            pause(settle_s)
            traffic = fabric.counts_traffic
            used = count(members, traffic, lambda: pass_minutes(minutes, tell))
            for member in members:
                if member.alive() != len(kinds):
                    sys.exit(f"{member.name} lost somebody: this run says nothing")
        finally:
            shutil.rmtree(home, ignore_errors=True)
    return {
        kind: median([one for one, its in zip(used, kinds, strict=True) if its == kind])
        for kind in dict.fromkeys(kinds)
    }


def count(
    members: Sequence[Member], traffic: bool, passing: Callable[[], None]
) -> list[Row]:
    """
    What each used while *passing* let the time pass: the values of FIGURES.

    Processor time a minute, memory at the end, all else a second; without *traffic*
    these two alone.
    """
    before = [member.machine.counted() for member in members]
    began = time.monotonic()
    passing()
    took = time.monotonic() - began
    return [
        _row(member.machine.counted().since(then), took, traffic)
        for member, then in zip(members, before, strict=True)
    ]


def _row(used: Counted, took: float, traffic: bool) -> Row:
    own = {"cpu_s": 60 * used.cpu_s / took, "rss": used.rss / (1 << 20)}
    sent = {name: value / took for name, value in asdict(used).items()}
    return sent | own if traffic else own


def median(rows: Sequence[Row]) -> Row:
    """That of the member in the middle, each figure for itself."""
    return {name: statistics.median(row[name] for row in rows) for name in rows[0]}


# --- told ---------------------------------------------------------------------


def figures_in(rows: dict[str, Row]) -> dict[str, str]:
    """Of FIGURES, those that were counted."""
    return {told: name for told, name in FIGURES.items() if name in rows[NODE]}


def in_words(rows: dict[str, Row]) -> str:
    """A table: a column for each kind, and one for ours as a share of each other's."""
    others = [kind for kind in rows if kind != NODE]
    lines = []
    for told, name in figures_in(rows).items():
        values = [f"{row[name]:.3g}" for row in rows.values()]
        shares = [_share(rows[NODE][name], rows[kind][name]) for kind in others]
        lines.append([told, *values, *shares])
    head = ["a member, median", *rows, *(f"of {kind}'s" for kind in others)]
    return table(head, lines)


def _share(ours: float, theirs: float) -> str:
    return f"{ours / theirs:.2f}" if theirs else "-"


def over_in_words(found: Mapping[int, dict[str, Row]]) -> str:
    """The same over the size of the cluster: a row for each size and kind."""
    figures = figures_in(next(iter(found.values())))
    lines = [
        [f"{kind}, n = {size}", *(f"{row[name]:.3g}" for name in figures.values())]
        for kind in next(iter(found.values()))
        for size, row in ((size, rows[kind]) for size, rows in found.items())
    ]
    return table(["a member, median", *figures], lines)


def curves_over(
    found: Mapping[int, dict[str, Row]],
) -> dict[str, list[tuple[float, float]]]:
    """Processor, memory and bytes sent of each kind, over the size."""
    figures = list(figures_in(next(iter(found.values()))).items())[:3]
    return {
        f"{kind}: {told}": [(size, rows[kind][name]) for size, rows in found.items()]
        for told, name in figures
        for kind in next(iter(found.values()))
    }
