"""
What takes its time: Serf's half-minute push/pull, and a cluster that stays whole.
"""

import pytest

from tests.interop.keys import encrypt, fresh_key, give_key
from tests.processes.lab import Lab, Node
from tests.processes.lab.serf import Agent, Agents

pytestmark = pytest.mark.processes

AGENTS_S = 75.0
"""Whom gossip has passed over learns it by an exchange: each 30 s, with anyone."""

SIDE = 5
"""So many agents, and so many nodes."""

MOST_SUSPICIONS = SIDE
"""
A minute: of one member that was busy for a second, as each node may tell it. Of
somebody who does not answer well there is another one every few seconds.
"""


@pytest.mark.minute
def test_an_agents_periodic_push_pull_is_answered(lab: Lab, agents: Agents) -> None:
    """
    Row a': it asks each half minute, compressed; we are its one partner.

    Its first turn comes after 30 to 60 s, and once in 64 it draws nobody.
    """
    node = lab.start("node")
    agent = agents.start("agent")
    agent.join(node.address)
    lab.wait_for(lambda: agent.sees("node", "alive"), "the agent sees the node")
    asked = "Initiating push/pull sync with: .*" + node.address
    joined = len(agent.said(asked))
    lab.wait_for(
        lambda: len(agent.said(asked)) > joined, "the agent asks of itself", 150
    )
    came = len(agent.said("Stream connection from="))
    lab.wait_for(
        lambda: len(agent.said("Stream connection from=")) > came,
        "the node asks of itself",
        150,
    )
    assert agent.sees("node", "alive")
    assert node.status_of("agent") == "alive"
    assert agent.troubles() == []


@pytest.mark.minute
def test_five_agents_and_five_nodes_stay_whole_for_a_minute(
    lab: Lab, agents: Agents
) -> None:
    """Encrypted, joined by each other: nobody is buried, no agent complains of us."""
    stay_whole(lab, agents, 60)


@pytest.mark.soak
def test_five_agents_and_five_nodes_stay_whole_for_ten_minutes(
    lab: Lab, agents: Agents
) -> None:
    """The same for long enough that all have probed, swapped and reaped many times."""
    stay_whole(lab, agents, 600)


def stay_whole(lab: Lab, agents: Agents, seconds: float) -> None:
    """Ten members of both kinds see each other alive for *seconds*."""
    judges, nodes = mixed_cluster(lab, agents)
    everyone = [*(judge.name for judge in judges), *(node.name for node in nodes)]
    followers = [node.follow("members") for node in nodes]
    lab.wait_for_each(
        followers, lambda seen: len(seen.rows) >= len(everyone), "all are followed"
    )

    def told(status: str) -> int:
        rows = [row for seen in followers for row in seen.rows]
        return sum(row["status"] == status for row in rows)

    def nobody_is_buried() -> bool:
        failed = [line for judge in judges for line in judge.said("MemberFailed")]
        return not failed and not told("dead")

    lab.wait_through(nobody_is_buried, "all are alive", seconds)
    lab.note("suspicions", told("suspect"))
    assert told("suspect") <= MOST_SUSPICIONS * seconds / 60
    for judge in judges:
        assert judge.members() == dict.fromkeys(everyone, "alive")
        assert judge.troubles_about(*nodes) == []


def mixed_cluster(lab: Lab, agents: Agents) -> tuple[list[Agent], list[Node]]:
    """Five agents and five nodes with one key; each has joined by the other kind."""
    key = fresh_key()
    judges = [agents.start(f"agent-{n}", encrypt(key)) for n in range(SIDE)]
    nodes = []
    for number, judge in enumerate(judges):
        give_key(lab, f"node-{number}", key)
        nodes.append(lab.begin(f"node-{number}", "--seed", judge.address))
    for number, node in enumerate(nodes):
        node.wait_until_up()
        judges[(number + 1) % SIDE].join(node.address)
    names = [f"{kind}-{n}" for kind in ("agent", "node") for n in range(SIDE)]
    everyone = dict.fromkeys(names, "alive")
    lab.wait_for_each(
        judges, lambda one: one.members() == everyone, "agents see all", AGENTS_S
    )
    lab.wait_for_all_alive(nodes)
    return judges, nodes
