"""The reduced model of gossip, beside whole members."""

from math import inf

import pytest

from gossipchat.sim.network.network import Weather
from gossipchat.sim.swim_alone.counting import spread


@pytest.mark.parametrize("size", [16, 300, 3000])
def test_a_death_is_known_to_nearly_all_within_a_few_ticks(size: int) -> None:
    """A round at once at each hop: the time grows with the logarithm, if at all."""
    found = spread(7, size)
    assert found.half < 0.25
    assert found.missed <= size / 1000
    assert found.last == inf or found.last < 1.5


def test_each_member_tells_as_often_as_its_quota_says() -> None:
    """4 * ceil(log10(n + 1)) packets a member."""
    assert spread(1, 99).packets == pytest.approx(8)
    assert spread(1, 100).packets == pytest.approx(12)


def test_whom_no_packet_reaches_does_not_know() -> None:
    """Half of all packets lost: most hear it all the same; all lost: nobody."""
    assert spread(2, 100, weather=Weather(loss=0.5)).half < 1
    assert spread(2, 100, weather=Weather(loss=1.0)).missed == 99
