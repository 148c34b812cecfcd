"""Who is logged in where, on real nodes."""

import pytest

from tests.processes.lab import NO_FACES, Lab, Node, Row
from tests.processes.lab.screen import Screen

pytestmark = pytest.mark.processes

GRACE = "[chat]\nuser_grace = 0.5\n"


def users(node: Node) -> list[tuple[str, str]]:
    """(nick, node) as *node* lists them."""
    return sorted((row["nick"], row["node"]) for row in node.ask("users"))


def id_of(node: Node) -> str:
    return str(node.ask("status")[0]["id"])


def test_who_talks_is_seen_everywhere_and_comes_back_with_the_node(lab: Lab) -> None:
    """At a terminal or by `say`; a killed node's users go, and come back with it."""
    quick = lab.settings(GRACE)
    ann = lab.start("ann", "--nick", "ann", *quick)
    bob = lab.start("bob", "--nick", "bob", *quick, seeds=[ann])
    lab.wait_for_all_alive([ann, bob])
    terminal = Screen(lab, "gossipchat", "chat", "--data", str(ann.data))
    lab.wait_for(lambda: users(bob) == [("ann", "ann")], "the other sees who logs in")
    # a batch a second: who logs in and joins at once is in no room for that long
    where = "the other sees where they are"
    lab.wait_for(lambda: bob.ask("users")[0]["rooms"] == ["#lobby"], where)
    (row,) = bob.ask("users")
    fields = {"nick", "node", "rooms", "away", "reachable"}
    assert fields <= set(row)
    assert (row["rooms"], row["away"], row["reachable"]) == (["#lobby"], None, True)
    bob.say("hello", "garden")
    terminal.type("/join garden")
    terminal.type("/away tea")
    lab.wait_for(
        lambda: bob.ask("users")[0]["away"] == "tea", "the other sees who is away"
    )
    lab.wait_for(lambda: len(users(ann)) == 2, "who speaks is seen")
    lab.wait_for(
        lambda: (
            {room["room"]: room["users"] for room in ann.ask("rooms")}
            == {"#garden": 2, "#lobby": 1}
        ),
        "rooms count who is in them",
    )
    bob.kill()
    lab.wait_for(lambda: users(ann) == [("ann", "ann")], "a dead node's user is gone")
    bob.restart()
    bob.say("back again", "garden")
    lab.wait_for(lambda: len(users(ann)) == 2, "it is back with its node")
    terminal.wait_for("bob (at bob) is here")
    terminal.type(":q")
    lab.wait_for(lambda: users(bob) == [("bob", "bob")], "who logs out is gone")
    terminal.close()


def test_a_clash_of_nicks_is_shown_alike_by_both(lab: Lab) -> None:
    """The earlier claim keeps it; nobody is killed; lines say so too."""
    ann = lab.start("ann", "--nick", "zoe")
    ann.say("first")
    bob = lab.start("bob", "--nick", "zoe", seeds=[ann])
    lab.wait_for_all_alive([ann, bob])
    bob.say("second")
    marked = f"zoe~{id_of(bob)[:4]}"
    expected = [("zoe", "ann"), (marked, "bob")]
    lab.wait_for_each(
        [ann, bob], lambda node: users(node) == expected, "both show the clash alike"
    )
    for node in (ann, bob):
        lab.wait_for(lambda: len(node.history()) == 2, "both have both lines")  # noqa: B023
        text = node.command_line("history", "lobby").output
        assert "<zoe> first" in text
        assert f"<{marked}> second" in text
        assert [row["nick"] for row in node.history()] == ["zoe", "zoe"]


def test_terminal_commands_reach_the_other_side(lab: Lab) -> None:
    """A private line, an edit, a reaction and a line taken back."""
    friend = lab.start("friend", "--nick", "fay")
    command = (
        *("gossipchat", "chat", "--data", str(lab.home / "me"), "--name", "me"),
        *("--nick", "mia", "--listen", f"{lab.host}:0", "--seed", friend.address),
        *NO_FACES,
    )
    screen = Screen(lab, *command)
    lab.wait_for(lambda: friend.status_of("me") == "alive", "the friend sees me")
    friend.say("who is there")
    screen.wait_for("who is there")
    screen.type("/react +1")

    def lines() -> list[Row]:
        return friend.history()

    lab.wait_for(lambda: lines()[0].get("reactions") == {"+1": ["mia"]}, "the reaction")
    screen.type("me, ofcourse")
    screen.wait_for("<mia> me, ofcourse")
    screen.type("/edit me, of course")
    lab.wait_for(lambda: lines()[-1].get("edited") == "me, of course", "the edit")
    screen.type("/redact")
    lab.wait_for(lambda: lines()[-1].get("redacted"), "the line is taken back")
    screen.type("/msg fay only for you")
    lab.wait_for(
        lambda: [row["text"] for row in friend.ask("tail", "@mia")] == ["only for you"],
        "the private line",
    )
    screen.type(":q")
    assert screen.ended() == 0
    screen.close()


def test_a_receipt_counts_who_has_a_message(lab: Lab) -> None:
    """3/3 once all have it, in the prompt too; 2/3 with one down; 3/3 again after."""
    nodes = lab.cluster("ann", "bob", "carl")
    ann, bob, carl = nodes
    terminal = Screen(lab, "gossipchat", "chat", "--data", str(ann.data))
    terminal.type("does everybody read this")
    lab.wait_for_each(nodes, lambda node: len(node.history()) == 1, "all have it")
    first = str(ann.history()[0]["id"])

    def have(node: Node, id: str) -> tuple[list[str], int]:
        (row,) = node.ask("receipt", id)
        return sorted(row["have"]), row["of"]

    all_have = ["ann", "bob", "carl"], 3
    for node in nodes:
        lab.wait_for(lambda: have(node, first) == all_have, "the receipt is 3/3")  # noqa: B023
    carl.kill()
    second = bob.say("and this")
    lab.wait_for(lambda: len(ann.history()) == 2, "the others have it")
    two_have = ["ann", "bob"], 3
    lab.wait_for(lambda: have(ann, second) == two_have, "the receipt is 2/3")
    carl.restart()
    lab.wait_for(lambda: have(ann, second) == all_have, "the receipt is 3/3 again")
    terminal.type(":q")
    assert terminal.ended() == 0
    terminal.close()
