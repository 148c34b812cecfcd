"""
Arrival numbers: no number is ever given twice, not even after a power cut.

What others said is not fsynced before it is shown. If the machine itself goes
down, some of it may have to come again, and must not come under numbers that
somebody has already seen; so after such an end the numbers jump ahead.
"""

import sqlite3
from pathlib import Path

JUMP = 1_000_000
"""More entries than can be written between two fsyncs."""

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_UNKNOWN = "unknown"


def first_free(database: sqlite3.Connection) -> int:
    """The first number to give away now. Call once at start; commits, fsynced."""
    (on_disk,) = database.execute(
        """
        SELECT max(
            (SELECT coalesce(max(n), 0) FROM entries),
            coalesce((SELECT n + last - first FROM runs ORDER BY n DESC LIMIT 1), 0)
        )
        """
    ).fetchone()
    marks = dict(database.execute("SELECT what, value FROM marks"))
    last = max(int(on_disk), int(marks.get("n", 0)))
    boot = boot_id()
    before = marks.get("boot")
    if before is not None and (before != boot or boot == _UNKNOWN):
        last += JUMP
    _mark(database, n=last, boot=boot)
    return last + 1


def note_clean_end(database: sqlite3.Connection, next_n: int) -> None:
    """All is on disk; the next start may go on counting."""
    _mark(database, n=next_n - 1, boot=None)


def boot_id() -> str:
    """What changes whenever the machine starts."""
    try:
        return _BOOT_ID.read_text().strip() or _UNKNOWN
    except OSError:
        return _UNKNOWN


def _mark(database: sqlite3.Connection, *, n: int, boot: str | None) -> None:
    with database:  # commits, or rolls back
        database.execute("BEGIN IMMEDIATE")
        database.execute("INSERT OR REPLACE INTO marks VALUES ('n', ?)", (n,))
        if boot is None:
            database.execute("DELETE FROM marks WHERE what = 'boot'")
        else:
            database.execute("INSERT OR REPLACE INTO marks VALUES ('boot', ?)", (boot,))
