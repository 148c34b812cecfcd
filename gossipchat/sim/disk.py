"""
A disk as the peer sees it: what was answered survives a crash, nothing else does.
"""

from gossipchat.chat.events import Line, Persist
from gossipchat.chat.heads import Place
from gossipchat.chat.listening import lines_of
from gossipchat.feeds.feed import Feed
from gossipchat.feeds.run import Run
from gossipchat.names import AuthorKey, FeedId, NodeName, RoomName
from gossipchat.swim.events import ForgetMember, RememberCounter, RememberMember

Fact = RememberMember | ForgetMember | RememberCounter


class Disk:
    """One node's disk. It may be full: then nothing can be written."""

    def __init__(self) -> None:
        self.full = False
        self.lines: list[Line] = []
        self.members: dict[NodeName, RememberMember] = {}
        self.counters: dict[str, int] = {}
        self.newest: dict[RoomName, Place] = {}
        self.highest_hlc = 0
        self._runs: dict[FeedId, dict[int, Run]] = {}
        self._feeds: dict[FeedId, Feed] = {}

    def commit(self, batch: Persist) -> int | None:
        """Keep *batch*; the arrival number of its first entry, None when full."""
        if self.full:
            return None
        first_n = len(self.lines) + 1
        for stored in batch.runs:
            run = stored.run
            feed = self._feeds.setdefault(run.feed, Feed(run.feed))
            feed.take(run, stored.tip)  # raises when somebody stores what is there
            self._runs.setdefault(run.feed, {})[run.first] = run
            self.lines += lines_of(stored, len(self.lines) + 1, batch.arrived_ms)
            for row in stored.rows:
                self.highest_hlc = max(self.highest_hlc, row.hlc)
                if row.room is not None:
                    place = Place(row.hlc, *run.feed, row.seq)
                    newest = self.newest.get(row.room, place)
                    self.newest[row.room] = max(newest, place)
        return first_n

    def remember(self, fact: Fact) -> None:
        """Keep a small fact."""
        match fact:
            case RememberMember(name):
                self.members[name] = fact
            case ForgetMember(name):
                self.members.pop(name, None)
            case RememberCounter(what, value):
                self.counters[what] = value

    def load(
        self, feed: FeedId, first: int, last: int, max_bytes: int
    ) -> tuple[Run, ...]:
        """Runs that overlap *first* to *last*, ascending: at least one if any."""
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

    def feeds(self) -> dict[FeedId, Feed]:
        """What is held, for a peer that starts; later commits don't change it."""
        return {id: Feed(id, feed.segments) for id, feed in self._feeds.items()}

    def last_own(self, author: AuthorKey) -> tuple[int, int, bytes] | None:
        """(epoch, seq, hash) of the last entry that *author* knows of itself."""
        own = [feed for id, feed in self._feeds.items() if id.author == author]
        if not own:
            return None
        return own[-1].id.epoch, own[-1].segments[-1].last, own[-1].segments[-1].tip
