"""
Forks on disk: what was kept under one name is kept under another.
"""

import sqlite3
from collections.abc import Iterator

from gossipchat.broadcast.events import Rename
from gossipchat.feeds.run import Run
from gossipchat.names import FeedId
from gossipchat.store.numbers import column

_ROWS = """
    SELECT n, first, last, tip, encoded FROM runs
    WHERE feed = ? AND first >= ? ORDER BY first
"""
MOVES = (
    "UPDATE entries SET feed = ? WHERE n BETWEEN ? AND ?",
    "UPDATE early SET feed = ? WHERE n BETWEEN ? AND ?",
    "UPDATE entries SET feed = ? WHERE n IN"
    " (SELECT shown FROM moved WHERE n BETWEEN ? AND ?)",
)
"""Give entries, from one arrival number to another, to a feed."""


def rename(database: sqlite3.Connection, wish: Rename) -> int:
    """
    Carry out *wish*, inside a transaction; how many runs it was about.

    Doing it twice does no harm, and so does one that is about what is not here.
    """
    old = _id(database, wish.old)
    if old is None:
        return 0
    runs = list(_runs(database, old, wish))
    if not runs:
        return 0
    signed = Run.parse(runs[0][3]).signed
    new = _id(database, wish.new) or _open(database, wish.new, signed)
    for n, first, last, _ in runs:
        moved = "UPDATE OR IGNORE runs SET feed = ? WHERE n = ?"
        if database.execute(moved, (new, n)).rowcount:
            for statement in MOVES:
                database.execute(statement, (new, n, n + last - first))
    return len(runs)


def signed_column(feed: FeedId, signed: FeedId) -> int | None:
    """What the table of feeds says of *feed*: None when it is no branch."""
    return None if feed == signed else column(signed.epoch)


def _runs(
    database: sqlite3.Connection, old: int, wish: Rename
) -> Iterator[tuple[int, int, int, bytes]]:
    """(n, first, last, bytes) of what *wish* is about; none when it is another."""
    next_first = wish.first
    for n, first, last, tip, encoded in database.execute(_ROWS, (old, wish.first)):
        if first != next_first:
            return
        if first == wish.first:
            same = Run.parse(encoded).prev == wish.prev
            if not same or wish.tip not in (None, tip):
                return
        next_first = last + 1
        yield n, first, last, encoded


def _id(database: sqlite3.Connection, feed: FeedId) -> int | None:
    row = database.execute(
        "SELECT id FROM feeds WHERE (author, epoch) = (?, ?)",
        (feed.author, column(feed.epoch)),
    ).fetchone()
    return None if row is None else int(row[0])


def _open(database: sqlite3.Connection, feed: FeedId, signed: FeedId) -> int:
    row = database.execute(
        "INSERT INTO feeds (author, epoch, signed) VALUES (?, ?, ?) RETURNING id",
        (feed.author, column(feed.epoch), signed_column(feed, signed)),
    ).fetchone()
    return int(row[0])
