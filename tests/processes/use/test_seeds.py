"""Seeds that are not there."""

import pytest

from tests.processes.lab import Lab

pytestmark = pytest.mark.processes


def test_a_seed_that_starts_late_is_found(lab: Lab) -> None:
    """An unreachable seed is tried for ever, and the node says that it tries."""
    late = lab.start("late")
    address = late.address
    late.kill()
    early = lab.start("early", "--seed", address)
    lab.wait_for(lambda: address in early.said().partition("up:")[2], "it says so")
    late.restart()
    lab.wait_for_all_alive([early, late])
