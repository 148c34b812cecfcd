"""What the terminal tells of whom a message is for, and of what it is about."""

import pytest

from tests.cli.terminal.table import BEGUN, LIVE, Table, line

WAITS = "-- {} is not here now: it will be there for them"


@pytest.mark.parametrize(
    ("to", "there"),
    [
        ("bob", True),
        ("bob@n", True),
        ("carol", True),
        ("bob@elsewhere", False),
        ("zoe", False),
        ("dan", False),
        ("erin", False),
    ],
)
def test_who_writes_to_somebody_away_is_told_so(to: str, there: bool) -> None:
    """Bob is here, zoe's node is not; carol and dan are nodes; erin has logged out."""
    table = Table()
    table.user("bob", "#lobby")
    table.user("zoe", "#lobby", account="zoe", reachable=False)
    table.member("carol", "alive")
    table.member("dan", "dead")
    assert table.type(f"/msg {to} hello") == []
    told = table.talk.heard({"id": BEGUN + 1, "ok": {"id": "id-9"}})
    assert told == ([] if there else [WAITS.format(to)])


def test_what_was_not_said_waits_for_nobody() -> None:
    """The reason is told instead."""
    table = Table()
    table.type("/msg zoe hello")
    told = table.talk.heard({"id": BEGUN + 1, "error": {"text": "no zoe"}})
    assert told == ["-- not said: hello (no zoe)"]


@pytest.mark.parametrize(
    ("kind", "text", "told"),
    [
        ("react", "+", "-- ann reacts to <bob> {}: +"),
        ("redact", "", "-- ann took <bob> {} back"),
    ],
)
def test_a_reaction_says_what_it_is_about(kind: str, text: str, told: str) -> None:
    """In short, if the line was shown here."""
    table = Table()
    words = "x" * 60
    table.come(LIVE, 1, words)
    about = {**line(2, text, "#lobby"), "kind": kind, "target": "id-1", "nick": "ann"}
    (shown,) = table.talk.heard({"id": LIVE, "item": about})
    assert shown.endswith(told.format("x" * 40 + "…"))
