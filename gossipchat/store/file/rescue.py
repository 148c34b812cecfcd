"""
A damaged file: it is moved aside, never deleted, and a new one begun beside it.
"""

import os
import sqlite3
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

from gossipchat.store import facts, troubles
from gossipchat.store.file import database
from gossipchat.swim.events import RememberCounter

WRECK = "wreck"
"""Marks the file that is still being read for what is left of it."""

SIDE_FILES = ("", "-wal", "-shm")


def set_aside(path: Path, wall_ms: int) -> Path:
    """
    Rename *path* and what belongs to it, and begin a new store in its place.

    What can still be read of members, counters and arrival numbers is taken over.
    Returns where the damaged one is now. Raises StoreError.
    """
    aside = _free_name(path, wall_ms)
    try:
        for side in SIDE_FILES:
            file = path.with_name(path.name + side)
            if file.exists():
                file.rename(aside.with_name(aside.name + side))
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as problem:
        raise troubles.unusable(path, problem) from problem
    database.create(path)
    with closing(database.open_writing(path)) as fresh:
        try:
            _take_over(aside, fresh, wall_ms)
            fresh.execute("INSERT INTO marks VALUES (?, ?)", (WRECK, aside.name))
        except sqlite3.Error as problem:
            raise troubles.explained(problem, path) from problem
    return aside


def wreck_of(fresh: sqlite3.Connection, path: Path) -> Path | None:
    """The file that *path* took the place of, while it is read for what is left."""
    select = "SELECT value FROM marks WHERE what = ?"
    row = fresh.execute(select, (WRECK,)).fetchone()
    wreck = path.with_name(str(row[0])) if row else None
    return wreck if wreck and wreck.exists() else None


def _free_name(path: Path, wall_ms: int) -> Path:
    moment = datetime.fromtimestamp(wall_ms / 1000, UTC)
    stamp = f"{path.name}.damaged-{moment:%Y%m%d-%H%M%S}"
    aside, number = path.with_name(stamp), 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{stamp}-{number}")
    return aside


def _take_over(aside: Path, fresh: sqlite3.Connection, wall_ms: int) -> None:
    """
    Arrival numbers go on from the seconds since 1970 where the last one can't be
    read: more than anybody has given away.
    """
    last_n = wall_ms // 1000
    found: list[facts.Fact] = []
    with closing(sqlite3.connect(aside)) as old:
        with suppress(sqlite3.Error, ValueError):
            found += facts.members(old)
        with suppress(sqlite3.Error, ValueError):
            counters = facts.counters(old).items()
            found += [RememberCounter(*counter) for counter in counters]
        with suppress(sqlite3.Error, ValueError):
            (given,) = old.execute("SELECT max(n) FROM entries").fetchone()
            last_n = max(last_n, int(given or 0))
    with fresh:
        fresh.execute("BEGIN IMMEDIATE")
        for fact in found:
            facts.put(fresh, fact)
        fresh.execute("INSERT OR REPLACE INTO marks VALUES ('n', ?)", (last_n,))
