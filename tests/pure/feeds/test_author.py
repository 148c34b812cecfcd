"""
The pen of one feed: numbers and hashes go on, or go back.
"""

import pytest

from gossipchat.errors import UsageError
from gossipchat.feeds.entry import GENESIS, Entry
from gossipchat.feeds.run import MAX_RUN_ENTRIES, check
from tests.pure.feeds.builders import KEY, OTHER_KEY, author, entry


def test_the_first_entry_follows_nothing() -> None:
    by = author()
    run = by.compose([entry()])
    assert (run.feed, run.first, run.prev) == (by.feed, 1, GENESIS)
    assert by.feed.author == KEY.public_key().public_bytes_raw()


def test_each_run_follows_the_last() -> None:
    by = author()
    first = by.compose([entry(), entry()])
    tip = by.tip
    second = by.compose([entry()])
    assert (second.first, second.prev) == (3, tip)
    assert (check(first), check(second)) == (tip, by.tip)
    assert by.next_seq == 4


def test_what_was_not_written_is_taken_back_with_all_behind_it() -> None:
    """The disk was full: the whole pending tail is refused."""
    by = author()
    by.compose([entry()])
    before = (by.next_seq, by.tip)
    lost = by.compose([entry("lost")])
    by.compose([entry("lost, too")])
    by.take_back(lost)
    assert (by.next_seq, by.tip) == before
    again = by.compose([entry("again")])
    assert (again.first, again.prev) == before


def test_taking_back_twice_does_no_harm() -> None:
    """Each refused batch of the tail says so by itself."""
    by = author()
    lost = by.compose([entry("lost")])
    lost_too = by.compose([entry("lost, too")])
    by.take_back(lost)
    by.take_back(lost_too)
    assert (by.next_seq, by.tip) == (1, GENESIS)


@pytest.mark.parametrize(
    "entries",
    [
        [],
        [entry()] * (MAX_RUN_ENTRIES + 1),
        [entry(), Entry(-1, 0, (), "say", b"")],
    ],
    ids=["none", "too many", "a bad one"],
)
def test_a_refused_run_moves_nothing(entries: list[Entry]) -> None:
    by = author()
    by.compose([entry()])
    before = (by.next_seq, by.tip)
    with pytest.raises(UsageError):
        by.compose(entries)
    assert (by.next_seq, by.tip) == before


def test_another_feed_s_run_is_not_taken_back() -> None:
    run = author(OTHER_KEY).compose([entry()])
    with pytest.raises(UsageError):
        author().take_back(run)


@pytest.mark.parametrize("epoch", [-1, 2**64])
def test_an_epoch_has_64_bits(epoch: int) -> None:
    with pytest.raises(UsageError):
        author(epoch=epoch)
