"""
Talk among real members: so many messages a second, each timed at those who listen.
"""

import itertools
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from gossipchat.faces.socket.client import connect
from lab.cluster import Cluster, Line
from lab.fabric import Counted
from lab.host import stolen_since, ticks
from lab.members import NODE, Member

TEXT_BYTES = 64
NUMBER_DIGITS = 10

FIRST_NUMBERS = itertools.count(0, 1_000_000)
"""Of each talk's messages: what comes late of another one is not counted."""

STEP_S = 0.01
"""Above a hundred a second several are said at once, so often."""

LATEST_S = 30.0
"""After the last was said; what has not come then is lost."""

QUIET_S = 5.0
"""The same after so long in which nothing came at all."""

UNLIMITED = "[chat]\nsay_rate = 0.0\n"
"""Settings of nodes whose users may say as much as they like."""

Tell = Callable[[int, int], None]
"""How many of how many have been said."""


@dataclass
class Talk:
    """What became of it. Times in seconds."""

    kind: str
    rate: float
    """Messages a second, of all authors together, as asked for."""
    authors: int
    seconds: float
    said: int = 0
    refused: int = 0
    listeners: int = 0
    lost: int = 0
    """Messages that some listener never showed, once for each of these."""
    overtaken: int = 0
    """Messages shown after a later one of the same author."""
    twice: int = 0
    latencies: list[float] = field(default_factory=list, repr=False)
    """From saying to each listener but the author."""
    slowest: list[float] = field(default_factory=list, repr=False)
    """From saying to the last of the listeners, of each message that came to all."""
    drained: float = 0.0
    """From the last that was said until every node had everything."""
    everywhere: bool = True
    """Whether every node, listening or not, had everything in the end."""
    cpu_s: float = 0.0
    """Of all members together, from the first that was said until all had come."""
    bytes_sent: int | None = None
    """None: nobody counts them."""
    duplicates: float | None = None
    """Runs that came to a node that had them, for each that it took."""
    runs: int = 0
    """Runs that nodes took from others."""
    stolen: float | None = None
    """The share of the wanted processor time that the host kept; see ``lab.host``."""

    @property
    def cores(self) -> float:
        """Processors kept busy on average."""
        return self.cpu_s / (self.seconds + self.drained)

    def microseconds_each(self, members: int) -> float:
        """Processor time for each message at each member."""
        return 1e6 * self.cpu_s / max(1, self.said * members)


