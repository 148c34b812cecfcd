"""
A store that is doubted: at its next start all that can be made anew is made anew.

``quick_check`` compares no index with its table, and looks into no index of words. So
what it leaves out may be found broken while the node runs; that is noted, for then.
"""

import sqlite3

_NOTE = "INSERT OR REPLACE INTO marks VALUES ('doubt', 1)"


def doubt(database: sqlite3.Connection) -> None:
    """Something in it does not fit together: ``mend`` it at the next start."""
    database.execute(_NOTE)


def is_doubted(database: sqlite3.Connection) -> bool:
    """Whether that was noted."""
    found = database.execute("SELECT 1 FROM marks WHERE what = 'doubt'").fetchone()
    return found is not None


def mend(database: sqlite3.Connection) -> str | None:
    """
    Make all indexes anew, that of words behind the writing; what is still wrong then.

    Takes seconds of a long past. Raises sqlite3.Error when it can't be done.
    """
    database.execute("REINDEX")
    with database:  # commits, or rolls back
        database.execute("BEGIN IMMEDIATE")
        forget_words(database)
        database.execute("DELETE FROM marks WHERE what = 'doubt'")
    (found,) = database.execute("PRAGMA integrity_check(1)").fetchone()
    return None if found == "ok" else str(found).splitlines()[-1]


def forget_words(database: sqlite3.Connection) -> None:
    """Empty the index of words: it is filled again."""
    database.execute("DELETE FROM marks WHERE what = 'words'")
    database.execute("INSERT INTO words (words) VALUES ('delete-all')")
