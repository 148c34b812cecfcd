"""
The hybrid clock only goes forward, and nobody drives it to its end.
"""

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
