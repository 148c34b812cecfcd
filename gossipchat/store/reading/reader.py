"""
What can be asked of the disk. For the reader thread only; see ``Store.ask``.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gossipchat.broadcast.events import Hole
from gossipchat.chat.bodies import SHOWN
from gossipchat.chat.events import Line
from gossipchat.errors import UsageError
from gossipchat.feeds.run import MAX_RUN_ENTRIES, Run
from gossipchat.names import AuthorKey, EntryId, FeedId, RoomName
from gossipchat.store.file import database
from gossipchat.store.numbers import column, unsigned
from gossipchat.store.reading.amending import amended
from gossipchat.store.reading.lines import LINE, NEWEST_FIRST, lines_in
from gossipchat.store.reading.opening import MAX_ROOMS
from gossipchat.store.reading.references import followed, number, present
from gossipchat.store.reading.searching import Search
from gossipchat.store.writing.checking import Checked, check_runs
from gossipchat.store.writing.straightening import RowsOf


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


_SHOWN = f"kind IN ({', '.join(repr(kind) for kind in SHOWN)})"


class Reader:
    """
    Questions to a read-only connection. Each sees all that was committed before it.

    They raise UsageError when they are asked for what cannot be, sqlite3.Error or
    DecodeError when the disk fails or is damaged; *limit* below 1 brings nothing.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    def lines(
        self,
        room: RoomName | None,
        since: int | None,
        limit: int,
        peer: AuthorKey | None = None,
    ) -> list[Line]:
        """
        In order of arrival: the first *limit* with ``n > since``; without *since*
        the last *limit*. *room* None: those of all rooms, and only those (what
        stands in no room is nobody's talk; ``line`` finds it). *peer*: private ones
        to and from that node.
        """
        where = _place(room, peer)
        if since is not None:
            where.append("n > :since")
        direction = "DESC" if since is None else "ASC"
        rows = self._connection.execute(
            f"{LINE} WHERE {' AND '.join(where)} ORDER BY n {direction} LIMIT :limit",
            {"room": room, "peer": peer, "since": since, "limit": max(limit, 0)},
        )
        lines = self._amended(rows)
        return lines[::-1] if since is None else lines

    def history(
        self,
        room: RoomName | None,
        before: EntryId | None,
        limit: int,
        all_kinds: bool,
        peer: AuthorKey | None = None,
    ) -> list[Line]:
        """
        A page in the one order (hlc, author, epoch, seq), oldest first: the last
        *limit* before *before*, or the newest. Kinds that carry text, or all.

        Raises UsageError when *before* is not held here.
        """
        where = _place(room, peer, by_order=True)
        if not all_kinds:
            where.append(_SHOWN)
        place: dict[str, object] = {}
        if before is not None:
            place = self._place(before)
            where.append("hlc <= :hlc")
            where.append(
                "(hlc < :hlc OR (author, epoch, seq) < (:author, :epoch, :seq))"
            )
        rows = self._connection.execute(
            f"{LINE} WHERE {' AND '.join(where)} {NEWEST_FIRST} LIMIT :limit",
            {"room": room, "peer": peer, "limit": max(limit, 0), **place},
        )
        return self._amended(rows)[::-1]

    def holes_in(
        self,
        page: Sequence[Line],
        before: EntryId | None,
        limit: int,
        holes: Iterable[Hole],
    ) -> list[Hole]:
        """
        Those of *holes* in which lines may stand that belong on *page*, which is what
        ``history`` found for *before* and *limit*: by their times.
        """
        oldest = column(page[0].hlc) if page and len(page) >= limit else column(0)
        newest = None if before is None else self._place(before)["hlc"]
        return [
            hole
            for hole in holes
            if _reaches(self._time(hole.feed, hole.last + 1), oldest)
            and _reaches(newest, self._time(hole.feed, hole.first - 1))
        ]

    def search(
        self,
        words: str,
        room: RoomName | None,
        limit: int,
        peer: AuthorKey | None = None,
    ) -> list[Line]:
        """
        The newest *limit* in the one order that hold all of *words* now, oldest
        first. Raises UsageError when there is nothing to look for.
        """
        search = Search(self._connection, words, _place(room, peer), self.line)
        return search.newest(max(limit, 0), {"room": room, "peer": peer})

    def line(self, id: EntryId) -> Line | None:
        """
        The entry *id*, in a room or not; None: it is not held here.

        Raises UsageError when that was the name of several (``references``).
        """
        found = number(self._connection, present(self._connection, id))
        if found is None:
            return None
        rows = self._connection.execute(f"{LINE} WHERE n = ?", found[1:])
        return self._amended(rows)[0]

    def rooms(self) -> list[RoomState]:
        """By name; of more than ``MAX_ROOMS`` the first that were spoken in."""
        rows = self._connection.execute(
            f"""
            SELECT name, (SELECT count(*) FROM speakers WHERE room = rooms.id),
                (SELECT text FROM entries JOIN feeds ON feeds.id = feed
                 WHERE room = rooms.id AND kind = 'topic' {NEWEST_FIRST} LIMIT 1),
                (SELECT wall FROM entries JOIN feeds ON feeds.id = feed
                 WHERE room = rooms.id AND {_SHOWN} {NEWEST_FIRST} LIMIT 1)
            FROM rooms WHERE name LIKE '#%' ORDER BY id LIMIT {MAX_ROOMS}
            """  # noqa: S608
        )
        return [
            RoomState(RoomName(name), users, topic or "", last_ms)
            for name, users, topic, last_ms in sorted(rows)
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
            runs.append(Run.parse(encoded).named(feed))
        return runs

    def check_runs(
        self, after_n: int, most: int, rows_of: RowsOf | None = None
    ) -> Checked:
        """Look at *most* runs behind *after_n*; see ``writing.checking``."""
        return check_runs(self._connection, after_n, most, rows_of)

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

    def present_id(self, id: EntryId) -> EntryId:
        """What the entry *id* is called since its feed has forked. As ``line``."""
        return present(self._connection, id)

    def _amended(self, rows: sqlite3.Cursor) -> list[Line]:
        lines = followed(self._connection, lines_in(rows))
        return amended(self._connection, lines)

    def _time(self, feed: FeedId, seq: int) -> int | None:
        """The stored hlc of an entry; None: it is not on disk."""
        found = number(self._connection, EntryId(*feed, seq))
        return None if found is None else found[0]

    def _place(self, id: EntryId) -> dict[str, Any]:
        """Where *id* stands in the one order, as its columns have it."""
        id = present(self._connection, id)
        found = number(self._connection, id)
        if found is None:
            raise UsageError(
                f"{id} is not here (yet): take the id of a line shown here"
            )
        author, epoch, seq = id
        return {"author": author, "epoch": column(epoch), "seq": seq, "hlc": found[0]}


def _reaches(later: int | None, earlier: int | None) -> bool:
    """Whether *later* is, or may be, no earlier than *earlier*; None: unknown."""
    return later is None or earlier is None or later >= earlier


def _place(
    room: RoomName | None, peer: AuthorKey | None, by_order: bool = False
) -> list[str]:
    """Where lines must stand, for one statement to say."""
    where = [] if peer is None else ["peer = :peer"]
    if room is not None and (by_order or peer is not None):
        where.append("entries.room = (SELECT id FROM rooms WHERE name = :room)")
    elif room is not None:
        where.append("rooms.name = :room")
    # The + keeps the planner on n: nearly every entry is in some room.
    return where or ["+entries.room IS NOT NULL"]
