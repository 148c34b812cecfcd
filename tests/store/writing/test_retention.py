"""What is too old or too much goes, and the floors say so."""

from collections.abc import Sequence
from pathlib import Path
from queue import SimpleQueue

import pytest

from gossipchat.broadcast.events import FloorRaised
from gossipchat.chat.bodies import Opening as Hello
from gossipchat.chat.bodies import opening_body
from gossipchat.errors import ConfigError, StoreError
from gossipchat.feeds.entry import Entry
from gossipchat.feeds.feed import Segment
from gossipchat.feeds.run import Run
from gossipchat.names import FeedId
from gossipchat.store.config import StoreConfig
from gossipchat.store.store import Store
from gossipchat.store.writing.retention import DAY_MS, MAX_DAYS, Quotas
from tests.store.builders import (
    ANN,
    BOB,
    PATIENCE_S,
    WALL,
    Kept,
    opened,
    pen,
    raised,
    said,
    stored,
)

DAY = 24 * 3600


def diary(days: int) -> list[Run]:
    """One run a day, the last one today."""
    by = pen()
    return [
        by.compose([said(f"day {day}", wall_ms=WALL - (days - day) * DAY * 1000)] * 2)
        for day in range(1, days + 1)
    ]


def trim(kept: Kept, config: StoreConfig) -> list[FloorRaised]:
    """Until nothing more goes."""
    floors: list[FloorRaised] = []
    while step := _step(kept, config):
        floors += step
    return floors


def _step(kept: Kept, config: StoreConfig) -> Sequence[FloorRaised]:
    answers: SimpleQueue[tuple[FloorRaised, ...] | StoreError] = SimpleQueue()
    kept.store.trim(config, WALL, answers.put)
    return raised(answers.get(timeout=PATIENCE_S))


def floors_of(path: Path) -> tuple[dict[FeedId, int], dict[FeedId, list[Segment]]]:
    store = Store(path)
    found = store.open()
    store.close()
    return found.floors, found.feeds


def test_everything_is_kept_by_default(tmp_path: Path) -> None:
    with opened(tmp_path / "chat.db") as kept:
        kept.put(*diary(1000)[:10])
        assert trim(kept, StoreConfig()) == []
        assert len(kept.texts()) == 20


def test_what_is_too_old_goes_and_the_floor_outlives_a_restart(tmp_path: Path) -> None:
    """The floor is told with the hash that the rest chains to."""
    path = tmp_path / "chat.db"
    runs = diary(10)
    feed = runs[0].feed
    with opened(path) as kept:
        kept.put(*runs)
        floors = trim(kept, StoreConfig(max_age=3.5 * DAY))
        assert floors[-1] == FloorRaised(feed, 12, stored(runs[5]).tip)
        assert kept.texts() == [f"day {day}" for day in range(7, 11) for _ in range(2)]
    floors_found, feeds = floors_of(path)
    assert floors_found == {feed: 12}
    (segment,) = feeds[feed]
    assert (segment.first, segment.prev) == (13, stored(runs[5]).tip)


def test_an_own_feed_goes_on_when_all_of_it_is_gone(tmp_path: Path) -> None:
    """The chain does, even if nothing of it is kept any more."""
    path = tmp_path / "chat.db"
    author = pen()
    with opened(path) as kept:
        old = author.compose([said("old", wall_ms=1000)])
        kept.put(old, own=True)
        assert trim(kept, StoreConfig(max_age=DAY)) != []
        kept.put(author.compose([said("new")]), own=True)
        assert kept.texts() == ["new"]
    assert floors_of(path)[0] == {old.feed: 1}


def test_of_too_much_what_came_first_goes_first(tmp_path: Path) -> None:
    """Whoever said it; the database stays below its limit."""
    path = tmp_path / "chat.db"
    ann, bob = pen(ANN), pen(BOB)
    with opened(path) as kept:
        for number in range(60):
            for author in (ann, bob):
                kept.put(author.compose([said(f"{number} " + "x" * 4000)]))
        floors = trim(kept, StoreConfig(max_bytes=400_000))
        assert {floor.feed for floor in floors} == {ann.feed, bob.feed}
        left = [int(text.split()[0]) for text in kept.texts()]
        assert left == sorted(left)
        assert left[-1] == 59
        assert 10 < len(left) < 60
        assert trim(kept, StoreConfig(max_bytes=400_000)) == []


