"""
What can still be read of a database that was damaged and moved aside.

Only its runs are read: each proves itself by its seal, so nothing else of such a file
need be believed.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from gossipchat.errors import DecodeError
from gossipchat.feeds.run import Run

AT_ONCE = 32
"""Runs read by one query; where it fails they are read one by one."""

MAX_N = 1 << 62
"""Above all arrival numbers."""

UNREADABLE = (sqlite3.Error, UnicodeDecodeError)
"""SQLite's complaint may quote what has rotted, which Python can't read then."""

_NEXT = "SELECT n, encoded FROM runs WHERE n > ? ORDER BY n LIMIT ?"


class Salvage(NamedTuple):
    """Part of what is left."""

    runs: tuple[Run, ...]
    """Their seals were not looked at."""
    last_n: int | None
    """Where to go on; None: this was the end."""


class Wreck:
    """The file *path*, which is only read. From any thread, one at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def next_runs(self, after_n: int, max_bytes: int) -> Salvage:
        """Runs behind the arrival number *after_n*: about *max_bytes*, one at least."""
        runs: list[Run] = []
        last_n, size = after_n, 0
        try:
            uri = f"{self._path.absolute().as_uri()}?mode=rw"  # its log is read, too
            with closing(sqlite3.connect(uri, uri=True)) as database:
                database.text_factory = bytes  # a rotten row may say that it is text
                # what the schema says of other tables may have rotted: passed over
                database.execute("PRAGMA writable_schema = ON")
                for last_n, encoded in _rows(database, after_n):
                    try:
                        runs.append(Run.parse(encoded))
                    except (DecodeError, TypeError, ValueError):
                        continue
                    size += len(encoded)
                    if size >= max_bytes:
                        return Salvage(tuple(runs), last_n)
        except UNREADABLE:
            pass  # it was moved away, or is no database at all any more
        return Salvage(tuple(runs), None)


def _rows(database: sqlite3.Connection, after_n: int) -> Iterator[tuple[int, bytes]]:
    """All rows that can be read, in the order of their numbers."""
    while True:
        try:
            rows = database.execute(_NEXT, (after_n, AT_ONCE)).fetchall()
        except UNREADABLE:
            row = _row(database, after_n)
            rows = [row] if row else []
            if row is None:
                beyond = _beyond(database, after_n)
                if beyond is None:
                    return
                after_n = beyond
                continue
        if not rows:
            return
        yield from rows
        after_n = rows[-1][0]


def _row(
    database: sqlite3.Connection, after_n: int
) -> tuple[int, bytes] | tuple[()] | None:
    """The next row; nothing behind the last one; None when it can't be read."""
    try:
        row: tuple[int, bytes] | None = database.execute(_NEXT, (after_n, 1)).fetchone()
    except UNREADABLE:
        return None
    return row or ()


def _beyond(database: sqlite3.Connection, after_n: int) -> int | None:
    """
    The lowest number from which on rows can be read again; None: there is none.

    A page holds neighbours: so it is looked for in strides that double, then between
    the last two of them.
    """
    stride = 1
    while _row(database, after_n + stride) is None:
        stride *= 2
        if after_n + stride > MAX_N:
            return None
    low, high = after_n + stride // 2, after_n + stride
    while low + 1 < high:
        middle = (low + high) // 2
        if _row(database, middle) is None:
            low = middle
        else:
            high = middle
    return high
