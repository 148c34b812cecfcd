"""
A lab in a network namespace of its own, where an address can be cut off.

Packets are dropped where they arrive: a drop at the sender would tell it so.
"""

import subprocess
from collections.abc import Callable
from typing import IO

from tests.processes.lab import Lab, Ran
from tests.processes.lab.wires import unused_name

TABLE = "inet gossipchat"


class WalledLab(Lab):
    """Whoever starts here lives in the lab's own network: loopback, nothing else."""

    def __init__(self, note: Callable[[str, float], None]) -> None:
        super().__init__(note)
        self._network = unused_name()
        subprocess.run(["ip", "netns", "add", self._network], check=True)
        self._in_network("ip", "link", "set", "lo", "up")
        self._in_network("nft", "add", "table", *TABLE.split())
        hook = "{ type filter hook input priority 0; }"
        self._in_network("nft", f"add chain {TABLE} wall {hook}")

    def mute(self, address: str, *protocols: str) -> None:
        """What of *protocols* (udp, tcp) comes from or goes to *address* is lost."""
        host, _, port = address.rpartition(":")
        for protocol in protocols:
            self._drop(f"ip saddr {host} {protocol} sport {port}")
            self._drop(f"ip daddr {host} {protocol} dport {port}")

    def part(self, one: str, other: str) -> None:
        """
        Nothing passes between these addresses any more, and neither takes TCP from
        anybody: on loopback nobody can tell who dials.
        """
        for source, target in ((one, other), (other, one)):
            host, _, port = source.rpartition(":")
            whose, _, door = target.rpartition(":")
            there = f"ip daddr {whose} udp dport {door}"
            self._drop(f"ip saddr {host} udp sport {port} {there}")
        self.mute(one, "tcp")
        self.mute(other, "tcp")

    def reject(self, one: str, other: str) -> None:
        """
        A firewall between the two that says no: no datagram passes, and TCP of
        either, what is open included, is reset (for everybody: see ``part``).
        """
        for source, target in ((one, other), (other, one)):
            host, _, port = source.rpartition(":")
            whose, _, door = target.rpartition(":")
            there = f"ip daddr {whose} udp dport {door}"
            self._drop(f"ip saddr {host} udp sport {port} {there}")
        self._rule("tcp flags & rst == rst accept")  # resets arrive by this wall, too
        for address in (one, other):
            host, _, port = address.rpartition(":")
            self._rule(f"ip saddr {host} tcp sport {port} reject with tcp reset")
            self._rule(f"ip daddr {host} tcp dport {port} reject with tcp reset")

    def unmute(self) -> None:
        """All walls fall."""
        self._in_network("nft", f"flush chain {TABLE} wall")

    def run(self, *command: str, text: str | None = None) -> Ran:
        """See ``Lab.run``."""
        return super().run("ip", "netns", "exec", self._network, *command, text=text)

    def spawn(
        self, *command: str, output: IO[bytes] | int, keyboard: int | None = None
    ) -> "subprocess.Popen[bytes]":
        """See ``Lab.spawn``; ``ip`` becomes the command, under the same pid."""
        inside = ("ip", "netns", "exec", self._network)
        return super().spawn(*inside, *command, output=output, keyboard=keyboard)

    def close(self) -> None:
        """See ``Lab.close``; the network goes too."""
        super().close()
        subprocess.run(["ip", "netns", "delete", self._network], check=True)

    def _drop(self, what: str) -> None:
        self._rule(f"{what} drop")

    def _rule(self, rule: str) -> None:
        self._in_network("nft", f"add rule {TABLE} wall {rule}")

    def _in_network(self, *command: str) -> None:
        inside = ["ip", "netns", "exec", self._network]
        subprocess.run([*inside, *command], check=True, capture_output=True)
