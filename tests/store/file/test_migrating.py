"""
A file that an older program has written is taken over, whatever its version.
"""

import sqlite3
from hashlib import sha256
from pathlib import Path

import pytest

from gossipchat.feeds.run import Run, check
from gossipchat.names import EntryId
from gossipchat.store.file.schema import APPLICATION, MIGRATIONS, version_of
from gossipchat.store.numbers import column
from tests.store.builders import BOB, WALL, opened, pen, said, stored

SHIPPED = (
    "9a5d69b4c9927a6f",
    "d486b8fdbfbe7b44",
    "048368dc8e73f17d",
    "a340877c21e50df4",
    "fea9076c9df21eee",
    "561e42d479103153",
)
"""The first hex digits of the SHA-256 of each step, in their order."""


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS)))
def test_what_an_older_program_has_kept_is_all_there(
    tmp_path: Path, version: int
) -> None:
    """It is read, searched, answered by its tokens, and gone on with."""
    path = tmp_path / "chat.db"
    ann, bob = pen(), pen(BOB, 9)
    runs = [
        ann.compose([said("first words", token="tok"), said("second")]),
        bob.compose([said("an answer", nick="bob", room="#far")]),
    ]
    write_as(version, path, runs)
    with opened(path, own=ann.feed.author) as kept:
        assert kept.opening.entries == 3
        tips = {feed: parts[-1].tip for feed, parts in kept.opening.feeds.items()}
        assert tips == {ann.feed: ann.tip, bob.feed: bob.tip}
        nicks = {one.author: one.nicks for one in kept.opening.known}
        assert nicks == {ann.feed.author: ("ann",), bob.feed.author: ("bob",)}
        assert kept.texts() == ["first words", "second", "an answer"]
        assert kept.put(*runs) == 4, "what is held is not taken twice"
        again = kept.ask(lambda reader: reader.token(ann.feed.author, "tok"))
        assert again == EntryId(*ann.feed, 1)
        found = kept.ask(lambda reader: reader.search("answer", None, 50))
        assert [line.text for line in found] == ["an answer"]
        kept.put(ann.compose([said("by the new program")]), own=True)
    with opened(path) as kept:
        assert kept.texts()[-1] == "by the new program"
        assert kept.opening.feeds[ann.feed][-1].last == 3
    database = sqlite3.connect(path)
    assert version_of(database) == len(MIGRATIONS)
    database.close()


def test_steps_that_have_shipped_stay_as_they_are() -> None:
    """Files out there have been through these; what changes is a step of its own."""
    digests = tuple(sha256(step.encode()).hexdigest()[:16] for step in MIGRATIONS)
    assert digests[: len(SHIPPED)] == SHIPPED
    assert len(digests) == len(SHIPPED), "a new step: add its digest here"


def write_as(version: int, path: Path, runs: list[Run]) -> None:
    """*runs* as a program left them that knew the first *version* steps."""
    database = sqlite3.connect(path)
    for step in MIGRATIONS[:version]:
        database.executescript(step)
    database.execute(f"PRAGMA application_id = {APPLICATION}")
    database.execute(f"PRAGMA user_version = {version}")
    n = 1
    for feed, run in enumerate(runs, 1):
        author, epoch = run.feed.author, column(run.feed.epoch)
        insert(database, "feeds", id=feed, author=author, epoch=epoch)
        insert(
            *(database, "runs"),
            n=n,
            feed=feed,
            first=run.first,
            last=run.last,
            tip=check(run),
            encoded=run.encoded,
        )
        for row in stored(run).rows:
            insert(database, "rooms", id=feed, name=row.room)
            insert(database, "speakers", room=feed, nick=row.nick)
            insert(database, "users", author=author, nick=row.nick)
            insert(
                *(database, "entries"),
                n=n,
                feed=feed,
                seq=row.seq,
                hlc=column(row.hlc),
                wall=row.wall_ms,
                arrived=WALL,
                late=0,
                room=feed,
                nick=row.nick,
                kind=row.kind,
                text=row.text,
                token=row.token,
            )
            n += 1
    database.commit()
    database.close()


def insert(database: sqlite3.Connection, table: str, **row: object) -> None:
    """*row*, unless that table is not there yet, or has it."""
    there = "SELECT count(*) FROM sqlite_schema WHERE name = ?"
    if database.execute(there, (table,)).fetchone() == (1,):
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        into = f"INSERT OR IGNORE INTO {table}"
        database.execute(f"{into} ({names}) VALUES ({marks})", tuple(row.values()))
