"""
Whether what is kept is still what was sealed; and letting go of what is not.
"""

import sqlite3
from typing import NamedTuple

from gossipchat.broadcast.events import Lost
from gossipchat.errors import DecodeError
from gossipchat.feeds.entry import GENESIS
from gossipchat.feeds.run import Run, check
from gossipchat.names import AuthorKey, FeedId
from gossipchat.store.numbers import unsigned
from gossipchat.store.writing.indexes import lead_astray
from gossipchat.store.writing.losing import note
from gossipchat.store.writing.straightening import Crooked, RowsOf, crooked

MAX_ENTRIES = 512
"""Entries looked at in one step: a run may hold 256."""

MAX_SPAN = 100_000
"""Arrival numbers in one step: some were never used."""

_NEXT = """
    SELECT n, feed, author, epoch, signed, first, last, tip, encoded
    FROM runs JOIN feeds ON feeds.id = runs.feed WHERE n > ? ORDER BY n LIMIT ?
"""


class Damaged(NamedTuple):
    """A run whose bytes are no longer what its author sealed."""

    n: int
    feed: FeedId
    first: int
    last: int


class Checked(NamedTuple):
    """One step of the check."""

    last_n: int | None
    """Where the next step goes on; None: all has been looked at."""
    damaged: tuple[Damaged, ...]
    crooked: tuple[Crooked, ...] = ()
    """Rows beside whole runs that are not what these say."""
    astray: bool = False
    """An index does not lead to a row that is there."""


def check_runs(
    database: sqlite3.Connection,
    after_n: int,
    most: int,
    rows_of: RowsOf | None = None,
) -> Checked:
    """
    Look at *most* runs behind arrival number *after_n*: hashes and seals, and the rows
    beside them, if it is known how these are read.
    """
    last_n: int | None = None
    last_entry = after_n
    damaged: list[Damaged] = []
    bad: list[Crooked] = []
    left = MAX_ENTRIES
    rows = database.execute(_NEXT, (after_n, most)).fetchall()
    for n, id, author, epoch, signed, first, last, tip, encoded in rows:
        last_n, last_entry = n, n + last - first
        feed = FeedId(AuthorKey(author), unsigned(epoch))
        sealed_for = feed if signed is None else feed._replace(epoch=unsigned(signed))
        run = _whole(encoded, sealed_for, first, last, tip)
        if run is None:
            damaged.append(Damaged(n, feed, first, last))
        elif rows_of is not None:
            run = run.named(feed)
            bad += crooked(database, n, id, run, rows_of(run))
        left -= last - first + 1
        if left <= 0:
            break
    # what a rotten row says of its length does not make this step a long one
    last_entry = min(last_entry, after_n + MAX_SPAN)
    astray = lead_astray(database, after_n + 1, last_entry)
    return Checked(last_n, tuple(damaged), tuple(bad), astray)


def lose(database: sqlite3.Connection, run: Damaged) -> Lost | None:
    """
    Let go of *run*, inside a transaction; what is known of the entries beside it.
    None: it is not there any more.
    """
    found = database.execute("SELECT feed, tip FROM runs WHERE n = ?", (run.n,))
    row = found.fetchone()
    if row is None:
        return None
    feed, tip = row
    before = database.execute(
        "SELECT tip FROM runs WHERE feed = ? AND last = ?", (feed, run.first - 1)
    ).fetchone()
    after = database.execute(
        "SELECT encoded FROM runs WHERE feed = ? AND first = ?", (feed, run.last + 1)
    ).fetchone()
    note(database, run.n, run.feed.author, run.first, run.last)
    return Lost(
        run.feed,
        run.first,
        run.last,
        before[0] if before else GENESIS,
        _prev(after[0], tip) if after else tip,
    )


def _whole(
    encoded: bytes, signed: FeedId, first: int, last: int, tip: bytes
) -> Run | None:
    """What *encoded* holds, if that is the run that it should be."""
    try:
        run = Run.parse(encoded)
        placed = (run.signed, run.first, run.last) == (signed, first, last)
        return run if placed and check(run) == tip else None
    except DecodeError:
        return None


def _prev(encoded: bytes, otherwise: bytes) -> bytes:
    try:
        return Run.parse(encoded).prev
    except DecodeError:
        return otherwise
