"""
How numbers and ids stand in columns.

64 unsigned bits in a column of 64 signed ones, in the same order.
"""

from struct import Struct

from gossipchat.names import AuthorKey, EntryId, Reference

_SHIFT = 2**63
_ID = Struct(">32sQQ")


def column(unsigned: int) -> int:
    """0 to 2**64 - 1 as SQLite can hold and sort it."""
    return unsigned - _SHIFT


def unsigned(column: int) -> int:
    """What ``column`` was made from."""
    return column + _SHIFT


def reference_column(target: Reference) -> bytes:
    """An entry's id as 48 bytes, and its hybrid time as 8 if that is known."""
    hlc = b"" if target.hlc is None else target.hlc.to_bytes(8)
    return _ID.pack(*target.id) + hlc


def reference_in(column: bytes | None) -> Reference | None:
    """What ``reference_column`` was made from."""
    if column is None:
        return None
    author, epoch, seq = _ID.unpack_from(column)
    hlc = int.from_bytes(column[_ID.size :]) if len(column) > _ID.size else None
    return Reference(EntryId(AuthorKey(author), epoch, seq), hlc)
