"""
The file: how it is made, and the connections to it.
"""

import os
import sqlite3
from contextlib import suppress
from pathlib import Path

from gossipchat.errors import StoreError
from gossipchat.store import troubles
from gossipchat.store.file.mending import is_doubted, mend
from gossipchat.store.file.readahead import read_ahead
from gossipchat.store.file.schema import MIGRATIONS, is_foreign, migrate, version_of

OLDEST_SQLITE = (3, 37)
"""The first that knows tables that hold to their types."""

LOCK_WAIT = 2.0
"""Seconds that a connection waits for another program's lock."""


def create(path: Path) -> None:
    """
    Make an empty file that only we can read, unless there is one; one that others
    can read (a backup that was put back) is taken from them.

    SQLite gives its side files the same mode. The directory is fsynced, or a power
    cut could take the name away. Raises StoreError.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        directory = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
    except FileExistsError:
        if path.stat().st_mode & 0o077:
            with suppress(OSError):  # not ours; SQLite says whether we may write
                path.chmod(0o600)
    except OSError as problem:
        raise troubles.unusable(path, problem) from problem


def open_writing(path: Path) -> sqlite3.Connection:
    """
    The connection that writes; the tables are brought up to date first.

    Commits need no checkpoint: ``Store`` sees to those. Raises StoreError.
    """
    check_version(sqlite3.sqlite_version_info)
    try:
        database = _connect(path)
    except sqlite3.Error as problem:
        raise troubles.explained(problem, path) from problem
    try:
        _prepare(database, path)
    except StoreError:
        database.close()
        raise
    except Exception as problem:
        database.close()
        raise troubles.unreadable(problem, path) from problem
    return database


def check_version(found: tuple[int, ...]) -> None:
    """Raises StoreError when the SQLite of this Python is too old."""
    if found < OLDEST_SQLITE:
        have, need = (".".join(map(str, each)) for each in (found, OLDEST_SQLITE))
        raise StoreError(
            f"this Python comes with SQLite {have}, and {need} or newer is needed: use"
            " another Python, or a newer system"
        )


def open_reading(path: Path) -> sqlite3.Connection:
    """
    A connection that can't write; there must be one that can.

    Texts that have rotted are read as far as that goes, until they are mended.
    """
    database = _connect(path, f"{path.absolute().as_uri()}?mode=ro")
    database.text_factory = _readable
    return database


def open_checkpointing(path: Path) -> sqlite3.Connection:
    """A connection to run checkpoints on, beside the one that writes."""
    database = _connect(path)
    database.execute("PRAGMA checkpoint_fullfsync = ON")  # of meaning on macOS only
    return database


def bytes_on_disk(path: Path) -> int:
    """What the store takes: the file, and what is not yet folded into it."""
    index = path.with_name(path.name + "-shm")
    return _size(path) + log_bytes(path) + _size(index)


def log_bytes(path: Path) -> int:
    """The size of SQLite's write-ahead log beside *path*."""
    return _size(path.with_name(path.name + "-wal"))


def _connect(path: Path, uri: str | None = None) -> sqlite3.Connection:
    return sqlite3.connect(
        uri or path,
        uri=uri is not None,
        timeout=LOCK_WAIT,
        isolation_level=None,  # BEGIN and COMMIT are ours to say
        check_same_thread=False,  # opened by one thread, then used by one other
    )


def _readable(text: bytes) -> str:
    return text.decode(errors="replace")


def _prepare(database: sqlite3.Connection, path: Path) -> None:
    if is_foreign(database):
        raise troubles.foreign(path)
    version = version_of(database)
    if version > len(MIGRATIONS):
        raise troubles.newer(path, version, len(MIGRATIONS))
    (mode,) = database.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise StoreError(f"{path}: its file system can't hold a write-ahead log")
    database.execute("PRAGMA wal_autocheckpoint = 0")
    database.execute("PRAGMA fullfsync = ON")  # of meaning on macOS only
    database.execute("PRAGMA checkpoint_fullfsync = ON")
    database.execute("PRAGMA synchronous = FULL")
    migrate(database)
    if is_doubted(database) and (wrong := mend(database)):
        raise troubles.damaged(path, wrong)
    with read_ahead(path):
        (found,) = database.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise troubles.damaged(path, found.splitlines()[-1])


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
