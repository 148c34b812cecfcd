"""
Who is let in, and as whom: tags and versions, keys, names, IPv6.

The letters are the rows of the live checks that the wire was learnt by.
"""

import contextlib
import socket
from random import SystemRandom

import pytest

from tests.interop.keys import encrypt, fresh_key, give_key
from tests.processes.lab import Lab, Node
from tests.processes.lab.serf import Agents

pytestmark = pytest.mark.processes

MISLED_S = 75.0
"""
An agent that swaps with another one between intent and goodbye takes the intent's time
for a join's, drops the intent, and shows a failure until the next swap, half a minute
later. (Nodes don't list who is leaving, so only agents mislead each other.)
"""

REFUSED_FOR_S = 4.0
"""Several gossip ticks and probes: time enough to let somebody in by mistake."""


def test_serf_shows_our_tags_and_versions_and_we_show_its_tags(
    lab: Lab, agents: Agents
) -> None:
    """Row a: `serf members -detailed` says protocol 5 of 2 to 5, as of an agent."""
    agent = agents.start("agent", "-tag", "role=db", "-tag", "zone=ö1")
    node = lab.start("node", "--seed", agent.address, "--tag", "role=chat")
    lab.wait_for(lambda: agent.sees("node", "alive"), "the agent sees the node")
    theirs = agent.detailed()["node"]
    assert theirs["protocol"] == agent.detailed()["agent"]["protocol"]
    assert theirs["protocol"] == {"min": 2, "max": 5, "version": 5}
    assert theirs["tags"]["role"] == "chat"
    assert theirs["addr"] == node.address
    lab.wait_for(lambda: node.status_of("agent") == "alive", "the node sees the agent")
    ours = {row["name"]: row for row in node.ask("members")}
    assert ours["agent"]["tags"] == {"role": "db", "zone": "ö1"}
    assert agent.troubles() == []


@pytest.mark.parametrize("size", [16, 24, 32])
def test_all_key_lengths(lab: Lab, agents: Agents, size: int) -> None:
    """Row d: AES-128, 192 and 256; joined by either side, left gracefully."""
    key = fresh_key(size)
    for name in ("anna", "ben"):
        give_key(lab, name, key)
    one, two = (agents.start(name, encrypt(key)) for name in ("one", "two"))
    anna = lab.start("anna", "--seed", one.address)
    ben = lab.start("ben")
    two.join(ben.address)
    two.join(anna.address)
    everyone = {"one", "two", "anna", "ben"}
    lab.wait_for_each(
        (one, two),
        lambda agent: agent.members() == dict.fromkeys(everyone, "alive"),
        "agents see all",
    )
    lab.wait_for_all_alive([anna, ben])
    anna.say("sealed")
    lab.wait_for(lambda: ben.texts() == ["sealed"], "ben hears anna")
    assert ben.command_line("leave").status == 0
    lab.wait_for_each(
        (one, two),
        lambda agent: agent.sees("ben", "left"),
        "agents see ben leave",
        MISLED_S,
    )
    assert one.troubles() == two.troubles() == []


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(True, True), (True, False), (False, True)],
    ids=["other-key", "plain-agent", "plain-node"],
)
def test_another_key_or_none_keeps_both_out(
    lab: Lab, agents: Agents, ours: bool, theirs: bool
) -> None:
    """Row l: neither side's join is answered, and nobody is listed."""
    if ours:
        give_key(lab, "node", fresh_key())
    options = [encrypt(fresh_key())] if theirs else []
    agent = agents.start("agent", *options)
    node = lab.start("node", "--seed", agent.address)
    assert agent.ask("join", node.address).status != 0
    lab.wait_for(lambda: "trying again" in node.said(), "the node says what is wrong")
    lab.wait_through(
        lambda: set(agent.members()) == {"agent"} and node.names("alive") == {"node"},
        "both keep to themselves",
        REFUSED_FOR_S,
    )


def test_a_second_node_of_one_name_is_taken_by_nobody(lab: Lab, agents: Agents) -> None:
    """Row k: the first keeps the name, the second is outvoted and ends."""
    agent = agents.start("agent")
    first = lab.start("twin", "--seed", agent.address)
    witness = lab.start("witness", "--seed", agent.address)
    lab.wait_for_all_alive([first, witness])
    second = lab.start("twin", "--data", str(lab.home / "second"), seeds=[witness])
    lab.wait_for(lambda: second.process.poll() is not None, "the second ends", 60)
    assert second.process.returncode == 1
    told = f"members hold the node at {first.address} to be twin"
    assert told in second.said().splitlines()[-1]
    lab.wait_for(lambda: holds(witness, first), "the witness keeps the first")
    assert agent.detailed()["twin"]["addr"] == first.address
    assert agent.sees("twin", "alive")
    assert "claims this name" in witness.said()


