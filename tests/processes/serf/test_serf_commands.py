"""Serf's commands on both sides of one cluster: Debian's agent and our nodes."""

import base64
import json
import re
from functools import partial
from pathlib import Path

import pytest

from tests.processes.lab import Lab, Node
from tests.processes.lab.serf import Agent, Agents, agents_in
from tests.processes.serf.test_serf import prepare

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
    """The keys in a key ring file; none while an agent writes it anew."""
    text = path.read_text(encoding="ascii")
    return list(json.loads(text)) if "]" in text else []


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


def acked(asker: Node | Agent, *filters: str) -> set[str]:
    """Who has acked a query of *asker*'s that went to those that *filters* choose."""
    if isinstance(asker, Agent):
        options = ("-timeout=1s", "-format=json", *filters)
        ran = asker.ask("query", *options, "uptime", "x")
        assert ran.status == 0, ran
        return set(json.loads(ran.output)["Acks"] or ())
    rows = asker.ask("query", "uptime", "x", "--timeout", "1", *filters)
    return {row["from"] for row in rows if row["ack"]}


def test_queries_are_acked_on_both_sides(mixed: Mixed) -> None:
    """By everybody, whoever asks; who is busy for a second is asked again."""
    askers: list[Node | Agent] = [mixed.anna, mixed.agent]
    mixed.lab.wait_for_each(
        askers,
        lambda asker: acked(asker) == {"anna", "ben", "serf"},
        "everybody acks",
    )


def test_queries_reach_those_that_are_meant_on_both_sides(mixed: Mixed) -> None:
    """Row b': by name and by tag, from either side, with answers by detours too."""
    mixed.anna.ask("tags", "set", "role=web")
    mixed.lab.wait_for(
        lambda: tags_of(mixed.agent, "anna").get("role") == "web", "serf sees the tag"
    )

    def meant(asker: Node | Agent, filters: tuple[str, ...], who: set[str]) -> None:
        what = f"{', '.join(sorted(who)) or 'nobody'} acks {asker.name}"
        mixed.lab.wait_for(lambda: acked(asker, *filters) == who, what)

    detour = "-relay-factor=2"
    meant(mixed.agent, (detour, "-node=ben", "-node=serf"), {"ben", "serf"})
    meant(mixed.agent, (detour, "-tag=role=^w.b$"), {"anna"})
    meant(mixed.agent, (detour, "-tag=role=^db$"), set())
    meant(mixed.ben, ("--node", "serf", "--node", "anna"), {"serf", "anna"})
    meant(mixed.ben, ("--tag", "role=^\\pL+$"), {"anna"})
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

    def done_by_a_node(step: str, key: str) -> bool:
        (outcome,) = mixed.anna.ask("keys", step, key)
        return (outcome["members"], outcome["problems"]) == (3, {})

    def done_by_the_agent(step: str, key: str) -> bool:
        return mixed.agent.ask("keys", f"-{step}", key).status == 0

    def is_listed() -> bool:
        (listed,) = mixed.ben.ask("keys", "list")
        return (listed["keys"], listed["primary"]) == ({second: 3}, second)

    # Each may be done again: somebody may have been too busy to answer in time.
    for step, key in (("install", second), ("use", second), ("remove", first)):
        lab.wait_for(partial(done_by_a_node, step, key), f"{step} by a node")
        say(f"{step} by a node")
    lab.wait_for(is_listed, "ben lists the second")
    for step, key in (("install", third), ("use", third), ("remove", second)):
        lab.wait_for(partial(done_by_the_agent, step, key), f"{step} by the agent")
        say(f"{step} by the agent")
    lab.wait_for(
        lambda: [keys_of(path) for path in files] == [[third]] * 3, "all keep the last"
    )
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in files[:2])
    lab.wait_for(lambda: mixed.ben.texts() == said, "all that was said has come")
    assert not mixed.anna.names("dead")
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
    all_three = {"acked": ["anna", "ben", "serf"], "silent": []}
    mixed.lab.wait_for(
        lambda: mixed.anna.ask("reachability") == [all_three], "a node reaches all"
    )
    good = "Successfully contacted all live nodes"
    mixed.lab.wait_for(
        lambda: good in mixed.agent.ask("reachability").output, "serf reaches all"
    )

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
