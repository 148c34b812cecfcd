"""A node that keeps less than the others: it is whole with what it wants."""

import pytest

from tests.processes.lab import Lab

pytestmark = pytest.mark.processes


def test_a_node_that_keeps_seconds_among_nodes_that_keep_all(lab: Lab) -> None:
    """What is too old goes here, is not asked for again, and stays with the others."""
    short = lab.settings("[store]\nmax_age = 8\ntrim_interval = 0.5\n")
    anna = lab.start("anna")
    ben = lab.start("ben", *short, seeds=[anna])
    lab.wait_for_all_alive([anna, ben])
    old = [anna.say("old"), ben.say("old, too")]
    lab.wait_for(lambda: len(ben.ids()) == 2, "ben has heard it")
    lab.wait_for(lambda: ben.ids() == [], "ben has let go of it", 30)
    new = ben.say("new")
    lab.wait_for(lambda: new in anna.ids(), "anna hears ben")
    assert set(old) < set(anna.ids())
    lab.wait_for(lambda: ben.ask("status")[0]["whole"], "nothing is missing to ben")
    ben.kill()
    ben.restart()
    lab.wait_for_all_alive([anna, ben])
    lab.wait_through(lambda: not set(old) & set(ben.ids()), "it stays away", 3)
    cleo = lab.start("cleo", seeds=[ben])
    lab.wait_for(lambda: set(cleo.ids()) >= {*old, new}, "cleo gets all from anna")
