"""Fair turns between authors."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from gossipchat.broadcast.holdings.cache import Sealed
from gossipchat.broadcast.push.lane import AtHand, Lane
from gossipchat.broadcast.spans import MAX_PAIRS, span
from gossipchat.feeds.ranges import Ranges
from gossipchat.names import FeedId
from tests.pure.broadcast.builders import feed_of, sealed


def of_size(size: int) -> AtHand:
    """Every run is at hand: one entry of *size* bytes."""
    return lambda feed, seq: sealed(feed, seq, seq, size)


def send_all(lane: Lane, at_hand: AtHand, most: int = 10_000) -> list[Sealed]:
    sent: list[Sealed] = []
    while lane and len(sent) < most:
        run = lane.next_run(at_hand)
        if run is None:
            break
        lane.remove(run.feed, run.span)
        sent.append(run)
    return sent


def test_within_a_feed_the_lowest_goes_first() -> None:
    """Then it chains to what the peer has."""
    lane = Lane(1000)
    lane.add(feed_of(1), Ranges(((7, 9), (2, 4))))
    sent = send_all(lane, of_size(100))
    assert [run.first for run in sent] == [2, 3, 4, 7, 8, 9]
    assert not lane


def test_a_flood_waits_behind_everyone_else() -> None:
    """An author with a thousand entries takes no more than a share."""
    lane = Lane(1000)
    lane.add(feed_of(1), span(1, 1000))
    lane.add(feed_of(2), span(1, 5))
    lane.add(feed_of(3), span(1, 5))
    sent = send_all(lane, of_size(500), most=16)
    counts = Counter(run.feed for run in sent)
    assert counts[feed_of(2)] == counts[feed_of(3)] == 5


@given(st.lists(st.integers(50, 5000), min_size=2, max_size=5))
def test_authors_share_by_bytes_not_by_runs(sizes: list[int]) -> None:
    """While all have something due, none is ahead by more than a quantum and a run."""
    lane = Lane(1000)
    bytes_of: Counter[FeedId] = Counter()
    for number in range(len(sizes)):
        lane.add(feed_of(number), span(1, 10_000))

    def at_hand(feed: FeedId, seq: int) -> Sealed:
        return sealed(feed, seq, seq, sizes[feed.author[0]])

    for _ in range(300):
        run = lane.next_run(at_hand)
        assert run is not None
        lane.remove(run.feed, run.span)
        bytes_of[run.feed] += len(run.encoded)
    shares = [bytes_of[feed_of(number)] for number in range(len(sizes))]
    assert max(shares) - min(shares) <= 2 * (1000 + max(sizes))


def test_a_run_larger_than_the_quantum_goes_in_the_end() -> None:
    """Its author saves up for it."""
    lane = Lane(100)
    lane.add(feed_of(1), span(1, 2))
    lane.add(feed_of(2), span(1, 1))
    sizes = {feed_of(1): 10_000, feed_of(2): 50}
    sent = send_all(lane, lambda feed, seq: sealed(feed, seq, seq, sizes[feed]))
    assert [run.feed for run in sent] == [feed_of(2), feed_of(1), feed_of(1)]


def test_who_waits_for_the_disk_lets_others_pass() -> None:
    """And is told to be read from it."""
    lane = Lane(1000)
    lane.add(feed_of(1), span(5, 9))
    lane.add(feed_of(2), span(1, 1))

    def at_hand(feed: FeedId, seq: int) -> Sealed | None:
        return sealed(feed, seq, seq) if feed == feed_of(2) else None

    assert [run.feed for run in send_all(lane, at_hand)] == [feed_of(2)]
    assert lane.missing(at_hand) == (feed_of(1), 5, 9)


def test_new_runs_go_before_older_feeds_of_their_author() -> None:
    """What is said now needn't wait for what was said in another epoch."""
    lane = Lane(1000)
    lane.add(feed_of(1, epoch=1), span(1, 9))
    lane.add(feed_of(1, epoch=2), span(1, 1), first=True)
    run = lane.next_run(of_size(10))
    assert run is not None and run.feed.epoch == 2


def test_gaps_without_end_become_one_range() -> None:
    """Bounded memory is worth a repetition."""
    lane = Lane(1000)
    for number in range(1, 1000, 2):
        lane.add(feed_of(1), span(number, number))
        assert len(lane.due(feed_of(1)).bounds) <= MAX_PAIRS
    assert set(range(1, 1000, 2)) <= {run.first for run in send_all(lane, of_size(10))}


def test_nothing_is_left_of_what_is_not_due_any_more() -> None:
    """Neither turns nor deficits."""
    lane = Lane(1000)
    lane.add(feed_of(1), span(1, 9))
    lane.remove(feed_of(1), span(1, 5))
    assert lane.due(feed_of(1)) == span(6, 9)
    lane.remove(feed_of(1), span(1, 100))
    lane.remove(feed_of(2), span(1, 100))
    lane.add(feed_of(3), Ranges())
    assert not lane and not lane.due(feed_of(1))
