"""
What is written: job by job inside, but many of them in one commit.
"""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Protocol

from gossipchat.broadcast.events import FloorRaised, Lost, Rename
from gossipchat.chat.events import Persist, TimeCame, Written
from gossipchat.errors import StoreError
from gossipchat.store import facts, troubles
from gossipchat.store.checking import Damaged, lose
from gossipchat.store.config import StoreConfig
from gossipchat.store.retention import Trimmer
from gossipchat.store.shelf import Shelf
from gossipchat.store.words import Words

Answer = Callable[[], None]
"""Tells whoever asked how it went."""

INDEX_BYTES = 200_000
"""About what a step of the index of words adds to it."""

COMMIT_BYTES = 24_000
"""About what a commit adds to SQLite's log, beside what is in it."""

TRIM_EVERY = 1000
"""Facts about members between two trims of their table."""


class Job(Protocol):
    """Something to write, whole or not at all."""

    own: bool
    """It holds what was said here: fsynced before the answer."""

    def write(self, writer: "Writer") -> Answer:
        """Write inside the transaction; what to do once it is committed."""

    def refuse(self, why: StoreError) -> None:
        """Nothing of it is on disk."""


class KeepBatch:
    """Job: a batch of runs."""

    def __init__(
        self, batch: Persist, done: Callable[[Written | StoreError], None]
    ) -> None:
        self.own = batch.own
        self._batch = batch
        self._done = done

    def write(self, writer: "Writer") -> Answer:
        return partial(self._done, writer.shelf.put(self._batch))

    def refuse(self, why: StoreError) -> None:
        self._done(why)


class KeepFacts:
    """Job: some small facts."""

    own = False

    def __init__(
        self, kept: Sequence[facts.Fact], done: Callable[[StoreError | None], None]
    ) -> None:
        self._facts = kept
        self._done = done

    def write(self, writer: "Writer") -> Answer:
        for fact in self._facts:
            writer.put_fact(fact)
        return partial(self._done, None)

    def refuse(self, why: StoreError) -> None:
        self._done(why)


class KeepReveal:
    """Job: show what is due."""

    own = False

    def __init__(
        self, wall_ms: int, done: Callable[[TimeCame | StoreError], None]
    ) -> None:
        self._wall_ms = wall_ms
        self._done = done

    def write(self, writer: "Writer") -> Answer:
        return partial(self._done, writer.shelf.reveal(self._wall_ms))

    def refuse(self, why: StoreError) -> None:
        self._done(why)


class KeepLoss:
    """Job: let go of a damaged run."""

    own = False

    def __init__(
        self, run: Damaged, done: Callable[[Lost | StoreError | None], None]
    ) -> None:
        self._run = run
        self._done = done

    def write(self, writer: "Writer") -> Answer:
        lost = lose(writer.database, self._run)
        writer.shelf.forget()
        return partial(self._done, lost)

    def refuse(self, why: StoreError) -> None:
        self._done(why)


class KeepTrim:
    """Job: let go of what is too old or too much, a step at a time."""

    own = False

    def __init__(
        self,
        config: StoreConfig,
        wall_ms: int,
        done: Callable[[tuple[FloorRaised, ...] | StoreError], None],
    ) -> None:
        self._config = config
        self._wall_ms = wall_ms
        self._done = done

    def write(self, writer: "Writer") -> Answer:
        trimmer = Trimmer(writer.database, self._config, self._wall_ms)
        floors = trimmer.trim(writer.shelf.quotas)
        writer.said_today = writer.shelf.own.total(self._wall_ms)
        if floors:
            writer.shelf.forget()
        return partial(self._done, floors)

    def refuse(self, why: StoreError) -> None:
        self._done(why)


class KeepRename:
    """Job: keep something under another name. Nothing is kept after it before it."""

    own = False

    def __init__(self, wish: Rename) -> None:
        self._wish = wish

    def write(self, writer: "Writer") -> Answer:
        writer.overdue.append(self._wish)
        writer.rename_overdue()
        return lambda: None

    def refuse(self, why: StoreError) -> None:
        """It stays overdue."""


class Writer:
    """
    All writing, on its own connection; for one thread.

    After a failed fsync the kernel may take the pages for written though they are
    not; a later fsync would then succeed over a hole. So before anything is
    acknowledged again, all of the log is copied into the database and synced.
    """

    def __init__(self, database: sqlite3.Connection, path: Path, next_n: int) -> None:
        self.database = database
        self._path = path
        self._is_full_sync: bool | None = None
        self._facts_since_trim = 0
        self.shelf = Shelf(database, next_n)
        self.ok = True
        """The last attempt to write worked."""
        self.said_today = 0
        """Bytes that were said here in 24 hours, as of the last look at retention."""
        self.unfolded_bytes = 0
        """About what the log has grown by since whoever cares set this to 0."""
        self._log_doubtful = False
        self.overdue: list[Rename] = []
        """What must be renamed before anything else is written."""
        self._words = Words(database)

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

    def probe(self) -> None:
        """Find out whether the disk takes anything again."""
        self.write([_Probe(self.database)])

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
        next_n = self.shelf.next_n
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
            self.shelf.forget()
            self.shelf.next_n = next_n
            self.ok &= not isinstance(problem, sqlite3.Error)
            self.doubt_log(problem)
            raise
        self.ok = True
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


class _Probe:
    """Job: nothing but a sign of life, on disk."""

    own = True

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def write(self, writer: Writer) -> Answer:
        self._database.execute(
            "INSERT OR REPLACE INTO marks VALUES ('probe', randomblob(4096))"
        )
        return lambda: None

    def refuse(self, why: StoreError) -> None:
        """Nobody asked."""
