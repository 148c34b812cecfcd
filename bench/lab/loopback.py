"""
Real members in one network, on addresses of loopback: for where there can be no
machines of their own.

Nothing is late or lost there, no cable can be pulled, no card counts; processes are
killed and stopped as elsewhere. What needs more is left out, and told.
"""

import shutil
import signal
import socket
import sys
from collections.abc import Callable, Iterable
from random import SystemRandom
from typing import TypeVar

from lab.distance import ON_LOOPBACK, Distance
from lab.fabric import (
    LEFT_OUT,
    Counted,
    Fabric,
    Machine,
    cpu_seconds,
    end,
    resident,
    why_no_machines,
)
from lab.leftovers import new_space, remove_leftovers

One = TypeVar("One")


class Place(Machine):
    """An address of loopback, and one process there."""

    def __init__(self, host: str, name: str) -> None:
        self.host = self.door = host
        self.namespace = name
        # Nobody's namespace ends it when a bench is killed.
        self._inside = ("setpriv", "--pdeathsig", "KILL")
        if not shutil.which(self._inside[0]):
            self._inside = ()
        self._process = None

    def connect(self, port: int) -> socket.socket:
        """See ``Machine``."""
        return socket.create_connection((self.host, port), timeout=5)

    def counted(self) -> Counted:
        """As of now: processor and memory."""
        return Counted(cpu_seconds(self.pid), resident(self.pid))

    def close(self) -> None:
        """End what was started here."""
        if self._process is not None:
            self.kill()


class Loopback:
    """As many places as are wanted; empty at the end of the ``with``."""

    counts_traffic = False

    def __init__(self) -> None:
        self.name = new_space()
        self.machines: list[Machine] = []

    def __enter__(self) -> "Loopback":
        for ending in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(ending, end)
        remove_leftovers()
        chance = SystemRandom()  # others use loopback, too
        self._first = (chance.randint(1, 254), chance.randint(0, 250))
        return self

    def add(self) -> Machine:
        """One more place."""
        number = len(self.machines)
        second, third = self._first
        host = f"127.{second}.{third + number // 250}.{number % 250 + 1}"
        self.machines.append(Place(host, f"{self.name}-{number}"))
        return self.machines[-1]

    def __exit__(self, *_: object) -> None:
        for machine in self.machines:
            machine.close()


def network_at(distance: Distance) -> Fabric | Loopback:
    """What members at that distance stand on."""
    return Loopback() if distance.loopback else Fabric(distance)


def on_loopback(forced: bool) -> bool:
    """Whether members are there: *forced*, or there can be no machines; told then."""
    why = "--loopback" if forced else why_no_machines()
    if why:
        print(f"real members are {ON_LOOPBACK} ({why})", file=sys.stderr)
    return why is not None


def possible(
    wanted: Iterable[One],
    fits: Callable[[One], bool],
    where: Distance,
    name: Callable[[One], str] = str,
) -> list[One]:
    """
    Those of *wanted* that can be done *where* members are: on loopback those that fit.

    The others are told; when nothing is left the program ends.
    """
    several = list(wanted)
    if not where.loopback:
        return several
    left_out = [name(one) for one in several if not fits(one)]
    if left_out:
        print(
            f"left out: {', '.join(left_out)} (needs networks of its own, and so root"
            " or user namespaces: scripts/on-machines COMMAND)",
            file=sys.stderr,
        )
    if len(left_out) == len(several):
        sys.exit(LEFT_OUT)
    return [one for one in several if fits(one)]
