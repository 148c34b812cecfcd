"""Nothing said is lost, and no id is ever used twice: whatever ends a process."""

import json

import pytest

from tests.processes.lab import Lab, Node

pytestmark = pytest.mark.processes

UNHURRIED = "[chat]\nsay_rate = 0\n"
"""Users may speak as fast as they can."""


def assert_nothing_twice(*nodes: Node) -> None:
    """Equal histories soon, and each id in them once."""
    told: list[list[str]] = []

    def alike() -> bool:
        told[:] = [node.ids() for node in nodes]
        return all(ids == told[0] for ids in told)

    nodes[0].lab.wait_for(alike, "all tell the same")
    assert len(set(told[0])) == len(told[0])


def test_what_say_acknowledged_outlives_kill_9(lab: Lab) -> None:
    """Round after round; then it reaches everyone, in one order."""
    anna = lab.start("anna")
    said: dict[str, str] = {}
    for number in range(3):
        text = f"round {number}"
        identity = anna.say(text)
        anna.kill()
        assert identity not in said, "an id was used twice"
        said[identity] = text
        anna.restart()
        assert {row["id"]: row["text"] for row in anna.history()} == said
    ben = lab.start("ben", seeds=[anna])
    lab.wait_for(lambda: ben.ids() == list(said), "ben has it all")
    assert_nothing_twice(anna, ben)


def test_what_a_stream_acknowledged_outlives_kill_9(lab: Lab) -> None:
    """In the middle of many lines: each id that was printed is there again."""
    anna, ben = lab.cluster("anna", "ben", options=lab.settings(UNHURRIED))
    lines, printed = lab.home / "lines", lab.home / "printed.log"
    lines.write_text("".join(f"line {number}\n" for number in range(20_000)))
    say = ("gossipchat", "say", "lobby", "-", "--json", "--data", str(anna.data))
    with lines.open("rb") as source, printed.open("wb") as output:
        speaking = lab.spawn(*say, output=output, keyboard=source.fileno())
    lab.wait_for(lambda: printed.stat().st_size > 20_000, "a hundred lines are said")
    anna.kill()
    lab.wait_for(lambda: speaking.poll() is not None, "the speaker has noticed")
    assert speaking.returncode == 1
    rows = [line for line in printed.read_text().splitlines() if line.startswith("{")]
    promised = {json.loads(row)["id"] for row in rows}
    anna.restart()
    missing = promised - {row["id"] for row in anna.ask("tail", "--since", "0")}
    assert missing == set()
    anna.say("end")

    def ben_has_it_all() -> bool:
        return promised <= {row["id"] for row in ben.ask("tail", "--since", "0")}

    lab.wait_for(ben_has_it_all, f"all {len(promised)} promised lines have reached ben")


def test_a_node_killed_among_others_comes_back_with_all_it_said(lab: Lab) -> None:
    """What was on its disk reaches those who may have missed it."""
    anna, ben, cleo = lab.cluster("anna", "ben", "cleo")
    anna.say("last words")
    anna.kill()
    ben.say("is anna gone?")
    anna.restart()
    anna.say("no")
    said = {"last words", "is anna gone?", "no"}
    lab.wait_for_each(
        (anna, ben, cleo), lambda node: set(node.texts()) == said, "all have it all"
    )
    assert_nothing_twice(anna, ben, cleo)


def test_who_starts_last_gets_the_whole_history(lab: Lab) -> None:
    """From whoever is there, in the same order."""
    anna, ben = lab.cluster("anna", "ben", options=lab.settings(UNHURRIED))
    for node in (anna, ben):
        text = "".join(f"{node.name} {number}\n" for number in range(150))
        ran = lab.run(
            *("gossipchat", "say", "lobby", "-", "--data", str(node.data)),
            *("--json",),
            text=text,
        )
        assert ran.status == 0, ran
        assert len({row["id"] for row in ran.rows}) == 150
    last = lab.start("last", seeds=[ben])
    lab.wait_for(lambda: len(last.ids()) == 300, "the last has 300 lines")
    lab.wait_for(lambda: len(anna.ids()) == len(ben.ids()) == 300, "so have the others")
    assert_nothing_twice(anna, ben, last)