def test_an_agent_of_our_nodes_name_is_taken_by_nobody(
    lab: Lab, agents: Agents
) -> None:
    """Row k: our nodes answer its poll, and it finds itself in the minority."""
    node = lab.start("twin")
    witnesses = [lab.start(name, seeds=[node]) for name in ("anna", "ben")]
    lab.wait_for_all_alive([node, *witnesses])
    second = agents.start("twin")
    second.ask("join", witnesses[0].address)
    lab.wait_for(lambda: not second.running, "the agent gives the name up", 60)
    assert second.said("minority in name conflict resolution")
    lab.wait_for_each(
        witnesses, lambda witness: holds(witness, node), "the witnesses keep the node"
    )


def holds(witness: Node, node: Node) -> bool:
    """Whether *witness* lists *node* as alive, at its own address."""
    (row,) = [row for row in witness.ask("members") if row["name"] == node.name]
    return (row["address"], row["status"]) == (node.address, "alive")


def test_members_by_ipv6(lab: Lab, agents: Agents) -> None:
    """Row n: one cluster on [::1], alive both ways."""
    node = lab.begin("node", "--listen", "[::1]:0")
    node.wait_until_up()
    agent = agents.start("agent", address=f"[::1]:{free_port()}")
    agent.join(node.address)
    lab.wait_for(lambda: agent.sees("node", "alive"), "the agent sees the node")
    lab.wait_for(lambda: node.status_of("agent") == "alive", "the node sees the agent")
    other = lab.begin("other", "--listen", "[::1]:0", "--seed", agent.address)
    other.wait_until_up()
    lab.wait_for_all_alive([node, other])
    lab.wait_through(
        lambda: set(agent.members().values()) == {"alive"}, "all stay alive", 10
    )
    assert agent.troubles() == []


def test_members_by_ipv4_and_by_ipv6_are_one_cluster(lab: Lab, agents: Agents) -> None:
    """Who listens on [::] speaks both, and tells others one address of either kind."""
    port, key = free_port(), fresh_key()
    for name in ("four", "six", "more"):
        give_key(lab, name, key)
    by_v4 = lab.begin("four", "--listen", "[::]:0", "--advertise", "127.0.0.1:0")
    by_v4.wait_until_up()
    agent = agents.start(
        *("agent", encrypt(key), f"-advertise=127.0.0.1:{port}"),
        address=f"[::]:{port}",
    )
    agent.join(by_v4.address)
    by_v6 = lab.begin(
        *("six", "--listen", "[::]:0", "--advertise", "[::1]:0"),
        *("--seed", f"127.0.0.1:{port}"),
    )
    by_v6.wait_until_up()
    other = lab.begin(
        *("more", "--listen", "[::]:0", "--advertise", "[::1]:0"),
        *("--seed", by_v6.address),
    )
    other.wait_until_up()
    nodes = [by_v4, by_v6, other]
    everyone = dict.fromkeys(("four", "six", "more", "agent"), "alive")
    lab.wait_for_each(
        nodes, lambda node: node.names("alive") == set(everyone), "nodes see all"
    )
    lab.wait_for(lambda: agent.members() == everyone, "the agent sees all")
    by_v4.say("across")
    lab.wait_for_each(
        [by_v6, other], lambda node: node.texts() == ["across"], "it has come over"
    )
    lab.wait_through(lambda: agent.members() == everyone, "all stay alive", 10)
    rows = {row["name"]: row["address"] for row in other.ask("members")}
    assert rows["four"] == by_v4.address
    assert rows["six"] == by_v6.address
    for node in nodes:
        assert node.ask("status")[0]["warnings"] == []
    assert agent.troubles() == []


def free_port() -> int:
    """
    A port that is free for UDP and TCP on all addresses, below those that the kernel
    gives to whoever asks for any: so nobody is likely to take it before an agent does.
    """
    chance = SystemRandom()
    while True:
        port = chance.randrange(10_000, 32_000)
        with (
            socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as streams,
            socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as datagrams,
            contextlib.suppress(OSError),  # it is taken
        ):
            for kind in (streams, datagrams):
                kind.bind(("::", port))
            return port
