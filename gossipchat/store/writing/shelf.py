"""
Where runs and their entries are put, batch by batch.

Many rows go in with one statement: the interpreter's lock is let go and taken
again around each, and a busy reactor makes every taking cost milliseconds.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from gossipchat.broadcast.events import Rename
from gossipchat.chat.bodies import SHOWN
from gossipchat.chat.events import (
    Persist,
    Reveal,
    Revealed,
    Row,
    StoredRun,
    TimeCame,
    Written,
)
from gossipchat.chat.listening.listening import line_of
from gossipchat.errors import StoreError
from gossipchat.feeds.clock import milliseconds
from gossipchat.feeds.ranges import Ranges
from gossipchat.feeds.run import MAX_RUN_ENTRIES, Run
from gossipchat.names import AuthorKey, FeedId, RoomName
from gossipchat.store.numbers import column, reference_column
from gossipchat.store.writing import early
from gossipchat.store.writing.losing import Losses
from gossipchat.store.writing.renaming import rename, signed_column
from gossipchat.store.writing.retention import Quotas
from gossipchat.store.writing.straightening import Crooked, straighten

MAX_FEEDS_KNOWN = 8192
MAX_ROOMS_KNOWN = 8192
MAX_SPEAKERS_KNOWN = 65536
"""How much is remembered of what is on disk anyway."""

ROW_BYTES = 1_500
"""About what the pages touched by one more entry add to the log."""

_AT_ONCE = (64, 16, 4, 1)
"""Rows a statement takes: few different statements, so that all stay prepared."""

_FLOOR = "SELECT floor, floor_tip FROM feeds WHERE id = ? AND floor > 0"
_LAST_RUN = "SELECT last, tip FROM runs WHERE feed = ? ORDER BY first DESC LIMIT 1"
_HELD_BY = """
    SELECT feed FROM runs JOIN feeds ON feeds.id = feed
    WHERE author = ? AND epoch = ? AND first <= ? AND last >= ? LIMIT 1
