"""
What an id means after a fork: it follows its entry to the name that has now.

Who refers to an entry says what it was called then, and its hybrid time. No entry
keeps its name beyond a fork, and branches have the same numbers, so the number and
that time tell which of them was meant.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import replace

from gossipchat.chat.events import Line
from gossipchat.errors import UsageError
from gossipchat.feeds.run import MAX_RUN_ENTRIES
from gossipchat.names import EntryId, FeedId, Reference
from gossipchat.store.numbers import column, unsigned

_PLACE = """
    WITH place (n) AS (
        SELECT runs.n + ?3 - first FROM runs JOIN feeds ON feeds.id = runs.feed
        WHERE author = ?1 AND epoch = ?2 AND first BETWEEN ?3 - ?4 AND ?3 AND last >= ?3
    )
    SELECT hlc, n FROM entries WHERE n = (
        SELECT coalesce((SELECT shown FROM moved WHERE moved.n = place.n), place.n)
        FROM place
    )
"""
_SIGNED = "SELECT coalesce(signed, epoch) FROM feeds WHERE (author, epoch) = (?, ?)"
_BRANCHES = "SELECT epoch FROM feeds WHERE author = ? AND signed = ?"


def number(database: sqlite3.Connection, id: EntryId) -> tuple[int, int] | None:
    """The stored hlc and the arrival number of *id*; None: it is not held here."""
    key = (id.author, column(id.epoch), id.seq, MAX_RUN_ENTRIES - 1)
    row = database.execute(_PLACE, key).fetchone()
    return None if row is None else (row[0], row[1])


def family(database: sqlite3.Connection, feed: FeedId) -> list[FeedId]:
    """*feed*, and all others that were, or are, called what it was before a fork."""
    own = column(feed.epoch)
    row = database.execute(_SIGNED, (feed.author, own)).fetchone()
    signed = own if row is None else row[0]
    branches = database.execute(_BRANCHES, (feed.author, signed)).fetchall()
    epochs = dict.fromkeys([own, signed, *(epoch for (epoch,) in branches)])
    return [FeedId(feed.author, unsigned(epoch)) for epoch in epochs]


def meant(database: sqlite3.Connection, target: Reference) -> list[EntryId]:
    """
    The entry that *target* means, under its name of now; several, if its author did
    not say which of several it was; none: it is not held here.
    """
    found = []
    for feed in family(database, target.id.feed):
        id = EntryId(*feed, target.id.seq)
        held = number(database, id)
        if held and target.hlc in (None, unsigned(held[0])):
            found.append(id)
            if id == target.id:
                break  # it is still called that
    return found


def present(database: sqlite3.Connection, id: EntryId) -> EntryId:
    """
    What the entry that was called *id* is called now; *id*, if it is not held here.

    Raises UsageError when it was the name of several.
    """
    found = meant(database, Reference(id))
    if len(found) > 1:
        choices = " or ".join(map(str, found))
        raise UsageError(f"{id} has become several lines by a fork: take {choices}")
    return found[0] if found else id


def followed(database: sqlite3.Connection, lines: Iterable[Line]) -> list[Line]:
    """*lines* with their targets by the names of now."""
    return [_followed(database, line) if line.target else line for line in lines]


def _followed(database: sqlite3.Connection, line: Line) -> Line:
    target = line.target
    found = meant(database, target) if target else []
    if target is None or len(found) != 1 or found[0] == target.id:
        return line
    return replace(line, target=target._replace(id=found[0]))
