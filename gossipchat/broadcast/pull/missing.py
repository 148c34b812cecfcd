"""
What was noted and has not come: waited for a little, then grafted.
"""

from collections.abc import Callable
from dataclasses import dataclass

from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.broadcast.events import Link
from gossipchat.broadcast.holdings.cache import Sealed
from gossipchat.broadcast.holdings.holdings import Holdings
from gossipchat.broadcast.links.neighbours import Neighbour, Neighbours
from gossipchat.broadcast.pace import Pace
from gossipchat.broadcast.pull.noted import Noted
from gossipchat.broadcast.push.tree import Parent, Tree
from gossipchat.broadcast.spans import NONE, common
from gossipchat.effects import StartTimer
from gossipchat.feeds.feed import MAX_SEGMENTS
from gossipchat.feeds.ranges import Ranges
from gossipchat.names import AuthorKey, FeedId

MAX_NOTED = 4096
"""Feeds that are waited for; of more, what was noted is pulled."""

MAX_ENTRIES = 1024
"""Noted of one feed and lacking: what is more is history, and is pulled."""

MAX_OVERTAKEN = 256
"""Feeds of which it is watched how late the parent was; of more, the oldest leave."""

ROUND_TRIPS = 3
"""That a run may come later than the note of it."""

LATE = 0.005
"""Seconds that a timer may be late; later ones show that this process was busy."""

NEVER = float("inf")
SOON = 1e-6
"""Seconds: a timer may come by so much too early."""


@dataclass(frozen=True, slots=True)
class GraftDue:
    """Timer: see whether what was noted has come."""


