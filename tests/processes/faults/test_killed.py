"""
A process that is killed is known to be dead by all, at once.
"""

import pytest

from tests.processes.lab import Lab

pytestmark = pytest.mark.processes

KNOWN_S = 10.0
"""Half a second on a machine of its own; the figures say what it took."""


def test_a_killed_process_is_known_to_be_dead_by_proof(lab: Lab) -> None:
    """Its links break without a word, its address refuses, and others find the same."""
    victim, *others = lab.cluster("victim", "anna", "ben", "carl", "dora")
    seen = [node.follow("members") for node in others]
    lab.wait_for_each(seen, lambda one: len(one.rows) >= 5, "all are followed")
    victim.kill()
    lab.wait_for_each(
        seen,
        lambda one: any(
            (row["name"], row["status"]) == ("victim", "dead") for row in one.rows
        ),
        "all know that it was killed",
        KNOWN_S,
    )
    buried = {
        row["name"] for one in seen for row in one.rows if row["status"] == "dead"
    }
    assert buried == {"victim"}
