"""
What can be asked of the disk. For the reader thread only; see ``Store.ask``.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gossipchat.chat.bodies import SPOKEN
from gossipchat.chat.events import Line
from gossipchat.errors import UsageError
from gossipchat.feeds.run import MAX_RUN_ENTRIES, Run
from gossipchat.names import AuthorKey, EntryId, FeedId, RoomName
from gossipchat.store import database
from gossipchat.store.numbers import column, unsigned


@dataclass(frozen=True, slots=True)
class RoomState:
    """A room that somebody has spoken in."""

    name: RoomName
    users: int
    """Nicks that have spoken in it."""
    topic: str
    """The newest one, in the one order; empty: there is none."""
    last_ms: int | None
    """Wall time of the last thing said there, in the one order."""


_LINE = """
    SELECT n, author, epoch, seq, rooms.name, nick, kind, text, wall, arrived, late
    FROM entries
    JOIN feeds ON feeds.id = entries.feed
    LEFT JOIN rooms ON rooms.id = entries.room
"""
_NEWEST_FIRST = "ORDER BY hlc DESC, author DESC, epoch DESC, seq DESC"
_SPOKEN = f"kind IN ({', '.join(repr(kind) for kind in SPOKEN)})"
_PLACE = """
    SELECT hlc, n FROM entries WHERE n = (
        SELECT runs.n + ?3 - first FROM runs JOIN feeds ON feeds.id = runs.feed
        WHERE author = ?1 AND epoch = ?2 AND first BETWEEN ?3 - ?4 AND ?3 AND last >= ?3
    )
"""


class Reader:
    """
    Questions to a read-only connection. Each sees all that was committed before it.

    They raise UsageError when they are asked for what cannot be, sqlite3.Error or
    DecodeError when the disk fails or is damaged; *limit* below 1 brings nothing.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    def lines(self, room: RoomName | None, since: int | None, limit: int) -> list[Line]:
        """
        In order of arrival: the first *limit* with ``n > since``; without *since*
        the last *limit*. *room* None: those of all rooms, and only those (what
        stands in no room is nobody's talk; ``line`` finds it).
        """
        # The + keeps the planner on n: nearly every entry is in some room.
        where = "+entries.room IS NOT NULL" if room is None else "rooms.name = :room"
        after = "" if since is None else "AND n > :since"
        direction = "DESC" if since is None else "ASC"
        rows = self._connection.execute(
            f"{_LINE} WHERE {where} {after} ORDER BY n {direction} LIMIT :limit",
            {"room": room, "since": since, "limit": max(limit, 0)},
        )
        lines = _lines(rows)
        return lines[::-1] if since is None else lines

    def history(
        self, room: RoomName, before: EntryId | None, limit: int, all_kinds: bool
    ) -> list[Line]:
        """
        A page in the one order (hlc, author, epoch, seq), oldest first: the last
        *limit* before *before*, or the newest. Kinds that carry text, or all.

        Raises UsageError when *before* is not held here.
        """
        where = ["entries.room = (SELECT id FROM rooms WHERE name = :room)"]
        if not all_kinds:
            where.append(_SPOKEN)
        place: dict[str, object] = {}
        if before is not None:
            hlc, _ = self._place(before)
            place = _keys(before) | {"hlc": hlc}
            where.append("hlc <= :hlc")
            where.append(
                "(hlc < :hlc OR (author, epoch, seq) < (:author, :epoch, :seq))"
            )
        rows = self._connection.execute(
            f"{_LINE} WHERE {' AND '.join(where)} {_NEWEST_FIRST} LIMIT :limit",
            {"room": room, "limit": max(limit, 0), **place},
        )
        return _lines(rows)[::-1]

    def line(self, id: EntryId) -> Line | None:
        """The entry *id*, in a room or not; None: it is not held here."""
        found = self._number(id)
        if found is None:
            return None
        return _lines(self._connection.execute(f"{_LINE} WHERE n = ?", found[1:]))[0]

    def rooms(self) -> list[RoomState]:
        """By name."""
        rows = self._connection.execute(
            f"""
            SELECT name, (SELECT count(*) FROM speakers WHERE room = rooms.id),
                (SELECT text FROM entries JOIN feeds ON feeds.id = feed
                 WHERE room = rooms.id AND kind = 'topic' {_NEWEST_FIRST} LIMIT 1),
                (SELECT wall FROM entries JOIN feeds ON feeds.id = feed
                 WHERE room = rooms.id AND {_SPOKEN} {_NEWEST_FIRST} LIMIT 1)
            FROM rooms ORDER BY name
            """  # noqa: S608
        )
        return [
            RoomState(RoomName(name), users, topic or "", last_ms)
            for name, users, topic, last_ms in rows
        ]

    def runs(self, feed: FeedId, first: int, last: int, max_bytes: int) -> list[Run]:
        """
        The runs of *feed* that overlap *first* to *last*, ascending, as many as
        *max_bytes* hold; at least one, if there is any.
        """
        rows = self._connection.execute(
            """
            SELECT encoded FROM runs JOIN feeds ON feeds.id = runs.feed
            WHERE author = ? AND epoch = ? AND first BETWEEN ? AND ? AND last >= ?
            ORDER BY first
            """,
            (
                feed.author,
                column(feed.epoch),
                max(first - MAX_RUN_ENTRIES + 1, 1),
                last,
                first,
            ),
        )
        runs: list[Run] = []
        for (encoded,) in rows:
            max_bytes -= len(encoded)
            if runs and max_bytes < 0:
                break
            runs.append(Run.parse(encoded))
        return runs

    def token(self, author: AuthorKey, token: str) -> EntryId | None:
        """What *author*, of this node, first said with *token*."""
        row = self._connection.execute(
            """
            SELECT epoch, seq FROM entries JOIN feeds ON feeds.id = feed
            WHERE token = ? AND author = ? ORDER BY n LIMIT 1
            """,
            (token, author),
        ).fetchone()
        return None if row is None else EntryId(author, unsigned(row[0]), row[1])

    def entries(self) -> int:
        """How many are held. Takes about 0.1 s a million runs."""
        (held,) = self._connection.execute(
            "SELECT coalesce(sum(last - first + 1), 0) FROM runs"
        ).fetchone()
        return int(held)

    def bytes_on_disk(self) -> int:
        """What the store takes, with what is not yet folded into its one file."""
        return database.bytes_on_disk(self._path)

    def _place(self, id: EntryId) -> tuple[int, int]:
        found = self._number(id)
        if found is None:
            raise UsageError(
                f"{id} is not here (yet): take the id of a line shown here"
            )
        return found

    def _number(self, id: EntryId) -> tuple[int, int] | None:
        """The stored hlc and the arrival number of *id*."""
        key = (id.author, column(id.epoch), id.seq, MAX_RUN_ENTRIES - 1)
        row = self._connection.execute(_PLACE, key).fetchone()
        return None if row is None else (row[0], row[1])


def _keys(id: EntryId) -> dict[str, object]:
    return {"author": id.author, "epoch": column(id.epoch), "seq": id.seq}


def _lines(rows: Iterable[tuple[Any, ...]]) -> list[Line]:
    return [
        Line(
            n=n,
            id=EntryId(AuthorKey(author), unsigned(epoch), seq),
            room=None if room is None else RoomName(room),
            nick=nick,
            kind=kind,
            text=text,
            wall_ms=wall,
            arrived_ms=arrived,
            late=bool(late),
        )
        for n, author, epoch, seq, room, nick, kind, text, wall, arrived, late in rows
    ]
