"""
A node's folder is copied, restored or deleted: no id is used twice, all read all.
"""

import shutil
import time
from collections import Counter

import pytest

from gossipchat.feeds.author import Author
from gossipchat.feeds.run import Run
from gossipchat.names import EntryId
from gossipchat.node.home import Home
from tests.processes.lab import Lab, Node
from tests.store.builders import opened, said

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


class Texts(dict[str, str]):
    """What was said, by its id."""

    def say(self, node: Node, text: str) -> None:
        """Let *node* say *text*, under an id that nothing else has."""
        identity = node.say(text)
        assert identity not in self, "an id was used twice"
        self[identity] = text


def assert_all_tell(nodes: list[Node], texts: dict[str, str]) -> None:
    """The same history everywhere: each of *texts* (by id), once."""
    lab = nodes[0].lab
    lab.wait_for_each(
        nodes, lambda node: len(node.ids()) == len(texts), "all have all", 60
    )
    first, *others = [told(node) for node in nodes]
    assert all(each == first for each in others)
    for node in nodes:
        assert {row["id"]: row["text"] for row in node.history()} == texts
        shown = node.ask("tail", "lobby", "--since", "0")
        assert Counter(row["text"] for row in shown) == Counter(texts.values())


def test_a_folder_that_runs_twice_keeps_what_both_say(lab: Lab) -> None:
    """Each copy writes under an epoch of its own; the copy even has the same name."""
    anna, ben, cleo = lab.cluster("anna", "ben", "cleo")
    texts = Texts()
    texts.say(anna, "one and only")
    assert anna.stop() == 0
    copied(anna, "twin")
    anna.restart()
    twin = lab.start("twin", "--name", "anna", seeds=[ben])
    for number in range(3):
        texts.say(anna, f"anna {number}")
        texts.say(twin, f"twin {number}")
        texts.say(ben, f"ben {number}")
    # Two of one key take each other's links: what the twin said may wait for one.
    lab.wait_for(lambda: set(texts) <= set(ben.ids()), "ben has heard both", 60)
    twin.kill()
    anna.kill()
    texts.say(cleo, "which one was it?")
    anna.restart()
    texts.say(anna, "both of me")
    assert_all_tell([anna, ben, cleo], texts)


def test_an_old_copy_and_an_empty_folder_lose_nothing_and_repeat_nothing(
    lab: Lab,
) -> None:
    """Put back and spoken from, alone and among others; then all of it is deleted."""
    anna, ben = lab.cluster("anna", "ben")
    texts = Texts()
    texts.say(anna, "before the copy")
    assert anna.stop() == 0
    copied(anna, "backup")
    anna.restart()
    texts.say(anna, "after the copy")
    assert_all_tell([anna, ben], texts)
    assert ben.stop() == 0
    anna.kill()
    put_back(anna, "backup")
    anna.restart()
    assert anna.texts() == ["before the copy"]
    texts.say(anna, "restored and alone")
    ben.restart()
    assert_all_tell([anna, ben], texts)
    anna.kill()
    (anna.data / "gossipchat.db").unlink()
    for side in anna.data.glob("gossipchat.db-*"):
        side.unlink()
    anna.restart()
    texts.say(anna, "with an empty database")
    texts.say(ben, "welcome back")
    assert_all_tell([anna, ben], texts)
    assert {row["author"] for row in ben.history()} == {
        node.ask("status")[0]["id"] for node in (anna, ben)
    }


def twin_of(node: Node, tip_of: Node) -> Author:
    """
    The pen of a machine that was cloned while it ran: the key of *node*, and the
    place where its newest feed ends in the database of *tip_of*. Neither runs.
    """
    key = Home(node.data).identity().signing
    author = key.public_key().public_bytes_raw()
    with opened(tip_of.data / "gossipchat.db") as kept:
        own = [feed for feed in kept.opening.feeds if feed.author == author]
        end = kept.opening.feeds[own[-1]][-1]
    pen = Author(key, own[-1].epoch)
    pen.next_seq, pen.tip = end.last + 1, end.tip
    return pen


def spoken(pen: Author, *texts: str) -> list[Run]:
    """What the twin says: a run for each."""
    now_ms = time.time_ns() // 1_000_000
    return [pen.compose([said(text, wall_ms=now_ms, nick="twin")]) for text in texts]


def test_both_branches_of_a_fork_are_read_by_all_alike(lab: Lab) -> None:
    """One machine, cloned in memory, used the same numbers twice; nobody picks one."""
    anna, ben, cleo = nodes = lab.cluster("anna", "ben", "cleo")
    anna.say("both")
    lab.wait_for_each(nodes, lambda node: node.texts() == ["both"], "all have it")
    ben.kill()
    first = anna.say("anna 0")
    said_by_anna = [first, anna.say("anna 1")]
    anna.kill()
    runs = spoken(twin_of(anna, ben), "twin 0", "twin 1", "twin 2")
    with opened(ben.data / "gossipchat.db") as kept:
        kept.put(*runs)
    assert EntryId(*runs[0].feed, runs[0].first) == EntryId.parse(first)
    ben.restart()
    anna.restart()
    texts = {"both", "anna 0", "anna 1", "twin 0", "twin 1", "twin 2"}
    lab.wait_for_each(
        nodes, lambda node: set(node.texts()) == texts, "all have both branches", 60
    )
    lab.wait_for(lambda: told(anna) == told(ben) == told(cleo), "all tell the same")
    rows = cleo.history()
    assert len(rows) == len({row["id"] for row in rows}) == len(texts)
    assert {row["text"] for row in rows if row.get("fork")} == texts - {"both"}
    assert not set(said_by_anna) & {row["id"] for row in rows}  # she is renamed, too
    lab.wait_for(lambda: "speaks in this node's name" in anna.said(), "anna is warned")
    again = anna.say("alone again")
    lab.wait_for_each(nodes, lambda node: again in node.ids(), "and goes on")
