"""
Ranges are sets of numbers: every law of Python's sets holds.
"""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gossipchat.feeds.ranges import Ranges

pairs = st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40)), max_size=8)


def numbers(bounds: list[tuple[int, int]]) -> set[int]:
    return {number for low, high in bounds for number in range(low, high + 1)}


def members(ranges: Ranges) -> set[int]:
    return numbers(list(ranges.bounds))


@given(pairs)
def test_any_pairs_become_few_ascending_ones(bounds: list[tuple[int, int]]) -> None:
    ranges = Ranges(bounds)
    assert members(ranges) == numbers(bounds)
    assert all(low <= high for low, high in ranges.bounds)
    for (_, end), (start, _) in pairwise(ranges.bounds):
        assert end + 1 < start


@given(pairs, pairs)
def test_union_and_minus_are_those_of_sets(
    one: list[tuple[int, int]], other: list[tuple[int, int]]
) -> None:
    assert members(Ranges(one).union(Ranges(other))) == numbers(one) | numbers(other)
    assert members(Ranges(one).minus(Ranges(other))) == numbers(one) - numbers(other)


@given(pairs, pairs)
def test_equal_sets_are_equal_however_they_came_about(
    one: list[tuple[int, int]], other: list[tuple[int, int]]
) -> None:
    forth = Ranges(one).union(Ranges(other))
    back = Ranges([*reversed(other), *one])
    assert forth == back
    assert hash(forth) == hash(back)
    same = numbers(one) == numbers(other)
    assert (Ranges(one) == Ranges(other)) is same


@given(pairs, st.integers(0, 41), st.integers(0, 41))
def test_a_window_and_an_addition_are_those_of_sets(
    bounds: list[tuple[int, int]], low: int, high: int
) -> None:
    window = set(range(low, high + 1))
    assert members(Ranges(bounds).within(low, high)) == numbers(bounds) & window
    assert members(Ranges(bounds).with_(low, high)) == numbers(bounds) | window


@given(pairs, st.integers(0, 41))
def test_what_is_asked_of_ranges_is_what_sets_answer(
    bounds: list[tuple[int, int]], number: int
) -> None:
    ranges = Ranges(bounds)
    held = numbers(bounds)
    assert (number in ranges) is (number in held)
    assert bool(ranges) is bool(held)
    assert ranges.count == len(held)
    assert ranges.lowest == min(held, default=0)
    assert ranges.highest == max(held, default=0)
    assert ranges.bounds == Ranges(sorted(ranges.bounds)).bounds


@given(pairs, st.integers(0, 9))
def test_the_first_pairs_are_the_lowest(
    bounds: list[tuple[int, int]], most: int
) -> None:
    ranges = Ranges(bounds)
    assert ranges.first_pairs(most).bounds == ranges.bounds[:most]


@pytest.mark.parametrize("bounds", [[], [(5, 4)], [(1, -1), (9, 3)]])
def test_a_pair_upside_down_holds_nothing(bounds: list[tuple[int, int]]) -> None:
    assert not Ranges(bounds)


def test_size_costs_nothing() -> None:
    """2**63 entries are one pair."""
    everything = Ranges([(1, 2**63 - 1)])
    assert everything.minus(Ranges([(7, 7)])).bounds == ((1, 6), (8, 2**63 - 1))
    assert everything.count == 2**63 - 1


def test_a_range_is_no_equal_of_other_things() -> None:
    assert Ranges() != ()
    assert repr(Ranges([(1, 2)])) == "Ranges(((1, 2),))"
