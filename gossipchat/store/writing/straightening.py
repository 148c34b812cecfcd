"""
The rows beside a run: whether they are still what it says, and making them so again.

A row (text, room, time, whose it is) is made of an entry, and what was sealed can be
checked. So a row that has rotted needs no neighbour: it is made anew.
"""

import sqlite3
from collections.abc import Callable, Sequence
from typing import NamedTuple

from gossipchat.chat.bodies import PRIVATE
from gossipchat.chat.events import Row
from gossipchat.feeds.run import Run
from gossipchat.names import FeedId
from gossipchat.store.numbers import column, reference_column

RowsOf = Callable[[Run], Sequence[Row]]
"""What stands beside a run, as chat reads it. Called on the reading thread."""

OPEN = "open"

_STORED = """
    SELECT n, feed, seq, hlc, wall, CAST(rooms.name AS BLOB), CAST(nick AS BLOB),
           CAST(kind AS BLOB), CAST(text AS BLOB), target, peer
    FROM entries LEFT JOIN rooms ON rooms.id = room
"""
_AT = f"{_STORED} WHERE n = ?"
_FROM_TO = f"{_STORED} WHERE n BETWEEN ? AND ?"
_MOVED = "SELECT n, shown FROM moved WHERE n BETWEEN ? AND ?"
_WAITING = "SELECT n FROM early WHERE n BETWEEN ? AND ?"


class Crooked(NamedTuple):
    """An entry whose row is not what it says."""

    n: int
    """Under which it is shown."""
    feed: FeedId
    row: Row
    """As it must be."""


def crooked(
    database: sqlite3.Connection, n: int, id: int, run: Run, rows: Sequence[Row]
) -> list[Crooked]:
    """
    Those of *rows* that stand otherwise beside *run*, which is at *n*, in feed *id*.

    What waits for its time is not looked at.
    """
    span = n, n + len(rows) - 1
    moved = dict(database.execute(_MOVED, span))
    waiting = {number for (number,) in database.execute(_WAITING, span)}
    found = {held[0]: held[1:] for held in database.execute(_FROM_TO, span)}
    for shown in moved.values():
        found |= {held[0]: held[1:] for held in database.execute(_AT, (shown,))}
    bad = []
    for number, row in enumerate(rows, n):
        shown = moved.get(number, number)
        if number in waiting and number not in moved:
            continue
        if not _is_straight(found.get(shown), id, row):
            bad.append(Crooked(shown, run.feed, row))
    return bad


def _is_straight(held: tuple[object, ...] | None, id: int, row: Row) -> bool:
    if held is None:
        return False
    if held[:4] != (id, row.seq, column(row.hlc), row.wall_ms):
        return False
    if row.kind == PRIVATE and row.peer is None:
        return True  # nobody can open it here, now: what was read once is kept
    if row.kind == OPEN and held[6:8] == (row.kind.encode(), b""):
        return True  # its author's own row has the whole name of the node
    if held[5:8] != (row.nick.encode(), row.kind.encode(), row.text.encode()):
        return False
    if row.peer is not None:
        return True  # its author's own row calls the addressee as its user did
    room = None if row.room is None else row.room.encode()
    target = row.target and reference_column(row.target)
    return (held[4], held[8], held[9]) == (room, target, row.peer)


def straighten(
    database: sqlite3.Connection, one: Crooked, columns: Sequence[object]
) -> None:
    """
    Put *columns*, as the table of entries has them, in the place of the row of *one*,
    inside a transaction. How it came here stays, as far as that can be read.
    """
    row = list(columns)
    kept = database.execute(
        "SELECT arrived, late, gap, token FROM entries WHERE n = ?", (one.n,)
    ).fetchone()
    if kept is not None:
        row[5], row[6], row[13], row[11] = kept
    marks = ", ".join("?" * len(row))
    put = f"INSERT OR REPLACE INTO entries VALUES ({marks})"  # noqa: S608
    try:
        database.execute(put, row)
    except sqlite3.DatabaseError:
        # an index knows the row by what it was before: first they are to agree
        database.execute("REINDEX entries")
        database.execute(put, row)
