"""Who is logged in over a connection, and who hears of users and receipts."""

from gossipchat.chat.events import Receipt, ReceiptChanged
from gossipchat.names import EntryId, NodeName
from gossipchat.testing import FakeNode
from tests.shell.faces.builders import Message, Talker


def users(node: FakeNode) -> list[tuple[str, tuple[str, ...], str | None]]:
    return [(user.nick, user.rooms, user.away) for user in node.users()]


def items(messages: list[Message]) -> list[Message]:
    return [message["item"] for message in messages if "item" in message]


def test_who_logs_in_is_there_until_the_connection_ends() -> None:
    """In rooms, and away, as they say."""
    node = FakeNode()
    talker = Talker(node)
    assert talker.ask(1, "login", nick="zoe") == [{"id": 1, "ok": {"nick": "zoe"}}]
    talker.ask(2, "join", room="lobby")
    talker.ask(3, "join", room="garden")
    talker.ask(4, "part", room="#Lobby")
    talker.ask(5, "away", text="tea")
    assert users(node) == [("zoe", ("#garden",), "tea")]
    talker.ask(6, "away")
    talker.ask(7, "login", nick="zora")
    assert users(node) == [("zora", ("#garden",), None)]
    talker.hang_up()
    assert users(node) == []


def test_who_is_logged_in_speaks_when_nobody_is_named() -> None:
    """Whom the request names comes first."""
    node = FakeNode(nick="alice")
    talker = Talker(node)
    talker.ask(1, "say", room="lobby", text="hi")
    talker.ask(2, "login", nick="zoe")
    talker.ask(3, "say", room="lobby", text="hi")
    talker.ask(4, "say", room="lobby", text="hi", nick="bot")
    talker.ask(5, "logout")
    talker.ask(6, "say", room="lobby", text="hi")
    assert [line.nick for line in node.kept] == ["alice", "zoe", "bot", "alice"]


def test_who_is_not_logged_in_can_be_nowhere() -> None:
    """A sentence says what to do; of two accounts one has to go first."""
    talker = Talker(FakeNode())
    for number, do in enumerate(("join", "part", "away")):
        (answer,) = talker.ask(number, do, room="lobby")
        assert answer["error"]["kind"] == "refused"
    talker.ask(5, "login", nick="zoe", account="z")
    (answer,) = talker.ask(6, "login", nick="yan", account="y")
    assert "log out first" in answer["error"]["text"]


def test_users_are_listed_and_then_followed() -> None:
    """With time and whether they are here; who does not read gets the latest."""
    node = FakeNode()
    bob = node.meet("bob", "b", "lobby")
    talker = Talker(node)
    (listed,) = items(talker.ask(1, "users", follow=True))
    assert (listed["nick"], listed["node"], listed["rooms"]) == ("bob", "b", ["#lobby"])
    assert "time" not in listed
    talker.leave_unread()
    node.meet("bob", "b", "garden")
    node.put_user(bob.gone())
    (change,) = items(talker.read_again())
    assert (change["here"], change["time"]) == (False, "2023-11-14T22:13:20.000Z")
    talker.hang_up()
    assert node.watchers == 0


def test_receipts_are_told_as_they_come() -> None:
    """The latest of each line."""
    node = FakeNode()
    talker = Talker(node)
    talker.ask(1, "receipts")
    id = EntryId(node.key, 7, 1)
    talker.leave_unread()
    for names in (("a",), ("a", "b")):
        receipt = Receipt(tuple(map(NodeName, names)), 3, 3)
        node.receipt_watchers.tell(ReceiptChanged(id, receipt))
    assert items(talker.read_again()) == [
        {"id": str(id), "have": ["a", "b"], "of": 3, "members": 3}
    ]


def test_lines_say_how_a_nick_is_shown_where_that_differs() -> None:
    """A history says so only if it is asked to: it is alike on all nodes."""
    node = FakeNode()
    line = node.hear("lobby", "bob", "hi")
    node.marked.add((line.id.author, "bob"))
    talker = Talker(node)
    shown = f"bob~{line.id.author.hex()[:4]}"
    (tailed,) = items(talker.ask(1, "tail"))
    (plain,) = items(talker.ask(2, "history", room="lobby"))
    (asked,) = items(talker.ask(3, "history", room="lobby", shown=True))
    assert (tailed["nick"], tailed["shown"]) == ("bob", shown)
    assert "shown" not in plain
    assert asked["shown"] == shown
