"""
A page of the past that is not all here: it is fetched while whoever asked waits.
"""

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater

from gossipchat.broadcast.events import Hole, PageWanted
from gossipchat.chat.events import Line
from gossipchat.names import EntryId, FeedId
from gossipchat.node.driver.driver import Driver
from gossipchat.peer.core import Peer
from gossipchat.store.reading.reader import Reader

WAIT = 2.0
"""Seconds that a page may take; then what is here is shown."""

QUIET = 0.7
"""Seconds without anything new after which nothing is waited for."""

LOOK = 0.05

Read = Callable[[Callable[[Reader], Any]], Deferred[Any]]
History = Callable[[Reader], list[Line]]


class Pager:
    """Reads pages, and lets the peer fetch first what they lack."""

    def __init__(
        self, reactor: IReactorTime, peer: Peer, driver: Driver, read: Read
    ) -> None:
        self._reactor = reactor
        self._peer = peer
        self._driver = driver
        self._read = read

    def page(
        self, history: History, before: EntryId | None, limit: int
    ) -> Deferred[list[Line]]:
        """What *history* finds, which looks for *limit* lines before *before*."""
        return Deferred.fromCoroutine(self._page(history, before, limit))

    async def _page(
        self, history: History, before: EntryId | None, limit: int
    ) -> list[Line]:
        changed = began = self._reactor.seconds()
        lacking: list[Hole] = []
        ends: dict[FeedId, int] = {}
        while True:
            lines, found = await self._look(history, before, limit)
            now = self._reactor.seconds()
            if not ends:
                ends = {hole.feed: hole.last for hole in found}
            # where people talk, something newer is always on its way
            found = [hole for hole in found if hole.first <= ends.get(hole.feed, 0)]
            if found != lacking:
                changed, lacking = now, found
            if not lacking or now - began >= WAIT or now - changed >= QUIET:
                return lines
            self._driver.feed(PageWanted(tuple(lacking)))
            await deferLater(self._reactor, LOOK)

    async def _look(
        self, history: History, before: EntryId | None, limit: int
    ) -> tuple[list[Line], list[Hole]]:
        """The page as it is now, and what it may lack."""
        holes = self._peer.broadcast.holes()

        def look(reader: Reader) -> tuple[list[Line], list[Hole]]:
            lines = history(reader)
            return lines, reader.holes_in(lines, before, limit, holes)

        lines, found = await self._read(look)
        return lines, found
