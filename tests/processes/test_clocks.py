"""A machine whose clock is wrong: the others name it, and it names itself."""

import pytest

from tests.processes.lab import Lab, Node
from tests.processes.programs import wrong_clock

pytestmark = pytest.mark.processes

TWO_HOURS = 7200


def test_a_wrong_clock_is_named_in_status_and_in_the_log(lab: Lab) -> None:
    """By its neighbours, once each, and it stays a member that is heard."""
    lab.before["carl"] = wrong_clock(TWO_HOURS)
    nodes = lab.cluster("anna", "ben", "carl")
    *others, carl = nodes
    lab.wait_for_each(
        others,
        lambda node: "is 2 hours ahead of most members' clocks" in about(node, "carl"),
        "the others name carl's clock",
    )
    lab.wait_for(
        lambda: "this machine's clock is 2 hours ahead" in about(carl, "carl"),
        "carl names its own",
    )
    for node in nodes:
        assert node.said().count("2 hours ahead") == 1
        assert [row["member"] for row in warnings(node)] == ["carl"]
    carl.say("what time is it?")
    lab.wait_for_each(others, lambda node: bool(node.texts()), "carl is heard")


def warnings(node: Node) -> list[dict[str, str]]:
    found: list[dict[str, str]] = node.ask("status")[0]["warnings"]
    return found


def about(node: Node, member: str) -> str:
    """What *node* warns of *member*; empty if it does not."""
    return " ".join(row["what"] for row in warnings(node) if row["member"] == member)
