"""
How numbers and ids stand in columns.

64 unsigned bits in a column of 64 signed ones, in the same order.
"""

from struct import Struct

from gossipchat.names import AuthorKey, EntryId

_SHIFT = 2**63
_ID = Struct(">32sQQ")


def column(unsigned: int) -> int:
    """0 to 2**64 - 1 as SQLite can hold and sort it."""
    return unsigned - _SHIFT


def unsigned(column: int) -> int:
    """What ``column`` was made from."""
    return column + _SHIFT


def id_column(id: EntryId | None) -> bytes | None:
    """An entry's id as 48 bytes."""
    return None if id is None else _ID.pack(*id)


def id_in(column: bytes | None) -> EntryId | None:
    """What ``id_column`` was made from."""
    if column is None:
        return None
    author, epoch, seq = _ID.unpack(column)
    return EntryId(AuthorKey(author), epoch, seq)
