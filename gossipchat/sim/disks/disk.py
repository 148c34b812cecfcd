"""
A disk as the peer sees it: what was answered survives a crash, nothing else does.
"""

from dataclasses import replace
from random import Random

from gossipchat.broadcast.events import FloorRaised, Lost, Rename
from gossipchat.chat.bodies import read_opening
from gossipchat.chat.directory import Acquaintance
from gossipchat.chat.events import (
    Line,
    Persist,
    Reveal,
    Revealed,
    Row,
    StoredRun,
    TimeCame,
    Written,
)
from gossipchat.chat.heads import Place
from gossipchat.chat.listening.listening import line_of, lines_of
from gossipchat.feeds.entry import Entry
from gossipchat.feeds.feed import Feed
from gossipchat.feeds.run import Run, hashes
from gossipchat.names import AuthorKey, EntryId, FeedId, NodeName, RoomName
from gossipchat.swim.events import (
    ForgetMember,
    RememberCounter,
    Remembered,
    RememberMember,
)

Fact = RememberMember | ForgetMember | RememberCounter


COMMIT = 0.001
"""Seconds that a commit takes, on a disk that is well."""

LATER_MS = 60_000
"""In trouble, what is due is looked for again after so long (``node.driver.disk``)."""


class Disk:
    """
    One node's disk. It may be full: then nothing can be written. It may fail: then
    nothing can be read, either, while its node runs.
    """

    def __init__(self) -> None:
        self.full = False
        self.fails = False
        self.takes = COMMIT
        """Seconds for whatever it is asked: a slow disk takes long."""
        self.lines: list[Line] = []
        self.members: dict[NodeName, RememberMember] = {}
        self.counters: dict[str, int] = {}
        self.newest: dict[RoomName, Place] = {}
        self.highest_hlc = 0
        self.early: dict[EntryId, Row] = {}
        self._next_n = 1
        self._overdue: list[Rename] = []
        self._lost: dict[bytes, FeedId] = {}
        self._nicks: dict[AuthorKey, dict[str, None]] = {}
        self._runs: dict[FeedId, dict[int, Run]] = {}
        self._feeds: dict[FeedId, Feed] = {}

    @property
    def trouble(self) -> str:
        """Why nothing can be written; empty: it can."""
        if self.fails:
            return "the disk fails"
        return "the disk is full" if self.full else ""

    def commit(self, batch: Persist) -> Written | None:
        """Keep *batch*; where it stands, None when there is some trouble."""
        if self.trouble:
            return None
        while self._overdue:
            self._rename(self._overdue.pop(0))
        if any(map(self._is_taken, batch.runs)):
            return None
        first_n = self._next_n
        again: list[int] = []
        for place, stored in enumerate(batch.runs):
            run = stored.run
            feed = self._feeds.setdefault(run.feed, Feed(run.feed, signed=run.signed))
            feed.take(run, stored.tip)  # raises when somebody stores what is there
            self._runs.setdefault(run.feed, {})[run.first] = run
            if run.encoded in self._lost:
                self._put_back(run)
                again.append(place)
            else:
                self.lines += lines_of(stored, self._next_n, batch.arrived_ms)
            self._next_n += run.count
            for row in stored.rows:
                id = EntryId(*run.feed, row.seq)
                if row.due_ms is None:
                    self._place(id, row)
                else:
                    self.early[id] = row
        return Written(first_n, tuple(again))

    def _put_back(self, run: Run) -> None:
        """*run* was lost; what was shown of it has its name of now."""
        name = self._lost.pop(run.encoded)
        self._call(name, run.feed, range(run.first, run.last + 1), run.signed)

    def rename(self, wish: Rename) -> None:
        """Keep under another name what *wish* is about."""
        self._overdue.append(wish)
        if not self.trouble:
            self._rename(self._overdue.pop())

    def _rename(self, wish: Rename) -> None:
        runs = self._runs.get(wish.old, {})
        run = runs.get(wish.first)
        if run is None or run.prev != wish.prev:
            return
        if wish.tip not in (None, hashes(run)[-1]):
            return
        segment = self._feeds[wish.old].cut(wish.first, wish.prev)
        assert segment is not None  # noqa: S101
        new = self._feeds.setdefault(wish.new, Feed(wish.new, signed=run.signed))
        new.add(segment)
        for first in [n for n in sorted(runs) if segment.first <= n <= segment.last]:
            moved = runs.pop(first).named(wish.new)
            self._runs.setdefault(wish.new, {})[first] = moved
        moved_seqs = range(segment.first, segment.last + 1)
        self._call(wish.old, wish.new, moved_seqs, run.signed)

    def _call(self, old: FeedId, new: FeedId, seqs: range, signed: FeedId) -> None:
        """The lines *seqs* of *old* are called *new* now."""
        for place, line in enumerate(self.lines):
            if line.id.feed == old and line.id.seq in seqs:
                id = EntryId(*new, line.id.seq)
                self.lines[place] = replace(line, id=id, fork=new != signed)

    def _is_taken(self, stored: StoredRun) -> bool:
        """Whether another branch is kept in its place."""
        run = stored.run
        feed = self._feeds.get(run.feed)
        held = self._runs.get(run.feed, {}).get(run.first)
        same = held is not None and held.encoded == run.encoded
        return feed is not None and feed.holds(run.first) and not same

    def reveal(self, wish: Reveal) -> TimeCame:
        """Show what is due by now, under new arrival numbers; later, if in trouble."""
        if self.trouble:
            return TimeCame((), wish.now_ms + LATER_MS)
        revealed = []
        for id, row in sorted(self.early.items(), key=_by_due):
            if row.due_ms is not None and row.due_ms <= wish.now_ms:
                line = line_of(row, self._next_n, id, wish.wall_ms)
                self._next_n += 1
                self.lines.append(line)
                revealed.append(Revealed(line, row.hlc))
                self._place(id, row)
                del self.early[id]
        return TimeCame(tuple(revealed), self.next_due_ms)

    @property
    def next_due_ms(self) -> int | None:
        """When the first entry that is not shown yet may be."""
        return min((row.due_ms or 0 for row in self.early.values()), default=None)

    def known(self) -> list[Acquaintance]:
        """Whom the disk knows, for a peer that starts."""
        openings = {}
        for feed, runs in self._runs.items():
            if 1 in runs:
                entry = Entry.decode(runs[1].contents[0])
                openings[feed.author] = read_opening(entry.body), entry.hlc
        return [
            Acquaintance(author, opening, hlc, tuple(self._nicks.get(author, ())))
            for author, (opening, hlc) in openings.items()
        ]

    def _place(self, id: EntryId, row: Row) -> None:
        self.highest_hlc = max(self.highest_hlc, row.hlc)
        if row.room is not None:
            place = Place(row.hlc, *id)
            self.newest[row.room] = max(self.newest.get(row.room, place), place)
            self._nicks.setdefault(id.author, {})[row.nick] = None

    def remember(self, fact: Fact) -> None:
        """Keep a small fact, if that can be."""
        if self.fails:
            return
        match fact:
            case RememberMember(name):
                self.members[name] = fact
            case ForgetMember(name):
                self.members.pop(name, None)
            case RememberCounter(what, value):
                self.counters[what] = value

    def remembered(self, but: NodeName, wall_ms: int) -> list[Remembered]:
        """Members, those last alive first, for the peer of *but* that starts now."""
        told = sorted(self.members.values(), key=lambda one: (-one.wall_ms, one.name))
        return [
            Remembered(
                one.name,
                one.address,
                one.key,
                max(0, wall_ms - one.wall_ms) / 1000,
                one.left,
            )
            for one in told
            if one.name != but
        ]

    def lose_any(self, chance: Random) -> list[Lost]:
        """One run turns out to be damaged: it is let go of, its lines are not."""
        held = [run for runs in self._runs.values() for run in runs.values()]
        if not held:
            return []
        run = chance.choice(held)
        tip = hashes(run)[-1]
        self._feeds[run.feed].lose(run.first, run.last, run.prev, tip)
        del self._runs[run.feed][run.first]
        self._lost[run.encoded] = run.feed
        return [Lost(run.feed, run.first, run.last, run.prev, tip)]

    def trim_any(self, chance: Random) -> list[FloorRaised]:
        """Retention lets go of the lower part of some feed."""
        held = [run for runs in self._runs.values() for run in runs.values()]
        if not held:
            return []
        highest = chance.choice(held)
        floor, tip = highest.last, hashes(highest)[-1]
        self._feeds[highest.feed].raise_floor(floor, tip)
        for run in list(self._runs[highest.feed].values()):
            if run.last <= floor:
                self._forget(run)
        for encoded, feed in list(self._lost.items()):
            if feed == highest.feed and Run.parse(encoded).last <= floor:
                del self._lost[encoded]
                self._unshow(Run.parse(encoded).named(feed))
        return [FloorRaised(highest.feed, floor, tip)]

    def _forget(self, run: Run) -> None:
        del self._runs[run.feed][run.first]
        self._unshow(run)

    def _unshow(self, run: Run) -> None:
        gone = range(run.first, run.last + 1)
        self.lines = [
            line
            for line in self.lines
            if line.id.feed != run.feed or line.id.seq not in gone
        ]

    def load(
        self, feed: FeedId, first: int, last: int, max_bytes: int
    ) -> tuple[Run, ...]:
        """Runs that overlap *first* to *last*, ascending: one at least, if it can."""
        if self.fails:
            return ()
        found: list[Run] = []
        runs = self._runs.get(feed, {})
        for start in sorted(runs):
            run = runs[start]
            if run.last < first or run.first > last:
                continue
            max_bytes -= len(run.encoded)
            if found and max_bytes < 0:
                break
            found.append(run)
        return tuple(found)

    def holds(self, id: EntryId) -> bool:
        """Whether the entry *id* is kept."""
        feed = self._feeds.get(id.feed)
        return feed is not None and feed.holds(id.seq)

    def story(self) -> list[tuple[int, EntryId, bytes]]:
        """All that is kept, in the one order: (hlc, id, content) of each entry."""
        entries = [
            (Entry.decode(content).hlc, EntryId(*run.feed, seq), content)
            for runs in self._runs.values()
            for run in runs.values()
            for seq, content in enumerate(run.contents, run.first)
        ]
        return sorted(entries)

    def feeds(self) -> dict[FeedId, Feed]:
        """What is held, for a peer that starts; later commits don't change it."""
        return {
            id: Feed(id, feed.segments, feed.floor, feed.signed)
            for id, feed in self._feeds.items()
        }

    def last_own(self, author: AuthorKey) -> tuple[int, int, bytes] | None:
        """(epoch, seq, hash) of the last entry that *author* knows of itself."""
        own = [
            feed
            for id, feed in self._feeds.items()
            if id.author == author and feed.segments
        ]
        if not own:
            return None
        return own[-1].id.epoch, own[-1].segments[-1].last, own[-1].segments[-1].tip


def _by_due(early: tuple[EntryId, Row]) -> int:
    return early[1].due_ms or 0
