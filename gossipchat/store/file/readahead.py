"""
A large file is read ahead of who is about to read all of it, page by page.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

PIECE_BYTES = 4 << 20
"""Read at a time."""

WORTH_BYTES = 16 << 20
"""Smaller files are not worth a thread."""


@contextmanager
def read_ahead(path: Path) -> Iterator[None]:
    """
    Meanwhile a thread reads *path* from its beginning, into the kernel's cache.

    SQLite's check follows its trees: 4 KiB at a time, to and fro, each waited for. A
    disk brings the same bytes several times sooner in their order. What can't be read
    is left to whoever needs it.
    """
    enough = Event()
    thread = Thread(
        target=read_through, args=(path, enough), name="store-ahead", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        enough.set()
        thread.join()


def read_through(path: Path, enough: Event) -> int:
    """Read *path* until *enough* is set; how many bytes that were, 0 of a small one."""
    read = 0
    with suppress(OSError), path.open("rb", buffering=0) as file:
        if path.stat().st_size < WORTH_BYTES:
            return 0
        piece = bytearray(PIECE_BYTES)
        while not enough.is_set() and (more := file.readinto(piece)):
            read += more
    return read
