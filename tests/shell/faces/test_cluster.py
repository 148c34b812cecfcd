"""Events, queries, keys and tags over the socket, without a cluster."""

import base64
from typing import Any

import pytest

from gossipchat.faces.socket.cluster import MAX_WAITING_EVENTS
from gossipchat.names import NodeName
from gossipchat.node.api import QueryReply
from gossipchat.swim.events import Status
from gossipchat.testing import FakeNode
from tests.shell.faces.builders import Talker

KEY = base64.b64encode(bytes(range(16))).decode()
FIRST = base64.b64encode(bytes(16)).decode()


def items(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The items among *messages*."""
    return [message["item"] for message in messages if "item" in message]


def test_an_event_is_answered_with_itself() -> None:
    """Its payload is base64 both ways, since it may be any bytes."""
    node = FakeNode()
    (answer,) = Talker(node).ask(1, "event", name="deploy", payload="AP8=")
    assert answer["ok"] == {
        "name": "deploy",
        "payload": "AP8=",
        "ltime": 1,
        "time": "2023-11-14T22:13:20.000Z",
    }
    assert node.heard_events[0].payload == b"\x00\xff"


def test_events_of_late_are_listed_and_those_to_come_followed() -> None:
    """A follower sees only what comes from now on."""
    node = FakeNode()
    node.hear_event("early")
    talker = Talker(node)
    listed = talker.ask(1, "events")
    assert [item["name"] for item in items(listed)] == ["early"]
    assert listed[-1] == {"id": 1, "end": True}
    assert talker.ask(2, "events", follow=True) == []
    node.hear_event("late", b"x")
    assert [item["payload"] for item in items(talker.got())] == ["eA=="]
    talker.hang_up()
    assert node.watchers == 0


def test_a_follower_that_does_not_read_costs_a_bounded_memory() -> None:
    """It misses the oldest events."""
    node = FakeNode()
    talker = Talker(node)
    talker.ask(1, "events", follow=True)
    talker.leave_unread()
    for number in range(MAX_WAITING_EVENTS + 5):
        node.hear_event(f"e{number}")
    names = [item["name"] for item in items(talker.read_again())]
    assert (names[0], len(names)) == ("e5", MAX_WAITING_EVENTS)


def test_a_query_brings_each_answer_and_ends() -> None:
    """An ack has no payload; an empty answer has an empty one."""
    node = FakeNode()
    bob = NodeName("bob")
    node.replies = [QueryReply(bob, None, True), QueryReply(bob, b"", False)]
    answers = Talker(node).ask(1, "query", name="uptime", timeout=1.5)
    assert items(answers) == [
        {"from": "bob", "payload": None, "ack": True},
        {"from": "bob", "payload": "", "ack": False},
    ]
    assert answers[-1] == {"id": 1, "end": True}


def test_keys_are_changed_and_listed() -> None:
    """With what there is after it."""
    talker = Talker(FakeNode())
    talker.ask(1, "keys", operation="install", key=KEY)
    (answer,) = talker.ask(2, "keys", operation="use", key=KEY)
    assert answer["ok"] == {
        "primary": KEY,
        "keys": {KEY: 1, FIRST: 1},
        "members": 1,
        "answered": 1,
        "problems": {},
    }
    (refused,) = talker.ask(3, "keys", operation="remove", key=KEY)
    assert refused["error"]["kind"] == "refused"


def test_tags_are_set_and_removed() -> None:
    """All that there are then come back."""
    talker = Talker(FakeNode())
    talker.ask(1, "tags", set={"role": "web", "zone": "b"})
    (answer,) = talker.ask(2, "tags", remove=["zone"])
    assert answer["ok"] == {"tags": {"role": "web"}}


def test_who_acks_and_how_far_they_are() -> None:
    """Reachability and rtt; rtt to this node when no other is named."""
    node = FakeNode()
    node.change(FakeNode.member("bob"))
    node.change(FakeNode.member("carl", Status.SUSPECT))
    talker = Talker(node)
    (found,) = talker.ask(1, "reachability")
    assert found["ok"] == {"acked": ["alice", "bob"], "silent": ["carl"]}
    (near,) = talker.ask(2, "rtt", a="bob")
    assert near["ok"] == {"from": "bob", "to": "alice", "ms": 12.5}
    (nobody,) = talker.ask(3, "rtt", a="bob", b="dora")
    assert nobody["error"]["kind"] == "refused"


@pytest.mark.parametrize(
    ("do", "given", "word"),
    [
        ("event", {}, "name is missing"),
        ("event", {"name": "x", "payload": "é"}, "base64"),
        ("event", {"name": "x", "payload": 7}, "payload must be text"),
        ("query", {"name": "x", "timeout": 0}, "timeout must be in"),
        ("query", {"name": "x", "timeout": True}, "number of seconds"),
        ("query", {"name": "x", "timeout": "1"}, "number of seconds"),
        ("query", {"name": "x", "timeout": 4000}, "timeout must be in"),
        ("query", {"name": "x", "nodes": "bob"}, "a list of members' names"),
        ("query", {"name": "x", "nodes": [""]}, "a list of members' names"),
        ("query", {"name": "x", "tags": ["role"]}, "an object of texts"),
        ("keys", {}, "operation is missing"),
        ("keys", {"operation": "melt"}, "list, install, use or remove"),
        ("keys", {"operation": "list", "key": KEY}, "takes no key"),
        ("keys", {"operation": "use"}, "needs a key"),
        ("keys", {"operation": "use", "key": "c2hvcnQ="}, "16, 24 or 32"),
        ("tags", {}, "say what"),
        ("tags", {"set": ["a"]}, "object of texts"),
        ("tags", {"set": {"a": 1}}, "object of texts"),
        ("tags", {"remove": "a"}, "list of texts"),
        ("tags", {"remove": ["\ud800"]}, "list of texts"),
        ("rtt", {}, "a must be a member"),
        ("rtt", {"a": "x", "b": 7}, "b must be a member"),
    ],
)
def test_a_mistake_is_told_with_what_is_wanted(
    do: str, given: dict[str, Any], word: str
) -> None:
    """And nothing happens."""
    node = FakeNode()
    (answer,) = Talker(node).ask(1, do, **given)
    assert answer["error"]["kind"] == "usage"
    assert word in answer["error"]["text"]
    assert not node.heard_events
