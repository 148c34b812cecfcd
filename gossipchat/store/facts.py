"""
The small facts: whom we have met, and the counters that must never go back.
"""

import sqlite3

from gossipchat.names import Address, AuthorKey, NodeName
from gossipchat.swim.events import ForgetMember, RememberCounter, RememberMember

Fact = RememberMember | ForgetMember | RememberCounter

MAX_MEMBERS = 10_000
REMEMBERED_MS = 30 * 24 * 3600 * 1000
"""Members are remembered for 30 days, counted back from the one last seen alive:
a node that was switched off for longer still knows whom to look for."""


def put(database: sqlite3.Connection, fact: Fact) -> None:
    """Write *fact*, inside a transaction."""
    match fact:
        case RememberMember(name, address, key, wall_ms, left):
            database.execute(
                "INSERT OR REPLACE INTO members VALUES (?, ?, ?, ?, ?, ?)",
                (_packed(name), *address, key, wall_ms, left),
            )
        case ForgetMember(name):
            database.execute("DELETE FROM members WHERE name = ?", (_packed(name),))
        case RememberCounter(what, value):
            database.execute(
                "INSERT OR REPLACE INTO counters VALUES (?, ?)", (what, str(value))
            )


def trim(database: sqlite3.Connection) -> None:
    """Forget the members above ``MAX_MEMBERS`` and beyond ``REMEMBERED_MS``."""
    database.execute(
        "DELETE FROM members WHERE alive < (SELECT max(alive) FROM members) - ?",
        (REMEMBERED_MS,),
    )
    database.execute(
        "DELETE FROM members WHERE name IN"
        " (SELECT name FROM members ORDER BY alive DESC LIMIT -1 OFFSET ?)",
        (MAX_MEMBERS,),
    )


def members(database: sqlite3.Connection) -> tuple[RememberMember, ...]:
    """Those that were last alive first."""
    rows = database.execute(
        "SELECT name, host, port, key, alive, has_left FROM members"
        " ORDER BY alive DESC, name"
    )
    return tuple(
        RememberMember(
            NodeName(name.decode(errors="surrogateescape")),
            Address(host, port),
            None if key is None else AuthorKey(key),
            alive,
            bool(left),
        )
        for name, host, port, key, alive, left in rows
    )


def counters(database: sqlite3.Connection) -> dict[str, int]:
    rows = database.execute("SELECT what, value FROM counters ORDER BY what")
    return {what: int(value) for what, value in rows}


def _packed(name: NodeName) -> bytes:
    return name.encode(errors="surrogateescape")
