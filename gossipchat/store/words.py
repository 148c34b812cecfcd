"""
The index of words, filled behind what is written; a search looks through the rest.
"""

import re
import sqlite3
from contextlib import suppress

from gossipchat.chat.bodies import SHOWN
from gossipchat.store.file.mending import doubt, forget_words

STEP = 1000
"""Entries indexed in one transaction: it takes about 20 ms."""

SEARCHED = (*SHOWN, "edit")
"""The kinds whose text is found; an edit leads to what it replaces."""

INDEXED = f"""
    n > :after AND n <= :last AND room IS NOT NULL AND text != ''
    AND kind IN ({", ".join(repr(kind) for kind in SEARCHED)})
"""

MAX_LOOKED_FOR = 8
"""Words of one entry, when it is looked whether the index has them."""

_PLAIN = re.compile(r"(?<!\S)[A-Za-z0-9]+(?!\S)")
_UNINDEXED = f"""
    SELECT 1 FROM entries WHERE {INDEXED} AND n NOT IN (
        SELECT id FROM words_docsize WHERE id > :after AND id <= :last
    ) LIMIT 1
"""  # noqa: S608
_LAST = f"SELECT n, text FROM entries WHERE {INDEXED} ORDER BY n DESC LIMIT 1"  # noqa: S608
_FOUND = "SELECT 1 FROM words WHERE words MATCH ? AND rowid = ?"


def indexed_up_to(database: sqlite3.Connection) -> int:
    """The last arrival number whose words are in the index."""
    row = database.execute("SELECT value FROM marks WHERE what = 'words'").fetchone()
    return 0 if row is None else int(row[0])


def words_missing(database: sqlite3.Connection, first_n: int, last_n: int) -> bool:
    """
    Whether the index should have an entry of those from *first_n* to *last_n* and does
    not, or not the last of them by its words.

    Only plain words are looked for: what else is a word, SQLite alone can say.
    """
    span = {"after": first_n - 1, "last": min(last_n, indexed_up_to(database))}
    if database.execute(_UNINDEXED, span).fetchone() is not None:
        return True
    last = database.execute(_LAST, span).fetchone()
    words = [] if last is None else _PLAIN.findall(last[1])[:MAX_LOOKED_FOR]
    if not words:
        return False
    query = " ".join(f'"{word}"' for word in words)
    found = database.execute(_FOUND, (query, last[0])).fetchone()
    return found is None


class Nothing:
    """No index, until the next start: a search looks through what it can."""

    def behind(self, next_n: int) -> int:
        """As ``Words``."""
        return 0

    def fill(self, next_n: int) -> None:
        """As ``Words``."""

    def anew(self) -> "Nothing":
        """As ``Words``."""
        return self


class Words:
    """Fills the index; for the writing thread."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._done = indexed_up_to(database)

    def behind(self, next_n: int) -> int:
        """About how many of the entries below *next_n* are not in the index."""
        return next_n - 1 - self._done

    def fill(self, next_n: int) -> None:
        """Index the next STEP entries in a transaction. Raises sqlite3.Error."""
        last = self._last_of_step()
        if last is None:
            self._done = next_n - 1
            return
        span = {"after": self._done, "last": last}
        with self._database:  # commits, or rolls back
            self._database.execute("BEGIN IMMEDIATE")
            self._database.execute(
                "INSERT INTO words (rowid, text)"  # noqa: S608
                f" SELECT n, text FROM entries WHERE {INDEXED}",
                span,
            )
            self._database.execute(
                "INSERT OR REPLACE INTO marks VALUES ('words', ?)", (last,)
            )
        self._done = last

    def anew(self) -> "Words | Nothing":
        """It has rotted: begin with an empty one; without any, if that fails."""
        try:
            forget_words(self._database)
        except sqlite3.Error:
            with suppress(sqlite3.Error):
                doubt(self._database)
            return Nothing()
        return Words(self._database)

    def _last_of_step(self) -> int | None:
        (last,) = self._database.execute(
            "SELECT max(n) FROM (SELECT n FROM entries WHERE n > ? ORDER BY n LIMIT ?)",
            (self._done, STEP),
        ).fetchone()
        return None if last is None else int(last)
