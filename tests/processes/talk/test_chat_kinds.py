"""What can be said beside lines: on real nodes, seen from the others."""

import sqlite3
from pathlib import Path

import pytest

from gossipchat.errors import TooFast
from tests.processes.lab import Lab, Node, Row

pytestmark = pytest.mark.processes


def line(node: Node, text: str) -> Row | None:
    """What *node* shows of the line that said *text*, or that was edited to it."""
    found = [row for row in node.history() if text in (row["text"], row.get("edited"))]
    return found[0] if found else None


def test_an_edit_a_redaction_and_a_reaction_are_seen_on_the_other_node(
    lab: Lab,
) -> None:
    """All nodes show the same; only who said a line may change it."""
    anna, ben = lab.cluster("anna", "ben")
    one, two = anna.say("helo"), anna.say("oops")
    anna.ask("edit", one, "hello")
    anna.ask("redact", two)
    lab.wait_for(lambda: line(ben, "helo"), "ben has the line")
    ben.ask("react", one, "\N{THUMBS UP SIGN}", "--nick", "benny")

    def same() -> bool:
        rows = [[plain(row) for row in node.history()] for node in (anna, ben)]
        return rows[0] == rows[1] and "reactions" in rows[0][0]

    lab.wait_for(same, "both show the same")
    shown, taken_back = ben.history()
    assert (shown["text"], shown["edited"]) == ("helo", "hello")
    assert shown["reactions"] == {"\N{THUMBS UP SIGN}": ["benny"]}
    assert (taken_back["text"], taken_back["redacted"]) == ("", True)
    for words in (["edit", one, "mine"], ["redact", one]):
        assert ben.command_line(*words).status == 1


def plain(row: Row) -> Row:
    return {key: row[key] for key in row if key not in ("n", "arrived", "late")}


def test_a_private_message_reaches_who_was_away_though_its_author_is_gone(
    lab: Lab,
) -> None:
    """Sealed, kept by a third node, which can read neither it nor that it is one."""
    anna, ben, cleo = lab.cluster("anna", "ben", "cleo")
    lab.wait_for(lambda: knows(anna, "cleo"), "anna can write to cleo")
    assert cleo.stop() == 0
    anna.ask("say", "@cleo", "the key is under the mat")
    entries = anna.ask("status")[0]["entries"]
    lab.wait_for(lambda: ben.ask("status")[0]["entries"] == entries, "ben has it all")
    anna.kill()
    cleo.restart()
    row = lab.wait_for(lambda: last_private(cleo, "key"), "cleo has it")
    assert (row["text"], row["kind"]) == ("the key is under the mat", "private")
    assert row["room"].startswith("@")
    assert ben.ask("tail") == []
    assert ben.ask("search", "mat") == []
    assert ben.stop() == 0
    assert not any(b"under the mat" in path.read_bytes() for path in files(ben))
    with sqlite3.connect(cleo.data / "gossipchat.db") as looking:
        (held,) = looking.execute(
            "SELECT count(*) FROM entries WHERE text LIKE '%mat'"
        ).fetchone()
    assert held == 1


def last_private(node: Node, word: str) -> Row | None:
    """The last line of the conversation with anna, if it holds *word*."""
    rows = node.ask("history", "@anna")
    return rows[-1] if rows and word in rows[-1]["text"] else None


def knows(node: Node, name: str) -> bool:
    """Whether *node* can write to *name*; it does, to find out."""
    return node.command_line("say", f"@{name}", "hello?").status == 0


def files(node: Node) -> list[Path]:
    return [path for path in node.data.rglob("*") if path.is_file()]


def test_a_flood_is_refused_and_nothing_else(lab: Lab) -> None:
    """Three at once, one a second; another user goes on, and `say -` waits."""
    anna = lab.start("anna", *lab.settings("[chat]\nsay_burst = 3\nsay_rate = 1\n"))

    with anna.socket() as door, pytest.raises(TooFast, match="too fast"):
        for _ in range(20):  # a command for each could be slow enough to pass
            door.ask("say", room="lobby", text="again", nick="hasty")
    anna.say("somebody else")
    paced = lab.run(
        *("gossipchat", "say", "ops", "-", "--nick", "patient"),
        *("--data", str(anna.data)),
        text="".join(f"{number}\n" for number in range(7)),
    )
    assert paced.status == 0
    assert anna.texts("ops") == [f"{number}" for number in range(7)]


def test_a_search_finds_the_same_on_every_node(lab: Lab) -> None:
    """Indexed or not, edited or taken back."""
    anna, ben = lab.cluster("anna", "ben")
    for text in ("red apple", "green apple", "red pear"):
        anna.say(text)
    last = ben.say("the last red apple")
    lab.wait_for(lambda: len(anna.history()) == 4, "anna has it all")
    lab.wait_for(lambda: len(ben.history()) == 4, "ben has it all")
    green = next(row for row in anna.history() if row["text"] == "green apple")
    anna.ask("edit", green["id"], "red", "plum")
    ben.ask("redact", last)
    found = ["red apple", "green apple", "red pear"]

    def both_find() -> bool:
        rows = [node.ask("search", "red") for node in (anna, ben)]
        ids = [[row["id"] for row in each] for each in rows]
        return ids[0] == ids[1] and [row["text"] for row in rows[0]] == found

    lab.wait_for(both_find, "both find the same")
    assert [row["text"] for row in ben.ask("search", "red", "apple")] == ["red apple"]
