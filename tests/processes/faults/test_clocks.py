"""A machine whose clock is wrong: the others name it, and it names itself."""

import pytest

from tests.processes.lab import Lab, Node
from tests.processes.lab.programs import set_clock, wrong_clock

pytestmark = pytest.mark.processes

TWO_HOURS = 7200
DAYS = 3 * 24 * 3600


def test_a_wrong_clock_is_named_and_keeps_nobody_from_talking(lab: Lab) -> None:
    """
    By its neighbours, once each, and it stays a member that is heard. One that is days
    behind shows what others say at once, and what it answers comes after.
    """
    lab.before["carl"] = wrong_clock(lab.home / "carl.off", TWO_HOURS)
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
    lab.before["dora"] = wrong_clock(lab.home / "dora.off", -DAYS)
    dora = lab.start("dora", seeds=others)
    lab.wait_for(lambda: bool(dora.texts()), "dora is shown what was said before")
    dora.kill()
    dora.restart()
    dora.say("high time")
    lab.wait_for_each(
        others,
        lambda node: node.texts() == ["what time is it?", "high time"],
        "the answer comes after the question",
    )


@pytest.mark.soak
@pytest.mark.parametrize("turn", [-TWO_HOURS, TWO_HOURS])
def test_a_clock_that_is_set_while_a_node_runs_stops_nothing(
    lab: Lab, turn: int
) -> None:
    """It still finds out who has died, who is all it could ask."""
    off = lab.home / "anna.off"
    lab.before["anna"] = wrong_clock(off, 0)
    anna, ben = lab.cluster("anna", "ben")
    lab.wait_for(lambda: anna.ask("status")[0]["links"] == 1, "both are linked")
    set_clock(off, turn)
    anna.say("what time is it?")
    lab.wait_for(lambda: bool(ben.texts()), "anna is heard")
    ben.kill()
    lab.wait_for(lambda: anna.status_of("ben") == "dead", "anna knows that ben died")


def warnings(node: Node) -> list[dict[str, str]]:
    found: list[dict[str, str]] = node.ask("status")[0]["warnings"]
    return found
