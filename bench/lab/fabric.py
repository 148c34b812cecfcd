"""
Many machines on one: a network namespace each, joined by a bridge in another.

A machine's traffic is what its one network card counts: Ethernet, IP, UDP and TCP
headers, ARP and acknowledgements included. What is lost between machines is in
``walls``, how long packets take is in ``cables``. Needs root, ``ip``, ``nft`` and a
kernel with veth.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from lab.cables import CARD, Cables, ip, why_no_delay
from lab.distance import HERE, Distance
from lab.inside import connected_inside
from lab.leftovers import new_space, remove_leftovers, remove_space
from lab.walls import Walls, nft_in

LEFT_OUT = int(os.environ.get("BENCH_LEFT_OUT", "1"))
"""The status of a bench that can do nothing of what was asked for where it is."""

MAX_NEIGHBOURS = 16_384
"""Rows of the ARP table, which all namespaces share: 64 machines that all know each
other fill the usual 1,024 four times over."""


@dataclass(frozen=True)
class Counted:
    """What a process and its machine have used since they started."""

    cpu_s: float
    """Seconds on a processor, of all threads."""
    rss: int
    """Bytes of memory now."""
    bytes_sent: int = 0
    packets_sent: int = 0
    bytes_received: int = 0
    packets_received: int = 0
    udp_sent: int = 0
    """Datagrams."""
    tcp_sent: int = 0
    """Segments, acknowledgements included."""

    def since(self, before: "Counted") -> "Counted":
        """What was used since *before*; memory as it is now."""
        return Counted(
            self.cpu_s - before.cpu_s,
            self.rss,
            self.bytes_sent - before.bytes_sent,
            self.packets_sent - before.packets_sent,
            self.bytes_received - before.bytes_received,
            self.packets_received - before.packets_received,
            self.udp_sent - before.udp_sent,
            self.tcp_sent - before.tcp_sent,
        )


class Machine:
    """One network namespace with one card and one process."""

    def __init__(self, fabric: "Fabric", number: int) -> None:
        self.host = f"10.77.{number // 250}.{number % 250 + 1}"
        self.namespace = f"{fabric.name}-{number}"
        self.door = "127.0.0.1"
        self._inside: tuple[str, ...] = ("ip", "netns", "exec", self.namespace)
        self._process: subprocess.Popen[bytes] | None = None
        self._cable = ("-n", fabric.name, "link", "set", f"{fabric.name[-8:]}.{number}")
        self._guarded = False
        self._build(fabric, f"{fabric.name[-8:]}.{number}")

    def _build(self, fabric: "Fabric", port: str) -> None:
        ip("netns", "add", self.namespace)
        fabric.cables.lay(port, self.namespace)
        ip(*self._cable, "master", "bridge0", "up")
        for card in ("lo", CARD):
            ip("-n", self.namespace, "link", "set", card, "up")
        ip("-n", self.namespace, "address", "add", f"{self.host}/16", "dev", CARD)

    def start(
        self,
        command: Sequence[str],
        log: IO[bytes],
        home: Path,
        output: int | None = None,
    ) -> "subprocess.Popen[bytes]":
        """Run *command* here; its outputs go to *log*, or the first to *output*."""
        self._process = subprocess.Popen(
            [*self._inside, *command],
            stdin=subprocess.DEVNULL,
            stdout=log if output is None else output,
            stderr=log,
            env={"PATH": os.environ.get("PATH", os.defpath), "HOME": str(home)},
            cwd=home,
        )
        return self._process

    def ask(self, *command: str) -> str:
        """The output of *command*, run here; empty when it fails."""
        command = (*self._inside, *command)
        done = subprocess.run(command, capture_output=True, text=True)
        return done.stdout if done.returncode == 0 else ""

    def connect(self, port: int) -> socket.socket:
        """To a program's own door here, on ``door``. OSError if it is closed."""
        return connected_inside(self.namespace, (self.door, port))

    @property
    def pid(self) -> int:
        assert self._process is not None
        assert self._process.poll() is None, f"{self.namespace}'s process has ended"
        return self._process.pid

    # --- what may befall it ---------------------------------------------------

    def kill(self) -> None:
        """kill -9: the process is gone, the machine answers for it (refused)."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def freeze(self) -> None:
        """The process stands still; the machine takes what comes for it."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on."""
        os.kill(self.pid, signal.SIGCONT)

    def vanish(self) -> None:
        """Pull the cable: nobody answers any more."""
        ip(*self._cable, "down")

    def come_back(self) -> None:
        """Plug it in again."""
        ip(*self._cable, "up")

    def reject(self, host: str) -> None:
        """This machine's firewall turns *host* away, and says so."""
        if not self._guarded:
            self._guarded = True
            hook = "{ type filter hook input priority 0; }"
            nft_in(self.namespace, "add table inet guard")
            nft_in(self.namespace, f"add chain inet guard door {hook}")
        rule = f"add rule inet guard door ip saddr {host}"
        tcp = "meta l4proto tcp reject with tcp reset"
        nft_in(self.namespace, f"{rule} {tcp}")
        nft_in(self.namespace, f"{rule} reject with icmp port-unreachable")

    def admit_all(self) -> None:
        """Its firewall is open again."""
        if self._guarded:
            nft_in(self.namespace, "flush chain inet guard door")

    # --- what it costs --------------------------------------------------------

    def counted(self) -> Counted:
        """As of now."""
        received, sent = self._traffic()
        by = (self._snmp("Udp", "OutDatagrams"), self._snmp("Tcp", "OutSegs"))
        return Counted(cpu_seconds(self.pid), resident(self.pid), *sent, *received, *by)

    def _traffic(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Bytes and packets, received and sent, by the card's own count."""
        text = Path(f"/proc/{self.pid}/net/dev").read_text(encoding="ascii")
        line = next(line for line in text.splitlines() if CARD in line)
        fields = [int(field) for field in line.partition(":")[2].split()]
        return (fields[0], fields[1]), (fields[8], fields[9])

    def _snmp(self, protocol: str, figure: str) -> int:
        """What this machine's network stack has counted."""
        text = Path(f"/proc/{self.pid}/net/snmp").read_text(encoding="ascii")
        lines = [line for line in text.splitlines() if line.startswith(f"{protocol}:")]
        names, values = (line.split() for line in lines)
        return int(values[names.index(figure)])

    def close(self) -> None:
        """End what was started here."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        remove_space(self.namespace)


class Fabric:
    """The bridge, and the machines on it; gone at the end of the ``with``."""

    counts_traffic = True

    def __init__(self, distance: Distance = HERE) -> None:
        if distance.delay_ms and (why := why_no_delay()):
            sys.exit(f"--delay needs TAP devices: {why}")
        self.name = new_space()
        self.cables = Cables(self.name, distance)
        self.machines: list[Machine] = []

    def __enter__(self) -> "Fabric":
        for ending in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(ending, end)  # or all of this would stay behind
        remove_leftovers()
        if why := why_no_machines():
            print(
                "left out: needs networks of its own, and so root or user namespaces,"
                f" ip and nft: {why}",
                file=sys.stderr,
            )
            sys.exit(LEFT_OUT)
        ip("netns", "add", self.name)
        ip("-n", self.name, "link", "add", "bridge0", "type", "bridge")
        ip("-n", self.name, "link", "set", "bridge0", "up")
        make_room_for_neighbours()
        self.cables.start()
        self.walls = Walls(self.name)
        return self

    def add(self) -> Machine:
        """One more machine."""
        self.machines.append(Machine(self, len(self.machines)))
        return self.machines[-1]

    def __exit__(self, *_: object) -> None:
        for machine in self.machines:
            machine.close()
        self.cables.close()
        remove_space(self.name)


def end(*_: object) -> None:
    """End the program, and with it what was begun."""
    sys.exit(128 + signal.SIGTERM)


def why_no_machines() -> str | None:
    """What is missing for network namespaces; None: nothing."""
    if os.geteuid() != 0:
        return "this is not root: scripts/on-machines COMMAND may help"
    for tool in ("ip", "nft", "unshare"):
        if not shutil.which(tool):
            return f"there is no {tool}"
    # Root in a container may make none either.
    made = subprocess.run(["unshare", "--net", "true"], capture_output=True)
    return "no network namespaces here" if made.returncode else None


def make_room_for_neighbours() -> None:
    """
    Raise the bounds of the ARP table, for all that run here from now on.

    The kernel shows them to its own root alone: who is root in a namespace lives with
    them, which is enough for some thirty machines.
    """
    place = Path("/proc/sys/net/ipv4/neigh/default")
    for number in (3, 2, 1):
        bound = place / f"gc_thresh{number}"
        if not bound.exists():
            return
        if int(bound.read_text(encoding="ascii")) < MAX_NEIGHBOURS:
            with suppress(OSError):  # some containers show what they don't let change
                bound.write_text(str(MAX_NEIGHBOURS), encoding="ascii")


def cpu_seconds(pid: int) -> float:
    """All threads' time on a processor, to the nanosecond."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    times = [(task / "schedstat").read_text(encoding="ascii") for task in tasks]
    return sum(int(line.split()[0]) for line in times) / 1e9


def resident(pid: int) -> int:
    """Bytes of memory."""
    pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
