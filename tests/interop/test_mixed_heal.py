"""
Agents and nodes, cut apart and together again: one cluster for both kinds at once.
"""

import re

import pytest

from tests.interop.keys import encrypt, fresh_key, give_key
from tests.processes.lab import Node
from tests.processes.lab.serf import Agent, Agents
from tests.processes.lab.wires import WiredLab

pytestmark = pytest.mark.processes

BURIED_S = 60.0
"""memberlist's longest patience with a suspect, and as much again."""

HEALED_S = 30.0
"""Agents look for the dead each half minute; our nodes seek them within a second."""

AGENTS_S = 120.0
"""
Gossip may pass over one of six, for each holder tells a message four times; an agent
that missed a member has it from its exchanges, every 30 s with anyone.
"""

STAYS_S = 5.0

EXPECTED = (
    "Refuting a (suspect|dead) message|other probes failed"
    "|Push/Pull with .* failed: dial .* i/o timeout"
)
"""
What agents write at WARN or ERR of good members: a denial of what was said of them, as
at each heal among agents, too (they take back a death in no other way); that one was
busy for half a second and answered by TCP, as who shares a processor may be; and, ten
seconds after it began, the end of an exchange that the cut has swallowed.
"""


def test_agents_and_nodes_that_were_cut_apart_are_one_again(wired: WiredLab) -> None:
    """
    Two of each on either side, until each side has buried the other. After the heal
    nobody is called dead, and no agent complains of us (but denies its own death).
    """
    lab = wired
    judges, nodes = start(lab)
    one, two = judges
    everyone = {"one", "two", *(node.name for node in nodes)}
    wait_until_whole(lab, judges, nodes, everyone)
    sides = [(one, nodes[0], nodes[2]), (two, nodes[1], nodes[3])]
    names = [{member.name for member in side} for side in sides]
    lab.cut(*names)
    lab.wait_for(
        lambda: all(
            failed(judge) >= others
            for judge, others in zip(judges, names[::-1], strict=True)
        ),
        "agents have buried the other side",
        BURIED_S,
    )
    lab.wait_for(
        lambda: all(
            node.names("dead") == others
            for side, others in zip(sides, names[::-1], strict=True)
            for node in side[1:]
        ),
        "nodes have buried the other side",
        BURIED_S,
    )
    seen = [node.follow("members") for node in nodes]
    lab.wait_for_each(
        seen, lambda one: len(one.rows) >= len(everyone), "all are followed"
    )
    listed = [len(one.rows) for one in seen]
    logged = [len(judge.said()) for judge in judges]
    lab.heal()
    wait_until_whole(lab, judges, nodes, everyone)
    lab.wait_through(
        lambda: all(set(judge.members().values()) == {"alive"} for judge in judges),
        "it stays so",
        STAYS_S,
    )
    told = [
        row
        for one, before in zip(seen, listed, strict=True)
        for row in one.rows[before:]
    ]
    assert [row for row in told if row["status"] == "dead"] == []
    for judge, before in zip(judges, logged, strict=True):
        since = judge.said()[before:]
        assert not [line for line in since if "MemberFailed" in line]
        about_us = judge.troubles_about(*nodes)
        assert not [
            line for line in about_us if line in since and not re.search(EXPECTED, line)
        ]


def failed(judge: Agent) -> set[str]:
    """Whom *judge* shows as failed."""
    return {name for name, status in judge.members().items() if status == "failed"}


def start(lab: WiredLab) -> tuple[list[Agent], list[Node]]:
    """Two agents and four nodes with one key, each on a machine of its own."""
    key = fresh_key()
    agents = Agents(lab)
    judges = [
        agents.start(name, encrypt(key), address=f"{lab.host_of(name)}:7946")
        for name in ("one", "two")
    ]
    nodes = []
    for number, name in enumerate(("anna", "ben", "carl", "dora")):
        give_key(lab, name, key)
        nodes.append(lab.begin(name, "--seed", judges[number % 2].address))
    for node in nodes:
        node.wait_until_up()
    judges[1].join(nodes[0].address)
    return judges, nodes


def wait_until_whole(
    lab: WiredLab, judges: list[Agent], nodes: list[Node], everyone: set[str]
) -> None:
    """Until each of both kinds lists *everyone* as alive."""
    lab.wait_for_each(
        nodes, lambda node: node.names("alive") == everyone, "nodes see all", HEALED_S
    )
    lab.wait_for_each(
        judges,
        lambda judge: judge.members() == dict.fromkeys(everyone, "alive"),
        "agents see all",
        AGENTS_S,
    )
