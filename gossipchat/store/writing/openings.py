"""
How to seal to an author is known for as long as the author is: retention lets go of
the entry that says it, but not of what it says.
"""

import sqlite3

from gossipchat.feeds.entry import Entry
from gossipchat.feeds.run import Run
from gossipchat.names import AuthorKey
from gossipchat.store.numbers import column

_FIRST = "SELECT encoded FROM runs WHERE feed = ? AND first = 1"
_KEEP = """
    INSERT INTO openings VALUES (?1, ?2, ?3) ON CONFLICT (author)
    DO UPDATE SET hlc = ?2, body = ?3 WHERE hlc <= ?2
"""


def keep_opening(database: sqlite3.Connection, author: AuthorKey, feed: int) -> None:
    """Before the beginning of *feed* goes: what its ``open`` says, if that is held."""
    row = database.execute(_FIRST, (feed,)).fetchone()
    if row is None:
        return
    entry = Entry.decode(Run.parse(row[0]).contents[0])
    if entry.kind == "open":
        database.execute(_KEEP, (author, column(entry.hlc), entry.body))
