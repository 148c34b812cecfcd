"""
What the disk holds at start, and how it is derived: from committed rows alone.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from gossipchat.chat.directory import Acquaintance
from gossipchat.chat.heads import Place
from gossipchat.feeds.clock import AHEAD_MS
from gossipchat.feeds.entry import MAX_HLC
from gossipchat.feeds.feed import Segment
from gossipchat.feeds.run import Run
from gossipchat.names import AuthorKey, FeedId, RoomName
from gossipchat.store import facts
from gossipchat.store.numbers import column, unsigned
from gossipchat.store.reading.acquaintances import acquaintances
from gossipchat.store.writing import early
from gossipchat.swim.events import RememberMember

MAX_ROOMS = 10_000
"""Whose newest entry is looked for: those in which something came last. A hostile
member can make hundreds of thousands a day."""

_LAST_ROOMS = """
    SELECT id, name FROM rooms
    ORDER BY (SELECT max(n) FROM entries WHERE room = rooms.id) DESC LIMIT ?
"""


@dataclass(frozen=True, slots=True)
class Opening:
    """All that the rooms need to know of the disk at start."""

    feeds: dict[FeedId, list[Segment]]
    """In the order in which they were first seen: an author's last one is its
    newest epoch, as far as known here."""
    signed: dict[FeedId, FeedId]
    """Of the branches among them: the feed that their runs are sealed for."""
    rooms: dict[RoomName, Place]
    """The newest entry of each; the room that was spoken in last comes last. Of more
    than ``MAX_ROOMS`` those are here in which something came last."""
    members: tuple[RememberMember, ...]
    """Those that were last alive first."""
    counters: dict[str, int]
    """As ``RememberCounter`` left them."""
    highest_hlc: int
    """Of all entries that others have said and that are shown here; 0: there are none.
    Of own ones, too, unless the newest is dated more than a day ahead."""
    last_n: int
    """The last arrival number that may have been given away."""
    entries: int
    """How many are held."""
    known: tuple[Acquaintance, ...] = ()
    """Authors with their newest ``open`` and the users who have spoken there."""
    next_due_ms: int | None = None
    """When the first entry that is not shown yet may be; None: all are shown."""
    floors: dict[FeedId, int] = field(default_factory=dict)
    """Of feeds of which retention has let go of something."""
    highest_own: int = 0
    """Of own ones then: but for those dated more than a day ahead."""
    aside: Path | None = None
    """Where the file is that was damaged; this one began anew."""
    is_unread: bool = False
    """It is the disk that does not give back all of it."""
    wreck: Path | None = None
    """The same, until all that is left of it has been taken over."""


def derive(
    database: sqlite3.Connection, wall_ms: int, last_n: int, own: AuthorKey | None
) -> Opening:
    """
    Read it all; *wall_ms*: what the machine's clock says, *own*: who writes here.

    Raises DecodeError or sqlite3.Error when the file is damaged.
    """
    feeds = _feeds(database)
    held = sum(
        segment.last - segment.first + 1
        for segments in feeds.values()
        for segment in segments
    )
    highest, highest_own = _highest_hlc(database, wall_ms, own)
    return Opening(
        feeds=feeds,
        signed=_signed(database),
        floors=_floors(database),
        rooms=_rooms(database),
        members=facts.members(database),
        counters=facts.counters(database),
        highest_hlc=highest,
        highest_own=highest_own,
        last_n=last_n,
        entries=held,
        known=acquaintances(database),
        next_due_ms=early.next_due(database),
    )


# Runs never overlap. So a feed whose runs add up to the distance between its two
# ends has no gap, and one pass over a narrow index tells that of all feeds.
_SPANS = """
    SELECT feed, min(first) AS low, max(first) AS top, max(last) AS high,
           sum(last - first + 1) AS held
    FROM runs INDEXED BY runs_by_place GROUP BY feed
"""
_WHOLE = f"""
    SELECT author, epoch, low, high, bottom.encoded, ending.tip, held, feeds.id
    FROM ({_SPANS}) AS span
    JOIN feeds ON feeds.id = span.feed
    JOIN runs AS bottom ON bottom.feed = span.feed AND bottom.first = span.low
    JOIN runs AS ending ON ending.feed = span.feed AND ending.first = span.top
    ORDER BY feeds.id
