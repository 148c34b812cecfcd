"""
Opening the store: what is derived from committed rows, and what is refused.
"""

import sqlite3
from pathlib import Path
from random import Random

import pytest

from gossipchat.chat.heads import Place
from gossipchat.errors import StoreError
from gossipchat.feeds.feed import Feed, Verdict
from gossipchat.names import AuthorKey, FeedId
from gossipchat.store.file import database
from gossipchat.store.file.schema import MIGRATIONS
from gossipchat.store.reading.opening import MAX_ROOMS, Opening
from gossipchat.store.store import Store
from gossipchat.store.writing.arrivals import JUMP
from tests.store.builders import ANN, BOB, LOBBY, WALL, opened, pen, said, stored

DAY = 24 * 3600 * 1000


def reopened(path: Path, wall_ms: int = WALL, own: AuthorKey | None = None) -> Opening:
    store = Store(path)
    try:
        return store.open(wall_ms, own)
    finally:
        store.close()


def refusal(path: Path) -> str:
    """The one sentence that a person reads when *path* can't be opened."""
    store = Store(path)
    with pytest.raises(StoreError) as raised:
        store.open()
    assert not store.ok
    store.close()
    sentence = str(raised.value)
    assert str(path) in sentence
    assert "\n" not in sentence
    return sentence


def test_a_new_store_is_empty_and_ours_alone(tmp_path: Path) -> None:
    """0600, the side files too."""
    path = tmp_path / "chat.db"
    store = Store(path)
    assert store.open() == Opening({}, {}, {}, (), {}, 0, 0, 0)
    modes = {file.name: oct(file.stat().st_mode & 0o777) for file in tmp_path.iterdir()}
    assert modes == dict.fromkeys(["chat.db", "chat.db-wal", "chat.db-shm"], "0o600")
    store.close()


@pytest.mark.parametrize("seed", range(5))
def test_reopening_derives_the_feeds_as_they_were(tmp_path: Path, seed: int) -> None:
    """Whole ones and ones with gaps, whatever order their runs came in."""
    chance = Random(seed)
    path = tmp_path / "chat.db"
    feeds: dict[FeedId, Feed] = {}
    with opened(path) as kept:
        for author in (pen(ANN, 2**64 - 1), pen(BOB, 0), pen(ANN, 5)):
            runs = [
                author.compose([said()] * chance.randint(1, 3))
                for _ in range(chance.choice([5, 30]))
            ]
            feed = feeds[author.feed] = Feed(author.feed)
            for run in chance.sample(runs, len(runs) * 3 // 4):
                tip = stored(run).tip
                if feed.judge(run, tip) is Verdict.NEW:
                    feed.take(run, tip)
                    kept.put(run)
    found = reopened(path)
    assert list(found.feeds) == list(feeds), "in the order of their first arrival"
    for id, feed in feeds.items():
        assert tuple(found.feeds[id]) == feed.segments
    assert found.entries == sum(feed.ranges.count for feed in feeds.values())
    assert found.last_n == found.entries


def test_reopening_finds_the_newest_of_each_room(tmp_path: Path) -> None:
    """In the one order, as unsigned numbers; the room spoken in last comes last."""
    path = tmp_path / "chat.db"
    ann, bob = pen(ANN, 2**64 - 1), pen(BOB)
    with opened(path) as kept:
        kept.put(
            ann.compose(
                [said(hlc=9), said(hlc=2**63), said(room="#new", hlc=2**64 - 1)]
            )
        )
        kept.put(bob.compose([said(hlc=2**63), said(room="#old", hlc=0)]))
    winner = max((*ann.feed, 2), (*bob.feed, 1))
    rooms = reopened(path).rooms
    assert list(rooms) == ["#old", LOBBY, "#new"]
    assert rooms[LOBBY] == Place(2**63, *winner)


@pytest.mark.parametrize(
    ("ahead_ms", "wall_ms", "counts"),
    [
        (0, WALL, True),
        (DAY, WALL, True),
        (DAY + 10, WALL, False),
        (DAY + 10, WALL + 10, True),
        (DAY, 0, True),
    ],
    ids=["now", "a day", "more", "more, but later", "a machine that forgot the time"],
)
def test_what_is_dated_far_ahead_moves_no_clock(
    tmp_path: Path, ahead_ms: int, wall_ms: int, counts: bool
) -> None:
    """
    Not even after a restart, if it is our own. (Entries come 5 ms after ``WALL``.) What
    others said, and was shown, was not too far ahead when it came.
    """
    path = tmp_path / "chat.db"
    with opened(path) as kept:
        kept.put(pen().compose([said(hlc=7), said(wall_ms=WALL + ahead_ms)]))
    own = pen().feed.author
    found = reopened(path, wall_ms, own)
    highest = max(found.highest_hlc, found.highest_own)
    assert highest == (WALL + ahead_ms << 16 if counts else 7)
    others = reopened(path, wall_ms, pen(BOB).feed.author)
    assert others.highest_hlc == WALL + ahead_ms << 16


def test_numbers_go_on_where_they_ended(tmp_path: Path) -> None:
    """Used up by a batch that was known, too."""
    path = tmp_path / "chat.db"
    ann = pen()
    run = ann.compose([said()] * 3)
    with opened(path) as kept:
        kept.put(run)
        kept.put(run)
    assert reopened(path).last_n == 6
    with opened(path) as kept:
        assert kept.put(ann.compose([said()])) == 7


@pytest.mark.parametrize(
    ("boot", "first"),
    [("this one", 2), ("another", JUMP + 2), ("unknown", JUMP + 2)],
)
def test_numbers_jump_ahead_after_a_power_cut_only(
    tmp_path: Path, boot: str, first: int
) -> None:
    """
    What others said is shown before it is fsynced: numbers may have been seen whose
    entries are gone. The end of a process loses nothing, so its numbers go on.
    """
    path = tmp_path / "chat.db"
    copied = tmp_path / "copy.db"
    ann = pen()
    with opened(path) as kept:
        kept.put(ann.compose([said()]), own=True)
        copy = sqlite3.connect(path)
        copy.execute("VACUUM INTO ?", (str(copied),))  # as if it ended here
        copy.close()
    if boot != "this one":
        changed = sqlite3.connect(copied, isolation_level=None)
        changed.execute("UPDATE marks SET value = ? WHERE what = 'boot'", (boot,))
        changed.close()
    with opened(copied) as kept:
        assert kept.put(ann.compose([said()])) == first


def test_a_copy_of_a_live_store_is_whole(tmp_path: Path) -> None:
    """docs/feeds.md, "Backups"."""
    path, copied = tmp_path / "chat.db", tmp_path / "copy.db"
    ann = pen()
    with opened(path) as kept:
        kept.put(ann.compose([said("1")]), own=True)
        live, copy = sqlite3.connect(path), sqlite3.connect(copied)
        live.backup(copy)
        live.close()
        copy.close()
        kept.put(ann.compose([said("2")]), own=True)
    with opened(copied) as kept:
        assert kept.texts() == ["1"]


# --- what is refused --------------------------------------------------------


def test_a_newer_program_s_store_is_refused(tmp_path: Path) -> None:
    """And nothing of it is touched."""
    path = tmp_path / "chat.db"
    reopened(path)
    changed = sqlite3.connect(path)
    changed.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    changed.close()
    before = path.read_bytes()
    assert "newer gossipchat" in refusal(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"no database\n" * 999, b"SQLite format 3\0" * 99])
