"""What stands beside a run is made anew of it when it has rotted."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue

import pytest

from gossipchat.chat.bodies import PRIVATE
from gossipchat.chat.events import Line, Row
from gossipchat.chat.listening.listening import read_row
from gossipchat.errors import StoreDamaged, StoreError
from gossipchat.feeds.run import Run
from gossipchat.names import EntryId, RoomName
from gossipchat.store.writing.checking import Checked
from tests.store.builders import LOBBY, PATIENCE_S, Kept, batch, opened, pen, said
from tests.store.early import DUE, hidden, reveal

BY_ORDER = "entries_by_order"


def rows_of(run: Run) -> list[Row]:
    """As chat reads it, without a key for what is private."""
    return [
        read_row(run.feed, seq, entry, None)
        for seq, entry in enumerate(run.entries(), run.first)
    ]


def mended(kept: Kept) -> int:
    """How many rows had to be made anew."""
    checked = kept.ask(lambda reader: reader.check_runs(0, 100, rows_of))
    assert isinstance(checked, Checked)
    assert checked.damaged == ()
    answers: SimpleQueue[StoreError | None] = SimpleQueue()
    kept.store.straighten(checked.crooked, answers.put, checked.astray)
    assert answers.get(timeout=PATIENCE_S) is None
    return len(checked.crooked)


def told(kept: Kept) -> tuple[list[Line], list[Line]]:
    """All lines by arrival, and those of a room in the one order."""
    return (
        kept.ask(lambda reader: reader.lines(None, 0, 99)),
        kept.ask(lambda reader: reader.history(LOBBY, None, 99, True)),
    )


def some_talk(path: Path) -> tuple[list[Line], list[Line]]:
    author = pen()
    lines = [said(f"line {n}", hlc=n) for n in range(1, 5)]
    first = author.compose(lines)
    about = said(
        "\N{THUMBS UP SIGN}", kind="react", hlc=9, target=EntryId(*first.feed, 2)
    )
    with opened(path) as kept:
        kept.put(first)
        kept.put(author.compose([about]))
        return told(kept)


def rot(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        for statement in statements:
            database.execute(statement)


@contextmanager
def unseen(path: Path, index: str) -> Iterator[None]:
    """What changes meanwhile, *index* does not hear of."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        where = f"FROM sqlite_schema WHERE name = '{index}'"
        row = database.execute(f"SELECT * {where}").fetchone()
        database.execute("PRAGMA writable_schema = ON")
        database.execute(f"DELETE {where}")
    yield
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA writable_schema = ON")
        database.execute("INSERT INTO sqlite_schema VALUES (?, ?, ?, ?, ?)", row)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET text = 'jello' WHERE n = 3",
        "UPDATE entries SET text = CAST(x'ff41' AS TEXT) WHERE n = 3",
        "UPDATE entries SET nick = 'eve', kind = 'emote' WHERE n = 3",
        "UPDATE entries SET room = NULL, wall = 7, hlc = 5 WHERE n = 3",
        "UPDATE entries SET seq = 7, feed = 9 WHERE n = 3",
        "UPDATE entries SET target = NULL WHERE n = 5",
        "DELETE FROM entries WHERE n = 3",
    ],
)
def test_a_row_that_has_rotted_is_made_anew(tmp_path: Path, statement: str) -> None:
    """Under its number; and until then nothing fails, whatever its bytes are."""
    path = tmp_path / "chat.db"
    before = some_talk(path)
    rot(path, statement)
    with opened(path) as kept:
        assert told(kept) != before
        assert mended(kept) == 1
        assert [_signed(line) for line in told(kept)[0]] == [
            _signed(line) for line in before[0]
        ]
        assert [line.id for line in told(kept)[1]] == [line.id for line in before[1]]
        assert mended(kept) == 0


def _signed(line: Line) -> Line:
    """When it came is nobody's word but the row's."""
    return replace(line, arrived_ms=0)


def test_a_room_whose_name_has_rotted_gets_its_lines_back(tmp_path: Path) -> None:
    path = tmp_path / "chat.db"
    before = some_talk(path)
    rot(path, "UPDATE rooms SET name = '#loccy'")
    with opened(path) as kept:
        assert mended(kept) == 5
        assert told(kept) == before


def test_a_row_that_its_indexes_know_otherwise_is_made_anew(tmp_path: Path) -> None:
    """SQLite would refuse to change it; so the indexes are made anew, too."""
    path = tmp_path / "chat.db"
    before = some_talk(path)
    with unseen(path, BY_ORDER):
        rot(path, "UPDATE entries SET hlc = 77, text = 'jello' WHERE n = 3")
    with opened(path) as kept:
        assert mended(kept) == 1
        assert told(kept) == before


SILENT = ("runs_by_place", "entries_by_arrival", BY_ORDER, "tokens")
"""Of these the row itself tells nothing."""


