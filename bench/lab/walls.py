"""
What is lost between machines: cuts, and packets here and there.

Packets are dropped in the fabric's own namespace, where the bridge forwards them: so
their senders learn nothing, as with a router that has died. (A drop in the sender's own
namespace would be told to it as an error.) Needs ``nft`` with the bridge family.
"""

import subprocess
from collections.abc import Sequence

TABLE = "bridge walls"


class Walls:
    """The rules of one fabric; none at first."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace
        self._nft(f"add table {TABLE}")
        hook = "{ type filter hook forward priority 0; }"
        self._nft(f"add chain {TABLE} wall {hook}")

    def cut(self, *groups: Sequence[str]) -> None:
        """Nothing passes between hosts of different *groups* any more."""
        for group in groups:
            others = [host for other in groups if other is not group for host in other]
            self._add(f"ip saddr {_set(group)} ip daddr {_set(others)} drop")

    def cut_one_way(self, sources: Sequence[str], targets: Sequence[str]) -> None:
        """Nothing gets from *sources* to *targets*; the other way it does."""
        self._add(f"ip saddr {_set(sources)} ip daddr {_set(targets)} drop")

    def lose(self, share: float, targets: Sequence[str] = ()) -> None:
        """Of all IP packets (to *targets*, if any), *share* (0 to 1) are lost."""
        which = f"ip daddr {_set(targets)}" if targets else "meta protocol ip"
        self._add(f"{which} numgen random mod 1000 < {share * 1000:.0f} drop")

    def fall(self) -> None:
        """Everything passes again."""
        self._nft(f"flush chain {TABLE} wall")

    def _add(self, rule: str) -> None:
        self._nft(f"add rule {TABLE} wall {rule}")

    def _nft(self, command: str) -> None:
        nft_in(self._namespace, command)


def nft_in(namespace: str, command: str) -> None:
    """Let nft carry out *command* there; CalledProcessError when it can't."""
    inside = ["ip", "netns", "exec", namespace, "nft", command]
    subprocess.run(inside, check=True, capture_output=True)


def _set(hosts: Sequence[str]) -> str:
    return "{ " + ", ".join(hosts) + " }"
