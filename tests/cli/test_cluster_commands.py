"""The commands for the cluster, as a user types them, on a node in memory."""

import base64

from gossipchat.names import NodeName
from gossipchat.node.api import QueryReply
from gossipchat.swim.events import Status
from gossipchat.testing import FakeNode
from tests.cli.builders import run, start
from tests.shell.faces.conftest import Served

KEY = base64.b64encode(bytes(range(32))).decode()
BOB = NodeName("bob")


def data(served: Served) -> tuple[str, str]:
    return "--data", str(served.home)


async def test_an_event_gets_there_whatever_its_bytes(served: Served) -> None:
    """One object with --json, a sentence without."""
    sent = await run("event", "deploy", "grün", "--json", *data(served))
    (row,) = sent.rows
    assert list(row) == ["name", "payload", "ltime", "time"]
    assert base64.b64decode(row["payload"]).decode() == "grün"
    told = await run("event", "bare", *data(served))
    assert told.lines == ["event bare is on its way"]
    assert served.node.heard_events[1].payload == b""


async def test_events_are_listed_and_followed(served: Served) -> None:
    """A line each, flushed."""
    served.node.hear_event("early", b"1")
    listed = await run("events", *data(served))
    assert listed.lines == ["2023-11-14 22:13 early 1"]
    following = start("events", "--follow", "--json", *data(served))
    while not served.node.watchers:
        await run("version")
    served.node.hear_event("late", b"\xff\x1b[31m")
    await following.until(lambda: bool(following.lines))
    assert following.rows[0]["name"] == "late"
    following.transport.signalProcess("INT")
    assert await following.ended == 130


async def test_a_query_prints_each_answer(served: Served) -> None:
    """For people with a last line that counts them; control characters are plain."""
    served.node.replies = [
        QueryReply(BOB, None, True),
        QueryReply(BOB, b"\x1b[31m", False),
    ]
    told = await run("query", "uptime", "--timeout", "1", *data(served))
    assert told.lines == ["bob has it", "bob: \\x1b[31m", "1 have it, 1 answered"]
    rows = (await run("query", "uptime", "--json", *data(served))).rows
    assert rows[0] == {"from": "bob", "payload": None, "ack": True}
    assert len(rows) == 2


async def test_a_query_can_be_put_to_some(served: Served) -> None:
    """By name and by tags; what is no KEY=REGEX is wrong usage."""
    served.node.replies = [QueryReply(BOB, None, True)]
    args = ("query", "uptime", "--timeout", "1", "--tag", "role=^web$")
    told = await run(*args, "--node", "bob", "--node", "eve", *data(served))
    assert told.lines == ["bob has it", "1 have it, 0 answered"]
    assert served.node.asked[-1] == (("bob", "eve"), {"role": "^web$"})
    told = await run(*args, "--node", "eve", *data(served))
    assert told.lines == ["0 have it, 0 answered"]
    assert (await run("query", "uptime", "--tag", "web", *data(served))).status == 2


async def test_keys_are_rotated(served: Served) -> None:
    """Each step prints what there is then."""
    for step in ("install", "use"):
        assert (await run("keys", step, KEY, *data(served))).status == 0
    (row,) = (await run("keys", "list", "--json", *data(served))).rows
    assert (row["primary"], row["keys"][KEY], row["members"]) == (KEY, 1, 1)
    listed = await run("keys", "list", *data(served))
    assert f"{KEY}  1/1      primary" in listed.lines
    refused = await run("keys", "remove", KEY, *data(served))
    assert refused.status == 1
    assert "use another first" in refused.complaint
    again = await run("keys", "use", "-", *data(served), typed=f"{KEY}\n")
    assert again.status == 0
    assert (await run("keys", "use", "-", *data(served), typed="")).status == 2


async def test_tags_are_set_and_removed(served: Served) -> None:
    """Until the next start."""
    told = await run("tags", "set", "role=web", "a=b=c", *data(served))
    assert told.lines == ["a=b=c role=web"]
    (row,) = (await run("tags", "remove", "a", "--json", *data(served))).rows
    assert row == {"tags": {"role": "web"}}


async def test_reachability_fails_when_somebody_is_silent(served: Served) -> None:
    """So a script need not read it."""
    assert (await run("reachability", *data(served))).lines == ["alice has acked"]
    served.node.change(FakeNode.member("bob", Status.SUSPECT))
    silent = await run("reachability", "--json", *data(served))
    assert silent.rows == [{"acked": ["alice"], "silent": ["bob"]}]
    assert silent.status == 1
    assert "1 of 2 living members did not ack: bob" in silent.complaint


async def test_rtt_is_of_two_members_or_of_one_and_this_node(served: Served) -> None:
    """In milliseconds."""
    served.node.change(FakeNode.member("bob"))
    (row,) = (await run("rtt", "bob", "--json", *data(served))).rows
    assert row == {"from": "bob", "to": "alice", "ms": 12.5}
    told = await run("rtt", "alice", "bob", *data(served))
    assert told.lines == ["alice to bob: 12.500 ms"]
