"""The judge judged: two serf agents without us behave as the other tests assume."""

import pytest

from tests.processes.lab import Lab
from tests.processes.lab.serf import Agents

pytestmark = pytest.mark.processes


def test_two_agents_see_each_other_and_a_death(lab: Lab, agents: Agents) -> None:
    """If this fails, the trouble is with serf or the lab, not with gossipchat."""
    one, two = agents.start("one"), agents.start("two")
    two.join(one.address)
    lab.wait_for(lambda: one.sees("two", "alive"), "one sees two")
    assert one.troubles() == two.troubles() == []
    two.kill()
    lab.wait_for(lambda: one.sees("two", "failed"), "one sees two dead", 60)
