"""A node moves to another machine, as docs/operations.md tells."""

import pytest

from tests.processes.lab import Lab, loopback_host

pytestmark = pytest.mark.processes


def test_a_node_that_moves_is_taken_at_its_new_address_with_all_it_had(
    lab: Lab,
) -> None:
    """Leave, copy the folder, start it there: the same member to all."""
    anna, ben, cleo = lab.cluster("anna", "ben", "cleo")
    said = [anna.say("before"), ben.say("I am moving")]
    lab.wait_for_each(
        [anna, ben, cleo], lambda node: node.ids() == said, "all have both lines"
    )
    (identity,) = [row["id"] for row in anna.ask("members") if row["name"] == "ben"]
    assert ben.command_line("leave").status == 0
    assert ben.ended() == 0
    ben.data = ben.data.rename(lab.home / "another machine")
    before, ben.listen = ben.address, f"{loopback_host()}:0"
    ben.begin()
    ben.wait_until_up()
    assert ben.address != before
    lab.wait_for_all_alive([anna, ben, cleo])
    for node in (anna, cleo):
        (row,) = [row for row in node.ask("members") if row["name"] == "ben"]
        assert (row["address"], row["id"]) == (ben.address, identity)
    assert ben.ids() == said
    said += [ben.say("here I am"), cleo.say("welcome")]
    lab.wait_for_each(
        [anna, ben, cleo], lambda node: set(node.ids()) == set(said), "all hear all"
    )
