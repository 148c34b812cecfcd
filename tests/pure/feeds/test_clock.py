"""
The hybrid clock only goes forward, and nobody drives it to its end.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gossipchat.feeds.clock import HybridClock, milliseconds
from gossipchat.feeds.entry import MAX_HLC, MAX_WALL_MS

walls = st.integers(-(2**70), 2**70)
times = st.integers(0, MAX_HLC)
steps = st.lists(st.tuples(st.booleans(), walls, times), max_size=30)


@given(times, steps)
def test_the_clock_only_goes_forward(
    start: int, steps: list[tuple[bool, int, int]]
) -> None:
    """Each own time is above all before it, and below 2**64."""
    clock = HybridClock(start)
    last = clock.value
    for is_tick, wall, heard in steps:
        if is_tick:
            assert last < clock.tick(wall) <= MAX_HLC
        else:
            clock.witness(heard)
        assert clock.value >= last
        last = clock.value


@given(times, st.integers(0, MAX_WALL_MS))
def test_an_answer_comes_after_its_question(heard: int, wall: int) -> None:
    """Whatever the clocks say; a time beyond the year 9999 alone is no time."""
    clock = HybridClock()
    clock.witness(heard)
    said = clock.tick(wall)
    assert said > heard or milliseconds(heard) > MAX_WALL_MS


@given(st.integers(1, MAX_WALL_MS))
def test_a_clock_that_leads_follows_the_wall(wall: int) -> None:
    clock = HybridClock()
    assert milliseconds(clock.tick(wall)) == wall
    assert milliseconds(clock.tick(wall - 1)) == wall


def test_a_busy_millisecond_spills_into_the_next() -> None:
    """65,536 entries in one millisecond, and one more."""
    clock = HybridClock((5 << 16) + 0xFFFF)
    assert clock.tick(5) == 6 << 16


NOW = 1_790_000_000_000
DAYS = 24 * 3600 * 1000


def test_what_a_wrong_clock_said_counts_no_more_once_it_is_right() -> None:
    """Nobody would be shown what follows it; what was read still comes first."""
    clock = HybridClock()
    clock.tick(NOW + 3 * DAYS)
    clock.witness(NOW + 5 << 16)
    clock.set_right(NOW)
    assert clock.tick(NOW) == (NOW + 5 << 16) + 1


def test_so_it_is_after_a_restart() -> None:
    """The disk tells own entries from others'."""
    clock = HybridClock(NOW << 16, own=NOW + 3 * DAYS << 16)
    clock.set_right(NOW)
    assert clock.tick(NOW) == (NOW << 16) + 1


@pytest.mark.parametrize("read", [NOW, NOW + 9 * DAYS])
def test_a_clock_that_is_behind_is_not_set_back(read: int) -> None:
    """What was read is the time, however far ahead of our clock it is."""
    clock = HybridClock(read << 16, own=(read << 16) + 7)
    for wall in (NOW - 9 * DAYS, NOW):
        before = clock.value
        clock.set_right(wall)
        assert clock.tick(wall) == before + 1


@given(times, times, st.integers(0, MAX_WALL_MS))
def test_what_could_not_be_written_moves_no_clock(
    known: int, heard: int, wall: int
) -> None:
    """What was read meanwhile does."""
    clock, twin = HybridClock(known), HybridClock(known)
    clock.tick(wall)
    clock.witness(heard)
    twin.witness(heard)
    clock.take_back(HybridClock(known).value)
    assert clock.value == twin.value
