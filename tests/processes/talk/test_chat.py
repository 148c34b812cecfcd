"""`gossipchat chat`: a person at a terminal, with a node as a child if needed."""

from collections.abc import Iterator

import pytest

from tests.processes.lab import NO_FACES, Lab, Node, children, running
from tests.processes.lab.screen import Screen

pytestmark = pytest.mark.processes


@pytest.fixture
def friend(lab: Lab) -> Node:
    """Another node, whose user will be spoken to."""
    return lab.start("friend")


@pytest.fixture
def screen(lab: Lab, friend: Node) -> Iterator[Screen]:
    """Somebody in `gossipchat chat` with a node of their own, linked to the friend."""
    command = (
        *("gossipchat", "chat", "--data", str(lab.home / "me"), "--name", "me"),
        *("--nick", "mia", "--listen", f"{lab.host}:0", "--seed", friend.address),
        *NO_FACES,
    )
    opened = Screen(lab, *command)
    yield opened
    opened.close()


def test_what_is_typed_is_shown_on_another_node(
    lab: Lab, friend: Node, screen: Screen
) -> None:
    """And what is said there appears here; it opens in #lobby."""
    lab.wait_for(lambda: friend.status_of("me") == "alive", "the friend sees me")
    screen.type("hello from a terminal")
    lab.wait_for(
        lambda: friend.texts() == ["hello from a terminal"], "the friend hears me"
    )
    assert friend.history()[0]["nick"] == "mia"
    friend.say("hello back")
    screen.wait_for("hello back")


def test_leaving_ends_the_node_that_was_started(
    lab: Lab, friend: Node, screen: Screen
) -> None:
    """Gracefully: the others list it as left, and no process stays."""
    lab.wait_for(lambda: friend.status_of("me") == "alive", "the friend sees me")
    nodes = children(screen.process.pid)
    assert len(nodes) == 1
    screen.type(":q")
    assert screen.ended() == 0
    lab.wait_for(lambda: not any(map(running, nodes)), "the child has ended")
    lab.wait_for(lambda: friend.status_of("me") == "left", "the friend sees me left")
    assert (lab.home / "me" / "node.log").exists()


def test_a_killed_terminal_takes_its_node_along(
    lab: Lab, friend: Node, screen: Screen
) -> None:
    """Even kill -9 leaves no node behind, and it leaves gracefully."""
    lab.wait_for(lambda: friend.status_of("me") == "alive", "the friend sees me")
    screen.type("hello")  # it is up, not only its node
    lab.wait_for(lambda: friend.texts() == ["hello"], "the friend hears me")
    nodes = children(screen.process.pid)
    assert len(nodes) == 1
    screen.process.kill()
    lab.wait_for(lambda: not any(map(running, nodes)), "the child has ended")
    lab.wait_for(lambda: friend.status_of("me") == "left", "the friend sees me left")


def test_leaving_keeps_a_node_that_was_there(lab: Lab, friend: Node) -> None:
    """It belongs to someone else."""
    screen = Screen(lab, "gossipchat", "chat", "--data", str(friend.data))
    screen.type("I only visit")
    lab.wait_for(lambda: friend.texts() == ["I only visit"], "the node hears me")
    screen.type(":q")
    assert screen.ended() == 0
    screen.close()
    assert friend.command_line("status").status == 0


def test_node_options_while_a_node_runs_are_refused(lab: Lab, friend: Node) -> None:
    """They would be without effect, and nobody would know."""
    ran = friend.command_line("chat", "--seed", "127.0.0.1:1")
    assert ran.status == 1, ran
    assert "runs" in ran.last_line or "running" in ran.last_line, ran


def test_rooms_and_actions(lab: Lab, friend: Node, screen: Screen) -> None:
    """/join, /me and /who."""
    lab.wait_for(lambda: friend.status_of("me") == "alive", "the friend sees me")
    screen.type("/join garden")
    screen.type("/me waves")
    lab.wait_for(lambda: friend.texts("garden") == ["waves"], "the friend sees it")
    assert friend.history("garden")[0]["kind"] == "emote"
    screen.type("/who")
    screen.wait_for("friend")
