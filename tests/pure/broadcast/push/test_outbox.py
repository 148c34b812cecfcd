"""What is due to one link, and the next batch of it."""

from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.broadcast.holdings.cache import HeadCache, Sealed
from gossipchat.broadcast.push.outbox import Outbox, in_frames
from gossipchat.broadcast.spans import span
from tests.pure.broadcast.builders import feed_of, sealed

FEED = feed_of(1)
CONFIG = BroadcastConfig(batch_bytes=1000)


def cache_with(*runs: Sealed) -> HeadCache:
    cache = HeadCache(1_000_000)
    for run in runs:
        cache.add(run, kept=True)
    return cache


def firsts(runs: list[Sealed]) -> list[int]:
    return [run.first for run in runs]


def test_a_batch_is_bounded_and_the_rest_stays_due() -> None:
    """About the batch's size; one run may exceed it."""
    outbox = Outbox(cache_with(*(sealed(FEED, n, n, 300) for n in range(1, 9))), CONFIG)
    outbox.want(FEED, span(1, 8), urgent=False)
    assert firsts(outbox.next_batch()) == [1, 2, 3]
    assert outbox.due(FEED) == span(4, 8)
    assert firsts(outbox.next_batch()) == [4, 5, 6]


def test_urgent_wants_go_first() -> None:
    """A person waits for them."""
    other = feed_of(2)
    outbox = Outbox(cache_with(sealed(FEED, 1, 1), sealed(other, 5, 5)), CONFIG)
    outbox.want(FEED, span(1, 1), urgent=False)
    outbox.want(other, span(5, 5), urgent=True)
    assert [run.feed for run in outbox.next_batch()] == [other, FEED]
    assert not outbox


def test_what_is_not_in_memory_is_loaded_once_at_a_time() -> None:
    """Up to where the cache goes on; the loaded runs go before the cached ones."""
    outbox = Outbox(cache_with(sealed(FEED, 5, 5)), CONFIG)
    outbox.want(FEED, span(1, 5), urgent=False)
    assert outbox.next_batch() == []
    assert outbox.next_load() == (FEED, 1, 4)
    assert outbox.next_load() is None
    outbox.loaded(FEED, 1, 4, [sealed(FEED, 1, 2), sealed(FEED, 3, 4)])
    assert firsts(outbox.next_batch()) == [1, 3, 5]
    assert outbox.next_load() is None


def test_what_becomes_urgent_above_what_is_due_overtakes_it() -> None:
    """In one feed, and both from disk: neither keeps the other from being sent."""
    outbox = Outbox(cache_with(), CONFIG)
    outbox.want(FEED, span(1, 9), urgent=False)
    outbox.want(FEED, span(8, 9), urgent=True)
    assert outbox.next_load() == (FEED, 8, 9)
    outbox.loaded(FEED, 8, 9, [sealed(FEED, 8, 9)])
    assert firsts(outbox.next_batch()) == [8]
    assert outbox.next_load() == (FEED, 1, 7)
    outbox.loaded(FEED, 1, 7, [sealed(FEED, 1, 7)])
    assert firsts(outbox.next_batch()) == [1]
    assert not outbox


def test_what_is_gone_from_disk_is_due_no_more() -> None:
    """All of it, or what lies before the first run found."""
    outbox = Outbox(cache_with(), CONFIG)
    outbox.want(FEED, span(1, 9), urgent=False)
    assert outbox.next_load() == (FEED, 1, 9)
    outbox.loaded(FEED, 1, 9, [sealed(FEED, 4, 5)])
    assert outbox.due(FEED) == span(4, 9)
    assert firsts(outbox.next_batch()) == [4]
    assert outbox.next_load() == (FEED, 6, 9)
    outbox.loaded(FEED, 6, 9, [])
    assert not outbox


def test_what_was_loaded_in_vain_keeps_nobody_from_loading() -> None:
    """The peer got it elsewhere, or something before it became due."""
    outbox = Outbox(cache_with(), CONFIG)
    outbox.want(FEED, span(5, 6), urgent=False)
    assert outbox.next_load() == (FEED, 5, 6)
    outbox.want(FEED, span(2, 2), urgent=False)
    outbox.loaded(FEED, 5, 6, [sealed(FEED, 5, 6)])
    assert outbox.next_load() == (FEED, 2, 2)
    outbox.remove(FEED, span(2, 6))
    outbox.loaded(FEED, 2, 2, [sealed(FEED, 2, 2)])
    assert not outbox and outbox.next_load() is None


def test_an_answer_to_nothing_is_ignored() -> None:
    """A load whose link has changed its mind."""
    outbox = Outbox(cache_with(), CONFIG)
    outbox.loaded(FEED, 1, 9, [sealed(FEED, 1, 9)])
    outbox.want(FEED, span(1, 9), urgent=False)
    assert outbox.next_batch() == []


def test_a_frame_is_read_in_a_few_milliseconds() -> None:
    """A bounded number of runs, of bounded size unless it is a single one."""
    tiny = [sealed(FEED, number, number) for number in range(150)]
    assert [len(frame.runs) for frame in in_frames(tiny)] == [64, 64, 22]
    sizes = [5000, 3000, 5000, 200_000, 50]
    mixed = [sealed(FEED, place, place, size) for place, size in enumerate(sizes)]
    assert [len(frame.runs) for frame in in_frames(mixed)] == [2, 1, 1, 1]
    assert sum(len(run) for frame in in_frames(mixed) for run in frame.runs) == 213_050
