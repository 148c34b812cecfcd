"""Serf's commands on both sides of one cluster: Debian's agent and our nodes."""

import base64
import json
import re
from pathlib import Path

import pytest

from tests.processes.lab import Lab, Node
from tests.processes.serf import Agent, Agents, agents_in
from tests.processes.test_serf import prepare

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("serf commands")]


class Mixed:
    """An agent and two nodes that are one cluster, each seeing all."""

    def __init__(self, lab: Lab, agents: Agents, encrypted: bool = False) -> None:
        self.lab = lab
        options = prepare(lab, "anna", encrypted)
        if encrypted:  # the agent keeps its keys in a file, as it must to change them
            ring = (lab.home / "anna" / "keyring.json").read_text(encoding="ascii")
            for name in ("ben", "serf"):
                (lab.home / name).mkdir()
                (lab.home / name / "keyring.json").write_text(ring, encoding="ascii")
            options = [f"-keyring-file={lab.home}/serf/keyring.json"]
        self.anna = lab.start("anna")
        self.ben = lab.start("ben", seeds=[self.anna])
        self.agent = agents.start("serf", *options)
        self.agent.join(self.anna.address)
        everyone = {"anna", "ben", "serf"}
        lab.wait_for_each(
            [self.anna, self.ben],
            lambda node: node.names("alive") == everyone,
            "both nodes see all",
        )
        lab.wait_for(
            lambda: self.agent.members() == dict.fromkeys(everyone, "alive"),
            "the agent sees all",
        )


@pytest.fixture(scope="module")
def mixed(shared: Lab) -> Mixed:
    """One cluster for all tests that leave it as it is."""
    return Mixed(shared, agents_in(shared))


def tags_of(agent: Agent, name: str) -> dict[str, str]:
    """*name*'s tags in ``serf members -detailed``."""
    return dict(agent.detailed()[name]["tags"] or {})


def keys_of(path: Path) -> list[str]:
    """The keys in a key ring file."""
    return list(json.loads(path.read_text(encoding="ascii")))


def test_user_events_go_both_ways(mixed: Mixed) -> None:
    """What `serf event` sends a node shows; what a node sends `serf monitor` shows."""
    monitor = mixed.lab.home / "monitor.log"
    with monitor.open("wb") as output:
        rpc = f"-rpc-addr={mixed.agent.rpc}"
        mixed.lab.spawn("serf", "monitor", "-log-level=debug", rpc, output=output)
    follower = mixed.ben.follow("events")
    mixed.lab.wait_for(lambda: monitor.stat().st_size > 0, "the monitor watches")

    def both_have_it() -> bool:
        # a follower prints nothing before the first event, so it is sent until seen
        assert mixed.agent.ask("event", "from-serf", "hello").status == 0
        (sent,) = mixed.anna.ask("event", "from-anna", "grüße")
        assert base64.b64decode(sent["payload"]).decode() == "grüße"
        names = {row["name"] for row in follower.rows}
        text = monitor.read_text(encoding="utf-8")
        return names == {"from-serf", "from-anna"} and "from-anna" in text

    mixed.lab.wait_for(both_have_it, "events of both sides are seen on both")
    rows = {row["name"]: row for row in follower.rows}
    assert base64.b64decode(rows["from-serf"]["payload"]) == b"hello"
    assert rows["from-anna"]["ltime"] > 0

    def listed() -> set[str]:
        return {row["name"] for row in mixed.anna.ask("events")}

    both = {"from-serf", "from-anna"}
    mixed.lab.wait_for(lambda: listed() == both, "anna lists both")
    assert mixed.agent.troubles() == []


def test_an_event_too_long_for_a_packet_is_refused(mixed: Mixed) -> None:
    """At the sender, with the limit in the sentence."""
    ran = mixed.anna.command_line("event", "long", "x" * 5000)
    assert ran.status == 1
    assert re.search(r"\d{3,4}.*most|most.*\d{3,4}", ran.last_line), ran


def test_queries_are_acked_on_both_sides(mixed: Mixed) -> None:
    """By everybody, whoever asks."""
    rows = mixed.anna.ask("query", "uptime", "x", "--timeout", "2")
    assert {row["from"] for row in rows if row["ack"]} == {"anna", "ben", "serf"}
    ran = mixed.agent.ask("query", "-timeout=2s", "-format=json", "uptime", "x")
    assert ran.status == 0, ran
    assert set(json.loads(ran.output)["Acks"]) == {"anna", "ben", "serf"}


def test_queries_reach_those_that_are_meant_on_both_sides(mixed: Mixed) -> None:
    """Row b': by name and by tag, from either side, with answers by detours too."""
    mixed.anna.ask("tags", "set", "role=web")
    mixed.lab.wait_for(
        lambda: tags_of(mixed.agent, "anna").get("role") == "web", "serf sees the tag"
    )

    def acked_by(*filters: str) -> set[str]:
        options = ("-timeout=1s", "-format=json", "-relay-factor=2", *filters)
        ran = mixed.agent.ask("query", *options, "uptime")
        assert ran.status == 0, ran
        return set(json.loads(ran.output)["Acks"] or ())

    def acked_to_ben(*filters: str) -> set[str]:
        rows = mixed.ben.ask("query", "uptime", "--timeout", "1", *filters)
        return {row["from"] for row in rows if row["ack"]}

    assert acked_by("-node=ben", "-node=serf") == {"ben", "serf"}
    assert acked_by("-tag=role=^w.b$") == {"anna"}
    assert acked_by("-tag=role=^db$") == set()
    assert acked_to_ben("--node", "serf", "--node", "anna") == {"serf", "anna"}
    assert acked_to_ben("--tag", "role=^\\pL+$") == {"anna"}
    assert mixed.agent.troubles() == []


