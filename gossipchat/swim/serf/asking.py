"""
Our own queries under way: who has answered, and when nobody's answer counts any more.

Gossip misses a member now and then, which is bad news for a change of keys. So those
who are known to be silent after a quarter, a half and three quarters of the time are
asked straight.
"""

from dataclasses import dataclass, field
from typing import Protocol

from gossipchat.effects import Count, StartTimer
from gossipchat.names import Address, NodeName
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.events import Effect, QueryReply, SendPacket
from gossipchat.swim.membership.members import Members
from gossipchat.wire.serf.messages import ACK_FLAG, Query, QueryResponse

MAX_UNDER_WAY = 64
"""Queries of ours at a time; each holds the names of those who have answered."""


MAX_REMINDED = 64
"""Members that are asked straight; a packet each."""


class Collector(Protocol):
    """What becomes of the answers to one query."""

    def heard(self, reply: QueryReply, source: Address | None) -> list[Effect]:
        """One more; *source*: where it came from, None: from ourselves."""
        ...

    @property
    def is_full(self) -> bool:
        """Whether nobody is left who could answer."""
        ...

    def silent(self) -> list[NodeName]:
        """Who should have answered and has not, as far as that is known."""
        ...

    def ended(self, acks: int, responses: int) -> list[Effect]:
        """No more come."""
        ...


@dataclass(frozen=True, slots=True)
class QueryDue:
    """Timer: the query *ltime*, *number* has had its time."""

    ltime: int
    number: int


@dataclass(frozen=True, slots=True)
class ReminderDue:
    """Timer: one more quarter of its time is over."""

    ltime: int
    number: int
    quarter: int


@dataclass(slots=True)
class _UnderWay:
    collector: Collector
    message: bytes
    timeout: float
    acked: set[NodeName] = field(default_factory=set)
    responded: set[NodeName] = field(default_factory=set)


class Asking:
    """Counts one ack and one response of each member; relays bring them twice."""

    def __init__(self, config: SwimConfig, members: Members) -> None:
        self._most = config.max_members
        self._members = members
        self._queries: dict[tuple[int, int], _UnderWay] = {}

    @property
    def is_busy(self) -> bool:
        """Whether no more can be asked now."""
        return len(self._queries) >= MAX_UNDER_WAY

    def runs(self, query: Query) -> bool:
        """Whether it is one of ours, and its answers still count."""
        return (query.ltime, query.id) in self._queries

    def begin(
        self, query: Query, message: bytes, timeout: float, collector: Collector
    ) -> list[Effect]:
        """Hand what comes to *collector* from now on. *message*: the query, encoded."""
        ltime, number = query.ltime, query.id
        self._queries[ltime, number] = _UnderWay(collector, message, timeout)
        return [
            StartTimer(ReminderDue(ltime, number, 1), timeout / 4),
            StartTimer(QueryDue(ltime, number), timeout),
        ]

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

    def due(self, due: ReminderDue | QueryDue) -> list[Effect]:
        """Its time is over, or a part of it."""
        if isinstance(due, QueryDue):
            return self._end(due.ltime, due.number)
        return self._remind(due)

    def _remind(self, due: ReminderDue) -> list[Effect]:
        """Ask those who are silent once more."""
        running = self._queries.get((due.ltime, due.number))
        if running is None:
            return []
        silent = map(self._members.get, running.collector.silent()[:MAX_REMINDED])
        effects: list[Effect] = [
            SendPacket(entry.address, (running.message,))
            for entry in silent
            if entry is not None and entry.lives and entry is not self._members.us
        ]
        if due.quarter < 3:
            again = ReminderDue(due.ltime, due.number, due.quarter + 1)
            effects.append(StartTimer(again, running.timeout / 4))
        return effects

    def _end(self, ltime: int, number: int) -> list[Effect]:
        running = self._queries.pop((ltime, number), None)
        if running is None:
            return []
        return running.collector.ended(len(running.acked), len(running.responded))
