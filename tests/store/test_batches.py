"""
Batches: whole or not at all, in order, many in one commit.
"""

import sqlite3
from dataclasses import replace
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Event

import pytest

from gossipchat.chat.events import Written
from gossipchat.errors import StoreError
from gossipchat.store.file import database
from gossipchat.store.rhythm import MAX_LOG_BYTES, MAX_WAITING
from gossipchat.store.store import Store
from gossipchat.store.writing.jobs import Answer, KeepBatch
from gossipchat.store.writing.writer import Writer
from tests.store.builders import (
    ANN,
    BOB,
    PATIENCE_S,
    Kept,
    batch,
    opened,
    pen,
    raised,
    said,
    until,
)


def test_entries_are_numbered_in_order_of_arrival(kept: Kept) -> None:
    """Through all the runs of a batch, and on to the next."""
    ann, bob = pen(ANN), pen(BOB)
    assert kept.put(ann.compose([said("1"), said("2")]), bob.compose([said("3")])) == 1
    assert kept.put(bob.compose([said("4")])) == 4
    lines = kept.ask(lambda reader: reader.lines(None, None, 10))
    assert [(line.n, line.text) for line in lines] == [
        (1, "1"),
        (2, "2"),
        (3, "3"),
        (4, "4"),
    ]


def test_a_run_is_stored_once_however_often_it_comes(kept: Kept) -> None:
    """Over two links at once, or twice in one batch: no second row, no failure."""
    ann = pen()
    first, second = ann.compose([said("1"), said("2")]), ann.compose([said("3")])
    kept.put(first, first)
    kept.put(first, second, first)
    kept.put(second)
    assert kept.texts() == ["1", "2", "3"]
    assert kept.ask(lambda reader: reader.entries()) == 3


def test_the_new_ones_of_a_batch_keep_the_numbers_it_was_given(kept: Kept) -> None:
    """Whoever counts from the answer on is right about every new entry."""
    ann = pen()
    first, second = ann.compose([said("1"), said("2")]), ann.compose([said("3")])
    kept.put(first)
    start = kept.put(first, second)
    assert kept.ask(lambda reader: reader.lines(None, None, 1))[0].n == start + 2


def test_runs_come_in_any_order(kept: Kept) -> None:
    """A gap is filled from either side, within one batch or over many."""
    ann = pen()
    runs = [ann.compose([said(str(number))] * 2) for number in range(6)]
    kept.put(runs[5])
    kept.put(runs[1], runs[0])
    kept.put(runs[3], runs[1], runs[4], runs[3], runs[2], runs[5])
    found = kept.ask(lambda reader: reader.runs(ann.feed, 1, 12, 10**6))
    assert found == runs
    assert kept.ask(lambda reader: reader.entries()) == 12


def test_a_run_across_held_ones_is_not_stored(kept: Kept) -> None:
    """Another branch of a cloned pen: whoever hands it on has missed the fork."""
    ann, clone = pen(), pen()
    kept.put(ann.compose([said("1")]), ann.compose([said("2")]))
    with pytest.raises(StoreError, match="another branch"):
        kept.put(clone.compose([said("other")] * 3))
    assert kept.texts() == ["1", "2"]


def test_what_was_said_before_must_be_on_disk(kept: Kept) -> None:
    """A failed own batch takes those with it that chain to it, and only those."""
    ann = pen()
    kept.put(ann.compose([said("1")]), own=True)
    lost = ann.compose([said("lost")])
    with pytest.raises(StoreError, match="just before"):
        kept.put(ann.compose([said("2")]), own=True)
    ann.take_back(lost)
    kept.put(ann.compose([said("again")]), own=True)
    assert kept.texts() == ["1", "again"]


