"""
What is written: job by job inside, but many of them in one commit.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from gossipchat.broadcast.events import Rename
from gossipchat.errors import StoreError
from gossipchat.names import AuthorKey
from gossipchat.store import facts, troubles
from gossipchat.store.file.mending import doubt
from gossipchat.store.words import Nothing, Words
from gossipchat.store.writing.jobs import Answer, Job, Probe
from gossipchat.store.writing.shelf import Shelf

INDEX_BYTES = 200_000
"""About what a step of the index of words adds to it."""

COMMIT_BYTES = 24_000
"""About what a commit adds to SQLite's log, beside what is in it."""

TRIM_EVERY = 1000
"""Facts about members between two trims of their table."""


class Writer:
    """
    All writing, on its own connection; for one thread.

    After a failed fsync the kernel may take the pages for written though they are
    not; a later fsync would then succeed over a hole. So before anything is
    acknowledged again, all of the log is copied into the database and synced.
    """

    def __init__(
        self,
        database: sqlite3.Connection,
        path: Path,
        next_n: int,
        owner: AuthorKey | None = None,
    ) -> None:
        self.database = database
        self._path = path
        self._is_full_sync: bool | None = None
        self._facts_since_trim = 0
        self.shelf = Shelf(database, next_n, owner)
        self.ok = True
        """The last attempt to write worked."""
        self.said_today = 0
        """Bytes that were said here today (UTC), as of the last look at retention."""
        self.unfolded_bytes = 0
        """About what the log has grown by since whoever cares set this to 0."""
        self._log_doubtful = False
        self.overdue: list[Rename] = []
        """What must be renamed before anything else is written."""
        self._words: Words | Nothing = Words(database)

    @property
    def unindexed(self) -> int:
        """About how many entries can't be found in the index of words yet."""
        return self._words.behind(self.shelf.next_n)

    def index(self) -> None:
        """Put the words of some entries into the index."""
        try:
            self._sync_fully(False)
            self._words.fill(self.shelf.next_n)
            self.unfolded_bytes += INDEX_BYTES
        except sqlite3.Error as problem:
            if troubles.is_nonsense(problem):
                self._words = self._words.anew()
                return
            self.ok = False
            self.doubt_log(problem)

    def write(self, jobs: Sequence[Job]) -> list[Answer]:
        """
        Write *jobs* in one commit; what to tell whom, in their order.

        When that fails, each is tried alone: one that can't be written must not
        take the others with it.
        """
        try:
            return self._commit(jobs)
        except Exception as problem:  # unanswered, the node would wait for ever
            if len(jobs) == 1:
                return [
                    partial(jobs[0].refuse, troubles.explained(problem, self._path))
                ]
        return [answer for job in jobs for answer in self.write([job])]

    def rename_overdue(self) -> None:
        """Rename what is overdue, inside a transaction; in vain if it fails."""
        for wish in self.overdue:
            self.shelf.rename(wish)

    def put_fact(self, fact: facts.Fact) -> None:
        """Write *fact*, inside a transaction."""
        facts.put(self.database, fact)
        self._facts_since_trim += 1
        if self._facts_since_trim >= TRIM_EVERY:
            self._facts_since_trim = 0
            facts.trim(self.database)

    def doubt(self) -> None:
        """What is read does not fit together: inside a transaction, note that."""
        doubt(self.database)
        self.forget_words()

    def forget_words(self) -> None:
        """Begin with an empty index of words."""
        self._words = self._words.anew()

    def probe(self) -> None:
        """Find out whether the disk takes anything again."""
        self.write([Probe(self.database)])

    def checkpoint(self) -> bool:
        """
        Fold all of the log into the database and sync that; whether it was possible.

        Raises sqlite3.Error when the disk is full or failing.
        """
        row = self.database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return bool(row[0] == 0)

    def doubt_log(self, problem: BaseException) -> None:
        """
        *problem* came up while the log was written or folded in.

        Until all of it is known to be on disk, nothing more is acknowledged.
        """
        if isinstance(problem, sqlite3.Error) and troubles.is_failing(problem):
            self._log_doubtful = True

    def _commit(self, jobs: Sequence[Job]) -> list[Answer]:
        put_bytes = self.shelf.put_bytes
        try:
            self._make_sure_of_log()
            self._sync_fully(any(job.own for job in jobs))
            self.database.execute("BEGIN IMMEDIATE")
            self.rename_overdue()
            answers = [job.write(self) for job in jobs]
            self.database.execute("COMMIT")
        except BaseException as problem:
            with suppress(sqlite3.Error):
                self.database.execute("ROLLBACK")
            self.shelf.roll_back()
            self.ok &= not isinstance(problem, sqlite3.Error)
            if troubles.is_corrupt(problem):
                with suppress(sqlite3.Error):
                    doubt(self.database)
            self.doubt_log(problem)
            raise
        self.ok = True
        self.shelf.settle()
        self.overdue.clear()
        self.unfolded_bytes += COMMIT_BYTES + self.shelf.put_bytes - put_bytes
        return answers

    def _make_sure_of_log(self) -> None:
        if self._log_doubtful:
            if not self.checkpoint():
                raise StoreError(f"{self._path} is locked by another program")
            self._log_doubtful = False

    def _sync_fully(self, full: bool) -> None:
        if full is not self._is_full_sync:
            level = "FULL" if full else "NORMAL"
            self.database.execute(f"PRAGMA synchronous = {level}")
            self._is_full_sync = full
