"""
The store: one thread that writes, one that reads, one that tidies up behind.

The reactor's thread only ever puts something into a queue. Whoever asks is
answered on the store's threads, so answers are handed on, never worked on, there.
"""

import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import TypeVar

from gossipchat.broadcast.events import FloorRaised, Lost, Rename
from gossipchat.chat.events import Persist, Reveal, TimeCame, Written
from gossipchat.errors import (
    GossipChatError,
    StoreDamaged,
    StoreError,
    UsageError,
)
from gossipchat.names import AuthorKey
from gossipchat.store import facts, troubles
from gossipchat.store.config import StoreConfig
from gossipchat.store.doubts import Doubts
from gossipchat.store.file import database, rescue
from gossipchat.store.reading import opening
from gossipchat.store.reading.opening import Opening
from gossipchat.store.reading.reader import Reader
from gossipchat.store.rhythm import (
    BREATH_SECONDS,
    CHECKPOINT_BYTES,
    MAX_GROUP,
    MAX_LOG_BYTES,
    MAX_WAITING,
    PROBE_SECONDS,
    REST_SECONDS,
    around,
)
from gossipchat.store.words import STEP
from gossipchat.store.writing import arrivals
from gossipchat.store.writing.checking import Damaged
from gossipchat.store.writing.jobs import (
    Done,
    Job,
    KeepBatch,
    KeepDoubt,
    KeepFacts,
    KeepLoss,
    KeepRename,
    KeepReveal,
    KeepSalvaged,
    KeepStraight,
    KeepTrim,
)
from gossipchat.store.writing.straightening import Crooked
from gossipchat.store.writing.writer import Writer

Found = TypeVar("Found")


class Checkpoint:
    """A wish: fold the log in."""


