"""One line in, one answer out: whatever the line is."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.interfaces import IWriteDescriptor
from twisted.internet.testing import StringTransport
from zope.interface import directlyProvides

from gossipchat.errors import Refused, StoreError, TooFast
from gossipchat.testing import FakeNode
from tests.shell.faces.builders import SilentNode, Talker

AUTHOR = bytes(31).hex() + "01"


def test_the_first_line_says_who_is_here() -> None:
    """A program can check the version before it asks anything."""
    hello = Talker(FakeNode("alice", nick="al")).hello
    assert hello == {
        "gossipchat": hello["gossipchat"],
        "v": 1,
        "name": "alice",
        "id": AUTHOR,
        "nick": "al",
    }


@pytest.mark.parametrize(
    ("line", "number", "word"),
    [
        (b"", None, "JSON object"),
        (b"\xff\xfe", None, "JSON object"),
        (b"[" * 100_000, None, "JSON object"),
        (b"[1]", None, "JSON object"),
        (b'{"v":1,"do":"status"}', None, "id"),
        (b'{"v":1,"id":true,"do":"status"}', None, "id"),
        (b'{"v":1,"id":-1,"do":"status"}', None, "id"),
        (b'{"v":1,"id":1e3,"do":"status"}', None, "id"),
        (b'{"id":5,"do":"status"}', 5, "v = 1"),
        (b'{"v":2,"id":5,"do":"status"}', 5, "v = 1"),
        (b'{"v":true,"id":5,"do":"status"}', 5, "v = 1"),
        (b'{"v":1,"id":5}', 5, "do"),
        (b'{"v":1,"id":5,"do":["say"]}', 5, "do"),
        (b'{"v":1,"id":5,"do":"say","text":"x"}', 5, "room is missing"),
        (b'{"v":1,"id":5,"do":"say","room":"lobby"}', 5, "text is missing"),
        (b'{"v":1,"id":5,"do":"say","room":"lobby","text":7}', 5, "text must be"),
        (b'{"v":1,"id":5,"do":"say","room":"l","text":"\\ud800"}', 5, "Unicode"),
        (b'{"v":1,"id":5,"do":"say","room":"a b","text":"x"}', 5, "no space"),
        (b'{"v":1,"id":5,"do":"tail","since":-1}', 5, "since"),
        (b'{"v":1,"id":5,"do":"tail","since":1.5}', 5, "since"),
        (b'{"v":1,"id":5,"do":"tail","last":1001}', 5, "last"),
        (b'{"v":1,"id":5,"do":"tail","follow":"yes"}', 5, "follow"),
        (b'{"v":1,"id":5,"do":"history","room":"lobby","before":"x"}', 5, "AUTHOR"),
        (b'{"v":1,"id":5,"do":"history","room":"lobby","limit":0}', 5, "limit"),
        (b'{"v":1,"id":5,"do":"forget"}', 5, "name"),
        (b'{"v":1,"id":5,"do":"stop","which":"x"}', 5, "which"),
    ],
)
def test_a_line_that_is_no_request_is_told_why(
    line: bytes, number: int | None, word: str
) -> None:
    """The mistake is the asker's, the connection goes on."""
    talker = Talker(FakeNode())
    (answer,) = talker.raw(line)
    assert answer["id"] == number
    assert answer["error"]["kind"] == "usage"
    assert word in answer["error"]["text"]
    assert talker.ask(6, "version")[0]["ok"]["v"] == 1


@given(st.binary(max_size=300).filter(lambda line: b"\n" not in line))
def test_any_bytes_are_answered_or_refused(line: bytes) -> None:
    """No line breaks the face."""
    talker = Talker(FakeNode())
    for answer in talker.raw(line):
        assert answer["error"]["kind"] == "usage"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)
FIELDS = "room text nick token since last follow before limit all name which"
NAMES = st.sampled_from(FIELDS.split())
WANTED = st.sampled_from(["say", "tail", "history", "members", "forget", "stop", "x"])


