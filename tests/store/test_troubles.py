"""What goes wrong with a disk is said of the disk, not of the file on it."""

import sqlite3
from pathlib import Path

from gossipchat.node.driver.journal import StoreSetAside
from gossipchat.store import troubles
from gossipchat.store.doubts import Doubts

UNREADABLE = Path("/proc/self/mem")
"""Reading its first bytes is an input/output error, as of a bad sector."""


def test_a_file_that_the_disk_does_not_give_back_is_not_readable(
    tmp_path: Path,
) -> None:
    """EIO; anything else that is wrong with it is not the disk's fault."""
    (tmp_path / "whole").write_bytes(bytes(3 * troubles.PIECE_BYTES + 1))
    assert troubles.is_readable(tmp_path / "whole")
    assert troubles.is_readable(tmp_path / "nowhere")
    assert not troubles.is_readable(UNREADABLE)


def test_what_can_not_be_read_is_blamed_on_the_disk() -> None:
    """SQLite calls it malformed; a restart, or a backup put there, would not help."""
    corrupt = sqlite3.DatabaseError("malformed")
    corrupt.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    notes: list[None] = []
    doubts = Doubts(UNREADABLE, lambda: notes.append(None))
    assert "dmesg" in str(doubts.explained(corrupt))
    assert "dmesg" in str(doubts.explained(corrupt))
    assert notes == [], "to mend it at the next start would be in vain"
    told = str(StoreSetAside(Path("old.db"), is_unread=True))
    assert "dmesg" in told and "old.db" in told
    assert "dmesg" not in str(StoreSetAside(Path("old.db")))
