"""
Queries of other members, answered by functions of this program.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from gossipchat.errors import UsageError
from gossipchat.names import NodeName
from gossipchat.swim.events import QueryAnswered, QueryCame

log = Logger()

MAX_AT_ONCE = 256
"""Queries that are being answered; more at once are left unanswered."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A query that came from *source*."""

    name: str
    payload: bytes
    source: NodeName


Answerer = Callable[[Asked], bytes | Awaitable[bytes | None] | None]


class Answerers:
    """
    Who answers which query.

    Args:
        answer: takes the answers, on their way to who asked.
    """

    def __init__(self, answer: Callable[[QueryAnswered], None]) -> None:
        self._answer = answer
        self._answerers: dict[str, Answerer] = {}
        self._under_way = 0

    def add(self, name: str, answerer: Answerer) -> Callable[[], None]:
        """Let *answerer* answer *name*; what is returned ends it."""
        if name in self._answerers:
            raise UsageError(f"query {name!r} has an answerer already")
        if name.startswith("_serf_"):
            raise UsageError(f"query {name!r} is Serf's own")
        self._answerers[name] = answerer

        def stop() -> None:
            if self._answerers.get(name) is answerer:
                del self._answerers[name]

        return stop

    def hear(self, came: QueryCame) -> None:
        """A query came."""
        answerer = self._answerers.get(came.name)
        if answerer is not None and self._under_way < MAX_AT_ONCE:
            self._under_way += 1
            Deferred.fromCoroutine(self._work(answerer, came))

    async def _work(self, answerer: Answerer, came: QueryCame) -> None:
        try:
            answer = answerer(Asked(came.name, came.payload, came.source))
            if isinstance(answer, Awaitable):
                answer = await answer
        except Exception:
            log.failure("the answerer of query {name!r} raised", name=came.name)
            return
        finally:
            self._under_way -= 1
        if answer is not None:
            self._answer(QueryAnswered(came.query, bytes(answer)))
