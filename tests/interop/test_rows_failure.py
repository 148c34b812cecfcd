"""
Who is dead, and who only seemed so: frozen, killed, muted, forced to leave.
"""

import re
import signal
import time
from collections.abc import Sequence
from datetime import datetime
from math import log

import pytest

from tests.interop.walls import WalledLab
from tests.processes.lab import Follower, Lab, Node
from tests.processes.lab.serf import Agent, Agents

pytestmark = pytest.mark.processes

COURT_S = 1.5
"""From the first suspicion of a node to its death as nodes judge it."""

TOLERANCE = 0.1
WHOLE_SECONDS = 1.0
"""Serf's log has no fractions: a difference of two times is wrong by up to this."""

LATE_S = 2.0
"""A verdict may be that late where tests share two processors; none may be early."""

CONFIRMED = re.compile(r"confirmed by (\d+)|\((\d+) peer confirmations\)")
"""As our log has it, and Serf's."""

STAYS_S = 10.0
"""Twice the time in which the smallest cluster buries a suspect."""

MOST_DOUBTS = 2
"""A helper may be busy now and then; without any there is a doubt at each probe."""

AT_ONCE_S = 4.0
"""The least time in which a suspect that is no node of ours is buried."""


def time_of(
    follower: Follower, name: str, status: str, since: int = 0
) -> datetime | None:
    """
    When a follower of members was first told that *name* is *status*, its first
    *since* rows left out.
    """
    told = [
        row["time"]
        for row in follower.rows[since:]
        if (row["name"], row["status"]) == (name, status) and "time" in row
    ]
    return datetime.fromisoformat(told[0]) if told else None


def wait_for_time(
    lab: Lab, follower: Follower, name: str, status: str, since: int = 0
) -> datetime:
    return lab.wait_for(
        lambda: time_of(follower, name, status, since), f"{name} is seen {status}", 40
    )


@pytest.mark.parametrize("frozen", ["agents", "nodes", "one of each"])
def test_the_frozen_are_buried_in_the_formulas_time_and_taken_back(
    lab: Lab, agents: Agents, frozen: str
) -> None:
    """
    Row e: of two agents and two nodes two freeze. The other two, whoever they are,
    suspect both, confirm each other, bury both in time, and take both back. A node
    judges a node in the court instead, once the agent's accusation seconds its own:
    at the end of the window at once, or up to the formula's time later.
    """
    one, two = agents.start("one"), agents.start("two")
    anna, ben = (lab.start(name, "--seed", one.address) for name in ("anna", "ben"))
    two.join(anna.address)
    everyone = dict.fromkeys(("one", "two", "anna", "ben"), "alive")
    wait_for_views(lab, (one, two), (anna, ben), everyone)
    seen = anna.follow("members")
    lab.wait_for(lambda: len(seen.rows) == len(everyone), "anna is followed")
    choices: dict[str, Sequence[Agent | Node]] = {
        "agents": (one, two),
        "nodes": (anna, ben),
        "one of each": (two, ben),
    }
    victims = choices[frozen]
    shown, logged = len(seen.rows), [len(judge.said()) for judge in (one, two)]
    for victim in victims:
        victim.signal(signal.SIGSTOP)
    for victim in victims:
        if frozen == "nodes":
            took = serfs_patience(lab, (one, two), logged, victim.name)
            due, slack = formula(confirmations(one, two, victim)), WHOLE_SECONDS
        else:
            took = our_patience(lab, seen, shown, victim.name)
            due, slack = formula(confirmations(anna, victim)), 0.0
        first = COURT_S if frozen == "one of each" and victim is ben else due
        lab.note(f"from {victim.name}'s suspicion to its death, due {due:.1f}", took)
        assert first * (1 - TOLERANCE) - slack < took
        assert took < due * (1 + TOLERANCE) + slack + LATE_S
    for victim in victims:
        victim.signal(signal.SIGCONT)
    wait_for_views(lab, (one, two), (anna, ben), everyone)


def formula(confirmed: int) -> float:
    """
    Seconds from the first suspicion to the death, with four members at LAN timings:
    Lifeguard's max - (max - min) * ln(c + 1) / ln(k + 1), k = 2, min 4 s, max 24 s.
    """
    return max(4.0, 24.0 - 20.0 * log(confirmed + 1) / log(3))


def confirmations(*judges: Agent | Node) -> int:
    """Of the suspicion of the last of *judges*, as the log of the first to bury it."""
    *others, victim = judges
    verdict = rf"'{victim.name}' at .* is dead|Marking {victim.name} as failed"
    lines = [line for one in others for line in log_of(one) if re.search(verdict, line)]
    found = CONFIRMED.search(min(lines, key=str.strip))
    return int(found[1] or found[2]) if found else 0


