"""
Whom the disk knows: what authors told of themselves, and who has spoken there.
"""

import sqlite3

from gossipchat.chat.bodies import Opening, read_opening
from gossipchat.chat.directory import MAX_USERS, Acquaintance
from gossipchat.feeds.entry import Entry
from gossipchat.feeds.run import Run
from gossipchat.names import AuthorKey
from gossipchat.store.numbers import unsigned


def acquaintances(database: sqlite3.Connection) -> tuple[Acquaintance, ...]:
    """Raises DecodeError or sqlite3.Error when the file is damaged."""
    nicks: dict[AuthorKey, list[str]] = {}
    for author, nick in database.execute(
        "SELECT author, nick FROM users ORDER BY author, nick LIMIT ?", (MAX_USERS,)
    ):
        nicks.setdefault(AuthorKey(author), []).append(nick)
    openings = _openings(database)
    return tuple(
        Acquaintance(
            author, *openings.get(author, (None, 0)), tuple(nicks.get(author, ()))
        )
        for author in sorted({*nicks, *openings})
    )


def _openings(
    database: sqlite3.Connection,
) -> dict[AuthorKey, tuple[Opening | None, int]]:
    """The ``open`` of each author's newest epoch, and when that was said."""
    found: dict[AuthorKey, tuple[Opening | None, int]] = {}
    for author, hlc, body in database.execute("SELECT * FROM openings"):
        found[AuthorKey(author)] = read_opening(body), unsigned(hlc)
    # bare columns of max() come from the row that holds the greatest
    for author, encoded, _ in database.execute(
        """
        SELECT author, encoded, max(feeds.id) FROM feeds
        JOIN runs ON runs.feed = feeds.id AND first = 1 GROUP BY author
        """
    ):
        entry = Entry.decode(Run.parse(encoded).contents[0])
        opening = read_opening(entry.body) if entry.kind == "open" else None
        if entry.hlc >= found.get(author, (None, 0))[1]:
            found[AuthorKey(author)] = opening, entry.hlc
    return found
