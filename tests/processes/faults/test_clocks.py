"""A machine whose clock is wrong: the others name it, and it names itself."""

import pytest

from tests.processes.lab import Lab, Node
from tests.processes.lab.programs import wrong_clock

pytestmark = pytest.mark.processes

TWO_HOURS = 7200


def test_a_wrong_clock_is_named_in_status_and_in_the_log(lab: Lab) -> None:
    """By its neighbours, once each, and it stays a member that is heard."""
    lab.before["carl"] = wrong_clock(TWO_HOURS)
    others = lab.cluster("anna", "ben")
    lab.wait_for_each(
        others, lambda node: node.ask("status")[0]["links"] == 1, "both are linked"
    )
    carl = lab.start("carl", seeds=others)
    off = "its clock is 2 hours ahead of most members' clocks: set it"
    lab.wait_for_each(
        others,
        lambda node: warnings(node) == [{"member": "carl", "what": off}],
        "the others name carl's clock, and nobody else's",
    )
    own = "this machine's clock is 2 hours ahead of most members' clocks: set it"
    lab.wait_for(
        lambda: warnings(carl) == [{"member": "carl", "what": own}],
        "carl names its own",
    )
    assert [node.said().count(off) for node in others] == [1, 1]
    carl.say("what time is it?")
    lab.wait_for_each(others, lambda node: bool(node.texts()), "carl is heard")


def warnings(node: Node) -> list[dict[str, str]]:
    found: list[dict[str, str]] = node.ask("status")[0]["warnings"]
    return found
