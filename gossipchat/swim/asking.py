"""
Our own queries under way: who has answered, and when nobody's answer counts any more.
"""

from dataclasses import dataclass, field
from typing import Protocol

from gossipchat.effects import Count
from gossipchat.names import Address, NodeName
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.events import Effect, QueryReply
from gossipchat.wire.serf import ACK_FLAG, QueryResponse

MAX_UNDER_WAY = 64
"""Queries of ours at a time; each holds the names of those who have answered."""


class Collector(Protocol):
    """What becomes of the answers to one query."""

    def heard(self, reply: QueryReply, source: Address | None) -> list[Effect]:
        """One more; *source*: where it came from, None: from ourselves."""
        ...

    @property
    def is_full(self) -> bool:
        """Whether nobody is left who could answer."""
        ...

    def ended(self, acks: int, responses: int) -> list[Effect]:
        """No more come."""
        ...


@dataclass(frozen=True, slots=True)
class QueryDue:
    """Timer: the query *ltime*, *number* has had its time."""

    ltime: int
    number: int


@dataclass(slots=True)
class _UnderWay:
    collector: Collector
    acked: set[NodeName] = field(default_factory=set)
    responded: set[NodeName] = field(default_factory=set)


class Asking:
    """Counts one ack and one response of each member; relays bring them twice."""

    def __init__(self, config: SwimConfig) -> None:
        self._most = config.max_members
        self._queries: dict[tuple[int, int], _UnderWay] = {}

    @property
    def is_busy(self) -> bool:
        """Whether no more can be asked now."""
        return len(self._queries) >= MAX_UNDER_WAY

    def begin(self, ltime: int, number: int, collector: Collector) -> None:
        """Hand what comes to *collector* from now on."""
        self._queries[ltime, number] = _UnderWay(collector)

    def hear(self, response: QueryResponse, source: Address | None) -> list[Effect]:
        """Somebody answers; twice, or too late, counts for nothing."""
        running = self._queries.get((response.ltime, response.id))
        if running is None:
            return [Count("dropped.response-unasked")]
        is_ack = bool(response.flags & ACK_FLAG)
        known = running.acked if is_ack else running.responded
        if response.sender in known or len(known) >= self._most:
            return []
        known.add(response.sender)
        payload = None if is_ack else response.payload or b""
        reply = QueryReply(response.sender, payload, is_ack)
        effects = running.collector.heard(reply, source)
        if running.collector.is_full:
            effects += self._end(response.ltime, response.id)
        return effects

    def due(self, due: QueryDue) -> list[Effect]:
        """Its time is over."""
        return self._end(due.ltime, due.number)

    def _end(self, ltime: int, number: int) -> list[Effect]:
        running = self._queries.pop((ltime, number), None)
        if running is None:
            return []
        return running.collector.ended(len(running.acked), len(running.responded))