class Talking:
    """One talk in *cluster*: ``play`` it once."""

    def __init__(self, cluster: Cluster, chance: Random) -> None:
        self._cluster = cluster
        self._chance = chance
        self._first = next(FIRST_NUMBERS)
        self._lines: list[tuple[int, Line]] = []
        self._said_at: list[float] = []
        self._said_by: list[str] = []
        self._newest = 0.0
        """When the last line of this talk came, or the last was said."""

    def play(
        self, authors: Sequence[Member], rate: float, seconds: float, tell: Tell
    ) -> Talk:
        """*authors* say *rate* messages a second in all, for *seconds*."""
        cluster = self._cluster
        talk = Talk(cluster.kind, rate, len(authors), seconds)
        cluster.lines.clear()
        cluster.answers.clear()
        entries = self._entries()
        counts = self._counts()
        before = [member.machine.counted() for member in cluster.members]
        earlier = ticks()
        self._say_all(authors, rate, seconds, tell)
        last = self._newest = time.monotonic()
        talk.said = len(self._said_at)
        listeners = [one.name for one in cluster.members if one.listens]
        goal = talk.said * len(listeners)
        cluster.watch(LATEST_S, lambda: self._heard() >= goal or self._is_quiet())
        talk.everywhere = self._all_have(entries, last)
        talk.drained = time.monotonic() - last
        used = [
            member.machine.counted().since(then)
            for member, then in zip(cluster.members, before, strict=True)
        ]
        talk.stolen = stolen_since(earlier, ticks())
        self._sum_up(talk, listeners, used)
        talk.runs, known = (
            after - was for after, was in zip(self._counts(), counts, strict=True)
        )
        talk.duplicates = known / talk.runs if talk.runs else None
        return talk

    def _say_all(
        self, authors: Sequence[Member], rate: float, seconds: float, tell: Tell
    ) -> None:
        step = max(STEP_S, 1 / rate)
        total = round(rate * seconds)
        began = time.monotonic()
        while len(self._said_at) < total:
            due = min(total, int((time.monotonic() - began) * rate) + 1)
            while len(self._said_at) < due:
                self._say_one(self._chance.choice(authors))
            tell(len(self._said_at), total)
            place = len(self._said_at) / rate
            rest = began + max(place, time.monotonic() - began + step / 2)
            self._cluster.watch(max(0.0, rest - time.monotonic()))

    def _say_one(self, author: Member) -> None:
        number = len(self._said_at)
        text = f"{self._first + number:0{NUMBER_DIGITS}} ".ljust(TEXT_BYTES, ".")
        self._said_at.append(time.monotonic())
        self._said_by.append(author.name)
        self._cluster.say(author, self._first + number, text)

    def _heard(self) -> int:
        """How often a message of this talk has been shown."""
        for line in self._cluster.lines:
            number = int(line.text[:NUMBER_DIGITS]) - self._first
            if 0 <= number < len(self._said_at):
                self._lines.append((number, line))
                self._newest = max(self._newest, line.at)
        self._cluster.lines.clear()
        return len(self._lines)

    def _is_quiet(self) -> bool:
        return time.monotonic() - self._newest > QUIET_S

    def _all_have(self, before: int | None, last: float) -> bool:
        """Wait until every node holds as many entries as the one with most."""
        if before is None:
            return True
        while time.monotonic() < last + LATEST_S:
            held = [self._status(member)["entries"] for member in self._cluster.members]
            if len(set(held)) == 1:
                came = int(held[0]) - before
                return came >= len(self._said_at) - self._refusals()
            self._cluster.watch(0.2)
        return False

    def _refusals(self) -> int:
        return sum(
            problem is not None and number >= self._first
            for _, number, problem in self._cluster.answers
        )

    def _sum_up(self, talk: Talk, listeners: list[str], used: list[Counted]) -> None:
        talk.refused = self._refusals()
        talk.listeners = len(listeners)
        talk.cpu_s = sum(one.cpu_s for one in used)
        if self._cluster.fabric.counts_traffic:
            talk.bytes_sent = sum(one.bytes_sent for one in used)
        seen: Counter[tuple[str, int]] = Counter()
        newest: dict[tuple[str, str], int] = {}
        last: dict[int, float] = {}
        come: Counter[int] = Counter()
        for number, line in self._lines:
            seen[line.observer, number] += 1
            author = self._said_by[number]
            pair = (line.observer, author)
            talk.overtaken += newest.get(pair, -1) > number
            newest[pair] = max(newest.get(pair, -1), number)
            come[number] += 1
            if line.observer != author:
                waited = line.at - self._said_at[number]
                talk.latencies.append(waited)
                last[number] = max(last.get(number, 0.0), waited)
        talk.slowest = [last[one] for one in last if come[one] >= len(listeners)]
        talk.twice = sum(times - 1 for times in seen.values())
        talk.lost = (talk.said - talk.refused) * len(listeners) - len(seen)

    # --- what nodes count of themselves ---------------------------------------

    def _counts(self) -> tuple[int, int]:
        """Runs taken and runs that were there already, of all nodes."""
        if self._cluster.kind != NODE:
            return 0, 0
        counts = [self._status(member)["counts"] for member in self._cluster.members]
        return (
            sum(one.get("runs.taken", 0) for one in counts),
            sum(one.get("runs.duplicate", 0) for one in counts),
        )

    def _entries(self) -> int | None:
        if self._cluster.kind != NODE:
            return None
        return int(self._status(self._cluster.members[0])["entries"])

    def _status(self, member: Member) -> dict[str, Any]:
        with connect(member.data) as client:
            return client.ask("status")


def percentile(values: Sequence[float], share: float) -> float:
    """The value that *share* (0 to 1) of *values* do not exceed; inf without any."""
    ordered = sorted(values)
    place = max(0, min(len(ordered) - 1, round(share * len(ordered)) - 1))
    return ordered[place] if ordered else float("inf")
