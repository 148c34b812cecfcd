"""A page that is not all here is fetched while whoever asked waits."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from gossipchat.broadcast.events import Hole, PageWanted
from gossipchat.chat.events import Line
from gossipchat.names import AuthorKey, FeedId
from gossipchat.node.door.paging import QUIET, WAIT, Pager
from gossipchat.store.reading.reader import Reader

FEED = FeedId(AuthorKey(b"a" * 32), 7)
OTHER = FeedId(AuthorKey(b"b" * 32), 7)
NO_LINES: list[Line] = []


def here(reader: Reader) -> list[Line]:
    """What a history finds."""
    return NO_LINES


class PagerTests(SynchronousTestCase):
    """Asked about one room whose lines all may stand in the holes there are."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.holes: list[Hole] = []
        self.wanted: list[PageWanted] = []
        self.looks = 0
        peer = SimpleNamespace(broadcast=SimpleNamespace(holes=lambda: self.holes))
        driver = SimpleNamespace(feed=self.wanted.append)
        self.pager = Pager(self.clock, cast(Any, peer), cast(Any, driver), self.read)

    def read(self, question: Callable[[Reader], Any]) -> "Deferred[Any]":
        self.looks += 1
        reader = SimpleNamespace(holes_in=lambda page, before, limit, holes: [*holes])
        return succeed(question(cast(Any, reader)))

    def ask(self) -> "Deferred[list[Line]]":
        return self.pager.page(here, None, 50)

    def test_a_page_without_holes_is_answered_at_once(self) -> None:
        """It costs one look."""
        assert self.successResultOf(self.ask()) == []
        assert (self.looks, self.wanted) == (1, [])

    def test_what_it_lacks_is_asked_for_until_it_is_here(self) -> None:
        """Then it is answered."""
        self.holes = [Hole(FEED, 1, 200)]
        asked = self.ask()
        self.clock.advance(0.05)
        self.holes = [Hole(FEED, 1, 100)]
        self.clock.advance(0.05)
        assert not asked.called
        assert self.wanted[0] == PageWanted((Hole(FEED, 1, 200),))
        assert self.wanted[-1] == PageWanted((Hole(FEED, 1, 100),))
        self.holes = []
        self.clock.advance(0.05)
        assert self.successResultOf(asked) == []

    def test_what_is_said_meanwhile_keeps_nobody_waiting(self) -> None:
        """Or a page would never be whole where people talk."""
        self.holes = [Hole(FEED, 1, 200)]
        asked = self.ask()
        self.holes = [Hole(FEED, 201, 202), Hole(OTHER, 1, 3)]
        self.clock.advance(0.05)
        assert self.successResultOf(asked) == []

    def test_nobody_waits_for_what_does_not_come(self) -> None:
        """Nothing new for a while, or not all in time: what is here is shown."""
        self.holes = [Hole(FEED, 1, 200)]
        asked = self.ask()
        self.clock.pump([0.05] * round(QUIET / 0.05 + 1))
        assert asked.called
        asked = self.ask()
        for left in range(round(WAIT / 0.05) + 1):
            self.holes = [Hole(FEED, 1, 300 - left)]
            self.clock.advance(0.05)
        assert asked.called and not self.clock.getDelayedCalls()
