"""
Answers of many items, sent no faster than the client reads.
"""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.python.failure import Failure

from gossipchat.faces.socket.objects import Object, tail_object
from gossipchat.node.api import IChatNode, Line

One = TypeVar("One")

PAGE_LINES = 128
AT_ONCE = 64
"""Items of one stream that are sent in one turn of the reactor: a few milliseconds."""

MAX_WAITING_LINES = 512
"""Lines held for a follower that does not read; above it they are read again from
the store when it does."""


class Channel(Protocol):
    """Where a stream's items go."""

    @property
    def full(self) -> bool:
        """The client doesn't read what it has been sent; ``resume`` will follow."""

    def item(self, item: Object) -> None:
        """Send one item."""

    def soon(self, call: Callable[[], None]) -> None:
        """*call* in the reactor's next turn."""

    def end(self) -> None:
        """That was the last one."""

    def fail(self, failure: Failure) -> None:
        """There will be no more, since *failure*."""


class Stream(ABC):
    """Items that go to *channel* one by one, until it is full, ended or stopped."""

    endless = False
    """Whether it goes on until it is stopped."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._pumping = False
        self._resting = False
        """Enough was sent in this turn."""
        self._over = False

    @abstractmethod
    def start(self) -> None:
        """Begin."""

    @abstractmethod
    def _step(self) -> bool:
        """Send or fetch something; whether there may be more to do at once."""

    @abstractmethod
    def _release(self) -> None:
        """Let go of what was subscribed to, and of what is held."""

    def resume(self) -> None:
        """Go on for as long as the channel takes it, ``AT_ONCE`` items a turn."""
        if self._pumping or self._resting:
            return
        self._pumping = True
        room = AT_ONCE
        try:
            while room and not self._over and not self._channel.full and self._step():
                room -= 1
        finally:
            self._pumping = False
        if not (room or self._over):
            self._resting = True
            self._channel.soon(self._go_on)

    def _go_on(self) -> None:
        self._resting = False
        self.resume()

    def stop(self) -> None:
        """Send nothing more. A second call does nothing."""
        if not self._over:
            self._over = True
            self._release()

    def _end(self) -> bool:
        if not self._over:
            self.stop()
            self._channel.end()
        return False

    def _failed(self, failure: Failure) -> None:
        if not self._over:
            self.stop()
            self._channel.fail(failure)


class Listing(Stream, Generic[One]):
    """
    What *fetch* brings, each as *show* puts it when its turn has come: all at once
    would hold up the node.
    """

    def __init__(
        self,
        channel: Channel,
        fetch: Callable[[], Deferred[list[One]]],
        show: Callable[[One], Object],
    ) -> None:
        super().__init__(channel)
        self._fetch = fetch
        self._show = show
        self._items: deque[One] | None = None

    def start(self) -> None:
        """Ask; the items follow when they have come."""
        fetched = maybeDeferred(self._fetch).addCallback(self._fetched)
        fetched.addErrback(self._failed)

    def _release(self) -> None:
        self._items = None

    def _fetched(self, items: list[One]) -> None:
        self._items = deque(items)
        self.resume()

    def _step(self) -> bool:
        if self._items is None:
            return False
        if not self._items:
            return self._end()
        self._channel.item(self._show(self._items.popleft()))
        return True


class Tail(Stream):
    """
    Lines in order of arrival, each once: from the store, then as they come.

    It subscribes first and reads then, so nothing falls between; what came both
    ways is told by its number. A client that does not read costs at most a page
    and ``MAX_WAITING_LINES``: what it missed is read from the store again.

    Args:
        since: lines with a greater number; None: see *last*.
        last: without *since*, so many of the newest lines first.
    """

    def __init__(
        self,
        channel: Channel,
        node: IChatNode,
        room: str | None,
        since: int | None,
        last: int,
        follow: bool,
    ) -> None:
        super().__init__(channel)
        self._node = node
        self._room = room
        self.endless = follow
        self._first = last if since is None else 0
        self._sent = since or 0  # the greatest number sent, or in the page to be
        self._behind = since is not None or last > 0
        self._reading = False
        self._missed = False
        self._page: deque[Line] = deque()
        self._came: deque[Line] = deque()
        self._release_lines: Callable[[], None] = lambda: None

    @property
    def held(self) -> int:
        """Lines in memory that the client has not been sent."""
        return len(self._page) + len(self._came)

    def start(self) -> None:
        """Subscribe, then read."""
        if self.endless:
            self._release_lines = self._node.watch_lines(self._line_came)
        self.resume()

    def _release(self) -> None:
        self._release_lines()
        self._page.clear()
        self._came.clear()

    def _line_came(self, line: Line) -> None:
        if self._room is not None and not self._node.belongs(line, self._room):
            return
        if self._behind and not self._reading:
            return  # it is in the store, and will be read from there
        if len(self._came) >= MAX_WAITING_LINES:
            if not self._reading:  # from the first of these on, it will be read
                self._sent = max(self._sent, self._came[0].n - 1)
            self._came.clear()
            self._missed = True
        if self._missed:
            self._behind = True
        else:
            self._came.append(line)
        self.resume()

    def _step(self) -> bool:
        if self._page:
            self._channel.item(tail_object(self._node, self._page.popleft()))
        elif self._reading:
            return False
        elif self._behind:
            return self._read()
        elif self._came:
            line = self._came.popleft()
            if line.n > self._sent:
                self._sent = line.n
                self._channel.item(tail_object(self._node, line))
        else:
            return False if self.endless else self._end()
        return True

    def _read(self) -> bool:
        self._reading, self._missed = True, False
        first, self._first = self._first, 0
        since, limit = (None, first) if first else (self._sent, PAGE_LINES)
        page = maybeDeferred(self._node.lines, self._room, since, limit)
        page.addCallback(self._have_read, whole=bool(first))
        page.addErrback(self._failed)
        return not self._reading

    def _have_read(self, lines: list[Line], whole: bool) -> None:
        self._reading = False
        if lines:
            self._sent = lines[-1].n
        self._page.extend(lines)
        self._behind = self._missed or not (whole or len(lines) < PAGE_LINES)
        if self._behind:
            self._came.clear()  # it will be in the next page
        self.resume()
