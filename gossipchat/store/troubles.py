"""
What SQLite and the disk complain of, in sentences that say what to do.
"""

import errno
import os
import sqlite3
from pathlib import Path

from gossipchat.errors import DecodeError, StoreDamaged, StoreError

PIECE_BYTES = 1 << 20

_PRIMARY = 0xFF
"""SQLite's extended codes hold the plain one in their lowest byte."""

_NONSENSE = (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH)


def explained(problem: Exception, path: Path) -> StoreError:
    """*problem*, met while working on *path*, as a sentence."""
    if isinstance(problem, StoreError):
        return problem
    if isinstance(problem, DecodeError):
        return damaged(path, str(problem))
    code = getattr(problem, "sqlite_errorcode", 0) & _PRIMARY
    if code == sqlite3.SQLITE_CORRUPT:
        return damaged(path, "its pages don't fit together")
    return StoreError(_sentence(code, path) or f"{path}: {problem}")


def unreadable(problem: Exception, path: Path) -> StoreError:
    """
    *problem*, met while all of *path* was read, as a sentence.

    What SQLite hands out there was once written by us: if it makes no sense, or is of
    another type, it has changed since.
    """
    known = isinstance(problem, (sqlite3.Error, StoreError, DecodeError, OSError))
    return explained(problem, path) if known else damaged(path, f"{problem!r}")


def is_corrupt(problem: BaseException) -> bool:
    """Whether the file's parts don't fit together."""
    code = getattr(problem, "sqlite_errorcode", 0) & _PRIMARY
    return code == sqlite3.SQLITE_CORRUPT


def is_nonsense(problem: Exception) -> bool:
    """Whether what is there, and not the disk, keeps us from writing beside it."""
    code = getattr(problem, "sqlite_errorcode", 0) & _PRIMARY
    return is_corrupt(problem) or code in _NONSENSE


def is_failing(problem: Exception) -> bool:
    """Whether the disk itself failed: what it holds of late must be written again."""
    code = getattr(problem, "sqlite_errorcode", 0) & _PRIMARY
    return code == sqlite3.SQLITE_IOERR


def newer(path: Path, version: int, ours: int) -> StoreError:
    return StoreError(
        f"{path} was written by a newer gossipchat (its tables are version {version},"
        f" this program knows {ours}): run that one, or choose another --data"
    )


def foreign(path: Path) -> StoreError:
    return StoreError(f"{path} is no store of gossipchat: move it away")


def failing(path: Path) -> StoreError:
    return StoreError(_sentence(sqlite3.SQLITE_IOERR, path))


def damaged(path: Path, how: str) -> StoreDamaged:
    return StoreDamaged(
        f"{path} is damaged ({how}): start this node again, or restore a backup of it"
    )


def is_readable(path: Path) -> bool:
    """Whether the disk gives back all bytes of *path*; reads them all, if so."""
    try:
        with path.open("rb", buffering=0) as file:
            at = 0
            while piece := os.pread(file.fileno(), PIECE_BYTES, at):
                at += len(piece)
    except OSError as problem:
        return problem.errno != errno.EIO
    return True


def unusable(path: Path, problem: OSError) -> StoreError:
    return StoreError(
        f"{path} can't be written ({problem.strerror or problem}): choose another"
        " --data, or make its directory writable"
    )


def _sentence(code: int, path: Path) -> str:
    match code:
        case sqlite3.SQLITE_FULL:
            return f"the disk that holds {path} is full: make room and try again"
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return f"{path} is locked by another program: end that one and try again"
        case sqlite3.SQLITE_NOTADB:
            return str(foreign(path))
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return str(unusable(path, PermissionError(0, "not permitted")))
        case sqlite3.SQLITE_IOERR:
            return f"the disk that holds {path} fails: see the system's log (dmesg)"
    return ""
