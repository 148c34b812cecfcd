"""
What a node tells authors: the end up to which it has their feeds on disk.

A new author's run is told of a moment later, and once a second at most; who waits for
that is told together with others.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from gossipchat.chat.events import Effect
from gossipchat.chat.receipts.reporters import Reporters
from gossipchat.effects import StartTimer
from gossipchat.names import AuthorKey, FeedId
from gossipchat.wire.ours.datagrams import HasUpTo, SendDatagram

PACE = 1.0
"""Seconds between two reports to one author."""
MOMENT = 0.125
"""Seconds until the first report: what is said shall be everywhere before nodes are
busy with telling that they have it."""
SOON = 1e-6
"""Seconds: a timer may come by so much too early."""

Reach = Callable[[FeedId], int]
"""Up to which entry a feed is on disk here without a gap."""


class ReportsDue(NamedTuple):
    """Timer: authors that had to wait may be told, all together."""


class Reports:
    """Who is to be told what, and when."""

    def __init__(self, reporters: Reporters, reach: Reach) -> None:
        self._reporters = reporters
        self._reach = reach
        self._last: dict[AuthorKey, float] = {}
        self._due: dict[AuthorKey, dict[FeedId, None]] = {}
        self._since: dict[AuthorKey, float] = {}
        """When the first of what is due to an author came."""
        self._ticked = -PACE
        """When those that had to wait were last told."""
        self._timed = False

    def forget(self, author: AuthorKey) -> None:
        """*author* is no member any more."""
        self._last.pop(author, None)

    def kept(self, feeds: Iterable[FeedId], now: float) -> list[Effect]:
        """Something new of others' *feeds* is on disk."""
        me = self._reporters.me
        for feed in feeds:
            author = feed.author
            if author in self._reporters and me in self._reporters.counted(author):
                self._due.setdefault(author, {})[feed] = None
                self._since.setdefault(author, now)
        return self._report_later(now)

    def timer(self, now: float) -> list[Effect]:
        """Tell those it is time to tell; the others a little later."""
        self._timed, self._ticked = False, now
        effects: list[Effect] = []
        for author in list(self._due):
            if self._may_tell_at(author) <= now + SOON:
                feeds = self._due.pop(author)
                del self._since[author]
                self._last[author] = now
                newest = list(feeds)[-1]  # the rest is history that it caught up with
                effects.append(SendDatagram(author, self.of(newest)))
        return [*effects, *self._report_later(now)]

    def of(self, feed: FeedId) -> HasUpTo:
        """What is told of *feed*; nothing is there: 0."""
        return HasUpTo(feed, self._reach(feed))

    def _report_later(self, now: float) -> list[Effect]:
        """Who was told in the last second waits for all who were."""
        if not self._due or self._timed:
            return []
        self._timed = True
        first = min(map(self._waits_until, self._due))
        return [StartTimer(ReportsDue(), max(0.0, first - now))]

    def _waits_until(self, author: AuthorKey) -> float:
        together = self._ticked + PACE if self._was_told(author) else 0.0
        return max(self._may_tell_at(author), together)

    def _was_told(self, author: AuthorKey) -> bool:
        return self._last.get(author, -PACE) + PACE > self._since[author] + MOMENT

    def _may_tell_at(self, author: AuthorKey) -> float:
        last = self._last.get(author, -PACE)
        return max(last + PACE, self._since[author] + MOMENT)