class Store:
    """
    What is kept in the file *path*; that it is ours alone, the caller's lock says.

    ``open`` first and ``close`` last, both from one thread.
    """

    def __init__(
        self,
        path: Path,
        broke: Callable[[BaseException], None] = lambda problem: None,
    ) -> None:
        """*broke*: is called by a thread that ends because something raised there."""
        self.path = path
        self._broke = broke
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._questions: SimpleQueue[Callable[[Reader], None] | None] = SimpleQueue()
        self._wishes: SimpleQueue[Checkpoint | None] = SimpleQueue()
        self._is_open = False
        self._doubts = Doubts(path, lambda: self._put(KeepDoubt()))
        self._put_before = 0
        self._enough_entries = around(STEP)
        """While more is written so many that are not indexed make a step."""
        self._enough_bytes = around(CHECKPOINT_BYTES)
        self._door = Lock()
        self._threads: list[Thread] = []

    @property
    def ok(self) -> bool:
        """Open, and the last attempt to write worked."""
        return self._is_open and self._writer.ok

    @property
    def grown_bytes(self) -> int:
        """About what was written since the last ``trim``."""
        return self._writer.shelf.put_bytes - self._put_before

    @property
    def said_today(self) -> int:
        """Bytes that were said here today (UTC), as of the last ``trim``."""
        return self._writer.said_today

    def open(self, wall_ms: int | None = None, own: AuthorKey | None = None) -> Opening:
        """
        Make or check the file and start the threads; blocks. A store opens once.

        A damaged file is moved aside, and the store begins anew. *wall_ms*: the
        machine's clock, unless given. *own*: who writes here. Raises StoreError with
        a sentence that says what to do.
        """
        wall_ms = int(time.time() * 1000) if wall_ms is None else wall_ms
        try:
            found = self._open_file(wall_ms, own)
        except StoreDamaged:
            unread = not troubles.is_readable(self.path)
            aside = rescue.set_aside(self.path, wall_ms)
            found = self._open_file(wall_ms, own)
            found = replace(found, aside=aside, is_unread=unread)
        self._is_open = True
        for work in (self._write_all, self._read_all, self._checkpoint_all):
            target = partial(self._watched, work)
            thread = Thread(target=target, name=f"store{work.__name__}", daemon=True)
            thread.start()
            self._threads.append(thread)
        return found

    def persist(
        self, batch: Persist, done: Callable[[Written | StoreError], None]
    ) -> None:
        """
        Write *batch*, whole or not at all.

        *done* is called on the writing thread, in the order of the batches: with
        its place once it is committed (and fsynced, if
        it is our own), or with why nothing of it is on disk. When an own batch
        fails, those that chain to it fail too.
        """
        self._put(KeepBatch(batch, done))

    def remember(
        self,
        kept: Sequence[facts.Fact],
        done: Done = lambda outcome: None,
    ) -> None:
        """
        Write small facts; *done* is called on the writing thread. While very much waits
        for a disk that hangs they are refused at once: nothing waits for them.
        """
        if self._jobs.qsize() >= MAX_WAITING:
            done(StoreError(f"{self.path}: the disk hangs"))
            return
        self._put(KeepFacts(kept, done))

    def rename(self, wish: Rename) -> None:
        """Keep under another name what *wish* is about, before all that follows."""
        self._put(KeepRename(wish))

    def lose(
        self, run: Damaged, done: Callable[[Lost | StoreError | None], None]
    ) -> None:
        """Let go of a damaged run; *done* is called on the writing thread."""
        self._put(KeepLoss(run, done))

    def end_salvage(self) -> None:
        """All that is left of the damaged file is on disk here."""
        self._put(KeepSalvaged())

    def straighten(self, rows: Sequence[Crooked], done: Done, indexes: bool) -> None:
        """Make *rows* anew, or *indexes*; *done* is called on the writing thread."""
        self._put(KeepStraight(rows, done, indexes))

    def trim(
        self,
        config: StoreConfig,
        wall_ms: int,
        done: Callable[[tuple[FloorRaised, ...] | StoreError], None],
    ) -> None:
        """Let go of some of what is too old or too much; none: nothing is."""
        self._put_before = self._writer.shelf.put_bytes
        self._put(KeepTrim(config, wall_ms, done))

    def reveal(
        self, wish: Reveal, done: Callable[[TimeCame | StoreError], None]
    ) -> None:
        """Show what is due by now; *done* is called on the writing thread."""
        self._put(KeepReveal(wish, done))

    def ask(
        self,
        question: Callable[[Reader], Found],
        done: Callable[[Found | GossipChatError], None],
    ) -> None:
        """
        Call *question* on the reading thread, then *done* there with what it found,
        or with a StoreError, or with the UsageError that it raised.
        """

        def answer(reader: Reader) -> None:
            found: Found | GossipChatError
            try:
                found = question(reader)
            except UsageError as problem:
                found = problem
            except Exception as problem:  # unanswered, a face would wait for ever
                found = self._doubts.explained(problem)
            done(found)

        with self._door:
            if self._is_open:
                self._questions.put(answer)
                return
        done(self._closed())

    def close(self) -> None:
        """Answer all that was asked, fold the log in, end the threads; blocks."""
        with self._door:
            if not self._is_open:
                return
            self._is_open = False
            for queue in (self._jobs, self._questions, self._wishes):
                queue.put(None)
        for thread in self._threads:
            thread.join()
        try:
            arrivals.note_clean_end(self._connection, self._writer.shelf.next_n)
            self._writer.checkpoint()
        except sqlite3.Error:
            self._writer.ok = False  # the log holds all that was acknowledged
        for connection in (self._reading, self._tidying, self._connection):
            connection.close()

    def _open_file(self, wall_ms: int, own: AuthorKey | None) -> Opening:
        database.create(self.path)
        self._connection = database.open_writing(self.path)
        try:
            return self._begin(wall_ms, own)
        except Exception as problem:
            self._connection.close()
            raise troubles.unreadable(problem, self.path) from problem

    def _begin(self, wall_ms: int, own: AuthorKey | None) -> Opening:
        facts.trim(self._connection)
        next_n = arrivals.first_free(self._connection)
        found = opening.derive(self._connection, wall_ms, next_n - 1, own)
        self._writer = Writer(self._connection, self.path, next_n, own)
        self._reading = database.open_reading(self.path)
        self._tidying = database.open_checkpointing(self.path)
        return replace(found, wreck=rescue.wreck_of(self._connection, self.path))

    def _watched(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as problem:
            self._writer.ok = False
            self._broke(problem)

    # --- the writing thread ---------------------------------------------------

    def _write_all(self) -> None:
        is_last = False
        while not is_last:
            waiting = self._waiting()
            jobs = [job for job in waiting if job is not None]
            is_last = len(jobs) < len(waiting)
            if not waiting and not self._writer.ok:
                self._writer.probe()
            elif jobs:
                for answer in self._writer.write(jobs):
                    answer()
            enough = self._enough_entries if waiting else 1
            if self._writer.ok and self._writer.unindexed >= enough:
                self._writer.index()
                self._enough_entries = around(STEP)
            self._keep_log_short()

    def _waiting(self) -> list[Job | None]:
        """
        All jobs that wait, or the next one; none after a while of failure, or of
        rest while there is something to index.
        """
        waiting: list[Job | None] = []
        patience: float | None = None
        if not self._writer.ok:
            patience = PROBE_SECONDS
        elif self._writer.unindexed:
            patience = (
                BREATH_SECONDS if self._writer.unindexed >= STEP else REST_SECONDS
            )
        with suppress(Empty):
            waiting.append(self._jobs.get(timeout=patience))
            while len(waiting) < MAX_GROUP:
                waiting.append(self._jobs.get_nowait())
        return waiting

    def _keep_log_short(self) -> None:
        if self._writer.unfolded_bytes < self._enough_bytes:
            return
        self._writer.unfolded_bytes = 0
        self._enough_bytes = around(CHECKPOINT_BYTES)
        if database.log_bytes(self.path) < MAX_LOG_BYTES:
            self._wishes.put(Checkpoint())
            return
        try:
            self._writer.checkpoint()
        except sqlite3.Error as problem:
            self._writer.ok = False
            self._writer.doubt_log(problem)

    # --- the other two ----------------------------------------------------------

    def _read_all(self) -> None:
        reader = Reader(self._reading, self.path)
        while (answer := self._questions.get()) is not None:
            answer(reader)

    def _checkpoint_all(self) -> None:
        while self._wishes.get() is not None:
            try:
                self._tidying.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            except sqlite3.Error as problem:
                self._writer.doubt_log(problem)

    # --- helpers ----------------------------------------------------------------

    def _put(self, job: Job) -> None:
        with self._door:
            if self._is_open:
                self._jobs.put(job)
                return
        job.refuse(self._closed())

    def _closed(self) -> StoreError:
        return StoreError(f"{self.path} is closed: the node is stopping")