"""
_OVERLAP = (
    "SELECT first, last, tip FROM runs"
    " WHERE feed = ? AND first BETWEEN ? AND ? AND last >= ? LIMIT 1"
)


@dataclass(slots=True)
class _Shelved:
    """One feed as the disk has it."""

    id: int
    last: int = 0
    """The highest number of any entry held."""
    tip: bytes = b""


class Shelf:
    """The tables of feeds, runs, rooms, speakers and entries."""

    def __init__(
        self,
        database: sqlite3.Connection,
        next_n: int,
        owner: AuthorKey | None = None,
    ) -> None:
        """*owner*: whose store it is; tokens are kept of what that author said."""
        self._database = database
        self._owner = owner
        self.next_n = next_n
        """The next arrival number."""
        self.put_bytes = 0
        """About what SQLite's log has grown by, all in all."""
        self.quotas = Quotas()
        """Of others."""
        self.own = Quotas()
        """Of what is said here, which is never let go of for that."""
        self._feeds: dict[FeedId, _Shelved] = {}
        self._rooms: dict[RoomName, int] = {}
        self._speakers: set[tuple[int, AuthorKey, str]] = set()
        self._losses = Losses(database)
        self._settled = self.next_n, self.put_bytes

    def settle(self) -> None:
        """The transaction is committed."""
        self._settled = self.next_n, self.put_bytes
        self.quotas.settle()
        self.own.settle()

    def roll_back(self) -> None:
        """It is not: nothing of it counts, or a full disk would look like a flood."""
        self.forget()
        self.next_n, self.put_bytes = self._settled
        self.quotas.roll_back()
        self.own.roll_back()

    def forget(self) -> None:
        """What is remembered of the disk may not be so any more."""
        self._feeds.clear()
        self._rooms.clear()
        self._speakers.clear()
        self._losses.forget()

    def put(self, batch: Persist) -> Written:
        """
        Insert *batch*, inside a transaction; where it stands now.

        Every entry takes a number. A run that is held is skipped, one that was lost
        is put back where it was, and the numbers of both stay unused. Raises
        StoreError when others are held in its place, or when an own run does not
        chain to what is on disk: what was said just before it
        could not be written.
        """
        first_n = self.next_n
        taken: dict[FeedId, Ranges] = {}
        runs: list[tuple[object, ...]] = []
        entries: list[tuple[object, ...]] = []
        hidden: list[tuple[object, ...]] = []
        again: list[int] = []
        for place, stored in enumerate(batch.runs):
            run = stored.run
            feed = self._feed(run)
            if self._is_held(feed, stored, taken):
                again.append(place)
            else:
                if batch.own:
                    _check_chain(feed, stored)
                held = taken.get(run.feed, Ranges())
                taken[run.feed] = held.with_(run.first, run.last)
                if run.last > feed.last:
                    feed.last, feed.tip = run.last, stored.tip
                before = self._losses.take_back(stored, feed.id)
                n = self.next_n if before is None else before
                runs.append((n, feed.id, run.first, run.last, stored.tip, run.encoded))
                if before is None:
                    entries += self._entries(feed.id, stored, batch)
                    hidden += early.columns(feed.id, stored.rows, n)
                else:
                    again.append(place)
                self._weigh(stored, batch)
            self.next_n += run.count
        self._insert("runs", runs)
        self._insert("entries", entries)
        self._insert("early", hidden)
        return Written(first_n, tuple(again))

    def _weigh(self, stored: StoredRun, batch: Persist) -> None:
        """Count what a run of *batch* takes, for the whole and for its author."""
        run = stored.run
        self.put_bytes += 2 * len(run.encoded) + ROW_BYTES * run.count
        quotas = self.own if batch.own else self.quotas
        said_ms = min(milliseconds(stored.rows[-1].hlc), batch.arrived_ms)
        quotas.add(run.feed.author, len(run.encoded), said_ms)

    def reveal(self, wish: Reveal) -> TimeCame:
        """Show what is due, inside a transaction, under new arrival numbers."""
        revealed: list[Revealed] = []
        entries: list[tuple[object, ...]] = []
        wall_ms = wish.wall_ms
        for one in early.due(self._database, wish.now_ms):
            early.move(self._database, one.n, self.next_n)
            author, row = one.id.author, one.row
            entries.append(self._columns(self.next_n, one.feed, author, row, wall_ms))
            line = line_of(row, self.next_n, one.id, wall_ms)
            revealed.append(Revealed(line, row.hlc))
            self.next_n += 1
        self._insert("entries", entries)
        return TimeCame(tuple(revealed), early.next_due(self._database))

    def _is_held(
        self, feed: _Shelved, stored: StoredRun, taken: dict[FeedId, Ranges]
    ) -> bool:
        first, last = stored.run.first, stored.run.last
        earlier = taken.get(stored.run.feed)
        if earlier and earlier.within(first, last):
            return True
        if first > feed.last:
            return False
        lowest = first - MAX_RUN_ENTRIES + 1
        place = (feed.id, lowest, last, first)
        found = self._database.execute(_OVERLAP, place).fetchone()
        if found is not None and found != (first, last, stored.tip):
            raise StoreError("another branch of this feed is kept in its place")
        return found is not None

    def _entries(
        self, feed: int, stored: StoredRun, batch: Persist
    ) -> Iterator[tuple[object, ...]]:
        author = stored.run.feed.author
        for n, row in enumerate(stored.rows, self.next_n):
            if row.due_ms is None:
                token = row.token if batch.own or author == self._owner else None
                yield self._columns(n, feed, author, row, batch.arrived_ms, token)

    def _columns(
        self,
        n: int,
        feed: int,
        author: AuthorKey,
        row: Row,
        arrived_ms: int,
        token: str | None = None,
    ) -> tuple[object, ...]:
        """*row* as the table of entries has it; its room and its user are noted."""
        room = None if row.room is None else self._room(row.room)
        if room is not None and row.kind in SHOWN:
            self._note_speaker(room, author, row.nick)
        return (
            n,
            feed,
            row.seq,
            column(row.hlc),
            row.wall_ms,
            arrived_ms,
            row.late,
            room,
            row.nick,
            row.kind,
            row.text,
            token,
            row.target and reference_column(row.target),
            row.gap,
            row.peer,
        )

    def straighten(self, one: Crooked) -> None:
        """Make a row anew, inside a transaction, unless its run is gone."""
        place = (one.feed.author, column(one.feed.epoch), one.row.seq, one.row.seq)
        feed = self._database.execute(_HELD_BY, place).fetchone()
        if feed is not None:
            author, wall_ms = one.feed.author, one.row.wall_ms
            columns = self._columns(one.n, feed[0], author, one.row, wall_ms)
            straighten(self._database, one, columns)

    def rename(self, wish: Rename) -> None:
        """Keep under another name, inside a transaction, what *wish* is about."""
        runs = rename(self._database, wish)
        self.put_bytes += ROW_BYTES * runs
        for feed in (wish.old, wish.new):
            self._feeds.pop(feed, None)

    def _feed(self, run: Run) -> _Shelved:
        id = run.feed
        feed = self._feeds.get(id)
        if feed is None:
            if len(self._feeds) >= MAX_FEEDS_KNOWN:
                self._feeds.clear()
            key = (id.author, column(id.epoch))
            feed = _Shelved(self._id_of("feeds", "author, epoch", key))
            if id != run.signed:
                signed = signed_column(id, run.signed)
                update = "UPDATE feeds SET signed = ? WHERE id = ?"
                self._database.execute(update, (signed, feed.id))
            last = self._database.execute(_LAST_RUN, (feed.id,)).fetchone()
            last = last or self._database.execute(_FLOOR, (feed.id,)).fetchone()
            if last is not None:
                feed.last, feed.tip = last
            self._feeds[id] = feed
        return feed

    def _room(self, name: RoomName) -> int:
        room = self._rooms.get(name)
        if room is None:
            if len(self._rooms) >= MAX_ROOMS_KNOWN:
                self._rooms.clear()
            room = self._rooms[name] = self._id_of("rooms", "name", (name,))
        return room

    def _note_speaker(self, room: int, author: AuthorKey, nick: str) -> None:
        if (room, author, nick) in self._speakers:
            return
        if len(self._speakers) >= MAX_SPEAKERS_KNOWN:
            self._speakers.clear()
        self._speakers.add((room, author, nick))
        insert = "INSERT OR IGNORE INTO"
        self._database.execute(f"{insert} speakers VALUES (?, ?)", (room, nick))
        self._database.execute(f"{insert} users VALUES (?, ?)", (author, nick))

    def _id_of(self, table: str, columns: str, key: tuple[object, ...]) -> int:
        """The id of the row of *table* that is *key*; it is made if need be."""
        marks = ", ".join("?" * len(key))
        select = f"SELECT id FROM {table} WHERE ({columns}) = ({marks})"  # noqa: S608
        found = self._database.execute(select, key).fetchone()
        if found is None:
            insert = f"INSERT INTO {table} ({columns}) VALUES ({marks}) RETURNING id"  # noqa: S608
            found = self._database.execute(insert, key).fetchone()
        return int(found[0])

    def _insert(self, table: str, rows: Sequence[tuple[object, ...]]) -> None:
        done = 0
        for size in _AT_ONCE:
            while len(rows) - done >= size:
                shape = "(" + ", ".join("?" * len(rows[0])) + ")"
                shapes = ", ".join([shape] * size)
                self._database.execute(
                    f"INSERT INTO {table} VALUES {shapes}",  # noqa: S608
                    tuple(chain.from_iterable(rows[done : done + size])),
                )
                done += size


def _check_chain(feed: _Shelved, stored: StoredRun) -> None:
    run = stored.run
    if run.first != feed.last + 1 or (run.first > 1 and run.prev != feed.tip):
        raise StoreError("what was said just before this could not be written")
