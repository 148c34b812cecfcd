"""A damaged database: moved aside or mended, and fetched again from the others."""

import sqlite3

import pytest

from tests.processes.lab import Lab, Node

pytestmark = pytest.mark.processes


def talk(*nodes: Node) -> list[str]:
    """Some lines by each; the ids, once all have all."""
    for node in nodes:
        for number in range(3):
            node.say(f"{node.name} {number}")
    first = nodes[0]
    first.lab.wait_for_each(
        nodes, lambda node: len(node.ids()) == 3 * len(nodes), "all have all"
    )
    return first.ids()


def test_a_damaged_database_is_moved_aside_and_fetched_anew(lab: Lab) -> None:
    """
    Own words, too; nothing is deleted, and the user is told where it is. What comes
    back arrives here once more: no number is given twice, and each line gets a new one.
    """
    anna, ben = lab.cluster("anna", "ben")
    said = talk(anna, ben)
    last, _ = arrived(ben)[-1]
    ben.stop()
    path = ben.data / "gossipchat.db"
    content = bytearray(path.read_bytes())
    for page in range(2, len(content) // 4096, 2):
        content[page * 4096 : page * 4096 + 200] = bytes(200)
    path.write_bytes(content)
    ben.restart()
    (aside,) = ben.data.glob("gossipchat.db.damaged-*")
    assert aside.read_bytes() == content
    lab.wait_for(lambda: ben.ids() == said, "ben has it all again")
    once_more = arrived(ben)
    assert sorted(identity for _, identity in once_more) == sorted(said)
    assert min(number for number, _ in once_more) > last
    (status,) = ben.ask("status")
    assert any(str(aside) in warning["what"] for warning in status["warnings"])
    again = ben.say("well again")
    assert again not in said
    lab.wait_for(lambda: again in anna.ids(), "anna hears ben")


def test_what_nobody_else_holds_is_read_from_the_damaged_database(lab: Lab) -> None:
    """An index has rotted: all that was said is there, and goes to whoever comes."""
    ann = lab.start("ann")
    said = [ann.say(f"alone {number}") for number in range(5)]
    last, _ = arrived(ann)[-1]
    ann.stop()
    path = ann.data / "gossipchat.db"
    database = sqlite3.connect(path)
    ((root,),) = database.execute(
        "SELECT rootpage FROM sqlite_schema WHERE name = 'entries_by_order'"
    )
    database.close()
    content = bytearray(path.read_bytes())
    content[(root - 1) * 4096 : (root - 1) * 4096 + 200] = bytes(200)
    path.write_bytes(content)
    ann.restart()
    assert len(list(ann.data.glob("gossipchat.db.damaged-*"))) == 1
    lab.wait_for(lambda: ann.ids() == said, "all is there again", 30)
    assert [identity for _, identity in arrived(ann)] == said
    assert min(number for number, _ in arrived(ann)) > last
    ben = lab.start("ben", seeds=[ann])
    lab.wait_for(lambda: ben.ids() == said, "and comes to ben", 30)


def test_a_run_that_has_rotted_is_mended_while_the_node_runs(lab: Lab) -> None:
    """
    The file's pages fit together, but a bit of what was sealed has changed; and of what
    is shown of something else.
    """
    anna, ben = lab.cluster("anna", "ben")
    said = talk(anna, ben)
    ben.stop()
    database = sqlite3.connect(ben.data / "gossipchat.db")
    n, encoded = database.execute(
        "SELECT n, encoded FROM runs ORDER BY n DESC LIMIT 1"
    ).fetchone()
    rotten = encoded[:-1] + bytes([encoded[-1] ^ 4])
    with database:
        database.execute("UPDATE runs SET encoded = ? WHERE n = ?", (rotten, n))
        database.execute(
            "UPDATE entries SET text = CAST(x'ff' AS TEXT) WHERE n ="
            " (SELECT min(n) FROM entries WHERE kind = 'say')"
        )
    database.close()
    ben.restart()
    before = arrived(ben)
    lab.wait_for(lambda: "were damaged on disk" in ben.said(), "it is found", 30)
    lab.wait_for(lambda: entries(ben) == entries(anna), "ben has it all again")
    lab.wait_for(lambda: ben.ids() == said, "and tells it")
    assert arrived(ben) == before, "nothing was shown twice"
    lab.wait_for(lambda: ben.texts() == anna.texts(), "both show the same")


def arrived(node: Node) -> list[tuple[int, str]]:
    """What was shown here, in order of arrival."""
    return [(row["n"], row["id"]) for row in node.ask("tail", "--since", "0")]


def entries(node: Node) -> int:
    return int(node.ask("status")[0]["entries"])
