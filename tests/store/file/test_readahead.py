"""A large file is read ahead of who is about to read all of it."""

from pathlib import Path
from threading import Event
from threading import enumerate as all_threads

import pytest

from gossipchat.store.file.readahead import (
    PIECE_BYTES,
    WORTH_BYTES,
    read_ahead,
    read_through,
)

LARGE = WORTH_BYTES + PIECE_BYTES // 2


def file_of(folder: Path, size: int) -> Path:
    """It has a hole for its contents, so it costs nothing."""
    path = folder / "file"
    with path.open("wb") as file:
        file.truncate(size)
    return path


@pytest.mark.parametrize(
    ("size", "read"), [(0, 0), (WORTH_BYTES - 1, 0), (LARGE, LARGE)]
)
def test_a_large_file_is_read_whole_and_a_small_one_not_at_all(
    tmp_path: Path, size: int, read: int
) -> None:
    """A small one is there before a thread is."""
    assert read_through(file_of(tmp_path, size), Event()) == read


def test_nothing_is_read_when_the_check_is_over(tmp_path: Path) -> None:
    """It may be quicker than the disk's cache is filled."""
    enough = Event()
    enough.set()
    assert read_through(file_of(tmp_path, LARGE), enough) == 0


def test_a_file_that_can_not_be_read_is_left_to_the_check(tmp_path: Path) -> None:
    """It says what is wrong in a sentence."""
    assert read_through(tmp_path / "nothing", Event()) == 0


def test_the_thread_ends_with_the_check(tmp_path: Path) -> None:
    """Nobody reads on behind a node that is up."""
    with read_ahead(file_of(tmp_path, LARGE)):
        pass
    assert "store-ahead" not in [thread.name for thread in all_threads()]