class Missing:
    """
    Grafts a link when what it told of does not follow in time.

    In time: within three round trips, ``graft_patience``, or what the author's parent
    usually takes. While that brings other runs the wait begins anew,
    ``graft_longest`` in all: a parent with a queue is slow, not broken. Without any
    parent nothing would come by itself, so there is no wait.
    """

    def __init__(
        self,
        config: BroadcastConfig,
        holdings: Holdings,
        neighbours: Neighbours,
        tree: Tree,
        pace: Pace,
        round_trip: Callable[[AuthorKey], float | None],
        asked: Callable[[FeedId], Ranges],
    ) -> None:
        """*asked*: what of a feed others are asked for, and has not come."""
        self._config = config
        self._holdings = holdings
        self._neighbours = neighbours
        self._tree = tree
        self._pace = pace
        self._round_trip = round_trip
        self._asked = asked
        self._noted: dict[FeedId, Noted] = {}
        self._overtaken: dict[FeedId, Noted] = {}
        """What somebody else brought first: how late the parent is, is yet to see."""
        self._first_due = NEVER
        """Nothing is due before."""
        self._timer_at = NEVER

    def __len__(self) -> int:
        return len(self._noted)

    def note(self, near: Neighbour, feed: FeedId, now: float) -> None:
        """*near* has told that it has something new of *feed*."""
        missing = self._holdings.lacking(feed, near.knows(feed))
        noted = self._noted.get(feed)
        parent = self._tree.parent(feed.author)
        if not missing:
            if not noted and feed not in self._overtaken:
                self._measure(parent.link if parent else None, 0.0)
        elif missing.count > MAX_ENTRIES or (not noted and self._is_full()):
            near.offers[feed] = None
        elif noted:
            noted.told(missing, now)
            noted.links[near.link] = None
        else:
            self._begin(near, feed, missing, parent, now)

    def _begin(
        self,
        near: Neighbour,
        feed: FeedId,
        missing: Ranges,
        parent: Parent | None,
        now: float,
    ) -> None:
        self._overtaken.pop(feed, None)
        noted = Noted(missing, parent.link if parent else None, now)
        noted.links[near.link] = None
        if parent and parent.link != near.link:  # who only notes it will not send it
            noted.due += self._patience(near, parent.link, now)
        self._noted[feed] = noted
        self._first_due = min(self._first_due, noted.due)

    def grafted(self, feed: FeedId) -> Ranges:
        """What of *feed* links were grafted for, and has not come."""
        noted = self._noted.get(feed)
        return common(noted.grafted, noted.ranges) if noted else NONE

    def arrived(self, sealed: Sealed, link: Link, now: float) -> None:
        """It has come over *link*."""
        noted = self._noted.get(sealed.feed)
        if noted is not None:
            if link == noted.parent and common(noted.ranges, sealed.span):
                self._measure(link, now - noted.told_at(sealed.first))
            noted.came(sealed.span)
            if not noted.ranges:
                del self._noted[sealed.feed]
                if noted.parent not in (None, link):
                    self._watch(sealed.feed, noted)
        elif self._overtaken and sealed.feed in self._overtaken:
            noted = self._overtaken[sealed.feed]
            if link == noted.parent:
                del self._overtaken[sealed.feed]
                self._measure(link, now - noted.told_at(sealed.first))

    def _watch(self, feed: FeedId, noted: Noted) -> None:
        self._overtaken[feed] = noted
        if len(self._overtaken) > MAX_OVERTAKEN:
            del self._overtaken[next(iter(self._overtaken))]

    def _measure(self, link: Link | None, took: float) -> None:
        near = self._neighbours.get(link) if link is not None else None
        if near is not None:
            near.lag.add(min(took, self._config.graft_longest))

    def look(self, now: float) -> list[Neighbour]:
        """Graft what is overdue; returns the links that have something to send now."""
        if self._first_due > now + SOON:
            return []
        woken: list[Neighbour] = []
        for feed, noted in list(self._noted.items()):
            if noted.due <= now + SOON:
                woken += self._settle(feed, noted, now)
        dues = (noted.due for noted in self._noted.values())
        self._first_due = min(dues, default=NEVER)
        return woken

    def fired(self) -> None:
        """The timer has fired."""
        self._timer_at = NEVER

    def next_timer(self, now: float) -> list[StartTimer]:
        """A timer for what is due first, unless one runs that is early enough."""
        due = self._first_due
        if due == NEVER or self._timer_at <= due:
            return []
        self._timer_at = due
        return [StartTimer(GraftDue(), max(0.0, due - now))]

    def orphaned(self, link: Link, now: float) -> None:
        """*link* has ended: what it should have brought is asked for at once."""
        for noted in self._noted.values():
            if noted.parent == link:
                noted.parent = None
                noted.due = self._first_due = now

    def slept(self, now: float) -> None:
        """This process did not run: nobody else was slow."""
        for noted in self._noted.values():
            noted.begin_anew(now)
            noted.due = now + self._config.graft_patience
        if self._noted:
            self._first_due = now + self._config.graft_patience

    def _settle(self, feed: FeedId, noted: Noted, now: float) -> list[Neighbour]:
        missing = self._holdings.lacking(feed, noted.ranges)
        if not missing:
            del self._noted[feed]
            return []
        free = missing.minus(self._asked(feed))
        if not free:
            del self._noted[feed]
            return self._pull(feed, missing)
        later = self._we_are_busy(noted, now)
        later = later or self._parent_is_busy(feed.author, noted, now)
        if later is not None:
            noted.due = later
            return []
        while noted.links:
            link = next(iter(noted.links))
            del noted.links[link]
            near = self._neighbours.get(link)
            if near is not None and common(near.knows(feed), free):
                near.branch.graft(feed, free.first_pairs(MAX_SEGMENTS))
                noted.grafted = noted.grafted.union(free)
                noted.due = now + self._patience(near, link, now)
                return [near]
        del self._noted[feed]
        return self._pull(feed, missing)

    def _we_are_busy(self, noted: Noted, now: float) -> float | None:
        """
        Until when to read on: what is waited for may lie in our sockets, or talk has
        become fast since we were told of it.
        """
        patient = noted.since + self._config.graft_patience
        fast = noted.parent is not None and not self._pace.is_calm(now)
        if fast and now + SOON < patient:
            return patient
        late = now - noted.due
        if late <= LATE or now >= noted.since + self._config.graft_longest:
            return None
        return now + min(late, self._config.graft_patience)

    def _parent_is_busy(
        self, author: AuthorKey, noted: Noted, now: float
    ) -> float | None:
        """Until when to wait on, because the parent brings other runs meanwhile."""
        parent = self._tree.parent(author)
        near = self._neighbours.get(parent.link) if parent else None
        if parent is None or near is None or parent.at <= noted.since:
            return None
        due = parent.at + self._patience(near, near.link, now)
        latest = noted.since + self._config.graft_longest
        return due if now + SOON < due < latest else None

    def _pull(self, feed: FeedId, missing: Ranges) -> list[Neighbour]:
        """
        All that told of it were grafted in vain, or somebody has been asked for it:
        whoever claims it may be asked from now on.
        """
        claiming = [
            near for near in self._neighbours if common(near.knows(feed), missing)
        ]
        for near in claiming:
            near.offers[feed] = None
        return claiming

    def _patience(self, near: Neighbour, bringer: Link, now: float) -> float:
        """How long *bringer* may take for what *near* has told of, in seconds."""
        round_trip = self._round_trip(near.peer)
        known = self._neighbours.get(bringer)
        usual = min(known.lag.longest if known else 0.0, self._config.graft_longest)
        least = self._config.graft_patience
        if round_trip is not None and self._pace.is_calm(now):
            least = self._config.graft_patience_calm
        return max(ROUND_TRIPS * (round_trip or 0.0), least, usual)

    def _is_full(self) -> bool:
        return len(self._noted) >= MAX_NOTED