@given(WANTED, st.dictionaries(NAMES, JSON, max_size=5))
def test_any_fields_are_answered_or_refused(do: str, given: dict[str, object]) -> None:
    """A field of the wrong kind is the asker's mistake, not a bug."""
    node = FakeNode()
    node.hear("lobby", "bob", "hello")
    for message in Talker(node).ask(1, do, **given):
        assert message.get("error", {}).get("kind") != "internal"


def test_a_private_message_is_said_to_a_user() -> None:
    """A room that begins with @ is somebody."""
    node = FakeNode()
    (answer,) = Talker(node).ask(1, "say", room="@Bob", text="psst")
    assert answer["ok"]["seq"] == 1
    assert [(line.room, line.kind) for line in node.kept] == [("@bob", "private")]


def test_a_line_is_edited_redacted_and_answered_by_its_id() -> None:
    """And carries what became of it; fields that say nothing are left out."""
    node = FakeNode()
    one, two = node.hear("lobby", "al", "helo"), node.hear("lobby", "al", "oops")
    talker = Talker(node)
    for number, (do, line, fields) in enumerate(
        (
            ("edit", one, {"text": "hello"}),
            ("redact", two, {}),
            ("react", one, {"text": "+"}),
        )
    ):
        (answer,) = talker.ask(number, do, target=str(line.id), **fields)
        assert answer["ok"]["author"] == AUTHOR
    items = [m["item"] for m in talker.ask(9, "history", room="lobby") if "item" in m]
    assert [item.get("edited") for item in items] == ["hello", None]
    assert (items[1]["text"], items[1]["redacted"]) == ("", True)
    assert "redacted" not in items[0]


def test_a_reference_needs_a_whole_id() -> None:
    """What is no id is a mistake; what is not here is refused."""
    talker = Talker(FakeNode())
    (wrong,) = talker.ask(1, "redact", target="12")
    assert wrong["error"]["kind"] == "usage"
    (missing,) = talker.ask(2, "redact", target=f"{AUTHOR}/7/1")
    assert missing["error"]["kind"] == "refused"


def test_who_speaks_too_fast_is_told_when_to_go_on() -> None:
    """In seconds; what is behind it in the same chain does not overtake it."""
    node = FakeNode()
    talker = Talker(node)
    node.fail = TooFast("too fast", 0.2)
    (slow,) = talker.ask(1, "say", room="lobby", text="one", chain=1)
    assert slow["error"] == {"kind": "too fast", "text": "too fast", "retry_after": 0.2}
    (behind,) = talker.ask(2, "say", room="lobby", text="two", chain=1)
    assert behind["error"]["kind"] == "refused"
    (again,) = talker.ask(3, "say", room="lobby", text="one", chain=2)
    assert "ok" in again
    assert [line.text for line in node.kept] == ["one"]


def test_a_search_brings_lines() -> None:
    """The same objects as a history."""
    node = FakeNode()
    node.hear("lobby", "al", "hello world")
    node.hear("lobby", "al", "nothing")
    found, end = Talker(node).ask(1, "search", words="world")
    assert found["item"]["text"] == "hello world"
    assert end == {"id": 1, "end": True}


def test_what_is_said_is_answered_with_its_id() -> None:
    """Id, and its parts: what scripts rely on."""
    node = FakeNode()
    (answer,) = Talker(node).ask(1, "say", room="Lobby", text="hello", nick="al")
    assert answer["ok"] == {
        "id": f"{AUTHOR}/7/1",
        "author": AUTHOR,
        "epoch": "7",
        "seq": 1,
    }
    (line,) = node.kept
    assert (line.room, line.nick, line.kind, line.text) == (
        "#lobby",
        "al",
        "say",
        "hello",
    )


@pytest.mark.parametrize(("do", "kind"), [("me", "emote"), ("topic", "topic")])
def test_me_and_topic_are_said_likewise(do: str, kind: str) -> None:
    """Same fields, another kind."""
    node = FakeNode()
    Talker(node).ask(1, do, room="lobby", text="waves")
    assert [line.kind for line in node.kept] == [kind]


