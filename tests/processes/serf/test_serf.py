"""One cluster with Debian's serf: neither side can tell the other from its own."""

import json

import pytest

from tests.processes.lab import Lab, Node
from tests.processes.lab.serf import Agents

pytestmark = pytest.mark.processes

ALIVE_S = 60.0
"""Longer than any timer of serf's that could still have an opinion."""


def prepare(lab: Lab, name: str, encrypted: bool) -> list[str]:
    """*name*'s folder with a key if wished; serf's options to match."""
    if not encrypted:
        return []
    data = lab.home / name
    ran = lab.run("gossipchat", "keygen", "--write", "--data", str(data))
    assert ran.status == 0, ran
    keys = json.loads((data / "keyring.json").read_text(encoding="ascii"))
    return [f"-encrypt={keys[0]}"]


@pytest.fixture(params=[False, True], ids=["plain", "encrypted"])
def options(lab: Lab, request: pytest.FixtureRequest) -> list[str]:
    """serf's options for a cluster whose node will be called `node`."""
    return prepare(lab, "node", request.param)


@pytest.mark.minute
def test_a_node_is_a_member_among_serf_agents(
    lab: Lab, agents: Agents, options: list[str]
) -> None:
    """Alive for a minute, left after `gossipchat leave`, no complaint in the log."""
    agent = agents.start("agent", *options)
    node = lab.start("node", "--seed", agent.address)
    lab.wait_for(lambda: agent.sees("node", "alive"), "the agent sees the node")
    lab.wait_for(lambda: node.status_of("agent") == "alive", "the node sees the agent")
    lab.wait_through(
        lambda: agent.sees("node", "alive") and node.status_of("agent") != "dead",
        "both see each other alive",
        ALIVE_S,
    )
    assert node.command_line("leave").status == 0
    lab.wait_for(lambda: agent.sees("node", "left"), "the agent sees the node leave")
    assert node.ended() == 0
    assert agent.troubles() == []


def test_a_killed_agent_is_seen_dead_and_its_return_alive(
    lab: Lab, agents: Agents, options: list[str]
) -> None:
    """Serf's own members keep memberlist's timing."""
    node = lab.start("node")
    agent = agents.start("agent", *options)
    agent.join(node.address)
    lab.wait_for(lambda: node.status_of("agent") == "alive", "the node sees the agent")
    assert agent.troubles() == []
    agent.kill()
    lab.wait_for(lambda: node.status_of("agent") == "dead", "it sees it dead", 60)
    agent.restart()
    agent.join(node.address)
    lab.wait_for(lambda: node.status_of("agent") == "alive", "it sees it again", 60)


def test_a_killed_node_is_failed_for_serf_and_alive_when_it_returns(
    lab: Lab, agents: Agents
) -> None:
    """A return with the same name and address refutes the verdict."""
    agent = agents.start("agent")
    node = lab.start("node", "--seed", agent.address)
    lab.wait_for(lambda: agent.sees("node", "alive"), "the agent sees the node")
    node.kill()
    lab.wait_for(lambda: agent.sees("node", "failed"), "the agent sees it dead", 60)
    node.restart()
    lab.wait_for(lambda: agent.sees("node", "alive"), "the agent sees it again", 60)


def test_an_agent_that_leaves_is_left(lab: Lab, agents: Agents) -> None:
    """Serf's leave intent and memberlist's dead-by-itself are one thing for people."""
    agent = agents.start("agent")
    node = lab.start("node", "--seed", agent.address)
    lab.wait_for(lambda: node.status_of("agent") == "alive", "the node sees the agent")
    assert agent.ask("leave").status == 0
    lab.wait_for(lambda: node.status_of("agent") == "left", "the agent has left")


def test_two_agents_and_two_nodes_are_one_cluster(lab: Lab, agents: Agents) -> None:
    """Each joins by another kind; chat goes on between the nodes."""
    one = agents.start("one")
    anna = lab.start("anna", "--seed", one.address)
    two = agents.start("two")
    two.join(anna.address)
    ben = lab.start("ben", "--seed", two.address)
    everyone = {"one", "two", "anna", "ben"}

    def node_sees_all(node: Node) -> bool:
        return node.names("alive") == everyone

    lab.wait_for(lambda: node_sees_all(anna) and node_sees_all(ben), "nodes see all")
    lab.wait_for(
        lambda: all(
            agent.members() == dict.fromkeys(everyone, "alive") for agent in (one, two)
        ),
        "agents see all",
    )
    anna.say("between us")
    lab.wait_for(lambda: ben.texts() == ["between us"], "ben hears anna")
    rows = {row["name"]: row for row in anna.ask("members")}
    assert rows["one"]["id"] is None, "an agent has no identity of ours"
    assert len(rows["ben"]["id"]) == 64
    assert one.troubles() == two.troubles() == []
