"""
Entries dated too far ahead to be shown: kept aside until their time has come.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gossipchat.chat.events import Row
from gossipchat.names import AuthorKey, EntryId, RoomName
from gossipchat.store.numbers import (
    column,
    reference_column,
    reference_in,
    unsigned,
)

MAX_AT_ONCE = 256
"""Entries shown in one transaction; the next ones follow in the next."""


class Early(NamedTuple):
    """One entry that waits."""

    n: int
    """Its number in its run; it is shown under another one."""
    feed: int
    id: EntryId
    row: Row


def columns(
    feed: int, rows: Sequence[Row], first_n: int
) -> Iterator[tuple[object, ...]]:
    """Those of *rows* that must wait, as the table has them."""
    for n, row in enumerate(rows, first_n):
        if row.due_ms is not None:
            yield (
                n,
                row.due_ms,
                feed,
                row.seq,
                column(row.hlc),
                row.wall_ms,
                row.late,
                row.room,
                row.nick,
                row.kind,
                row.text,
                row.target and reference_column(row.target),
                row.gap,
                row.peer,
            )


def due(database: sqlite3.Connection, now_ms: int) -> list[Early]:
    """Those whose time has come at *now_ms*, the first ones first."""
    rows = database.execute(
        """
        SELECT n, feed, author, epoch, seq, hlc, wall, late, room, nick, kind, text,
               target, gap, peer
        FROM early JOIN feeds ON feeds.id = feed
        WHERE due <= ? ORDER BY due, n LIMIT ?
        """,
        (now_ms, MAX_AT_ONCE),
    ).fetchall()
    return [_early(*row) for row in rows]


def _early(
    n: int,
    feed: int,
    author: bytes,
    epoch: int,
    seq: int,
    hlc: int,
    wall_ms: int,
    late: int,
    room: str | None,
    nick: str,
    kind: str,
    text: str,
    target: bytes | None,
    gap: int,
    peer: bytes | None,
) -> Early:
    row = Row(
        seq,
        unsigned(hlc),
        wall_ms,
        None if room is None else RoomName(room),
        nick,
        kind,
        text,
        late=bool(late),
        target=reference_in(target),
        gap=bool(gap),
        peer=None if peer is None else AuthorKey(peer),
    )
    return Early(n, feed, EntryId(AuthorKey(author), unsigned(epoch), seq), row)


def move(database: sqlite3.Connection, n: int, shown: int) -> None:
    """The entry *n* waits no longer: it is shown as *shown*."""
    database.execute("INSERT INTO moved VALUES (?, ?)", (n, shown))
    database.execute("DELETE FROM early WHERE n = ?", (n,))


def next_due(database: sqlite3.Connection) -> int | None:
    """When the next one may be shown, in milliseconds; None: none waits."""
    (due_ms,) = database.execute("SELECT min(due) FROM early").fetchone()
    return None if due_ms is None else int(due_ms)