def test_answers_come_in_the_order_of_the_batches(kept: Kept) -> None:
    ann = pen()
    answers: SimpleQueue[tuple[int, Written | StoreError]] = SimpleQueue()

    def tell(number: int, outcome: Written | StoreError) -> None:
        answers.put((number, outcome))

    for number in range(200):
        run = ann.compose([said(str(number))])
        kept.store.persist(batch(run, own=number % 3 == 0), partial(tell, number))
    found = [answers.get(timeout=PATIENCE_S) for _ in range(200)]
    assert found == [(number, Written(number + 1)) for number in range(200)]


def test_what_arrives_meanwhile_is_one_commit(tmp_path: Path) -> None:
    """The writer commits at once when idle, and else all that waits at once."""
    path = tmp_path / "chat.db"
    ann = pen()
    entered, leave = Event(), Event()
    answers: SimpleQueue[Written | StoreError] = SimpleQueue()

    def hold(outcome: Written | StoreError) -> None:
        entered.set()
        leave.wait(PATIENCE_S)

    with opened(path) as kept:
        kept.put(ann.compose([said("0")]))
        before = commits(path)
        kept.store.persist(batch(ann.compose([said("1")])), hold)
        assert entered.wait(PATIENCE_S)
        assert commits(path) == before + 1
        for text in "23456":
            kept.store.persist(batch(ann.compose([said(text)]), own=True), answers.put)
        leave.set()
        written = [raised(answers.get(timeout=PATIENCE_S)) for _ in range(5)]
        assert written == [Written(n) for n in range(3, 8)]
        assert commits(path) == before + 2


def test_a_disk_that_hangs_is_not_given_more_and_more_facts(tmp_path: Path) -> None:
    """Members that come and go would fill the memory meanwhile."""
    entered, leave = Event(), Event()
    refused: list[StoreError | None] = []

    def hold(outcome: Written | StoreError) -> None:
        entered.set()
        leave.wait(PATIENCE_S)

    with opened(tmp_path / "chat.db") as kept:
        kept.store.persist(batch(pen().compose([said("0")])), hold)
        assert entered.wait(PATIENCE_S)
        for _ in range(MAX_WAITING + 5):
            kept.store.remember((), refused.append)
        assert [type(one) for one in refused] == [StoreError] * 5
        leave.set()


def commits(path: Path) -> int:
    """
    Commits in SQLite's log: frames that carry the size of the database after them.

    Source: sqlite.org/fileformat2.html, section 4.1.
    """
    log = path.with_name(path.name + "-wal").read_bytes()
    page = int.from_bytes(log[8:12], "big")
    frames = range(32, len(log), 24 + page)
    return sum(any(log[frame + 4 : frame + 8]) for frame in frames)


def test_one_bad_batch_does_not_take_the_others_with_it(tmp_path: Path) -> None:
    """They were in one commit; each is tried again alone."""
    path = tmp_path / "chat.db"
    database.create(path)
    connection = database.open_writing(path)
    writer = Writer(connection, path, 1)
    ann, bob = pen(ANN), pen(BOB)
    ann.compose([said("never written")])
    outcomes: list[Written | StoreError] = []
    jobs = [
        KeepBatch(batch(bob.compose([said("1"), said("2")])), outcomes.append),
        KeepBatch(batch(ann.compose([said("bad")]), own=True), outcomes.append),
        KeepBatch(batch(bob.compose([said("3")]), own=True), outcomes.append),
    ]
    tell(writer.write(jobs))
    assert [type(outcome) for outcome in outcomes] == [Written, StoreError, Written]
    assert (outcomes[0], outcomes[2]) == (Written(1), Written(3))
    assert writer.ok, "the disk is well"
    connection.close()


def tell(answers: list[Answer]) -> None:
    for answer in answers:
        answer()


def test_a_full_disk_refuses_and_takes_again_when_there_is_room(tmp_path: Path) -> None:
    """Nothing unwritten is acknowledged, nothing refused is there."""
    path = tmp_path / "chat.db"
    database.create(path)
    connection = database.open_writing(path)
    writer = Writer(connection, path, 1)
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages + 5}")
    ann = pen()
    outcomes: list[Written | StoreError] = []
    run = ann.compose([said("long " * 1000)] * 8)
    tell(writer.write([KeepBatch(batch(run, own=True), outcomes.append)]))
    assert "is full: make room" in str(outcomes.pop())
    assert not writer.ok
    connection.execute("PRAGMA max_page_count = 100000")
    writer.probe()
    assert writer.ok
    tell(writer.write([KeepBatch(batch(run, own=True), outcomes.append)]))
    assert outcomes == [Written(1)]
    assert connection.execute("SELECT count(*) FROM entries").fetchone() == (8,)
    connection.close()


