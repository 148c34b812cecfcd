"""
What joins a machine to the bridge: two devices, one of them the machine's card.

Without a delay that is a veth pair. With one they are two TAP devices, and a program
(``carrier``) takes each frame from one to the other half the delay later; a packet
crosses two cables. That needs no ``tc netem``, which some kernels lack; walls, counters
and firewalls see no difference.
"""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from lab.carrier import INNER, TUN
from lab.distance import Distance

CARD = "card0"
CARRIER = Path(__file__).with_name("carrier.py")
PATIENCE_S = 5.0


class Cables:
    """Those of one fabric."""

    def __init__(self, namespace: str, distance: Distance) -> None:
        self._namespace = namespace
        self._distance = distance
        self._carrier: subprocess.Popen[str] | None = None

    @property
    def carrier_pid(self) -> int | None:
        """Of the program that carries frames; None where it takes none."""
        return self._carrier.pid if self._carrier else None

    def start(self) -> None:
        """The fabric's namespace is there."""
        if not self._distance.delay_ms:
            return
        on_one = (self._distance.delay_ms / 2000, self._distance.jitter_ms / 2000)
        program = [sys.executable, "-I", "-S", str(CARRIER), *map(str, on_one)]
        self._carrier = subprocess.Popen(
            ["ip", "netns", "exec", self._namespace, *program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # it ends with its input, not with Ctrl-C
        )

    def lay(self, port: str, machine: str) -> None:
        """One with the end *port* here, and the other as the card of *machine*."""
        if self._carrier is None:
            peer = ("peer", "name", CARD, "netns", machine)
            ip("-n", self._namespace, "link", "add", port, "type", "veth", *peer)
            return
        assert self._carrier.stdin is not None
        assert self._carrier.stdout is not None
        with suppress(BrokenPipeError):
            self._carrier.stdin.write(f"{port}\n")
            self._carrier.stdin.flush()
        if self._carrier.stdout.readline().strip() != port:
            raise RuntimeError(f"no cable for {machine}: the carrier has ended")
        new = ("name", CARD, "netns", machine)
        ip("-n", self._namespace, "link", "set", port + INNER, *new)

    def close(self) -> None:
        """End the carrier, and with it all cables; tell it if they were too full."""
        if self._carrier is None:
            return
        told = ""
        with suppress(subprocess.TimeoutExpired):
            told, _ = self._carrier.communicate(timeout=PATIENCE_S)
        self._carrier.kill()
        self._carrier.wait()
        dropped = told.strip().rpartition(" ")[2]
        if dropped not in ("", "0"):
            print(f"\n{dropped} frames found their cable full", file=sys.stderr)


def why_no_delay() -> str:
    """What is missing for cables that take their time; nothing, if they can be."""
    try:
        os.close(os.open(TUN, os.O_RDWR))
    except OSError as problem:
        return f"{TUN}: {problem.strerror}"
    return ""


def ip(*words: str) -> None:
    """The command of that name; CalledProcessError when it fails."""
    subprocess.run(["ip", *words], check=True, capture_output=True)
