"""The conversation of a terminal: what is typed, and what is shown."""

import pytest

from gossipchat.terminal.talk import Message, Talk

LIVE, MEMBERS, PAGE = 1, 2, 3


class Node:
    """Takes requests down."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, object]]] = []

    def send(self, do: str, **arguments: object) -> int:
        self.asked.append((do, arguments))
        return len(self.asked)


class Table:
    """A talk in #lobby whose last lines have been fetched."""

    def __init__(self, fetched: bool = True) -> None:
        self.node = Node()
        self.talk = Talk(self.node, "alice")
        if fetched:
            self.talk.heard({"id": PAGE, "end": True})

    def type(self, text: str) -> list[str]:
        return self.talk.typed(text)

    def come(self, number: int, n: int, text: str, room: str = "#lobby") -> list[str]:
        """Line *n* comes under *number*."""
        return self.talk.heard({"id": number, "item": line(n, text, room)})

    def member(self, name: str, status: str, new: bool = True) -> list[str]:
        item: Message = {"name": name, "status": status}
        if new:
            item["time"] = "2023-11-14T22:13:20.000Z"
        return self.talk.heard({"id": MEMBERS, "item": item})


def line(n: int, text: str, room: str) -> Message:
    return {
        "n": n,
        "room": room,
        "nick": "bob",
        "kind": "say",
        "text": text,
        "time": "2023-11-14T22:13:20.000Z",
        "late": False,
    }


def said(shown: list[str]) -> list[str]:
    """*shown* without its times."""
    return [text.split(" ", 2)[2] for text in shown]


def test_it_opens_in_the_lobby_with_the_last_20() -> None:
    """And follows lines and members."""
    table = Table(fetched=False)
    assert table.node.asked == [
        ("tail", {"follow": True}),
        ("members", {"follow": True}),
        ("tail", {"room": "#lobby", "last": 20}),
    ]
    assert table.talk.fetching


def test_lines_that_come_while_the_last_are_fetched_wait_for_them() -> None:
    """Each is shown once, in order."""
    table = Table(fetched=False)
    assert table.come(LIVE, 2, "two") == []
    assert said(table.come(PAGE, 1, "one")) == ["<bob> one"]
    assert said(table.come(PAGE, 2, "two")) == ["<bob> two"]
    assert table.come(LIVE, 3, "three") == []
    assert said(table.talk.heard({"id": PAGE, "end": True})) == ["<bob> three"]
    assert said(table.come(LIVE, 4, "four")) == ["<bob> four"]


def test_lines_of_other_rooms_say_so() -> None:
    """Nothing is missed by being elsewhere."""
    assert said(Table().come(LIVE, 1, "psst", "#garden")) == ["#garden <bob> psst"]


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("hello", ("say", {"room": "#lobby", "text": "hello"})),
        ("  hello ", ("say", {"room": "#lobby", "text": "hello"})),
        (":-)", ("say", {"room": "#lobby", "text": ":-)"})),
        ("//etc", ("say", {"room": "#lobby", "text": "/etc"})),
        ("/me waves", ("me", {"room": "#lobby", "text": "waves"})),
        ("/ME waves", ("me", {"room": "#lobby", "text": "waves"})),
        ("/topic news", ("topic", {"room": "#lobby", "text": "news"})),
        ("/rooms", ("rooms", {})),
    ],
)
def test_what_is_typed_is_asked(typed: str, asked: tuple[str, object]) -> None:
    """Text is said, a slash begins a command, two slashes say one."""
    table = Table()
    assert table.type(typed) == []
    assert table.node.asked[3:] == [asked]


@pytest.mark.parametrize("typed", ["", "   "])
def test_nothing_says_nothing(typed: str) -> None:
    """Enter alone is no message."""
    table = Table()
    assert table.type(typed) == []
    assert len(table.node.asked) == 3


@pytest.mark.parametrize("typed", [":q", ":quit", "/quit", " :q "])
def test_the_ways_out(typed: str) -> None:
    """Whoever knows vi, or IRC."""
    table = Table()
    table.type(typed)
    assert table.talk.over


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("/nonsense", "there is no /nonsense"),
        ("/\x1b[2J", r"\x1b[2J"),
        ("/join", "ROOM"),
        ("/join a,b", "comma"),
        ("/me", "TEXT"),
    ],
)
def test_what_makes_no_sense_is_told(typed: str, word: str) -> None:
    """One line, nothing is asked."""
    table = Table()
    (text,) = table.type(typed)
    assert word in text
    assert len(table.node.asked) == 3


def test_help_lists_every_command() -> None:
    """The table, printed."""
    text = "\n".join(Table().type("/help"))
    for word in ("/join ROOM", "/me TEXT", "/who", "/quit", ":q"):
        assert word in text


def test_join_looks_into_another_room() -> None:
    """Its last lines, and then its live ones without their room."""
    table = Table()
    table.come(LIVE, 7, "before")
    assert table.type("/join Garden") == ["-- now in #garden"]
    number = len(table.node.asked)
    assert table.node.asked[-1] == ("tail", {"room": "#garden", "last": 20})
    assert said(table.come(number, 3, "old", "#garden")) == ["<bob> old"]
    table.talk.heard({"id": number, "end": True})
    assert said(table.come(LIVE, 8, "new", "#garden")) == ["<bob> new"]
    assert said(table.come(LIVE, 9, "back", "#lobby")) == ["#lobby <bob> back"]


def test_who_left_a_room_before_it_was_fetched_gets_none_of_it() -> None:
    """The old page's lines go nowhere."""
    table = Table(fetched=False)
    table.type("/join garden")
    assert table.come(PAGE, 1, "of the lobby") == []


def test_what_was_not_said_is_told_with_the_reason() -> None:
    """The text too: it may be long gone from the screen."""
    table = Table()
    table.type("hello")
    assert table.talk.unanswered == 1
    error = {"kind": "refused", "text": "too fast"}
    told = table.talk.heard({"id": 4, "error": error})
    assert told == ["-- not said: hello (too fast)"]
    assert table.talk.unanswered == 0


def test_rooms_are_listed() -> None:
    """With their topics."""
    table = Table()
    table.type("/rooms")
    table.talk.heard({"id": 4, "item": {"room": "#lobby", "topic": "news"}})
    assert table.talk.heard({"id": 4, "end": True}) == ["-- #lobby  news"]


def test_who_lists_members_by_status() -> None:
    """As they are now."""
    table = Table()
    for name, status in [("carol", "dead"), ("bob", "alive"), ("alice", "alive")]:
        table.member(name, status, new=False)
    assert table.type("/who") == ["-- alive: alice, bob", "-- dead: carol"]


def test_who_goes_and_comes_is_told_once() -> None:
    """Suspicions come and go: nobody is bothered with them."""
    table = Table()
    assert table.member("bob", "alive", new=False) == []
    assert table.member("bob", "suspect") == []
    assert table.member("bob", "alive") == []
    assert said(table.member("bob", "dead")) == ["-- bob is gone"]
    assert table.member("bob", "dead") == []
    assert table.member("bob", "suspect") == []
    assert said(table.member("bob", "alive")) == ["-- bob is back"]
    assert said(table.member("bob", "left")) == ["-- bob has left"]
    assert said(table.member("carol", "alive")) == ["-- carol is here"]
    assert table.member("alice", "left") == []
