"""
Whether indexes lead to the rows that are there: ``quick_check`` compares none with its
table, and a line that an index has lost would be missing from a page, or from what a
search finds, for ever.
"""

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

from gossipchat.store.words import words_missing


class Index(NamedTuple):
    """One that a table has, and of which rows."""

    table: str
    name: str
    columns: tuple[str, ...]
    where: str = "1"


INDEXES = (
    Index("runs", "runs_by_place", ("feed", "first", "last")),
    Index("entries", "entries_by_arrival", ("room",)),
    Index("entries", "entries_by_order", ("room", "hlc")),
    Index("entries", "topics", ("room", "hlc"), "kind = 'topic'"),
    Index("entries", "tokens", ("token",), "token IS NOT NULL"),
    Index("entries", "entries_by_target", ("target",), "target IS NOT NULL"),
    Index("entries", "private_by_peer", ("peer", "hlc"), "peer IS NOT NULL"),
)
"""Of the tables that hold what was said."""


def _questions() -> Iterator[str]:
    for table, name, columns, where in INDEXES:
        same = " AND ".join(f"{each} IS looked.{each}" for each in columns)
        yield f"""
            SELECT EXISTS (
                SELECT 1 FROM {table} AS looked NOT INDEXED
                WHERE n BETWEEN ?1 AND ?2 AND {where} AND NOT EXISTS (
                    SELECT 1 FROM {table} INDEXED BY {name}
                    WHERE {same} AND {where} AND n = looked.n
                )
            )
        """  # noqa: S608


_QUESTIONS = tuple(_questions())


def lead_astray(database: sqlite3.Connection, first_n: int, last_n: int) -> bool:
    """Whether any index misses a row of those from *first_n* to *last_n*."""
    span = first_n, last_n
    if any(database.execute(each, span).fetchone() == (1,) for each in _QUESTIONS):
        return True
    return words_missing(database, first_n, last_n)


def make_anew(database: sqlite3.Connection) -> None:
    """
    All of them but that of words, inside a transaction: seconds of a long past.
    """
    for table in dict.fromkeys(index.table for index in INDEXES):
        database.execute(f"REINDEX {table}")
