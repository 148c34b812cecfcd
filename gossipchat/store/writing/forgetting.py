"""
Letting go of entries: their rows, and their words in the index.
"""

import sqlite3

from gossipchat.store.words import INDEXED, indexed_up_to

_SHOWN_LATER = "SELECT shown FROM moved WHERE n BETWEEN ? AND ?"


def forget_run(database: sqlite3.Connection, n: int, count: int) -> None:
    """Delete the run whose first arrival number is *n*, and its *count* entries."""
    last = n + count - 1
    later = database.execute(_SHOWN_LATER, (n, last)).fetchall()
    for first_n, last_n in [(n, last), *((one, one) for (one,) in later)]:
        _unindex(database, first_n, last_n)
        database.execute(
            "DELETE FROM entries WHERE n BETWEEN ? AND ?", (first_n, last_n)
        )
    for table in ("early", "moved", "lost"):
        database.execute(
            f"DELETE FROM {table} WHERE n BETWEEN ? AND ?",  # noqa: S608
            (n, last),
        )
    database.execute("DELETE FROM runs WHERE n = ?", (n,))


def _unindex(database: sqlite3.Connection, first_n: int, last_n: int) -> None:
    """The index keeps no texts: to take words out it must be told them."""
    database.execute(
        "INSERT INTO words (words, rowid, text)"  # noqa: S608
        f" SELECT 'delete', n, text FROM entries WHERE {INDEXED}",
        {"after": first_n - 1, "last": min(last_n, indexed_up_to(database))},
    )
