"""A long history: who has it starts at once, and who lacks it chats meanwhile."""

import pytest

from tests.processes.lab import Lab, Node
from tests.processes.lab.past import write_past

pytestmark = pytest.mark.processes

A_SECOND, TWO, THREE = 10.0, 20.0, 30.0
"""The figures wanted, ten times, as deadlines on machines that do other work too."""


def test_who_joins_100000_messages_reads_the_newest_and_chats_at_once(
    lab: Lab,
) -> None:
    """A node that has them starts at once; who is killed half-way ends whole."""
    catch_up(lab, 100_000, 300)


@pytest.mark.soak
def test_who_joins_a_million_messages_reads_the_newest_and_chats_at_once(
    lab: Lab,
) -> None:
    """The same, ten times as long."""
    catch_up(lab, 1_000_000, 1800)


def catch_up(lab: Lab, lines: int, patience: float) -> None:
    """
    One node has *lines* lines; another begins with nothing, is killed half-way and
    has all within *patience* seconds.
    """
    write_past(lab.home / "old", lines)
    old = lab.begin("old")
    lab.wait_for(old.is_up, f"a node with {lines} messages is up", THREE)
    assert entries(old) >= lines
    new = lab.start("new", seeds=[old])
    both = {"old", "new"}
    lab.wait_for(lambda: new.names("alive") == both, "new lists all", A_SECOND)
    lab.wait_for(lambda: page(new) == page(old), "new has the newest page", TWO)
    oldest = page(new)[0]
    lab.wait_for(
        lambda: page(new, oldest) == page(old, oldest), "and the one before it", TWO
    )
    assert entries(new) < lines, "this was no test: all was there at once"
    chat(lab, new, old)
    lab.wait_for(lambda: entries(new) > lines * 0.4, "new has nearly half", patience)
    new.kill()
    new.restart()
    kept = entries(new)
    assert lines * 0.3 < kept < entries(old)
    lab.wait_for(lambda: entries(new) == entries(old), "new has all", patience)
    assert page(new) == page(old)


def chat(lab: Lab, new: Node, old: Node) -> None:
    """Each hears the other while the past comes in."""
    asked, answered = new.say("I am new here"), old.say("welcome")
    lab.wait_for(lambda: asked in page(old), "new is heard")
    lab.wait_for(lambda: answered in page(new), "new hears")


def page(node: Node, before: str | None = None) -> list[str]:
    """The ids of a page of a room, the newest one or that *before* another id."""
    options = [] if before is None else ["--before", before]
    return [row["id"] for row in node.ask("history", "lobby", *options)]


def entries(node: Node) -> int:
    return int(node.ask("status")[0]["entries"])