def test_what_is_no_database_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "chat.db"
    path.write_bytes(content)
    assert "move it away" in refusal(path)
    assert path.read_bytes() == content


def test_somebody_else_s_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "chat.db"
    foreign = sqlite3.connect(path)
    foreign.execute("CREATE TABLE birds (name TEXT)")
    foreign.close()
    assert "no store of gossipchat" in refusal(path)


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_store_is_moved_aside(tmp_path: Path, seed: int) -> None:
    """quick_check finds pages that no longer fit together; nothing is deleted."""
    path = tmp_path / "chat.db"
    ann = pen()
    with opened(path) as kept:
        for _ in range(20):
            kept.put(*(ann.compose([said("x" * 500)] * 8) for _ in range(4)))
    content = bytearray(path.read_bytes())
    chance = Random(seed)
    for _ in range(20):
        page = chance.randrange(2, len(content) // 4096)
        content[page * 4096 : page * 4096 + 100] = chance.randbytes(100)
    path.write_bytes(content)
    store = Store(path)
    found = store.open(WALL)
    store.close()
    assert found.feeds == {}
    assert found.aside == tmp_path / "chat.db.damaged-20260921-141320"
    assert found.aside.read_bytes() == content
    assert found.last_n >= WALL // 1000, "no number is given twice"
    again = Store(path)
    assert again.open().aside is None
    again.close()


def test_a_store_cut_short_begins_anew_with_what_can_be_read(tmp_path: Path) -> None:
    """Whom to look for is worth more than anything else."""
    path = tmp_path / "chat.db"
    with opened(path) as kept:
        kept.put(pen().compose([said("x" * 500)] * 256))
    path.write_bytes(path.read_bytes()[: 60 * 4096])
    with opened(path) as kept:
        assert kept.texts() == []
        kept.put(pen(epoch=9).compose([said("anew")]))
        assert kept.texts() == ["anew"]
    assert len(list(tmp_path.glob("chat.db.damaged-*"))) == 1


def test_of_very_many_rooms_a_part_is_looked_at(tmp_path: Path) -> None:
    """At the start those that were spoken in last, in the list the first ones."""
    many = [f"#{number:05}" for number in range(MAX_ROOMS + 256)]
    author = pen(BOB)
    path = tmp_path / "chat.db"
    with opened(path) as kept:
        kept.put(author.compose([said("here")]))
        for start in range(0, len(many), 256):
            runs = [said("x", room=room) for room in many[start : start + 256]]
            kept.put(author.compose(runs))
        listed = [room.name for room in kept.ask(lambda reader: reader.rooms())]
        assert len(listed) == MAX_ROOMS
        assert LOBBY in listed
        assert listed == sorted(listed)
    rooms = reopened(path).rooms
    assert len(rooms) == MAX_ROOMS
    assert LOBBY not in rooms
    assert list(rooms)[-1] == many[-1]


def test_an_sqlite_that_is_too_old_is_named() -> None:
    """Where it comes from, and what would do."""
    database.check_version((3, 37, 0))
    with pytest.raises(StoreError, match=r"SQLite 3\.34\.1, and 3\.37 or newer"):
        database.check_version((3, 34, 1))
