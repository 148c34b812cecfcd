"""
What can still be read of a damaged file is taken over, since nobody else may have it.
"""

import sqlite3
from pathlib import Path

from gossipchat.feeds.run import Run
from gossipchat.store.file.wreck import Wreck
from tests.store.builders import Kept, opened, pen, said

PAGE = 4096
COUNT = 300


def full(path: Path) -> list[Run]:
    """A store with ``COUNT`` runs in it, which fill many pages."""
    ann = pen()
    runs = [ann.compose([said(f"{number} " + "x" * 400)]) for number in range(COUNT)]
    with opened(path) as kept:
        kept.put(*runs)
    return runs


def spoil(path: Path, *pages: int) -> None:
    """Zero the head of each of *pages*, the first of which is number 1."""
    content = bytearray(path.read_bytes())
    for page in pages:
        content[(page - 1) * PAGE : (page - 1) * PAGE + 200] = bytes(200)
    path.write_bytes(content)


def leaves(path: Path) -> list[int]:
    """The pages at the bottom of the table of runs (SQLite's file format, 1.6)."""
    database = sqlite3.connect(path)
    (root,) = database.execute(
        "SELECT rootpage FROM sqlite_schema WHERE name = 'runs'"
    ).fetchone()
    database.close()
    head = path.read_bytes()[(root - 1) * PAGE : root * PAGE]
    cells = [12 + 2 * cell for cell in range(int.from_bytes(head[3:5]))]
    places = [int.from_bytes(head[cell : cell + 2]) for cell in cells]
    return [int.from_bytes(head[place : place + 4]) for place in places]


def left_in(path: Path) -> list[bytes]:
    """All runs that a wreck gives, in steps."""
    wreck, found, last_n = Wreck(path), list[bytes](), 0
    while True:
        step = wreck.next_runs(last_n, 10_000)
        found += [run.encoded for run in step.runs]
        if step.last_n is None:
            return found
        last_n = step.last_n


def test_runs_before_and_behind_a_damaged_page_are_read(tmp_path: Path) -> None:
    """In their order; what stood on that page is all that is missing."""
    path = tmp_path / "chat.db"
    runs = full(path)
    pages = leaves(path)
    assert len(pages) > 20
    spoil(path, pages[3], pages[10], pages[11])
    left = left_in(path)
    missing = [n for n, run in enumerate(runs) if run.encoded not in left]
    assert left == [run.encoded for n, run in enumerate(runs) if n not in missing]
    assert 3 <= len(missing) <= 3 * (PAGE // 400)


def test_a_file_that_is_nothing_any_more_gives_nothing(tmp_path: Path) -> None:
    """Nor does one that was moved away; and none is made."""
    path = tmp_path / "chat.db"
    assert left_in(path) == []
    assert not path.exists()
    path.write_bytes(b"\0" * 9999)
    assert left_in(path) == []


def test_rows_that_say_they_are_something_else_are_passed_over(tmp_path: Path) -> None:
    """A bit of a row tells what its columns are."""
    path = tmp_path / "chat.db"
    run = pen().compose([said()])
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE runs (n INTEGER PRIMARY KEY, encoded)")
    database.execute("INSERT INTO runs VALUES (1, CAST(x'ff' AS TEXT)), (2, 7)")
    database.execute("INSERT INTO runs VALUES (3, NULL), (4, ?)", (run.encoded,))
    database.commit()
    database.close()
    assert left_in(path) == [run.encoded]


def test_what_the_schema_says_of_other_tables_may_have_rotted(tmp_path: Path) -> None:
    """SQLite quotes it in what it complains of."""
    path = tmp_path / "chat.db"
    runs = full(path)
    database = sqlite3.connect(path)
    database.execute("PRAGMA writable_schema = ON")
    database.execute(
        "UPDATE sqlite_schema SET sql = 'CREATE TABLE rooms (' || CAST(x'ff' AS TEXT)"
        " WHERE name = 'rooms'"
    )
    database.commit()
    database.close()
    assert left_in(path) == [run.encoded for run in runs]


def test_a_damaged_store_names_its_wreck_until_all_is_taken_over(
    tmp_path: Path,
) -> None:
    """At each start: who is killed half-way goes on."""
    path = tmp_path / "chat.db"
    runs = full(path)
    spoil(path, 2)
    with opened(path) as kept:
        wreck = kept.opening.wreck
        assert wreck is not None and wreck == kept.opening.aside
    with opened(path) as kept:
        assert (kept.opening.wreck, kept.opening.aside) == (wreck, None)
        assert taken_over(kept, wreck) == len(runs)
        kept.store.end_salvage()
    with opened(path) as kept:
        assert kept.opening.wreck is None
        assert len(kept.texts()) == len(runs)
    assert wreck.exists()


def taken_over(kept: Kept, wreck: Path) -> int:
    found = [Run.parse(encoded) for encoded in left_in(wreck)]
    kept.put(*found)
    return len(found)