def log_of(judge: Agent | Node) -> list[str]:
    return judge.said() if isinstance(judge, Agent) else judge.said().splitlines()


def our_patience(lab: Lab, seen: Follower, since: int, name: str) -> float:
    """
    Seconds from *name*'s first suspicion to its death, as one node tells them after
    its first *since* rows.
    """
    first = wait_for_time(lab, seen, name, "suspect", since)
    death = wait_for_time(lab, seen, name, "dead", since)
    return (death - first).total_seconds()


def serfs_patience(
    lab: Lab, judges: Sequence[Agent], since: Sequence[int], name: str
) -> float:
    """
    The same as agents' logs have it, after so many lines of each: the first
    accusation, the first verdict.
    """

    def first(pattern: str) -> datetime | None:
        lines = [
            line.strip()
            for one, before in zip(judges, since, strict=True)
            for line in one.said()[before:]
            if re.search(pattern, line)
        ]
        times = [datetime.strptime(line[:19], "%Y/%m/%d %H:%M:%S") for line in lines]
        return min(times, default=None)

    accused = f"Suspect {name} has failed, no acks received"
    dead = lab.wait_for(
        lambda: first(f"EventMemberFailed: {name} "), f"agents bury {name}", 40
    )
    return (dead - (first(accused) or dead)).total_seconds()


def wait_for_views(
    lab: Lab,
    judges: Sequence[Agent],
    nodes: Sequence[Node],
    everyone: dict[str, str],
) -> None:
    """Until each of both kinds lists all of *everyone* as alive."""
    lab.wait_for_each(
        judges, lambda one: one.members() == everyone, "agents see all", 60
    )
    lab.wait_for_each(
        nodes, lambda node: node.names("alive") == set(everyone), "nodes see all", 60
    )


@pytest.mark.parametrize("kind", ["agent", "node"])
def test_who_is_reached_through_others_only_is_kept(
    walled: WalledLab, kind: str
) -> None:
    """
    Row g: an agent and a node between whom nothing passes find each other alive by
    indirect pings, whether a node or an agent carries them.
    """
    agents = Agents(walled)
    agent = agents.start("agent")
    node = walled.start("node", "--seed", agent.address)
    if kind == "agent":
        agents.start("between").join(node.address)
    else:
        walled.start("between", "--seed", agent.address)
    everyone = dict.fromkeys(("agent", "node", "between"), "alive")
    wait_for_views(walled, [agent], [node], everyone)
    seen = node.follow("members")
    walled.wait_for(lambda: len(seen.rows) == len(everyone), "the node is followed")
    walled.part(node.address, agent.address)
    walled.wait_through(
        lambda: agent.members() == everyone and time_of(seen, "agent", "dead") is None,
        "helpers keep both alive",
        2 * STAYS_S,
    )
    assert agent.said("Failed ping: node"), "nothing passes directly"
    doubts = [row for row in seen.rows if row["status"] == "suspect"]
    assert len(doubts) <= MOST_DOUBTS, "no helper answers in time"


def test_an_agent_that_restarts_at_once_is_not_missed(lab: Lab, agents: Agents) -> None:
    """Row f: it begins at incarnation 1 again and refutes what is held of it."""
    node = lab.start("node")
    agent = agents.start("agent", "-tag", "try=1")
    agent.join(node.address)
    lab.wait_for(lambda: node.status_of("agent") == "alive", "the node sees the agent")
    seen = node.follow("members")
    lab.wait_for(lambda: len(seen.rows) == 2, "the node is followed")
    gone = time.monotonic()
    agent.kill()
    agent.restart()
    agent.join(node.address)
    at_once = time.monotonic() - gone < AT_ONCE_S
    lab.wait_for(lambda: node.status_of("agent") == "alive", "it is back")
    lab.wait_through(
        lambda: agent.sees("node", "alive") and node.status_of("agent") != "dead",
        "it stays",
        STAYS_S,
    )
    lab.wait_for(lambda: node.status_of("agent") == "alive", "and nobody doubts it")
    # who needs longer on a busy machine may be buried meanwhile
    assert time_of(seen, "agent", "dead") is None or not at_once
    assert agent.troubles_about(node) == []


