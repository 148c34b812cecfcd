"""
What a node holds of a feed: runs chain, or they are forks.
"""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gossipchat.errors import UsageError
from gossipchat.feeds.entry import GENESIS
from gossipchat.feeds.feed import MAX_SEGMENTS, Feed, Segment, Verdict
from gossipchat.feeds.run import Run, seal_run
from tests.pure.feeds.builders import KEY, author, entry, runs_of, tip_of


def holding(*runs: Run) -> Feed:
    feed = Feed(author().feed)
    for run in runs:
        feed.take(run, tip_of(run))
    return feed


def verdict(feed: Feed, run: Run) -> Verdict:
    return feed.judge(run, tip_of(run))


def branch(kept: list[int], lengths: list[int]) -> list[Run]:
    """
    Runs of *lengths* by a pen that was cloned after runs of the lengths *kept*.
    """
    by = author()
    runs_of(kept, by)
    return [by.compose([entry("branch")] * length) for length in lengths]


def test_runs_in_order_make_one_segment() -> None:
    first, second = runs_of([2, 3])
    feed = holding(first, second)
    assert feed.segments == (Segment(1, 5, GENESIS, tip_of(second)),)


def test_a_run_that_fills_the_gap_joins_both_sides() -> None:
    first, second, third = runs_of([2, 3, 1])
    feed = holding(first, third)
    assert feed.ranges.bounds == ((1, 2), (6, 6))
    feed.take(second, tip_of(second))
    assert feed.segments == (Segment(1, 6, GENESIS, tip_of(third)),)


@given(
    st.lists(st.integers(1, 3), min_size=1, max_size=MAX_SEGMENTS),
    st.randoms(use_true_random=False),
)
def test_runs_in_any_order_make_the_same_feed(
    lengths: list[int], chance: Random
) -> None:
    """Of up to 8 runs no order is too scattered."""
    runs = runs_of(lengths)
    shuffled = chance.sample(runs, len(runs))
    assert holding(*shuffled).segments == holding(*runs).segments


@given(st.data())
def test_dropping_undoes_taking(data: st.DataObject) -> None:
    """Whatever was taken in between: what could not be written is asked for again."""
    runs = runs_of(data.draw(st.lists(st.integers(1, 3), min_size=1, max_size=6)))
    order = data.draw(st.permutations(runs))
    dropped = data.draw(st.sets(st.sampled_from(order)))
    feed = holding(*order)
    for run in order:
        if run in dropped:
            feed.drop(run)
    kept = holding(*(run for run in runs if run not in dropped))
    assert feed.segments == kept.segments
    for run in runs:
        wanted = Verdict.NEW if run in dropped else Verdict.KNOWN
        assert verdict(feed, run) is wanted


def test_dropping_what_is_not_held_does_nothing() -> None:
    first, second, third = runs_of([2, 2, 2])
    feed = holding(first, third)
    feed.drop(second)
    assert feed.ranges.bounds == ((1, 2), (5, 6))
    Feed(author().feed).drop(first)


def test_a_held_run_is_known() -> None:
    first, second, third = runs_of([2, 2, 2])
    feed = holding(first, second, third)
    assert {verdict(feed, run) for run in (first, second, third)} == {Verdict.KNOWN}


def test_nothing_new_lies_below_the_floor() -> None:
    """Retention let it go: it is not wanted again."""
    first, second = runs_of([2, 2])
    feed = Feed(author().feed, floor=2)
    assert verdict(feed, first) is Verdict.KNOWN
    assert verdict(feed, second) is Verdict.NEW


@pytest.mark.parametrize(
    ("held", "kept", "then"),
    [
        pytest.param([2], [], 2, id="all of it again, in other words"),
        pytest.param([2, 2], [2], 2, id="the last run in other words"),
        pytest.param([2, 2], [2], 3, id="the last run and more"),
        pytest.param([2, 2], [], 5, id="around everything"),
        pytest.param([2], [], 3, id="around the one run"),
    ],
)
def test_other_entries_under_the_same_ids_are_a_fork(
    held: list[int], kept: list[int], then: int
) -> None:
    feed = holding(*runs_of(held))
    assert verdict(feed, branch(kept, [then])[0]) is Verdict.FORKED


def test_a_run_that_reaches_into_a_segment_from_below_is_a_fork() -> None:
    """Its author sealed the segment's first run as it begins there."""
    feed = holding(runs_of([2, 2])[1])
    assert verdict(feed, branch([], [3])[0]) is Verdict.FORKED


def test_what_follows_on_another_branch_is_a_fork() -> None:
    """Its prev is not the hash that we hold."""
    feed = holding(*runs_of([2]))
    assert verdict(feed, branch([], [2, 1])[1]) is Verdict.FORKED


def test_what_comes_before_on_another_branch_is_a_fork() -> None:
    """Its tip is not what the segment above chains to."""
    feed = holding(runs_of([2, 2])[1])
    assert verdict(feed, branch([], [2])[0]) is Verdict.FORKED


def test_the_same_entries_on_another_chain_are_a_fork() -> None:
    """The first run of a segment, but after another hash than it has there."""
    held = runs_of([2, 2])[1]
    feed = holding(held)
    other = seal_run(KEY, held.feed, held.first, b"p" * 32, held.contents)
    assert feed.judge(other, tip_of(held)) is Verdict.FORKED


@pytest.mark.parametrize(("kept", "then"), [([1], 2), ([], 3)])
def test_a_fork_inside_a_segment_cannot_be_seen(kept: list[int], then: int) -> None:
    """Only the hashes at the edges are kept; what we hold stays what we hold."""
    feed = holding(*runs_of([1, 2, 1]))
    assert verdict(feed, branch(kept, [then])[0]) is Verdict.KNOWN


def test_a_ninth_range_is_too_much() -> None:
    """Who sends crumbs is asked for the gaps first."""
    runs = runs_of([1] * 19)
    feed = holding(*runs[0:16:2])
    assert len(feed.segments) == MAX_SEGMENTS
    assert verdict(feed, runs[18]) is Verdict.TOO_SCATTERED
    assert verdict(feed, runs[15]) is Verdict.NEW
    assert verdict(feed, runs[1]) is Verdict.NEW


def test_what_is_not_new_is_not_taken() -> None:
    first, second = runs_of([1, 1])
    feed = holding(first)
    with pytest.raises(UsageError, match="known"):
        feed.take(first, tip_of(first))
    with pytest.raises(UsageError, match="forked"):
        feed.take(branch([], [1, 1])[1], bytes(32))
    assert feed.segments == holding(first).segments
    assert verdict(feed, second) is Verdict.NEW


def test_segments_from_disk_are_joined() -> None:
    """In whatever order they come."""
    first, second, third = runs_of([2, 2, 2])
    parts = [
        Segment(run.first, run.last, run.prev, tip_of(run))
        for run in (third, first, second)
    ]
    assert Feed(author().feed, parts).segments == holding(first, second, third).segments
