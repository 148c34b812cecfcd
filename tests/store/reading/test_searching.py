"""A search finds the same on every node, however far its index has come."""

import sqlite3
from pathlib import Path

import pytest

from gossipchat.errors import UsageError
from gossipchat.names import EntryId, RoomName
from gossipchat.store.file import schema
from gossipchat.store.words import STEP, indexed_up_to
from tests.store.builders import (
    ANN,
    BOB,
    PATIENCE_S,
    WALL,
    Kept,
    opened,
    pen,
    said,
    until,
)

LATER = (WALL + 1000) << 16


def found(
    kept: Kept, words: str, room: str | None = None, limit: int = 50
) -> list[str]:
    name = None if room is None else RoomName(room)
    return [line.text for line in kept.ask(lambda r: r.search(words, name, limit))]


def index(kept: Kept) -> None:
    """Wait until all words are in the index."""
    path = kept.store.path
    with sqlite3.connect(path) as looking:
        (last,) = looking.execute("SELECT max(n) FROM entries").fetchone()
        until(lambda: indexed_up_to(looking) >= last, PATIENCE_S)


def test_before_and_after_indexing_the_same_is_found(kept: Kept) -> None:
    """Case, accents, word ends, several words, a room."""
    texts = ["Ein Café", "cafe cafe", "cafeteria", "the CAFÉ is open", "re-use it"]
    kept.put(pen().compose([said(text) for text in texts]))
    kept.put(pen(BOB).compose([said("cafe", room="#ops", hlc=LATER)]))
    asked = [("cafe", None), ("CAFE open", None), ("cafe", "#ops"), ("re-use", None)]
    before = [found(kept, *each) for each in asked]
    assert before == [
        ["Ein Café", "cafe cafe", "the CAFÉ is open", "cafe"],
        ["the CAFÉ is open"],
        ["cafe"],
        ["re-use it"],
    ]
    index(kept)
    assert [found(kept, *each) for each in asked] == before


def test_the_newest_in_the_one_order_are_found_oldest_first(kept: Kept) -> None:
    """Whatever order they came in."""
    for second in (3, 1, 2):
        entry = said(f"word {second}", hlc=(WALL + second * 1000) << 16)
        kept.put(pen(epoch=second).compose([entry]))
    assert found(kept, "word", limit=2) == ["word 2", "word 3"]


def test_a_line_is_found_by_what_it_says_now(kept: Kept) -> None:
    """Edited: by its newest text; taken back: not at all."""
    ann = pen(ANN)
    one, two = (EntryId(*ann.feed, seq) for seq in (1, 2))
    entries = [
        *(said("old apple"), said("old pear")),
        said("new apple", kind="edit", target=one),
        said("", kind="redact", target=two),
    ]
    kept.put(ann.compose(entries))
    for _ in range(2):
        assert found(kept, "old") == []
        (line,) = kept.ask(lambda reader: reader.search("new", None, 50))
        assert (line.id, line.text, line.edited) == (one, "old apple", "new apple")
        index(kept)


def test_more_than_a_step_is_indexed_behind(kept: Kept) -> None:
    """And searched before that."""
    ann = pen()
    for start in range(0, 3 * STEP, 250):
        kept.put(ann.compose([said(f"number {start + n}") for n in range(250)]))
    assert found(kept, f"number {STEP + 7}") == [f"number {STEP + 7}"]
    index(kept)
    assert found(kept, f"number {STEP + 7}") == [f"number {STEP + 7}"]


@pytest.mark.parametrize("words", ["", "  ", "!?", '"', "w " * 33])
def test_a_search_for_nothing_or_too_much_is_refused(kept: Kept, words: str) -> None:
    """In a sentence."""
    with pytest.raises(UsageError):
        found(kept, words)


@pytest.mark.parametrize("words", ['"', "a AND", "NEAR(", "text:", "*", "^a", "a*b"])
def test_no_word_is_an_operator(kept: Kept, words: str) -> None:
    """What people type is looked for as it stands."""
    kept.put(pen().compose([said(f"x {words} a b text near and")]))
    assert len(found(kept, f"x {words}")) == 1


def test_an_older_store_is_searchable_and_keeps_its_lines(tmp_path: Path) -> None:
    """One that the first tables were written by."""
    path = tmp_path / "chat.db"
    with opened(path) as kept:
        kept.put(pen().compose([said("an old word"), said("topic", kind="topic")]))
    make_older(path)
    with opened(path) as kept:
        assert kept.texts() == ["an old word", "topic"]
        assert found(kept, "old") == ["an old word"]
        kept.put(pen(BOB).compose([said("a new word", nick="bob", hlc=LATER)]))
        index(kept)
        assert found(kept, "word") == ["an old word", "a new word"]


def make_older(path: Path) -> None:
    """Write what is in the store at *path* with the tables of version 1."""
    with sqlite3.connect(path) as newer:
        tables = ("feeds", "runs", "rooms", "speakers", "entries", "members", "marks")
        rows = {
            table: newer.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608
            for table in tables
        }
    path.unlink()
    with sqlite3.connect(path) as older:
        older.executescript(
            f"PRAGMA application_id = {schema.APPLICATION};"
            f"{schema.MIGRATIONS[0]}; PRAGMA user_version = 1"
        )
        rows["marks"] = [row for row in rows["marks"] if row[0] != "words"]
        for table in tables:
            width = len(older.execute(f"PRAGMA table_info ({table})").fetchall())
            marks = ", ".join("?" * width)
            for row in rows[table]:  # what is newer stands behind what is older
                insert = f"INSERT INTO {table} VALUES ({marks})"  # noqa: S608
                older.execute(insert, row[:width])
    older.close()