"""  # noqa: S608


def _feeds(database: sqlite3.Connection) -> dict[FeedId, list[Segment]]:
    feeds = {}
    for row in database.execute(_WHOLE).fetchall():
        author, epoch, low, high, encoded, tip, held, feed = row
        if held == high - low + 1:
            segments = [Segment(low, high, Run.parse(encoded).prev, tip)]
        else:
            segments = list(_islands(database, feed))
        feeds[FeedId(AuthorKey(author), unsigned(epoch))] = segments
    return feeds


def _signed(database: sqlite3.Connection) -> dict[FeedId, FeedId]:
    rows = database.execute(
        "SELECT author, epoch, signed FROM feeds WHERE signed IS NOT NULL"
    )
    return {
        FeedId(AuthorKey(author), unsigned(epoch)): FeedId(
            AuthorKey(author), unsigned(signed)
        )
        for author, epoch, signed in rows
    }


def _floors(database: sqlite3.Connection) -> dict[FeedId, int]:
    rows = database.execute("SELECT author, epoch, floor FROM feeds WHERE floor > 0")
    return {
        FeedId(AuthorKey(author), unsigned(epoch)): floor
        for author, epoch, floor in rows
    }


def _islands(database: sqlite3.Connection, feed: int) -> Iterator[Segment]:
    """The segments of a feed with gaps, ascending."""
    islands: list[list[int]] = []  # first, last, where the last run begins
    for first, last in database.execute(
        "SELECT first, last FROM runs WHERE feed = ? ORDER BY first", (feed,)
    ):
        if islands and islands[-1][1] + 1 == first:
            islands[-1][1:] = last, first
        else:
            islands.append([first, last, first])
    for first, last, top in islands:
        encoded, _ = _run(database, feed, first)
        _, tip = _run(database, feed, top)
        yield Segment(first, last, Run.parse(encoded).prev, tip)


def _run(database: sqlite3.Connection, feed: int, first: int) -> tuple[bytes, bytes]:
    encoded, tip = database.execute(
        "SELECT encoded, tip FROM runs WHERE feed = ? AND first = ?", (feed, first)
    ).fetchone()
    return encoded, tip


def _rooms(database: sqlite3.Connection) -> dict[RoomName, Place]:
    newest = []
    for id, name in database.execute(_LAST_ROOMS, (MAX_ROOMS,)).fetchall():
        row = database.execute(
            """
            SELECT hlc, author, epoch, seq FROM entries
            JOIN feeds ON feeds.id = entries.feed
            WHERE room = ?
            ORDER BY hlc DESC, author DESC, epoch DESC, seq DESC LIMIT 1
            """,
            (id,),
        ).fetchone()
        if row is not None:
            hlc, author, epoch, seq = row
            place = Place(unsigned(hlc), AuthorKey(author), unsigned(epoch), seq)
            newest.append((place, RoomName(name)))
    return {name: place for place, name in sorted(newest)}


_HIGHEST = """
    SELECT max(hlc) FROM (
        SELECT (SELECT max(hlc) FROM entries WHERE room = rooms.id) AS hlc FROM rooms
        UNION ALL SELECT max(hlc) FROM entries WHERE room IS NULL
    )
"""
_HIGHEST_OF = """
    SELECT max(hlc) FILTER (WHERE author != ?1),
           max(hlc) FILTER (WHERE author = ?1 AND hlc <= ?2)
    FROM entries JOIN feeds ON feeds.id = feed
"""


def _highest_hlc(
    database: sqlite3.Connection, wall_ms: int, own: AuthorKey | None
) -> tuple[int, int]:
    """
    The hybrid times of the newest entries: of others, and of *own* where that differs.

    What others said, and is shown, was not dated too far ahead by the clocks of all
    when it came: so it counts whatever ours says now. What we said ourselves counts
    unless it is dated too far ahead of our clock, or of what that said when an entry
    last came: a machine that has lost the time is not to forget what it said before.
    """
    (highest,) = database.execute(_HIGHEST).fetchone()
    if own is None or highest is None or highest <= _latest(wall_ms):
        return _hlc(highest), 0
    (arrived,) = database.execute(
        "SELECT arrived FROM entries ORDER BY n DESC LIMIT 1"
    ).fetchone()
    ceiling = _latest(max(wall_ms, arrived))
    others, ours = database.execute(_HIGHEST_OF, (own, ceiling)).fetchone()
    return _hlc(others), _hlc(ours)


def _latest(wall_ms: int) -> int:
    """The highest hlc that is not dated too far ahead of *wall_ms*, as a column."""
    return column(min((max(wall_ms, 0) + AHEAD_MS << 16) + 0xFFFF, MAX_HLC))


def _hlc(stored: int | None) -> int:
    return 0 if stored is None else unsigned(stored)
