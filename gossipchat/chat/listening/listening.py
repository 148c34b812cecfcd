"""
What others said: read, put in its place in the rooms, made ready for the store.
"""

from dataclasses import replace

from gossipchat.chat.bodies import PRIVATE, letter_meaning, meaning, read_opening
from gossipchat.chat.config import ChatConfig
from gossipchat.chat.directory import Directory
from gossipchat.chat.events import Line, Renamed, Revealed, Row, StoredRun
from gossipchat.chat.heads import Heads, Place
from gossipchat.chat.listening.gate import Incoming
from gossipchat.chat.sealing import Sealer
from gossipchat.effects import Moment
from gossipchat.errors import UsageError
from gossipchat.feeds.clock import HybridClock, milliseconds
from gossipchat.feeds.entry import Entry
from gossipchat.feeds.run import Run
from gossipchat.names import AuthorKey, EntryId, FeedId, RoomName, private_name


class Listener:
    """
    Reads the runs of others; moves the clock; knows what is late or early.

    *sealer* None: no private message can be opened.
    """

    def __init__(
        self,
        config: ChatConfig,
        clock: HybridClock,
        heads: Heads,
        directory: Directory,
        sealer: Sealer | None,
    ) -> None:
        self._config = config
        self._clock = clock
        self._heads = heads
        self._directory = directory
        self._sealer = sealer
        self.ahead_ms: int | None = None
        """By how much the median of the linked nodes' clocks is ahead of ours; None:
        there was nobody to compare with."""

    def hear(self, run: Run, tip: bytes) -> Incoming:
        """*run* with its entries; live if it is of about the time that we know."""
        entries = run.entries()
        behind_ms = milliseconds(self._clock.read) - milliseconds(entries[-1].hlc)
        live = behind_ms < self._config.late_after * 1000
        return Incoming(run, tip, entries, live)

    def read(self, came: Incoming, moment: Moment) -> StoredRun:
        """*came* with a row for each entry, as the store keeps it."""
        rows = [
            self._row(came, seq, entry, moment)
            for seq, entry in enumerate(came.entries, came.run.first)
        ]
        return StoredRun(came.run, came.tip, tuple(rows))

    def reread(self, run: Run) -> list[Row]:
        """What the store indexes of *run*, which is kept. From any thread."""
        return [
            read_row(run.feed, seq, entry, self._sealer)
            for seq, entry in enumerate(run.entries(), run.first)
        ]

    def place(self, run: Run, rows: tuple[Row, ...]) -> None:
        """*run* is on disk: it counts as seen from now on."""
        author, epoch = run.feed
        for row, entry in zip(rows, run.entries(), strict=True):
            if row.kind == "open":
                self._introduce(author, entry)
            elif row.room is not None and row.due_ms is None:
                place = Place(row.hlc, author, epoch, row.seq)
                self._heads.add(row.room, place, entry.after)
                self._directory.met(author, row.nick)

    def rename(self, renamed: Renamed) -> None:
        """What was called something else counts as seen under its new name."""
        self._heads.rename(renamed.old, renamed.new, renamed.first)

    def place_revealed(self, revealed: Revealed) -> None:
        """The time of an entry has come: it counts as seen, and moves the clock."""
        line, hlc = revealed
        self._clock.witness(hlc)
        if line.room is not None:
            self._heads.add(line.room, Place(hlc, *line.id), ())

    def reference_ms(self, wall_ms: int) -> int:
        """What our clock, which says *wall_ms*, and the neighbours' say together."""
        return wall_ms + (self.ahead_ms or 0)

    def set_clock_right(self, wall_ms: int) -> None:
        """Before something is said: what a wrong clock said before counts no more."""
        if self.ahead_ms is not None:
            self._clock.set_right(self.reference_ms(wall_ms))

    def _row(self, came: Incoming, seq: int, entry: Entry, moment: Moment) -> Row:
        due_ms = self._due(entry.hlc, moment.wall_ms)
        if due_ms is None:
            self._clock.witness(entry.hlc)
        author, epoch = came.run.feed
        row = read_row(came.run.feed, seq, entry, self._sealer)
        place = Place(entry.hlc, author, epoch, seq)
        late = self._is_late(row.room, place, entry.wall_ms, moment.wall_ms)
        gap = bool(came.missing) and _follows_what_is_missing(came, seq, entry)
        if not late and not gap and due_ms is None:
            return row  # as nearly always, and a copy costs as much as all of this
        return replace(row, late=late, gap=gap, due_ms=due_ms)

    def _due(self, hlc: int, wall_ms: int) -> int | None:
        """When an entry that is dated too far ahead may be shown; None: now."""
        due_ms = milliseconds(hlc) - int(self._config.future_limit * 1000)
        return due_ms if due_ms > self.reference_ms(wall_ms) else None

    def _introduce(self, author: AuthorKey, entry: Entry) -> None:
        opening = read_opening(entry.body)
        if opening is not None:
            self._directory.introduce(author, opening, entry.hlc)

    def _is_late(
        self, room: RoomName | None, place: Place, said_ms: int, wall_ms: int
    ) -> bool:
        newest = None if room is None else self._heads.newest(room)
        overtaken = newest is not None and place < newest
        return overtaken and wall_ms - said_ms > self._config.late_after * 1000


