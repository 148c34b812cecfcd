"""The newest runs in memory."""

from hypothesis import given
from hypothesis import strategies as st

from gossipchat.broadcast.holdings.cache import HeadCache
from tests.pure.broadcast.builders import feed_of, sealed

FEED = feed_of(1)


def test_a_run_is_found_by_any_of_its_numbers() -> None:
    """And not by those beside it."""
    cache = HeadCache(1000)
    cache.add(sealed(FEED, 3, 5), kept=True)
    found = [cache.find(FEED, seq) for seq in range(2, 7)]
    assert [run.first if run else None for run in found] == [None, 3, 3, 3, None]
    assert cache.find(feed_of(2), 3) is None
    assert (cache.next_start(FEED, 1), cache.next_start(FEED, 3)) == (3, None)


def test_the_oldest_comers_leave_when_it_is_full() -> None:
    """Whatever feed they belong to."""
    cache = HeadCache(250)
    runs = [sealed(feed_of(number % 2), number, number) for number in range(1, 5)]
    for run in runs:
        cache.add(run, kept=True)
    assert [run.encoded in cache for run in runs] == [False, False, True, True]
    assert cache.kept_bytes == 200


def test_what_is_not_on_disk_yet_stays() -> None:
    """Nobody else could serve it; once written it takes its turn."""
    cache = HeadCache(150)
    first, second = sealed(FEED, 1, 1), sealed(FEED, 2, 2)
    cache.add(first, kept=False)
    cache.add(second, kept=False)
    assert (cache.unkept_bytes, first.encoded in cache) == (200, True)
    cache.kept(first.encoded)
    cache.kept(second.encoded)
    assert (cache.unkept_bytes, first.encoded in cache) == (0, False)
    assert cache.get(second.encoded) is second


def test_what_could_not_be_written_is_forgotten() -> None:
    """Only what waits for the disk can be."""
    cache = HeadCache(1000)
    waiting, kept = sealed(FEED, 1, 1), sealed(FEED, 2, 2)
    cache.add(waiting, kept=False)
    cache.add(kept, kept=True)
    assert cache.forget(waiting.encoded)
    assert not cache.forget(waiting.encoded)
    assert not cache.forget(kept.encoded)
    assert cache.find(FEED, 1) is None
    assert cache.find(FEED, 2) is kept


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(1, 9), st.sampled_from("akf")))
)
def test_its_size_is_known_and_bounded(steps: list[tuple[int, int, str]]) -> None:
    """Whatever is added, kept and forgotten in whatever order."""
    cache = HeadCache(400)
    for feed, seq, what in steps:
        run = sealed(feed_of(feed), seq, seq)
        if what == "a":
            cache.add(run, kept=False)
        elif what == "k":
            cache.kept(run.encoded)
        else:
            cache.forget(run.encoded)
        assert (cache.find(run.feed, seq) is not None) == (run.encoded in cache)
    every = [
        sealed(feed_of(feed), seq, seq) for feed in range(4) for seq in range(1, 10)
    ]
    held = sum(len(run.encoded) for run in every if run.encoded in cache)
    assert held == cache.kept_bytes + cache.unkept_bytes
    assert cache.kept_bytes <= 400
