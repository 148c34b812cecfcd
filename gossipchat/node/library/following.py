"""
What comes, one thing after the other, for ``async for``.
"""

from collections import deque
from collections.abc import Callable
from typing import Generic, Self, TypeVar

from twisted.internet.defer import Deferred

from gossipchat.errors import FellBehind, UsageError

Thing = TypeVar("Thing")


class Following(Generic[Thing]):
    """
    All that comes from its making on, in order; for one reader.

        following = cluster.changes()
        async for change in following:
            ...

    It ends when the member is gone, or at ``stop``. It holds *limit* things for a
    reader that is busy elsewhere; what came after them is lost, and said to be: the
    reader gets those, then FellBehind.
    """

    def __init__(self, limit: int, ended: Callable[["Following[Thing]"], None]) -> None:
        self._limit = limit
        self._ended = ended
        self._things: deque[Thing] = deque()
        self._waiting: Deferred[None] | None = None
        self._missed = False
        self._over = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Thing:
        if self._waiting is not None:
            raise UsageError("somebody waits here already: make one for each reader")
        while not self._things:
            if self._missed:
                self.stop()
                raise FellBehind(
                    f"more than {self._limit} things came that were not read: read"
                    " faster, or look at all again"
                )
            if self._over:
                raise StopAsyncIteration
            self._waiting = Deferred()
            try:
                await self._waiting
            finally:
                self._waiting = None
        return self._things.popleft()

    def put(self, thing: Thing) -> None:
        """*thing* came."""
        if self._over or self._missed:
            return
        if len(self._things) >= self._limit:
            self._missed = True
        else:
            self._things.append(thing)
        self._wake()

    def stop(self) -> None:
        """Nothing comes any more; what has come may still be read."""
        if not self._over:
            self._over = True
            self._ended(self)
            self._wake()

    def _wake(self) -> None:
        waiting = self._waiting
        if waiting is not None and not waiting.called:
            waiting.callback(None)
