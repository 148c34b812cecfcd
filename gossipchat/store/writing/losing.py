"""
Runs that have rotted: what was shown of them stays, the run is put back in its place.

So nothing is shown anew, tokens stay known, and no arrival number changes.
"""

import sqlite3

from gossipchat.chat.events import StoredRun
from gossipchat.feeds.run import MAX_RUN_ENTRIES
from gossipchat.names import AuthorKey
from gossipchat.store.numbers import column
from gossipchat.store.writing.forgetting import forget_run
from gossipchat.store.writing.renaming import MOVES

_ROWS = """
    SELECT seq, hlc FROM entries WHERE n BETWEEN ?1 AND ?2
    UNION ALL SELECT seq, hlc FROM early WHERE n BETWEEN ?1 AND ?2
    UNION ALL SELECT seq, hlc FROM entries JOIN moved ON shown = entries.n
        WHERE moved.n BETWEEN ?1 AND ?2
"""
_STALE = """
    SELECT n FROM entries
    WHERE n BETWEEN ? AND ? AND feed = ? AND seq BETWEEN ? AND ?
"""


def note(
    database: sqlite3.Connection, n: int, author: AuthorKey, first: int, last: int
) -> None:
    """The run that stands at *n* is gone, inside a transaction; its rows stay."""
    database.execute("DELETE FROM runs WHERE n = ?", (n,))
    place = (n, author, first, last)
    database.execute("INSERT OR REPLACE INTO lost VALUES (?, ?, ?, ?)", place)


class Losses:
    """The runs that are gone; there are nearly never any."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._lost: dict[AuthorKey, dict[int, int]] | None = None

    def forget(self) -> None:
        """What is remembered may not be so any more."""
        self._lost = None

    def take_back(self, stored: StoredRun, feed: int) -> int | None:
        """
        Where *stored* stands if it is one of them: its rows are those of *feed* now.

        None: it is new; rows that were thought to be its own are let go of.
        """
        run = stored.run
        lost = self._known().get(run.feed.author)
        if not lost:
            return None
        for n, first in list(lost.items()):
            if first == run.first and self._is_same(n, stored):
                self._restore(n, stored, feed)
                del lost[n]
                return n
        for n in list(lost):
            if self._let_go(n, stored, feed):
                del lost[n]
        return None

    def _known(self) -> dict[AuthorKey, dict[int, int]]:
        if self._lost is None:
            self._lost = {}
            rows = self._database.execute("SELECT author, n, first FROM lost")
            for author, n, first in rows:
                self._lost.setdefault(AuthorKey(author), {})[n] = first
        return self._lost

    def _is_same(self, n: int, stored: StoredRun) -> bool:
        rows = self._database.execute(_ROWS, (n, n + stored.run.count - 1))
        theirs = {(row.seq, column(row.hlc)) for row in stored.rows}
        return set(rows.fetchall()) == theirs

    def _let_go(self, n: int, stored: StoredRun, feed: int) -> bool:
        """
        Delete those rows of what was lost at *n* that *stored* brings; whether any.

        It is there when what the table of runs said of its place had rotted, too.
        """
        run = stored.run
        place = (n, n + MAX_RUN_ENTRIES - 1, feed, run.first, run.last)
        rows = self._database.execute(_STALE, place).fetchall()
        for (stale,) in rows:
            forget_run(self._database, stale, 1)
        if rows:
            self._database.execute("DELETE FROM lost WHERE n = ?", (n,))
        return bool(rows)

    def _restore(self, n: int, stored: StoredRun, feed: int) -> None:
        execute = self._database.execute
        end = n + stored.run.count - 1
        for statement in MOVES:
            execute(statement, (feed, n, end))
        execute("DELETE FROM lost WHERE n = ?", (n,))
