"""
What can be asked of the writer: each a job, written whole or not at all.
"""

import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Protocol

from gossipchat.broadcast.events import FloorRaised, Lost, Rename
from gossipchat.chat.events import Persist, Reveal, TimeCame, Written
from gossipchat.errors import StoreError
from gossipchat.store import facts
from gossipchat.store.config import StoreConfig
from gossipchat.store.file.rescue import WRECK
from gossipchat.store.writing.checking import Damaged, lose
from gossipchat.store.writing.indexes import make_anew
from gossipchat.store.writing.retention import Trimmer
from gossipchat.store.writing.shelf import ROW_BYTES
from gossipchat.store.writing.straightening import Crooked

if TYPE_CHECKING:
    from gossipchat.store.writing.writer import Writer

Answer = Callable[[], None]
"""Tells whoever asked how it went."""
Done = Callable[[StoreError | None], None]
"""Is told why something is not on disk; None: it is."""


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

    def __init__(self, kept: Sequence[facts.Fact], done: Done) -> None:
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
        self, wish: Reveal, done: Callable[[TimeCame | StoreError], None]
    ) -> None:
        self._wish = wish
        self._done = done

    def write(self, writer: "Writer") -> Answer:
        return partial(self._done, writer.shelf.reveal(self._wish))

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


class KeepDoubt:
    """Job: a note that the file does not fit together."""

    own = False

    def write(self, writer: "Writer") -> Answer:
        writer.doubt()
        return lambda: None

    def refuse(self, why: StoreError) -> None:
        """Nobody asked."""


class KeepStraight:
    """Job: make rows anew that have rotted, or indexes, which goes first."""

    own = False

    def __init__(
        self,
        rows: Sequence[Crooked],
        done: Done,
        indexes: bool,
    ) -> None:
        self._rows = rows
        self._done = done
        self._indexes = indexes

    def write(self, writer: "Writer") -> Answer:
        if self._indexes:
            make_anew(writer.database)
            writer.forget_words()
            writer.shelf.forget()
        for one in self._rows:
            writer.shelf.straighten(one)
        return partial(self._done, None)

    def refuse(self, why: StoreError) -> None:
        self._done(why)


class KeepSalvaged:
    """Job: nothing is left in the damaged file that is not here."""

    own = False

    def write(self, writer: "Writer") -> Answer:
        writer.database.execute("DELETE FROM marks WHERE what = ?", (WRECK,))
        return lambda: None

    def refuse(self, why: StoreError) -> None:
        """It will be looked through once more."""


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
        writer.shelf.put_bytes += ROW_BYTES * trimmer.entries
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


class Probe:
    """Job: nothing but a sign of life, on disk."""

    own = True

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def write(self, writer: "Writer") -> Answer:
        self._database.execute(
            "INSERT OR REPLACE INTO marks VALUES ('probe', randomblob(4096))"
        )
        return lambda: None

    def refuse(self, why: StoreError) -> None:
        """Nobody asked."""