def test_the_same_token_says_it_once() -> None:
    """The token gets to the node."""
    node = FakeNode()
    talker = Talker(node)
    first = talker.ask(1, "say", room="lobby", text="once", token="t")
    again = talker.ask(2, "say", room="lobby", text="once", token="t")
    assert first[0]["ok"] == again[0]["ok"]
    assert len(node.kept) == 1


@pytest.mark.parametrize(
    ("problem", "kind"),
    [(Refused("too fast"), "refused"), (StoreError("the disk is full"), "store")],
)
def test_a_refusal_tells_whose_fault_it_is(
    problem: Refused | StoreError, kind: str
) -> None:
    """Kind for programs, text for people."""
    node = FakeNode()
    node.fail = problem
    (answer,) = Talker(node).ask(1, "say", room="lobby", text="x")
    assert answer == {"id": 1, "error": {"kind": kind, "text": str(problem)}}


def test_leave_and_forget_reach_the_node() -> None:
    """Both answer when it is done."""
    node = FakeNode()
    talker = Talker(node)
    assert talker.ask(1, "leave") == [{"id": 1, "ok": {}}]
    assert node.left
    (answer,) = talker.ask(2, "forget", name="nobody")
    assert answer["error"]["kind"] == "refused"


def test_answers_come_as_they_are_ready() -> None:
    """Many requests may be under way; each answer has its number."""
    node = SilentNode()
    talker = Talker(node)
    assert talker.ask(1, "say", room="lobby", text="slow") == []
    assert talker.ask(2, "version")[0]["id"] == 2
    node.unanswered[0].errback(Refused("at last"))
    assert talker.got()[0]["id"] == 1


def test_a_number_under_way_is_not_taken_twice() -> None:
    """Two answers with one number could not be told apart."""
    talker = Talker(SilentNode())
    talker.ask(1, "say", room="lobby", text="slow")
    (answer,) = talker.ask(1, "version")
    assert "still under way" in answer["error"]["text"]


def test_a_client_that_floods_is_not_read_until_answers_are_out() -> None:
    """512 questions under way, and not one more is taken in."""
    node = SilentNode()
    talker = Talker(node)
    line = {"v": 1, "do": "say", "room": "lobby", "text": "x"}
    lines = [json.dumps({**line, "id": number}).encode() for number in range(600)]
    talker.feed(b"\n".join([*lines, b""]))
    assert len(node.unanswered) == 512
    assert talker.transport.producerState == "paused"
    node.unanswered[0].errback(Refused("no"))
    assert len(node.unanswered) == 513
    for said in node.unanswered:
        if not said.called:
            said.errback(Refused("no"))
    assert talker.transport.producerState == "producing"
    talker.hang_up()


class Wire(StringTransport):
    """Counts how often something is handed to the kernel."""

    connected = True
    writes = 0

    def doWrite(self) -> None:
        self.writes += 1


def test_an_answer_leaves_at_once_and_a_burst_together() -> None:
    """What follows in the same millisecond waits for the reactor's next turn."""
    talker = Talker(FakeNode())
    talker.connection.transport = wire = Wire()  # type: ignore[no-untyped-call]
    directlyProvides(wire, IWriteDescriptor)
    talker.now_ms += 1
    for number in (1, 2, 3):
        talker.ask(number, "version")
    assert wire.writes == 1
    talker.now_ms += 1
    talker.ask(4, "version")
    assert wire.writes == 2


def test_a_line_without_end_ends_the_connection() -> None:
    """256 KiB are more than any request needs."""
    talker = Talker(FakeNode())
    talker.feed(b"x" * (256 * 1024 + 2))
    (answer,) = talker.got()
    assert answer["error"]["kind"] == "usage"
    assert talker.transport.disconnecting


def test_answers_after_the_client_has_gone_are_dropped() -> None:
    """What was under way ends quietly."""
    node = SilentNode()
    talker = Talker(node)
    talker.ask(1, "say", room="lobby", text="slow")
    talker.hang_up()
    node.unanswered[0].errback(Refused("too late"))
    assert talker.got() == []