@pytest.mark.parametrize(
    "config",
    [StoreConfig(max_bytes=300_000), StoreConfig(author_bytes_a_day=100_000)],
    ids=["size", "quota"],
)
def test_what_is_oldest_goes_first_though_it_came_last(
    tmp_path: Path, config: StoreConfig
) -> None:
    """Who joins gets the newest first, and the past from its beginning."""
    ann, hour = pen(), 3_600_000
    runs = [
        ann.compose([said(f"{n} " + "x" * 4000, wall_ms=WALL - (60 - n) * hour // 20)])
        for n in range(60)
    ]
    with opened(tmp_path / "chat.db") as kept:
        kept.put(*runs[55:])
        kept.put(*runs[:55])
        floors = trim(kept, config)
        left = sorted(int(text.split()[0]) for text in kept.texts())
        assert left == [*range(60 - len(left), 60)]
        assert 10 < len(left) < 50
        assert floors[-1].floor == 60 - len(left)


def test_who_adds_more_than_a_quota_loses_its_own_oldest(tmp_path: Path) -> None:
    """And nobody else anything."""
    ann, bob = pen(ANN), pen(BOB)
    with opened(tmp_path / "chat.db") as kept:
        kept.put(bob.compose([said("quiet")]))
        for number in range(50):
            kept.put(ann.compose([said(f"{number} " + "x" * 4000)]))
        floors = trim(kept, StoreConfig(author_bytes_a_day=100_000))
        assert {floor.feed for floor in floors} == {ann.feed}
        assert kept.store.said_today == 0
        texts = kept.texts()
        assert texts[0] == "quiet"
        assert texts[-1].startswith("49 ")
        assert 20 <= len(texts) <= 27


def test_what_a_full_disk_refused_again_and_again_is_no_flood(tmp_path: Path) -> None:
    """It was said once: its author loses nothing when there is room again."""
    ann = pen()
    with opened(tmp_path / "chat.db") as kept:
        kept.put(ann.compose([said("long ago")]))
        writer = kept.store._writer
        (pages,) = writer.database.execute("PRAGMA page_count").fetchone()
        writer.database.execute(f"PRAGMA max_page_count = {pages}")
        run = ann.compose([said("x" * 4000)] * 8)
        for own in (False, True) * 5:
            with pytest.raises(StoreError, match="is full"):
                kept.put(run, own=own)
        writer.database.execute("PRAGMA max_page_count = 100000")
        kept.put(run)
        assert trim(kept, StoreConfig(author_bytes_a_day=100_000)) == []
        assert kept.store.said_today == 0
        assert kept.texts()[0] == "long ago"


def test_what_is_said_here_is_counted_and_kept(tmp_path: Path) -> None:
    """A quota is for others; but they have it, too, so a person is to know."""
    with opened(tmp_path / "chat.db") as kept:
        run = pen().compose([said("x" * 4000)])
        kept.put(run, own=True)
        assert trim(kept, StoreConfig(author_bytes_a_day=100)) == []
        assert kept.store.said_today == len(run.encoded)


def test_who_can_be_written_to_is_known_when_their_opening_is_gone(
    tmp_path: Path,
) -> None:
    """The newest that was let go of counts, until a newer one is held."""
    path = tmp_path / "chat.db"
    keys = [letter * 32 for letter in (b"a", b"b", b"c")]
    pens = [pen(ANN, epoch) for epoch in (9, 3, 6)]

    def known() -> tuple[str, bytes]:
        with opened(path) as kept:
            (one,) = kept.opening.known
        assert one.opening is not None
        return one.opening.name, one.opening.x25519

    with opened(path) as kept:
        for day, (key, by) in enumerate(zip(keys, pens, strict=True), 1):
            told = opening_body(Hello(f"ann {day}", key, None, ""))
            wall_ms = WALL - (10 - day) * DAY_MS
            hello = Entry(wall_ms << 16, wall_ms, (), "open", told)
            kept.put(by.compose([hello, said(wall_ms=wall_ms)]))
        trim(kept, StoreConfig(max_age=7.5 * DAY))
        assert len(kept.texts()) == 1
    assert known() == ("ann 3", keys[2])
    with opened(path) as kept:
        trim(kept, StoreConfig(max_age=DAY))
        assert kept.texts() == []
    assert known() == ("ann 3", keys[2])


def test_words_of_what_is_gone_are_not_found(tmp_path: Path) -> None:
    """Nor do they stay in the index."""
    with opened(tmp_path / "chat.db") as kept:
        kept.put(*diary(10))
        kept.store._writer.index()
        trim(kept, StoreConfig(max_age=3.5 * DAY))
        found = kept.ask(lambda reader: reader.search("day", None, 50))
        assert len(found) == 8
        held = kept.ask(
            lambda reader: reader._connection.execute(
                "SELECT count(*) FROM words WHERE words MATCH 'day'"
            ).fetchone()
        )
        assert held == (8,)


def test_a_long_past_that_comes_at_once_is_no_flood(tmp_path: Path) -> None:
    """Who joins late keeps all of it: a quota is of what was said in a day."""
    with opened(tmp_path / "chat.db") as kept:
        kept.put(*diary(30))
        assert trim(kept, StoreConfig(author_bytes_a_day=1000)) == []
        assert len(kept.texts()) == 60


def test_what_is_dated_ahead_counts_as_of_today(tmp_path: Path) -> None:
    """Or a flood could be spread over days to come."""
    ann = pen()
    with opened(tmp_path / "chat.db") as kept:
        for day in range(50):
            wall_ms = WALL + day * DAY_MS
            kept.put(ann.compose([said("x" * 4000, wall_ms=wall_ms)]))
        assert trim(kept, StoreConfig(author_bytes_a_day=100_000)) != []


def test_a_quota_counts_days_and_remembers_only_so_many() -> None:
    quotas = Quotas()
    author = pen().feed.author
    for hour in range(36):
        quotas.add(author, 10, hour * DAY_MS // 24)
    assert quotas.above(100) == [(author, 0, 140), (author, 1, 20)]
    assert quotas.total(DAY_MS) == 120
    quotas.forgive(author, 0, 135)
    assert quotas.above(100) == [(author, 0, 5), (author, 1, 20)]
    for day in range(2, MAX_DAYS + 1):
        quotas.add(author, 10, day * DAY_MS)
    assert quotas.above(100) == [(author, 1, 20)], "the day told of first is forgotten"


@pytest.mark.parametrize("wrong", [{"max_age": -1}, {"trim_interval": 0}])
def test_limits_below_nothing_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match="store"):
        StoreConfig(**wrong)  # type: ignore[arg-type]
