"""The conversation of a terminal: what is typed, and what is shown."""

import pytest

from gossipchat.terminal.main import prompt
from tests.cli.terminal.table import BEGUN, LIVE, ME, PAGE, RECEIPTS, Table, line, said


def test_it_opens_in_the_lobby_with_the_last_20() -> None:
    """And follows lines and members."""
    table = Table(fetched=False)
    assert table.node.asked == [
        ("tail", {"follow": True}),
        ("members", {"follow": True}),
        ("tail", {"room": "#lobby", "last": 20}),
        ("login", {}),
        ("join", {"room": "#lobby"}),
        ("users", {"follow": True}),
        ("receipts", {}),
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
        ('/topic ""', ("topic", {"room": "#lobby", "text": ""})),
        ("/topic", ("rooms", {})),
        ("/rooms", ("rooms", {})),
        ("/msg bob psst", ("say", {"room": "@bob", "text": "psst"})),
        ("/msg @bob@n  psst", ("say", {"room": "@bob@n", "text": "psst"})),
        ("/edit right", ("edit", {"target": "id-3", "text": "right"})),
        ("/redact", ("redact", {"target": "id-3"})),
        ("/react 👍", ("react", {"target": "id-4", "text": "👍"})),
        ("/react 👍 ann", ("react", {"target": "id-3", "text": "👍"})),
        ("/react 👍 bob~b0b0", ("react", {"target": "id-2", "text": "👍"})),
    ],
)
def test_what_is_typed_is_asked(typed: str, asked: tuple[str, object]) -> None:
    """Text is said, a slash begins a command, two slashes say one."""
    table = Table()
    table.come(LIVE, 1, "one")
    shown = {**line(2, "two", "#lobby"), "shown": "bob~b0b0"}
    table.talk.heard({"id": LIVE, "item": shown})
    table.own(3, "wrong")
    table.come(LIVE, 4, "four")
    assert table.type(typed) == []
    assert table.node.asked[BEGUN:] == [asked]


@pytest.mark.parametrize("typed", ["", "   "])
def test_nothing_says_nothing(typed: str) -> None:
    """Enter alone is no message."""
    table = Table()
    assert table.type(typed) == []
    assert len(table.node.asked) == BEGUN


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
        ("/msg bob", "TEXT"),
        ("/edit right", "no line"),
        ("/redact", "no line"),
        ("/react 👍", "no line"),
    ],
)
def test_what_makes_no_sense_is_told(typed: str, word: str) -> None:
    """One line, nothing is asked."""
    table = Table()
    (text,) = table.type(typed)
    assert word in text
    assert len(table.node.asked) == BEGUN


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
    told = table.talk.heard({"id": BEGUN + 1, "error": error})
    assert told == ["-- not said: hello (too fast)"]
    assert table.talk.unanswered == 0


def test_rooms_are_listed() -> None:
    """With how many are there, and their topics."""
    table = Table()
    table.type("/rooms")
    room = {"room": "#lobby", "topic": "news", "users": 3}
    table.talk.heard({"id": BEGUN + 1, "item": room})
    assert table.talk.heard({"id": BEGUN + 1, "end": True}) == ["-- #lobby (3): news"]


@pytest.mark.parametrize(
    ("topic", "shown"),
    [("news", "-- the topic is: news"), ("", "-- #lobby has no topic")],
)
def test_the_topic_alone_is_shown(topic: str, shown: str) -> None:
    """That of the room one is in."""
    table = Table()
    table.type("/topic")
    for room, its in (("#garden", "roses"), ("#lobby", topic), ("#attic", "")):
        table.talk.heard({"id": BEGUN + 1, "item": {"room": room, "topic": its}})
    assert table.talk.heard({"id": BEGUN + 1, "end": True}) == [shown]


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


def test_who_comes_to_the_room_and_goes_is_told() -> None:
    """What is listed at first, and what happens elsewhere, is not."""
    table = Table()
    assert table.user("bob", "#garden", new=False) == []
    assert table.user("bob", "#garden", "#lobby")[0].endswith("bob (at n) is here")
    assert table.user("bob", "#lobby") == []
    assert said(table.user("bob", "#lobby", away="tea")) == [
        "-- bob (at n) is away: tea"
    ]
    assert said(table.user("bob", "#lobby")) == ["-- bob (at n) is back"]
    assert said(table.user("bob~b0b0", "#lobby")) == [
        "-- bob~b0b0 (at n) was called bob"
    ]
    assert table.type("/who") == ["-- in #lobby: bob~b0b0"]
    assert said(table.user("bob", here=False)) == ["-- bob (at n) has left"]
    assert table.user("carol", "#garden", id="c") == []


def test_a_user_whose_node_died_is_gone_with_it() -> None:
    """First unreachable, which is not told; later listed no more."""
    table = Table()
    table.user("bob", "#lobby")
    assert table.user("bob", "#lobby", reachable=False) == []
    assert table.type("/who") == ["-- in #lobby: bob (unreachable)"]
    gone = table.user("bob", "#lobby", reachable=False, here=False)
    assert said(gone) == ["-- bob (at n) is gone with that node"]


def test_of_oneself_nothing_is_told() -> None:
    """One knows that."""
    assert Table().user("ann", "#lobby", id=ME) == []


def test_how_far_the_last_line_got_stands_in_the_prompt() -> None:
    """Whichever comes first, its id or who has it; of many only some are counted."""
    table = Table()
    item = {"id": "x", "have": ["a", "b"], "of": 3, "members": 3}
    table.type("hello")
    assert table.talk.heard({"id": RECEIPTS, "item": item}) == []
    assert prompt(table.talk) == "#lobby> "
    table.talk.heard({"id": BEGUN + 1, "ok": {"id": "x"}})
    assert prompt(table.talk) == "#lobby 2/3> "
    table.talk.heard({"id": RECEIPTS, "item": {**item, "members": 90}})
    assert prompt(table.talk) == "#lobby 2/3 of 90> "
