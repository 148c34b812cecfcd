"""
Retention: what is too old, or too much, goes; the floor of its feed says so.

A floor never sinks, and what is at or below it is neither kept nor asked for.
"""

import sqlite3
from collections import OrderedDict
from heapq import heapify, heappop, heappush

from gossipchat.broadcast.events import FloorRaised
from gossipchat.feeds.clock import milliseconds
from gossipchat.feeds.entry import Entry
from gossipchat.feeds.run import Run
from gossipchat.names import AuthorKey, FeedId
from gossipchat.store.config import StoreConfig
from gossipchat.store.numbers import unsigned
from gossipchat.store.writing.forgetting import forget_run
from gossipchat.store.writing.openings import keep_opening

STEP = 256
"""Runs let go of in one transaction."""

DAY_MS = 24 * 3_600_000
MAX_DAYS = 16_384
"""Of all authors together; those of which something came last are counted."""

ENTRY_BYTES = 100
"""About what an entry takes beside its run and its text."""

_LOWEST = (
    "SELECT feed, min(first) AS low FROM runs INDEXED BY runs_by_place GROUP BY feed"
)
_RUN = """
    SELECT (SELECT hlc FROM entries WHERE entries.n = runs.n + last - first), runs.n,
           runs.feed, last, length(encoded), last - first + 1
    FROM runs
"""
_BOTTOMS = (
    f"{_RUN} JOIN ({_LOWEST}) AS lowest ON (runs.feed, first) = (lowest.feed, low)"
)
_BOTTOMS_OF = f"{_BOTTOMS} WHERE runs.feed IN (SELECT id FROM feeds WHERE author = ?)"  # noqa: S608
_ABOVE = f"{_RUN} WHERE feed = ? AND first > ? ORDER BY first LIMIT 1"
_NEVER = 1 << 63
"""After every stored hlc: of what is not shown yet."""
_BELOW = """
    SELECT n, last - first + 1 FROM runs WHERE feed = ?1 AND last <= ?2
    UNION ALL SELECT lost.n, last - first + 1 FROM lost JOIN entries USING (n)
        WHERE feed = ?1 AND last <= ?2
"""


class Quotas:
    """
    What each author has said on each day, by its own clock, as far as it came here
    in the life of this process.

    Not what has come within a day: who fetches a long history gets all of it at once,
    and must not take that for a flood.
    """

    def __init__(self) -> None:
        self._said: OrderedDict[tuple[AuthorKey, int], int] = OrderedDict()
        self._unsettled: list[tuple[tuple[AuthorKey, int], int]] = []
        """What was added by the transaction under way."""

    def add(self, author: AuthorKey, size: int, said_ms: int) -> None:
        """*author* has said *size* bytes at *said_ms*."""
        day = author, said_ms // DAY_MS
        self._said[day] = self._said.get(day, 0) + size
        self._said.move_to_end(day)
        self._unsettled.append((day, size))
        if len(self._said) > MAX_DAYS:
            self._said.popitem(last=False)

    def settle(self) -> None:
        """What was added is on disk."""
        self._unsettled.clear()

    def roll_back(self) -> None:
        """It is not: it will come again, and would be counted each time."""
        for day, size in self._unsettled:
            if day in self._said:
                self._said[day] -= size
        self._unsettled.clear()

    def above(self, quota: int) -> list[tuple[AuthorKey, int, int]]:
        """Authors above *quota*: on which day, and by how many bytes."""
        return [
            (author, day, size - quota)
            for (author, day), size in self._said.items()
            if size > quota
        ]

    def total(self, wall_ms: int) -> int:
        """What all have said on the day of *wall_ms*, in bytes."""
        today = wall_ms // DAY_MS
        return sum(size for (_, day), size in self._said.items() if day == today)

    def forgive(self, author: AuthorKey, day: int, size: int) -> None:
        """For what *author* said on *day*, *size* bytes of it have been let go of."""
        self._said[author, day] -= size
        self._unsettled.append(((author, day), -size))


class Trimmer:
    """One step of letting go, inside a transaction."""

    def __init__(
        self, database: sqlite3.Connection, config: StoreConfig, wall_ms: int
    ) -> None:
        self._database = database
        self._config = config
        self._wall_ms = wall_ms
        self._left = STEP
        self.entries = 0
        """How many have been let go of."""
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
        for author, day, excess in quotas.above(quota):
            let_go = self._oldest_first(_BOTTOMS_OF, (author,), excess)
            quotas.forgive(author, day, let_go)

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
            self._oldest_first(_BOTTOMS, (), excess, weight=1)

    def _oldest_first(
        self, bottoms: str, values: tuple[object, ...], excess: int, weight: int = 0
    ) -> int:
        """
        Let go of the oldest, about *excess* bytes; how many it were. By its date: what
        came first may be the newest, to a node that has joined late.

        *bottoms*: finds the lowest run of each feed. *weight* 1: rows count, too.
        """
        let_go = 0
        runs = [_dated(*row) for row in self._database.execute(bottoms, values)]
        heapify(runs)
        while runs and let_go < excess and self._left > 0:
            _, _, feed, last, size, count = heappop(runs)
            self._raise(feed, last)
            let_go += size + weight * (size + ENTRY_BYTES * count)
            above = self._database.execute(_ABOVE, (feed, last)).fetchone()
            if above is not None:
                heappush(runs, _dated(*above))
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
        keep_opening(self._database, author, feed)
        for n, count in execute(_BELOW, (feed, last)).fetchall():
            forget_run(self._database, n, count)
            self._left -= 1
            self.entries += count
        execute(
            "UPDATE feeds SET floor = ?, floor_tip = ? WHERE id = ?", (last, tip, feed)
        )
        id = FeedId(AuthorKey(author), unsigned(epoch))
        self._floors[feed] = FloorRaised(id, last, tip)


def _dated(
    hlc: int | None, n: int, feed: int, last: int, size: int, count: int
) -> tuple[int, int, int, int, int, int]:
    """A run, to be compared with others by its date, then by its arrival."""
    return _NEVER if hlc is None else hlc, n, feed, last, size, count


def held_bytes(database: sqlite3.Connection) -> int:
    """What the database holds: its pages, without those that are free again."""
    (pages,) = database.execute("PRAGMA page_count").fetchone()
    (free,) = database.execute("PRAGMA freelist_count").fetchone()
    (size,) = database.execute("PRAGMA page_size").fetchone()
    return int((pages - free) * size)
