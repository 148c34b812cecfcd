"""A long history: who has it starts at once, and who lacks it chats meanwhile."""

import time
from collections.abc import Callable

import pytest

from tests.processes.lab import Lab, Node, Row
from tests.processes.past import write_past

pytestmark = pytest.mark.processes

PAGE = "50"


def timed(lab: Lab, what: str, condition: Callable[[], bool], deadline: float) -> None:
    lab.wait_for(condition, what, deadline)


def newest(node: Node) -> list[str]:
    """The newest page of a room, as ids."""
    return [row["id"] for row in node.ask("history", "lobby", "--limit", PAGE)]


def entries(node: Node) -> int:
    return int(node.ask("status")[0]["entries"])


def test_100000_messages(lab: Lab) -> None:
    """See ``outgrow``."""
    outgrow(lab, 100_000)


@pytest.mark.soak
def test_a_million_messages(lab: Lab) -> None:
    """See ``outgrow``."""
    outgrow(lab, 1_000_000)


def outgrow(lab: Lab, lines: int) -> None:
    write_past(lab.home / "old", lines)
    began = time.monotonic()
    old = lab.start("old")
    lab.note(f"a node with {lines} messages is up", time.monotonic() - began)
    held = entries(old)
    assert held >= lines
    page = newest(old)
    new = lab.start("new", seeds=[old])
    lab.wait_for_all_alive([new, old])
    lab.wait_for(lambda: newest(new) == page, "the newest page is there", 60)
    lab.note("entries then", entries(new))
    new.say("I am new here")
    lab.wait_for(lambda: old.texts()[-1] == "I am new here", "the newcomer is heard")
    old.say("welcome")
    lab.wait_for(lambda: new.texts()[-1] == "welcome", "and is answered")
    lab.wait_for(lambda: entries(new) > held * 0.4, "nearly half is there", 300)
    new.kill()
    lab.note("killed with", entries_on_disk(new))
    new.restart()
    lab.wait_for(lambda: entries(new) == entries(old), "all is there", 300)
    lab.note("stalls", new.ask("status")[0]["counts"].get("stalls", 0))


def entries_on_disk(node: Node) -> int:
    import sqlite3

    with sqlite3.connect(node.data / "gossipchat.db") as looking:
        return looking.execute("SELECT sum(last-first+1) FROM runs").fetchone()[0]
