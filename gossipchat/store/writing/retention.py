"""
Retention: what is too old, or too much, goes; the floor of its feed says so.

A floor never sinks, and what is at or below it is neither kept nor asked for.
"""

import sqlite3
from collections import deque
from collections.abc import Iterator

from gossipchat.broadcast.events import FloorRaised
from gossipchat.feeds.clock import milliseconds
from gossipchat.feeds.entry import Entry
from gossipchat.feeds.run import Run
from gossipchat.names import AuthorKey, FeedId
from gossipchat.store.config import StoreConfig
from gossipchat.store.numbers import unsigned
from gossipchat.store.writing.forgetting import forget_run

STEP = 256
"""Runs let go of in one transaction."""

HOUR_MS = 3_600_000
HOURS = 24
ENTRY_BYTES = 100
"""About what an entry takes beside its run and its text."""

_LOWEST = "SELECT feed, min(first) FROM runs INDEXED BY runs_by_place GROUP BY feed"
_OLDEST = "SELECT feed, last, length(encoded), last - first + 1 FROM runs"
_OLDEST_OF = f"{_OLDEST} WHERE feed IN (SELECT id FROM feeds WHERE author = ?)"  # noqa: S608
_BELOW = """
    SELECT n, last - first + 1 FROM runs WHERE feed = ?1 AND last <= ?2
    UNION ALL SELECT lost.n, last - first + 1 FROM lost JOIN entries USING (n)
        WHERE feed = ?1 AND last <= ?2
"""


class Quotas:
    """What each author has added in the last 24 hours of this process."""

    def __init__(self) -> None:
        self._added: dict[AuthorKey, deque[tuple[int, int]]] = {}

    def add(self, author: AuthorKey, size: int, wall_ms: int) -> None:
        """*author* has added *size* bytes."""
        hour = wall_ms // HOUR_MS
        added = self._added.setdefault(author, deque([(hour, 0)]))
        if added[-1][0] == hour:
            size += added.pop()[1]
        added.append((hour, size))

    def above(self, quota: int, wall_ms: int) -> Iterator[tuple[AuthorKey, int]]:
        """Authors above *quota*, and by how many bytes."""
        oldest = wall_ms // HOUR_MS - HOURS
        for author, added in list(self._added.items()):
            while added and added[0][0] <= oldest:
                added.popleft()
            if not added:
                del self._added[author]
            elif (excess := sum(size for _, size in added) - quota) > 0:
                yield author, excess

    def total(self, wall_ms: int) -> int:
        """What all have added in the last 24 hours, in bytes."""
        oldest = wall_ms // HOUR_MS - HOURS
        hours = (one for added in self._added.values() for one in added)
        return sum(size for hour, size in hours if hour > oldest)

    def forgive(self, author: AuthorKey, size: int) -> None:
        """*size* bytes of *author* have been let go of."""
        added = self._added.get(author, deque())
        while added and size > 0:
            hour, had = added.popleft()
            if had > size:
                added.appendleft((hour, had - size))
            size -= had


class Trimmer:
    """One step of letting go, inside a transaction."""

    def __init__(
        self, database: sqlite3.Connection, config: StoreConfig, wall_ms: int
    ) -> None:
        self._database = database
        self._config = config
        self._wall_ms = wall_ms
        self._left = STEP
        self._floors: dict[int, FloorRaised] = {}

    def trim(self, quotas: Quotas) -> tuple[FloorRaised, ...]:
        """
        Let go of about ``STEP`` runs; the floors that have risen. None: it is done.
        """
        if self._config.author_bytes_a_day:
            self._by_quota(quotas)
        if self._config.max_age:
            self._by_age()
        if self._config.max_bytes:
            self._by_size()
        return tuple(self._floors.values())

    def _by_quota(self, quotas: Quotas) -> None:
        quota = self._config.author_bytes_a_day
        for author, excess in list(quotas.above(quota, self._wall_ms)):
            let_go = self._oldest_first(_OLDEST_OF, (author,), excess)
            quotas.forgive(author, let_go)

    def _by_age(self) -> None:
        oldest_ms = self._wall_ms - int(self._config.max_age * 1000)
        for feed, first in self._database.execute(_LOWEST).fetchall():
            while self._left > 0 and (
                last := self._last_if_old(feed, first, oldest_ms)
            ):
                self._raise(feed, last)
                first = last + 1

    def _last_if_old(self, feed: int, first: int, oldest_ms: int) -> int | None:
        row = self._database.execute(
            "SELECT last, encoded FROM runs WHERE feed = ? AND first >= ?"
            " ORDER BY first LIMIT 1",
            (feed, first),
        ).fetchone()
        if row is None:
            return None
        newest = Entry.decode(Run.parse(row[1]).contents[-1])
        return int(row[0]) if milliseconds(newest.hlc) < oldest_ms else None

    def _by_size(self) -> None:
        excess = held_bytes(self._database) - self._config.max_bytes
        if excess > 0:
            self._oldest_first(_OLDEST, (), excess, weight=1)

    def _oldest_first(
        self, query: str, values: tuple[object, ...], excess: int, weight: int = 0
    ) -> int:
        """
        Let go of what came first, about *excess* bytes; how many it were.

        *weight* 1: their rows count as well as their runs.
        """
        let_go = 0
        rows = self._database.execute(f"{query} ORDER BY n LIMIT {STEP}", values)
        for feed, last, size, count in rows.fetchall():
            if let_go >= excess or self._left <= 0:
                break
            self._raise(feed, last)
            let_go += size + weight * (size + ENTRY_BYTES * count)
        return let_go

    def _raise(self, feed: int, last: int) -> None:
        """Nothing of *feed* up to entry *last*, where a run ends, is kept any more."""
        execute = self._database.execute
        found = execute(
            "SELECT author, epoch, tip FROM runs JOIN feeds ON feeds.id = feed"
            " WHERE feed = ? AND last = ?",
            (feed, last),
        ).fetchone()
        if found is None:
            return  # it went with one before it
        author, epoch, tip = found
        for n, count in execute(_BELOW, (feed, last)).fetchall():
            forget_run(self._database, n, count)
            self._left -= 1
        execute(
            "UPDATE feeds SET floor = ?, floor_tip = ? WHERE id = ?", (last, tip, feed)
        )
        id = FeedId(AuthorKey(author), unsigned(epoch))
        self._floors[feed] = FloorRaised(id, last, tip)


def held_bytes(database: sqlite3.Connection) -> int:
    """What the database holds: its pages, without those that are free again."""
    (pages,) = database.execute("PRAGMA page_count").fetchone()
    (free,) = database.execute("PRAGMA freelist_count").fetchone()
    (size,) = database.execute("PRAGMA page_size").fetchone()
    return int((pages - free) * size)
