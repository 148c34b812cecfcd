"""How often an author seals: alone, and while others seal too."""

from random import Random

import pytest

from gossipchat.chat.speaking.pace import LONE, MOST_SHARES, Pace

INTERVAL = 0.1


def seals_a_second(authors: int, seconds: int = 60) -> float:
    """Of all *authors* together, each of whom has always something to say."""
    paces = [Pace(20, INTERVAL) for _ in range(authors)]
    made = 0
    for tick in range(seconds * 100):
        now = tick / 100
        for pace in paces:
            if pace.wait(now) == 0:
                pace.spend(now)
                made += tick >= seconds * 50
                for other in paces:
                    if other is not pace:
                        other.heard(1, now)
    return made / (seconds / 2)


def test_after_a_quiet_time_a_burst_is_sealed_at_once() -> None:
    """Then one an interval."""
    pace = Pace(3, INTERVAL)
    for _ in range(3):
        assert pace.wait(7.0) == 0
        pace.spend(7.0)
    assert pace.wait(7.0) == pytest.approx(INTERVAL)
    assert pace.wait(7.0 + INTERVAL) == 0


def test_who_speaks_as_often_as_it_may_seal_waits_for_none() -> None:
    """Single messages, 10 a second give or take 30 ms, the burst long spent: after a
    few of them each is sealed at once."""
    pace = Pace(20, INTERVAL)
    for _ in range(20):
        pace.spend(0.0)
    chance = Random(1)
    waited = []
    for number in range(300):
        now = number * INTERVAL + chance.uniform(-0.03, 0.03)
        waited.append(pace.wait(now))
        pace.spend(now + waited[-1], LONE)
    assert sum(waited[:20]) > 0
    assert sum(waited[20:]) == 0


def test_one_author_has_the_pace_that_is_set() -> None:
    """Nobody else speaks."""
    assert seals_a_second(1) == pytest.approx(1 / INTERVAL, rel=0.05)


@pytest.mark.parametrize(("authors", "most"), [(16, 42), (24, 52)])
def test_many_authors_share_a_pace(authors: int, most: float) -> None:
    """Together they seal with the root of their number, not with their number."""
    assert most - 14 < seals_a_second(authors) < most


def test_a_flood_of_others_slows_us_so_much_and_no_more() -> None:
    """Six intervals, whatever comes."""
    pace = Pace(1, INTERVAL)
    pace.spend(0.0)
    pace.heard(100_000, 0.0)
    assert pace.wait(0.0) == pytest.approx(MOST_SHARES * INTERVAL)


def test_others_are_forgotten_when_they_fall_silent() -> None:
    """Within a few seconds."""
    pace = Pace(1, INTERVAL)
    pace.heard(50, 0.0)
    pace.spend(20.0)
    assert pace.wait(20.0) == pytest.approx(INTERVAL, rel=0.001)