def test_keys_are_rotated_from_either_side_while_chat_goes_on(
    lab: Lab, agents: Agents
) -> None:
    """Install, use, remove: first by a node, then by the agent; nothing is lost."""
    mixed = Mixed(lab, agents, encrypted=True)
    files = [lab.home / name / "keyring.json" for name in ("anna", "ben", "serf")]
    (first,) = keys_of(files[0])
    second, third = (lab.run("gossipchat", "keygen").output.strip() for _ in range(2))
    said: list[str] = []

    def say(text: str) -> None:
        said.append(text)
        mixed.anna.say(text)

    say("before")
    for step, key in (("install", second), ("use", second), ("remove", first)):
        (outcome,) = mixed.anna.ask("keys", step, key)
        assert (outcome["members"], outcome["problems"]) == (3, {}), outcome
        say(f"{step} by a node")
    (listed,) = mixed.ben.ask("keys", "list")
    assert listed["keys"] == {second: 3}
    assert listed["primary"] == second
    for step, key in (("install", third), ("use", third), ("remove", second)):
        ran = mixed.agent.ask("keys", f"-{step}", key)
        assert ran.status == 0, ran
        say(f"{step} by the agent")
    lab.wait_for(
        lambda: [keys_of(path) for path in files] == [[third]] * 3, "all keep the last"
    )
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in files[:2])
    lab.wait_for(lambda: mixed.ben.texts() == said, "all that was said has come")
    assert mixed.anna.names("alive") == {"anna", "ben", "serf"}
    assert mixed.agent.troubles() == []
    # and the new key is what the next start reads
    assert mixed.ben.stop() == 0
    mixed.ben.restart()
    lab.wait_for(lambda: mixed.agent.sees("ben", "alive"), "ben is back")


def test_a_node_without_keys_says_so(lab: Lab) -> None:
    """And what to do."""
    anna = lab.start("anna")
    ran = anna.command_line("keys", "list")
    assert ran.status == 1
    assert "keygen --write" in ran.last_line


def test_tags_are_seen_and_changed_at_run_time(lab: Lab, agents: Agents) -> None:
    """In `serf members -detailed`; those of the start come back with a restart."""
    agent = agents.start("serf", "-tag=role=agent")
    anna = lab.start("anna", "--seed", agent.address, "--tag", "role=web")
    lab.wait_for(lambda: agent.sees("anna", "alive"), "the agent sees anna")
    assert tags_of(agent, "anna")["role"] == "web"
    lab.wait_for(lambda: anna.status_of("serf") == "alive", "anna sees the agent")
    (row,) = [row for row in anna.ask("members") if row["name"] == "serf"]
    assert row["tags"] == {"role": "agent"}
    (now,) = anna.ask("tags", "set", "role=db", "rack=b3")
    assert (now["tags"]["role"], now["tags"]["rack"]) == ("db", "b3")
    lab.wait_for(lambda: tags_of(agent, "anna")["role"] == "db", "serf sees the change")
    assert tags_of(agent, "anna")["rack"] == "b3"
    anna.ask("tags", "remove", "rack")
    lab.wait_for(lambda: "rack" not in tags_of(agent, "anna"), "serf sees it go")
    ran = anna.command_line("tags", "set", f"long={'x' * 600}")
    assert ran.status == 1
    assert "512" in ran.last_line
    assert anna.stop() == 0
    anna.restart()
    lab.wait_for(lambda: tags_of(agent, "anna")["role"] == "web", "as it was started")
    assert agent.troubles() == []


def test_reachability_and_round_trips_are_answered_on_both_sides(mixed: Mixed) -> None:
    """Coordinates are learnt from probes, so they take a moment."""
    (found,) = mixed.anna.ask("reachability")
    assert found == {"acked": ["anna", "ben", "serf"], "silent": []}
    ran = mixed.agent.ask("reachability")
    assert ran.status == 0, ran
    assert "Successfully contacted all live nodes" in ran.output

    def near(node: Node) -> bool:
        ran = node.asked("rtt", "serf", "--json")
        return ran.status == 0 and 0 < ran.rows[0]["ms"] < 1000

    mixed.lab.wait_for_each([mixed.anna, mixed.ben], near, "rtt to the agent is known")
    mixed.lab.wait_for(
        lambda: mixed.agent.ask("rtt", "anna").status == 0, "serf knows rtt to anna"
    )
    between = ("rtt", "ben", "serf")
    mixed.lab.wait_for(
        lambda: mixed.anna.asked(*between).status == 0, "anna knows both places"
    )
    (row,) = mixed.anna.ask(*between)
    assert (row["from"], row["to"]) == ("ben", "serf")
    assert mixed.agent.troubles() == []
