"""
A node's folder is copied, restored or deleted: no id is used twice, all read all.
"""

import shutil
from collections import Counter

import pytest

from tests.processes.lab import Lab, Node

pytestmark = pytest.mark.processes

OWN_VIEW = ("n", "arrived", "late")


def copied(node: Node, name: str) -> None:
    """The folder of *node*, which has ended, once more under *name*."""
    leave_out = shutil.ignore_patterns("*.sock")
    shutil.copytree(node.data, node.lab.home / name, ignore=leave_out)


def put_back(node: Node, name: str) -> None:
    """The copy *name* in place of the folder of *node*, which has ended."""
    shutil.rmtree(node.data)
    (node.lab.home / name).rename(node.data)


def told(node: Node) -> list[object]:
    """Its history, but for what is a node's own view."""
    return [
        {name: row[name] for name in row if name not in OWN_VIEW}
        for row in node.history()
    ]


def assert_all_tell(nodes: list[Node], said: dict[str, str]) -> None:
    """The same history everywhere: each of *said* (text by id), once."""
    lab = nodes[0].lab
    lab.wait_for_each(
        nodes, lambda node: len(node.ids()) == len(said), "all have all", 60
    )
    first, *others = [told(node) for node in nodes]
    assert all(each == first for each in others)
    for node in nodes:
        assert {row["id"]: row["text"] for row in node.history()} == said
        shown = node.ask("tail", "lobby", "--since", "0")
        assert Counter(row["text"] for row in shown) == Counter(said.values())


def test_a_folder_that_runs_twice_keeps_what_both_say(lab: Lab) -> None:
    """Each copy writes under an epoch of its own; the copy even has the same name."""
    anna, ben, cleo = lab.cluster("anna", "ben", "cleo")
    said: dict[str, str] = {}

    def say(node: Node, text: str) -> None:
        identity = node.say(text)
        assert identity not in said, "an id was used twice"
        said[identity] = text

    say(anna, "one and only")
    assert anna.stop() == 0
    copied(anna, "twin")
    anna.restart()
    twin = lab.start("twin", "--name", "anna", seeds=[ben])
    for number in range(3):
        say(anna, f"anna {number}")
        say(twin, f"twin {number}")
        say(ben, f"ben {number}")
    twin.kill()
    anna.kill()
    say(cleo, "which one was it?")
    anna.restart()
    say(anna, "both of me")
    assert_all_tell([anna, ben, cleo], said)


def test_an_old_copy_and_an_empty_folder_lose_nothing_and_repeat_nothing(
    lab: Lab,
) -> None:
    """Put back and spoken from, alone and among others; then all of it is deleted."""
    anna, ben = lab.cluster("anna", "ben")
    said: dict[str, str] = {}

    def say(node: Node, text: str) -> None:
        identity = node.say(text)
        assert identity not in said, "an id was used twice"
        said[identity] = text

    say(anna, "before the copy")
    assert anna.stop() == 0
    copied(anna, "backup")
    anna.restart()
    say(anna, "after the copy")
    assert_all_tell([anna, ben], said)
    assert ben.stop() == 0
    anna.kill()
    put_back(anna, "backup")
    anna.restart()
    assert anna.texts() == ["before the copy"]
    say(anna, "restored and alone")
    ben.restart()
    assert_all_tell([anna, ben], said)
    anna.kill()
    (anna.data / "gossipchat.db").unlink()
    for side in anna.data.glob("gossipchat.db-*"):
        side.unlink()
    anna.restart()
    say(anna, "with an empty database")
    say(ben, "welcome back")
    assert_all_tell([anna, ben], said)
    assert {row["author"] for row in ben.history()} == {
        node.ask("status")[0]["id"] for node in (anna, ben)
    }
