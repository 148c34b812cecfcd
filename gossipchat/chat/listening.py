"""
What others said: read, put in its place in the rooms, made ready for the store.
"""

from gossipchat.chat.bodies import meaning
from gossipchat.chat.config import ChatConfig
from gossipchat.chat.events import Line, Row, StoredRun
from gossipchat.chat.heads import Heads, Place
from gossipchat.effects import Moment
from gossipchat.feeds.clock import HybridClock
from gossipchat.feeds.entry import Entry
from gossipchat.feeds.run import Run
from gossipchat.names import EntryId, RoomName


class Listener:
    """Reads the runs of others; moves the clock; knows what is late."""

    def __init__(self, config: ChatConfig, clock: HybridClock, heads: Heads) -> None:
        self._config = config
        self._clock = clock
        self._heads = heads

    def read(self, run: Run, tip: bytes, moment: Moment) -> StoredRun:
        """*run* with a row for each entry, as the store keeps it."""
        entries = [Entry.decode(content) for content in run.contents]
        rows = [
            self._row(run, seq, entry, moment)
            for seq, entry in enumerate(entries, run.first)
        ]
        return StoredRun(run, tip, tuple(rows))

    def place(self, run: Run, rows: tuple[Row, ...]) -> None:
        """*run* is on disk: it counts as seen from now on."""
        for row, content in zip(rows, run.contents, strict=True):
            if row.room is not None:
                place = Place(row.hlc, run.feed.author, run.feed.epoch, row.seq)
                self._heads.add(row.room, place, Entry.decode(content).after)

    def _row(self, run: Run, seq: int, entry: Entry, moment: Moment) -> Row:
        self._witness(entry.hlc, moment.wall_ms)
        meant = meaning(entry.kind, entry.body)
        place = Place(entry.hlc, run.feed.author, run.feed.epoch, seq)
        return Row(
            seq,
            entry.hlc,
            entry.wall_ms,
            meant.room,
            meant.nick,
            entry.kind,
            meant.text,
            late=self._is_late(meant.room, place, entry.wall_ms, moment.wall_ms),
            token=meant.token,
        )

    def _witness(self, hlc: int, wall_ms: int) -> None:
        ahead_ms = (hlc >> 16) - wall_ms
        if ahead_ms <= self._config.future_limit * 1000:
            self._clock.witness(hlc)

    def _is_late(
        self, room: RoomName | None, place: Place, said_ms: int, wall_ms: int
    ) -> bool:
        newest = None if room is None else self._heads.newest(room)
        overtaken = newest is not None and place < newest
        return overtaken and wall_ms - said_ms > self._config.late_after * 1000


def lines_of(stored: StoredRun, first_n: int, arrived_ms: int) -> list[Line]:
    """The lines of *stored*, whose first entry has the arrival number *first_n*."""
    author, epoch = stored.run.feed
    return [
        Line(
            n,
            EntryId(author, epoch, row.seq),
            row.room,
            row.nick,
            row.kind,
            row.text,
            row.wall_ms,
            arrived_ms,
            row.late,
        )
        for n, row in enumerate(stored.rows, first_n)
    ]
