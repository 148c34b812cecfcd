"""Bits that rot: what is kept is compared with what was sealed."""

import sqlite3
from pathlib import Path
from queue import SimpleQueue

import pytest

from gossipchat.broadcast.events import Lost
from gossipchat.errors import StoreError
from gossipchat.feeds.feed import Feed
from gossipchat.feeds.run import Run
from gossipchat.names import EntryId
from gossipchat.store.writing.checking import Checked, Damaged
from tests.store.builders import (
    BOB,
    PATIENCE_S,
    Kept,
    batch,
    opened,
    pen,
    said,
    stored,
)


def five_runs(path: Path) -> list[Run]:
    author = pen()
    runs = [author.compose([said(f"{n}/{i}") for i in range(2)]) for n in range(5)]
    with opened(path) as kept:
        kept.put(*runs)
    return runs


def rot(path: Path, statement: str, *values: object) -> None:
    with sqlite3.connect(path) as database:
        database.execute(statement, values)
    database.close()


def spoilt(run: Run) -> bytes:
    """One bit of its last text is another."""
    return run.encoded[:-1] + bytes([run.encoded[-1] ^ 1])


def look(kept: Kept) -> tuple[Damaged, ...]:
    checked = kept.ask(lambda reader: reader.check_runs(0, 100))
    assert isinstance(checked, Checked)
    return checked.damaged


def lose(kept: Kept, run: Damaged) -> Lost | StoreError | None:
    answers: SimpleQueue[Lost | StoreError | None] = SimpleQueue()
    kept.store.lose(run, answers.put)
    return answers.get(timeout=PATIENCE_S)


def test_what_is_whole_is_found_whole_step_by_step(tmp_path: Path) -> None:
    """Each step says where the next one goes on; the one after the last, None."""
    five_runs(tmp_path / "chat.db")
    with opened(tmp_path / "chat.db") as kept:
        after: int | None = 0
        steps = []
        while after is not None:
            checked = kept.ask(lambda reader, n=after: reader.check_runs(n, 2))  # type: ignore[misc]
            assert checked.damaged == ()
            steps.append(checked.last_n)
            after = checked.last_n
    assert steps == [3, 7, 9, None]


@pytest.mark.parametrize("number", [0, 2, 4])
def test_a_damaged_run_is_found_let_go_of_and_taken_again(
    tmp_path: Path, number: int
) -> None:
    """At either end of what is held, or in the middle; its lines stay meanwhile."""
    path = tmp_path / "chat.db"
    runs = five_runs(path)
    run = runs[number]
    rot(path, "UPDATE runs SET encoded = ? WHERE first = ?", spoilt(run), run.first)
    feed = Feed(run.feed)
    for each in runs:
        feed.take(each, stored(each).tip)
    with opened(path) as kept:
        (damaged,) = look(kept)
        assert damaged == Damaged(run.first, run.feed, run.first, run.last)
        lost = lose(kept, damaged)
        assert isinstance(lost, Lost)
        assert feed.lose(lost.first, lost.last, lost.prev, lost.tip)
        before = kept.ask(lambda reader: reader.lines(None, 0, 99))
        assert [line.text for line in before] == [
            f"{n}/{i}" for n in range(5) for i in range(2)
        ]
        assert look(kept) == ()
        assert lose(kept, damaged) is None
        assert kept.ask(lambda reader: reader.entries()) == 8
        more = pen(BOB).compose([said("meanwhile")])
        written = kept.write(batch(more, run))
        assert written.again == (1,), "so nobody is shown it anew"
        feed.take(run, stored(run).tip)
        *after, _ = kept.ask(lambda reader: reader.lines(None, 0, 99))
        assert after == before, "under the numbers that it had"
        assert look(kept) == ()
    (segment,) = feed.segments
    assert (segment.first, segment.last) == (1, 10)


@pytest.mark.parametrize("last", [5, 7, 99])
def test_a_run_whose_place_has_rotted_is_shown_once(tmp_path: Path, last: int) -> None:
    """Under its numbers or new ones; the runs beside it keep their lines."""
    path = tmp_path / "chat.db"
    runs = five_runs(path)
    rot(path, "UPDATE runs SET last = ? WHERE first = 5", last)
    with opened(path) as kept:
        (damaged,) = look(kept)
        lose(kept, damaged)
        kept.write(batch(runs[2]))
        assert sorted(kept.texts()) == [f"{n}/{i}" for n in range(5) for i in range(2)]


def test_a_token_is_known_while_its_run_is_lost_and_after(tmp_path: Path) -> None:
    """Or what was said once would be said again."""
    path = tmp_path / "chat.db"
    run = pen().compose([said("once", token="only")])
    with opened(path) as kept:
        kept.put(run, own=True)
        lose(kept, Damaged(1, run.feed, 1, 1))
    with opened(path) as kept:
        author = run.feed.author
        for _ in range(2):
            known = kept.ask(lambda reader: reader.token(author, "only"))
            assert known == EntryId(*run.feed, 1)
            kept.put(run)


def test_a_token_is_known_of_what_others_brought_back(tmp_path: Path) -> None:
    """Of own words, that is: a database may have been lost, and its node's scripts go
    on with the tokens that they have."""
    ours, theirs = (
        author.compose([said("once", token="only")]) for author in (pen(), pen(BOB))
    )
    with opened(tmp_path / "chat.db", ours.feed.author) as kept:
        kept.put(ours, theirs)
        known = [
            kept.ask(lambda reader, run=run: reader.token(run.feed.author, "only"))  # type: ignore[misc]
            for run in (ours, theirs)
        ]
    assert known == [EntryId(*ours.feed, 1), None]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE runs SET tip = zeroblob(32) WHERE first = 5",
        "UPDATE runs SET last = 7 WHERE first = 5",
        "UPDATE runs SET encoded = x'00' WHERE first = 5",
        "UPDATE runs SET encoded = zeroblob(length(encoded)) WHERE first = 5",
    ],
)
def test_any_difference_is_damage(tmp_path: Path, statement: str) -> None:
    path = tmp_path / "chat.db"
    five_runs(path)
    rot(path, statement)
    with opened(path) as kept:
        assert [each.first for each in look(kept)] == [5]