@pytest.mark.parametrize(
    ("index", "change", "back"),
    [
        ("runs_by_place", "runs SET last = 9", "runs SET last = 4"),
        ("entries_by_arrival", "entries SET room = 2", "entries SET room = 1"),
        (BY_ORDER, "entries SET hlc = hlc + 9", "entries SET hlc = hlc - 9"),
        ("topics", "entries SET kind = 'say'", "entries SET kind = 'topic'"),
        ("tokens", "entries SET token = NULL", "entries SET token = 't'"),
        ("entries_by_target", "entries SET target = NULL", "entries SET target = x''"),
        ("private_by_peer", "entries SET peer = NULL", "entries SET peer = x'07'"),
    ],
)
def test_an_index_that_has_rotted_is_found_and_made_anew(
    tmp_path: Path, index: str, change: str, back: str
) -> None:
    """Else a line would be missing from a page for ever: the row itself is right."""
    path = tmp_path / "chat.db"
    before = some_talk(path)
    n = 1 if index == "runs_by_place" else 3
    rot(path, f"UPDATE {change} WHERE n = {n}")
    with unseen(path, index):
        rot(path, f"UPDATE {back} WHERE n = {n}")
    with opened(path) as kept:
        looked = kept.ask(lambda reader: reader.check_runs(0, 100, rows_of))
        assert looked.astray
        assert index not in SILENT or looked.crooked == ()
        mended(kept)
        assert not kept.ask(lambda reader: reader.check_runs(0, 100, rows_of)).astray
        if index in (BY_ORDER, "entries_by_arrival"):
            assert told(kept) == before


@pytest.mark.parametrize(
    "rotten",
    [
        "INSERT INTO words (words, rowid, text) VALUES ('delete', 3, 'line 3')",
        "DELETE FROM words_docsize WHERE id = 3",
        "INSERT INTO words (words, rowid, text) VALUES ('delete', 4, 'line')",
    ],
    ids=["an entry", "its size", "a word"],
)
def test_words_that_the_index_has_lost_are_found_again(
    tmp_path: Path, rotten: str
) -> None:
    """SQLite complains of nothing: the search would just not find them, for ever."""
    path = tmp_path / "chat.db"
    some_talk(path)
    with opened(path) as kept:
        kept.store._writer.index()
        assert not kept.ask(lambda reader: reader.check_runs(0, 100, rows_of)).astray
    rot(path, rotten)
    with opened(path) as kept:
        assert kept.ask(lambda reader: reader.check_runs(0, 100, rows_of)).astray
        mended(kept)
        kept.store._writer.index()
        assert not kept.ask(lambda reader: reader.check_runs(0, 100, rows_of)).astray
        assert search(kept) == [f"line {n}" for n in range(1, 5)]


def test_what_waits_for_its_time_and_what_it_became_are_left_alone(
    tmp_path: Path,
) -> None:
    run = pen().compose([said("now"), said("later"), said("later still")])
    with opened(tmp_path / "chat.db") as kept:
        kept.persist(hidden(batch(run), [2, 3]))
        assert mended(kept) == 0
        reveal(kept, DUE)
        assert mended(kept) == 0


def test_a_private_text_outlives_the_key_that_it_was_read_with(tmp_path: Path) -> None:
    """What was read once is not made unreadable again."""
    path = tmp_path / "chat.db"
    made = batch(pen().compose([said("?", kind=PRIVATE)]))
    (stored,) = made.runs
    row = replace(stored.rows[0], text="psst", nick="ann", room=RoomName("@ann"))
    made = replace(made, runs=(replace(stored, rows=(row,)),))
    with opened(path) as kept:
        kept.persist(made)
        assert mended(kept) == 0
        assert kept.texts() == ["psst"]


def search(kept: Kept) -> list[str]:
    found = kept.ask(lambda reader: reader.search("line", None, 9))
    return [line.text for line in found]


def spoil_order(path: Path) -> None:
    with unseen(path, BY_ORDER):
        rot(path, "DELETE FROM entries WHERE n = 3")


def spoil_words(path: Path) -> None:
    with opened(path) as kept:
        kept.store._writer.index()
    rot(path, "UPDATE words_data SET block = x'0102' WHERE id > 10")


@pytest.mark.parametrize(
    ("spoil", "ask"),
    [
        (spoil_order, lambda kept: [line.text for line in told(kept)[1]]),
        (spoil_words, search),
    ],
    ids=["an index", "words"],
)
def test_what_quick_check_does_not_see_is_mended_at_the_next_start(
    tmp_path: Path, spoil: Callable[[Path], None], ask: Callable[[Kept], list[str]]
) -> None:
    """It is found when it is used; nothing is moved aside for it, nothing is lost."""
    path = tmp_path / "chat.db"
    some_talk(path)
    spoil(path)
    with opened(path) as kept, pytest.raises(StoreDamaged, match="start this node"):
        ask(kept)
    with opened(path) as kept:
        assert kept.opening.aside is None
        mended(kept)
        assert [text for text in ask(kept) if text.startswith("line")] == [
            f"line {n}" for n in range(1, 5)
        ]


def test_an_index_of_words_that_has_rotted_is_filled_anew(tmp_path: Path) -> None:
    """As soon as it can't be written to; what is said meanwhile is taken."""
    path = tmp_path / "chat.db"
    some_talk(path)
    spoil_words(path)
    rot(path, "UPDATE words_data SET block = x'00' WHERE id = 10")
    with opened(path) as kept:
        kept.put(pen(epoch=9).compose([said("line 5", hlc=8)]), own=True)
        kept.store._writer.index()
        kept.store._writer.index()
        assert kept.store.ok
        assert search(kept) == [f"line {n}" for n in range(1, 6)]


def test_a_store_that_makes_no_sense_is_moved_aside(tmp_path: Path) -> None:
    """Not even SQLite's complaint can be read."""
    path = tmp_path / "chat.db"
    some_talk(path)
    spoilt = "UPDATE sqlite_schema SET sql = 'CREATE ' || CAST(x'afaf' AS TEXT)"
    rot(path, "PRAGMA writable_schema = ON", f"{spoilt} WHERE name = 'rooms'")
    with opened(path) as kept:
        assert kept.opening.aside is not None
        assert kept.texts() == []
