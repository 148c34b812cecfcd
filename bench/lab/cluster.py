"""
A cluster of real processes, watched by one reader: who holds whom for what, since when.
"""

import selectors
import shutil
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeVar

from lab.channels import Accused, Answered, Channel, Heard, Seen
from lab.distance import HERE, Distance
from lab.fabric import Fabric
from lab.leftovers import new_home
from lab.loopback import network_at
from lab.members import AGENT, NODE, Member
from lab.walls import Walls

PATIENCE_S = 120.0
"""For what must come: starting, and being whole again."""

LOOK_S = 0.1


class Change(NamedTuple):
    """From *at* (seconds of the monotonic clock) on, *observer* holds that."""

    at: float
    observer: str
    subject: str
    status: str


class Line(NamedTuple):
    """*observer* showed *text* at *at*."""

    at: float
    observer: str
    text: str


Record = TypeVar("Record", Change, Line)


class Cluster:
    """
    So many members of one *kind*, each on a machine of its own; gone with the ``with``.

    ``changes`` and ``lines`` grow as they come, whenever ``watch`` or a wait runs.
    """

    def __init__(
        self,
        kind: str,
        size: int,
        *,
        listeners: int = 0,
        profile: str = "lan",
        settings: str = "",
        distance: Distance = HERE,
    ) -> None:
        """*listeners*: so many of the members also tell what is said."""
        self.kind = kind
        self.size = size
        self._listeners = listeners
        self._profile = profile
        self._settings = settings
        self.fabric = network_at(distance)
        self.members: list[Member] = []
        self.views: dict[str, dict[str, str]] = {}
        self.changes: list[Change] = []
        self.lines: list[Line] = []
        self.answers: list[tuple[float, int, str | None]] = []
        """When, of which say, and why it was refused (None: it was not)."""
        self.start_s = 0.0
        """Seconds from the first member's start until all held all alive."""
        self._selector = selectors.DefaultSelector()
        self._channels: dict[str, Channel] = {}

    def __enter__(self) -> "Cluster":
        self.home = new_home()
        self.fabric.__enter__()
        try:
            self._start_all()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for name in list(self._channels):
            self._let_go(name)
        self.fabric.__exit__()
        shutil.rmtree(self.home, ignore_errors=True)

    def _start_all(self) -> None:
        for number in range(self.size):
            member = Member(
                self.fabric.add(),
                self.kind,
                self.home,
                listens=number < self._listeners,
                profile=self._profile,
                settings=self._settings,
            )
            self.members.append(member)
        began = time.monotonic()
        for member in self.members:
            member.start("" if member is self.members[0] else self.members[0].address)
        for member in self.members:
            self.connect(member)
        self.wait(self.whole, "all list all")
        self.start_s = time.monotonic() - began

    # --- members --------------------------------------------------------------

    @property
    def names(self) -> list[str]:
        """Of all members, in the order of their start."""
        return [member.name for member in self.members]

    def connect(self, member: Member) -> None:
        """Listen to *member* as soon as it is up."""

        def connected() -> bool:
            channel = member.listen()
            if channel is not None:
                self._let_go(member.name)
                self.views[member.name] = {}
                self._channels[member.name] = channel
                self._selector.register(channel, selectors.EVENT_READ, member.name)
            return channel is not None

        self.wait(connected, f"{member.name} is up")

    def restart(self, member: Member) -> None:
        """Start again what was killed; it joins by somebody who lives."""
        seed = next(one for one in self.members if one is not member)
        member.start(seed.address)
        self.connect(member)

    def say(self, member: Member, number: int, text: str) -> None:
        """Let *member* say *text*; *number* comes back in ``answers``."""
        self._channels[member.name].say(number, text)

    def hosts(self, members: list[Member]) -> list[str]:
        """Their addresses, for walls."""
        return [member.machine.host for member in members]

    @property
    def walls(self) -> Walls:
        """What is lost between machines; only where members have machines."""
        assert isinstance(self.fabric, Fabric), "no walls on loopback"
        return self.fabric.walls

    # --- watching -------------------------------------------------------------

    def watch(self, seconds: float, until: Callable[[], bool] | None = None) -> bool:
        """Read what members tell for *seconds*, or until that holds; whether it did."""
        ends = time.monotonic() + seconds
        while True:
            if until is not None and until():
                return True
            left = ends - time.monotonic()
            if left <= 0:
                return False
            ready = self._selector.select(min(left, LOOK_S) if until else left)
            at = time.monotonic()  # all of it is here now, whoever is read first
            for key, _ in ready:
                self._read(key.data, at)

    def wait(self, condition: Callable[[], bool], what: str) -> float:
        """Watch until *condition* holds; the seconds it took. RuntimeError if never."""
        began = time.monotonic()
        if not self.watch(PATIENCE_S, condition):
            raise RuntimeError(f"{self.kind}: not within {PATIENCE_S:g} s: {what}")
        return time.monotonic() - began

    def whole(self) -> bool:
        """Whether every member holds every other one for alive."""
        return self.all_see(self.members, self.members, "alive")

    def all_see(
        self, observers: list[Member], subjects: list[Member], *statuses: str
    ) -> bool:
        """Whether each of *observers* holds each other one of *subjects* for that."""
        return all(
            self.views[one.name].get(other.name) in statuses
            for one in observers
            for other in subjects
            if one is not other
        )

    def _read(self, name: str, at: float) -> None:
        news = self._channels[name].read()
        if news is None:
            self._let_go(name)
            return
        for one in news:
            match one:
                case Seen(subject, status):
                    if self.views[name].get(subject) != status:
                        self.views[name][subject] = status
                        self.changes.append(Change(at, name, subject, status))
                case Accused(subject):
                    self.changes.append(Change(at, name, subject, "suspect"))
                case Heard(text):
                    self.lines.append(Line(at, name, text))
                case Answered(number, problem):
                    self.answers.append((at, number, problem))

    def _let_go(self, name: str) -> None:
        channel = self._channels.pop(name, None)
        if channel is not None:
            self._selector.unregister(channel)
            channel.close()


def since(records: list[Record], at: float) -> Iterator[Record]:
    """Those of *records* (changes or lines) that are not older than *at*."""
    return (one for one in records if one.at >= at)


def verdicts(
    cluster: Cluster, at: float, about: set[str], by: set[str]
) -> list[Change]:
    """Who of *by* has called whom of *about* dead since *at*."""
    return [
        change
        for change in since(cluster.changes, at)
        if change.status == "dead"
        and change.subject in about
        and change.observer in by
        and change.observer != change.subject
    ]


def can_say(kind: str) -> bool:
    """Whether members of *kind* are also used for messages here."""
    return kind in (NODE, AGENT)
