"""
A lab in which every node has a machine of its own: a network namespace, one card.

The cards meet at a bridge in one more namespace, which can lose what goes from some
to others, as a cable that was pulled out does, and which counts every byte.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable
from functools import cache
from random import SystemRandom
from typing import Any

from tests.processes.lab import Lab

CARD = "card0"
TABLE = "bridge gossipchat"
OPEN = ("--open",)
"""Beyond loopback a node wants a key, or to be told that none is needed."""


@cache
def why_no_wires() -> str:
    """What is missing for such a lab; nothing, if it can be built."""
    if os.geteuid() != 0:
        return "network namespaces need root: make test"
    missing = [tool for tool in ("ip", "nft") if shutil.which(tool) is None]
    if missing:
        return f"not installed: {', '.join(missing)}"
    name = unused_name()
    try:
        build_bridge(name)
    except subprocess.CalledProcessError as problem:
        return f"this kernel refuses: {problem.stderr.decode().strip()}"
    finally:
        subprocess.run(["ip", "netns", "delete", name], capture_output=True)
    return ""


class WiredLab(Lab):
    """Nodes on machines of their own; start them with ``OPEN``, or with a key."""

    def __init__(self, note: Callable[[str, float], None]) -> None:
        super().__init__(note)
        self._bridge = unused_name()
        self._net = f"10.{SystemRandom().randrange(64, 128)}"
        self._machines: list[str] = []
        build_bridge(self._bridge)

    def host_of(self, name: str) -> str:
        """See ``Lab``; the machine is built when it is first asked for."""
        if name not in self._machines:
            self._machines.append(name)
            self._build(name)
        return f"{self._net}.0.{self._machines.index(name) + 1}"

    def inside(self, name: str) -> tuple[str, ...]:
        """See ``Lab``."""
        there = ("ip", "netns", "exec", self._namespace(name))
        return (*there, *super().inside(name))

    def cut(self, *groups: Iterable[str]) -> None:
        """Nothing passes between nodes of different *groups*, until ``heal``."""
        sets = [", ".join(map(self.host_of, group)) for group in groups]
        rules = [
            f"add rule {TABLE} wall ip saddr {{ {one} }} ip daddr {{ {other} }} drop"
            for one in sets
            for other in sets
            if one != other
        ]
        self._nft("; ".join(rules))

    def heal(self) -> None:
        """All cables are plugged in again."""
        self._nft(f"flush chain {TABLE} wall")

    def bytes_sent(self) -> dict[str, int]:
        """What each machine's card has sent, with all headers."""
        listed = ip("-n", self._bridge, "-s", "-j", "link")
        ports: dict[str, dict[str, Any]] = {
            row["ifname"]: row["stats64"] for row in json.loads(listed)
        }
        return {
            name: int(ports[self._port(name)]["rx"]["bytes"]) for name in self._machines
        }

    def close(self) -> None:
        """See ``Lab.close``; the machines go too."""
        super().close()
        for name in self._machines:
            ip("netns", "delete", self._namespace(name))
        ip("netns", "delete", self._bridge)

    def _build(self, name: str) -> None:
        where, port = self._namespace(name), self._port(name)
        ip("netns", "add", where)
        peer = ("type", "veth", "peer", "name", CARD, "netns", where)
        ip("-n", self._bridge, "link", "add", port, *peer)
        ip("-n", self._bridge, "link", "set", port, "master", "bridge0", "up")
        for card in ("lo", CARD):
            ip("-n", where, "link", "set", card, "up")
        ip("-n", where, "address", "add", f"{self.host_of(name)}/16", "dev", CARD)

    def _namespace(self, name: str) -> str:
        return f"{self._bridge}-{name}"

    def _port(self, name: str) -> str:
        return f"port{self._machines.index(name)}"

    def _nft(self, script: str) -> None:
        inside = ["ip", "netns", "exec", self._bridge, "nft", script]
        subprocess.run(inside, check=True, capture_output=True)


def unused_name() -> str:
    """A namespace that nobody else is likely to have."""
    return f"gclab-{SystemRandom().randrange(1 << 40):x}"


def build_bridge(name: str) -> None:
    """A namespace with a bridge, and a wall in it that has no stones yet."""
    ip("netns", "add", name)
    ip("-n", name, "link", "add", "bridge0", "type", "bridge")
    ip("-n", name, "link", "set", "bridge0", "up")
    hook = "{ type filter hook forward priority 0; }"
    script = f"add table {TABLE}; add chain {TABLE} wall {hook}"
    ip("netns", "exec", name, "nft", script)


def ip(*words: str) -> str:
    """What the command of that name prints; CalledProcessError when it fails."""
    done = subprocess.run(["ip", *words], check=True, capture_output=True)
    return done.stdout.decode()
