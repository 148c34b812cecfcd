"""What a node has: its feeds and the digest over them."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.broadcast.holdings.holdings import Holdings
from gossipchat.feeds.feed import Feed
from gossipchat.feeds.ranges import Ranges
from gossipchat.feeds.run import Run
from gossipchat.names import FeedId
from tests.pure.broadcast.builders import (
    feed_of,
    holdings_with,
    some_runs,
    take,
    tip,
)

RUNS = [run for number in (1, 2, 3) for run in some_runs(number, 3, entries=2)]


@given(st.permutations(RUNS), st.integers(0, 9))
def test_equal_holdings_have_equal_digests(order: list[Run], cut: int) -> None:
    """Whatever the order in which they came; and others have others."""
    one, other = holdings_with(RUNS[:cut]), holdings_with(RUNS)
    some = holdings_with(run for run in order if run in RUNS[:cut])
    assert one.digest() == some.digest()
    assert (one.digest() == other.digest()) == (cut == 9)


def test_a_restart_has_the_digest_of_before() -> None:
    """It is over what is held, not over how it came."""
    before = holdings_with(RUNS)
    feeds: dict[FeedId, Feed] = {}
    for run in RUNS:
        feeds.setdefault(run.feed, Feed(run.feed)).take(run, tip(run))
    after = Holdings(BroadcastConfig(), feeds)
    assert after.digest() == before.digest()
    assert (after.entries, before.entries) == (18, 18)


def test_what_could_not_be_written_is_held_no_more() -> None:
    """As if it had never come."""
    holdings = holdings_with(RUNS[:2])
    digest = holdings.digest()
    take(holdings, RUNS[2], kept=False)
    assert holdings.digest() != digest
    holdings.drop(RUNS[2])
    holdings.drop(RUNS[1])  # that one is on disk
    assert holdings.digest() == digest
    assert (holdings.entries, holdings.cache.unkept_bytes) == (4, 0)


def test_lacking_is_what_others_have_above_the_floor() -> None:
    """What retention let go of is not wanted back."""
    feed = feed_of(9)
    held = Feed(feed, floor=10)
    holdings = Holdings(BroadcastConfig(), {feed: held})
    assert holdings.lacking(feed, Ranges(((1, 20),))) == Ranges(((11, 20),))
    assert not holdings.lacking(feed, Ranges(((1, 10),)))


def test_authors_epochs_and_feeds_are_bounded() -> None:
    """Of those beyond nothing is wanted."""
    config = BroadcastConfig(max_authors=2, max_epochs=2, max_feeds=3)
    holdings = Holdings(config, {})
    for run in (some_runs(1, 1)[0], some_runs(2, 1)[0]):
        take(holdings, run)
    known = RUNS[0].feed.author
    assert not holdings.turned_away
    assert not holdings.has_room_for(feed_of(3))
    assert holdings.turned_away, "a person is to know"
    assert holdings.has_room_for(RUNS[0].feed)
    other = RUNS[0].feed._replace(epoch=7)
    assert holdings.has_room_for(other)
    assert not holdings.lacking(feed_of(3), Ranges(((1, 1),)))
    feeds = {feed: Feed(feed) for feed in (other, RUNS[0].feed)}
    full = Holdings(config, feeds)
    assert not full.has_room_for(other._replace(author=known, epoch=8))


def test_a_walk_over_changes_can_be_interrupted() -> None:
    """It goes on where it was, and sees what has come meanwhile."""
    holdings = holdings_with(RUNS[:6])
    walk = holdings.changed_since(-1, 0)
    place, first, _ = next(walk)
    take(holdings, RUNS[6])
    rest = [feed for _, feed, _ in holdings.changed_since(-1, place)]
    assert [first, *rest] == [RUNS[0].feed, RUNS[3].feed, RUNS[6].feed]
    changes = holdings.changes
    take(holdings, RUNS[7])
    newer = [feed for _, feed, _ in holdings.changed_since(changes, 0)]
    assert newer == [RUNS[6].feed]


@given(st.integers(0, 2**32))
def test_the_digest_keeps_up_with_any_changes(seed: int) -> None:
    """Taken and dropped at random, it is that of a fresh start."""
    chance = Random(seed)
    holdings = Holdings(BroadcastConfig(), {})
    held = []
    for run in chance.sample(RUNS, 6):
        take(holdings, run, kept=False)
        held.append(run)
        if chance.random() < 0.3:
            holdings.drop(held.pop(chance.randrange(len(held))))
        if chance.random() < 0.5:
            holdings.digest()
    assert holdings.digest() == holdings_with(held).digest()