def test_a_name_comes_back_with_its_key_only(lab: Lab, agents: Agents) -> None:
    """
    Row i: a failed node's address and name with a fresh folder is a member for Serf,
    which knows no keys, and nobody for us; with the old folder it is for both.
    """
    agent = agents.start("agent")
    anna = lab.start("anna", "--seed", agent.address)
    ben = lab.start("ben", "--seed", agent.address)
    lab.wait_for_all_alive([anna, ben])
    key = next(row["id"] for row in anna.ask("members") if row["name"] == "ben")
    kill_and_wait(lab, agent, anna, ben)
    old, ben.data = ben.data, lab.home / "fresh"
    ben.restart()
    lab.wait_for(lambda: agent.sees("ben", "alive"), "the agent takes a fresh ben")
    lab.wait_for(lambda: "not believed" in anna.said(), "anna doesn't believe it")
    assert anna.status_of("ben") == "dead"
    ben.kill()
    lab.wait_for(lambda: agent.sees("ben", "failed"), "the agent sees it dead", 40)
    ben.data = old
    ben.restart()
    lab.wait_for(lambda: agent.sees("ben", "alive"), "the agent takes the old ben", 40)
    lab.wait_for(lambda: anna.status_of("ben") == "alive", "so does anna", 40)
    assert {row["id"] for row in anna.ask("members") if row["name"] == "ben"} == {key}


def kill_and_wait(lab: Lab, agent: Agent, witness: Node, victim: Node) -> None:
    """Until both kinds have buried *victim*."""
    victim.kill()
    lab.wait_for(
        lambda: agent.sees(victim.name, "failed"), "the agent sees it dead", 40
    )
    lab.wait_for(
        lambda: witness.status_of(victim.name) == "dead", "the node sees it dead", 40
    )


def test_who_is_forced_to_leave_and_lives_stays(lab: Lab, agents: Agents) -> None:
    """Row j: `serf force-leave` of a node that is alive is refuted by a join."""
    one, two = agents.start("one"), agents.start("two")
    node = lab.start("node", "--seed", one.address)
    two.join(node.address)
    both = (one, two)
    # Serf tells nobody of a force-leave while it knows of no other living member.
    everyone = dict.fromkeys(("one", "two", "node"), "alive")
    lab.wait_for_each(both, lambda agent: agent.members() == everyone, "agents see all")
    assert one.ask("force-leave", "node").status == 0
    lab.wait_for_each(both, lambda agent: agent.sees("node", "alive"), "it is refuted")
    lab.wait_through(
        lambda: all(agent.sees("node", "alive") for agent in both), "it stays", STAYS_S
    )
    assert one.troubles() == two.troubles() == []


def test_who_is_muted_is_kept_by_tcp_and_then_suspected_and_refutes(
    walled: WalledLab,
) -> None:
    """Row h: without UDP a TCP ping keeps a member; without both it is suspected."""
    agents = Agents(walled)
    one, two = agents.start("one"), agents.start("two")
    node = walled.start("node", "--seed", one.address)
    # The walls must fall between the suspicion and the verdict.
    patient = walled.settings("[swim]\ncourt_window = 10\n")
    witness = walled.start("witness", "--seed", two.address, *patient)
    two.join(node.address)
    everyone = dict.fromkeys(("one", "two", "node", "witness"), "alive")
    walled.wait_for_each(
        (one, two), lambda agent: agent.members() == everyone, "agents see all"
    )
    seen = witness.follow("members")
    walled.wait_for(lambda: len(seen.rows) == len(everyone), "the witness is followed")
    walled.mute(node.address, "udp")
    blocked = "answers over TCP but not over UDP"
    walled.wait_for(lambda: blocked in witness.said(), "the witness says why", 90)
    walled.wait_through(
        lambda: all(agent.members() == everyone for agent in (one, two)),
        "TCP keeps all alive",
        STAYS_S,
    )
    assert time_of(seen, "node", "dead") is None
    assert [row["what"] for row in warnings(witness) if row["member"] == "node"]
    walled.mute(node.address, "tcp")
    wait_for_time(walled, seen, "node", "suspect")
    walled.unmute()
    walled.wait_for(
        lambda: witness.names("alive") == set(everyone), "it has refuted", 40
    )
    walled.wait_through(
        lambda: all(agent.sees("node", "alive") for agent in (one, two)),
        "the agents keep it",
        STAYS_S,
    )
    assert time_of(seen, "node", "dead") is None
    walled.wait_for(lambda: not warnings(witness), "the warning is over", 40)


def warnings(node: Node) -> list[dict[str, str]]:
    """What `gossipchat status` warns of."""
    ran = node.command_line("status", "--json")
    found: list[dict[str, str]] = ran.rows[0]["warnings"]
    return found