def _follows_what_is_missing(came: Incoming, seq: int, entry: Entry) -> bool:
    """Whether it answers, or its author had said before it, what has not come."""
    before = EntryId(*came.run.feed, seq - 1)
    return any(id in came.missing for id in (before, *entry.after))


def read_row(feed: FeedId, seq: int, entry: Entry, sealer: Sealer | None) -> Row:
    """What the store indexes of *entry*, as far as that is in the entry itself."""
    if entry.kind == PRIVATE:
        return _private_row(feed, seq, entry, sealer)
    meant = meaning(entry.kind, entry.body)
    return Row(
        seq,
        entry.hlc,
        entry.wall_ms,
        meant.room,
        meant.nick,
        entry.kind,
        meant.text,
        late=False,
        token=meant.token,
        target=meant.target,
    )


def _private_row(feed: FeedId, seq: int, entry: Entry, sealer: Sealer | None) -> Row:
    sealed = Row(seq, entry.hlc, entry.wall_ms, None, "?", PRIVATE, "", late=False)
    opened = sealer and sealer.open(feed.author, entry.body)
    if sealer is None or not opened:
        return sealed
    meant = letter_meaning(opened.plain)
    is_own = feed.author == sealer.me
    try:
        room = private_name("@" + (meant.peer if is_own else meant.nick))
    except UsageError:
        return sealed
    return replace(
        sealed,
        room=room,
        nick=meant.nick,
        kind=meant.kind,
        text=meant.text,
        token=meant.token,
        target=meant.target,
        peer=opened.to if is_own else feed.author,
    )


def lines_of(stored: StoredRun, first_n: int, arrived_ms: int) -> list[Line]:
    """The lines to show of *stored*, whose first entry has the number *first_n*."""
    author, epoch = stored.run.feed
    fork = stored.run.feed != stored.run.signed
    return [
        line_of(row, n, EntryId(author, epoch, row.seq), arrived_ms, fork)
        for n, row in enumerate(stored.rows, first_n)
        if row.due_ms is None
    ]


def line_of(row: Row, n: int, id: EntryId, arrived_ms: int, fork: bool = False) -> Line:
    """The line of *row*, the entry *id*, under the arrival number *n*."""
    return Line(
        n,
        id,
        row.room,
        row.nick,
        row.kind,
        row.text,
        row.wall_ms,
        arrived_ms,
        row.late,
        row.target,
        row.gap,
        row.peer,
        fork=fork,
        hlc=row.hlc,
    )