def test_a_locked_store_says_so_and_works_again(kept: Kept) -> None:
    """Somebody works on it with sqlite3."""
    ann = pen()
    kept.put(ann.compose([said("1")]))
    intruder = sqlite3.connect(kept.store.path, isolation_level=None)
    intruder.execute("BEGIN IMMEDIATE")
    run = ann.compose([said("2")])
    with pytest.raises(StoreError, match="locked by another program"):
        kept.put(run, own=True)
    assert not kept.store.ok
    intruder.execute("ROLLBACK")
    intruder.close()
    kept.put(run, own=True)
    assert kept.store.ok


def test_what_cannot_be_written_at_all_is_refused(kept: Kept) -> None:
    """A mistake of ours must not leave the node waiting for an answer."""
    good = batch(pen().compose([said("1")]))
    (only,) = good.runs
    for mistake in ({"wall_ms": 2**63}, {"text": "\udcff"}, {"nick": None}):
        row = replace(only.rows[0], **mistake)
        with pytest.raises(StoreError):
            kept.persist(replace(good, runs=(replace(only, rows=(row,)),)))
    assert kept.persist(good) == 1


def test_closing_answers_all_that_was_asked(tmp_path: Path) -> None:
    store = Store(tmp_path / "chat.db")
    store.open()
    ann = pen()
    outcomes: list[Written | StoreError] = []
    for number in range(50):
        run = ann.compose([said(str(number))])
        store.persist(batch(run, own=True), outcomes.append)
    store.close()
    assert outcomes == [Written(n) for n in range(1, 51)]
    assert [file.name for file in tmp_path.iterdir()] == ["chat.db"], "log folded in"


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    """Late events of a stopping node are answered, too."""
    store = Store(tmp_path / "chat.db")
    outcomes: list[object] = []
    store.persist(batch(pen().compose([said()])), outcomes.append)
    store.open()
    store.close()
    store.close()
    store.persist(batch(pen().compose([said()])), outcomes.append)
    store.remember((), outcomes.append)
    store.ask(lambda reader: reader.entries(), outcomes.append)
    assert ["closed" in str(outcome) for outcome in outcomes] == [True] * 4
    assert not store.ok


def test_the_log_is_folded_in_while_writing_goes_on(tmp_path: Path) -> None:
    """Or a node that talks for a week would fill the disk with its log."""
    path = tmp_path / "chat.db"
    with opened(path) as kept:
        ann = pen()
        for _ in range(60):
            kept.put(*(ann.compose([said("x" * 8000)] * 16) for _ in range(4)))
        written = 60 * 4 * 16 * 8000
        # the thread that folds may be behind
        until(lambda: path.stat().st_size > written // 2, PATIENCE_S)
        assert path.with_name("chat.db-wal").stat().st_size < MAX_LOG_BYTES * 1.2


def test_a_thread_that_breaks_is_told_of(tmp_path: Path) -> None:
    """Whoever asks it would else wait for ever, at a node that seems well."""
    problems: SimpleQueue[BaseException] = SimpleQueue()
    for asks in ("write", "read"):
        store = Store(tmp_path / f"{asks}.db", problems.put)
        store.open()
        if asks == "write":
            store.remember((), lambda outcome: 1 // 0)  # type: ignore[arg-type]
        else:
            store.ask(lambda reader: None, lambda outcome: 1 // 0)  # type: ignore[arg-type]
        assert isinstance(problems.get(timeout=PATIENCE_S), ZeroDivisionError)
        assert not store.ok
        store.close()
