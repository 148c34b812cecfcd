"""Arithmetic of ranges."""

from hypothesis import given
from hypothesis import strategies as st

from gossipchat.broadcast.spans import MAX_PAIRS, common, covers, lowest, read
from gossipchat.feeds.entry import MAX_SEQ
from gossipchat.feeds.ranges import Ranges
from gossipchat.names import FeedId
from gossipchat.wire.ours.frames import Holding
from tests.pure.broadcast.builders import feed_of

pairs = st.tuples(st.integers(1, 40), st.integers(1, 40))
some_ranges = st.builds(Ranges, st.lists(pairs, max_size=6))

FEED: FeedId = feed_of(1)


def numbers(ranges: Ranges) -> set[int]:
    return {number for low, high in ranges.bounds for number in range(low, high + 1)}


@given(some_ranges, some_ranges)
def test_ranges_are_sets(one: Ranges, other: Ranges) -> None:
    """What is common, and what covers what."""
    assert numbers(common(one, other)) == numbers(one) & numbers(other)
    assert covers(one, other) == (numbers(one) >= numbers(other))


@given(some_ranges, st.integers(0, 50), st.integers(1, 8))
def test_the_lowest_are_taken(ranges: Ranges, most: int, most_pairs: int) -> None:
    """At most so many numbers, in at most so many stretches."""
    taken = lowest(ranges, most, most_pairs)
    allowed = sorted(numbers(Ranges(ranges.bounds[:most_pairs])))[:most]
    assert sorted(numbers(taken)) == allowed


def test_what_a_peer_says_is_cut_to_what_can_be() -> None:
    """No number below 1 or above the highest, no endless list of gaps."""
    said = tuple((3 * number, 3 * number + 1) for number in range(1000))
    assert len(read(Holding(FEED, said)).bounds) <= MAX_PAIRS
    assert read(Holding(FEED, ((-5, 2**80),))) == Ranges(((1, MAX_SEQ),))
    assert not read(Holding(FEED, ((9, 3),)))
