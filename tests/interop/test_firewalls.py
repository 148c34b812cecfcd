"""
A firewall that rejects looks like a process that is gone: it must kill nobody.
"""

import pytest

from tests.interop.walls import WalledLab
from tests.processes.lab import Node

pytestmark = pytest.mark.processes

PROOF_S = 5.0
"""Ten times what a proof of death takes."""


def test_a_firewall_that_rejects_between_two_kills_neither(walled: WalledLab) -> None:
    """
    Their links are reset, their connections refused, their pings lost; but others
    reach both, and say so when they are asked.
    """
    nodes = walled.cluster("anna", "ben", "carl", "dora")
    everyone = {node.name for node in nodes}
    seen = [node.follow("members") for node in nodes]
    walled.wait_for_each(
        seen, lambda one: len(one.rows) >= len(everyone), "all are followed"
    )
    walled.reject(nodes[0].address, nodes[1].address)
    nodes[0].say("hello")
    walled.wait_through(
        lambda: all(row["status"] != "dead" for one in seen for row in one.rows),
        "nobody is called dead",
        PROOF_S,
    )
    walled.wait_for_each(
        nodes[:2], lambda node: counted(node, "proof.tests") > 0, "it looked like death"
    )
    assert [counted(node, "proof.buried") for node in nodes] == [0] * len(nodes)


def counted(node: Node, what: str) -> int:
    """How often that has happened there."""
    counts: dict[str, int] = node.ask("status")[0]["counts"]
    return counts.get(what, 0)
