"""
Serf's queries: passed on once, acked and answered where they are meant for us.

Those whose names begin with ``_serf_`` are answered here, the others by programs
that listen (``QueryCame``, ``QueryAnswered``).
"""

from collections.abc import Callable
from math import ceil, log10
from random import Random

from gossipchat.effects import Count, Notify
from gossipchat.errors import Refused, UsageError
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.dissemination.queue import Broadcasts
from gossipchat.swim.events import Effect, QueryCame, SendPacket
from gossipchat.swim.membership.members import Members
from gossipchat.swim.membership.myself import Myself
from gossipchat.swim.serf.asking import Asking, Collector
from gossipchat.swim.serf.filtering import Filtering
from gossipchat.swim.serf.lamport import LamportClock
from gossipchat.swim.serf.responses import Responses
from gossipchat.wire.memberlist.codec import encode
from gossipchat.wire.memberlist.messages import User
from gossipchat.wire.serf.codec import encode_serf
from gossipchat.wire.serf.messages import (
    ACK_FLAG,
    EVENT_SLOTS,
    NO_BROADCAST_FLAG,
    Filter,
    Query,
    Relay,
)

MAX_AT_ONCE = 64
"""Queries of one Lamport time that are told apart; more are dropped."""

MAX_QUERY_BYTES = 1024
"""Serf's limit."""

MAX_OPEN = 512
"""Queries that local programs may still answer; older ones give way."""

QUERY_TIMEOUT_MULT = 16
"""Serf's: in gossip intervals, for up to nine members."""

INTERNAL = "_serf_"
PING = "_serf_ping"

Answerer = Callable[[Query], list[Effect]]
"""What is done about a query of a certain name, beside the ack."""


class Queries:
    """The ring of the last 512 Lamport times, with the ids of the queries of each."""

    def __init__(
        self,
        me: Myself,
        members: Members,
        broadcasts: Broadcasts,
        clock: LamportClock,
        asking: Asking,
        responses: Responses,
        chance: Random,
    ) -> None:
        self._me = me
        self._members = members
        self._broadcasts = broadcasts
        self.clock = clock
        self._asking = asking
        self._responses = responses
        self._chance = chance
        self._filtering = Filtering(members.us)
        self._ring: dict[int, tuple[int, list[int]]] = {}
        self._open: dict[tuple[int, int], tuple[Query, float]] = {}
        self._answerers: dict[str, Answerer] = {PING: lambda query: []}

    def answer_with(self, name: str, answerer: Answerer) -> None:
        """Queries called *name* are for *answerer*."""
        self._answerers[name] = answerer

    # --- others' ----------------------------------------------------------------

    def hear(self, query: Query, body: bytes, now: float) -> list[Effect]:
        """Pass it on and answer it, the first time."""
        if self.clock.refuses(query.ltime):
            return [Count("dropped.ltime")]
        self.clock.witness(query.ltime)
        if not self._is_new(query):
            return []
        message = encode(User(body))
        if not query.flags & NO_BROADCAST_FLAG and self._broadcasts.fits(message):
            self._broadcasts.queries.put(message)
        if not self._filtering.means_us(query, now):
            return []
        return [*self._ack(query), *self._take(query, now)]

    def pass_on(self, relay: Relay) -> list[Effect]:
        """Somebody's answer, to be handed to whoever asked."""
        message = encode(User(relay.inner))
        if not self._broadcasts.fits(message):
            return [Count("dropped.too-long")]
        return [SendPacket(self._me.reached_at(relay.address), (message,))]

    def answered(
        self, query: tuple[int, int], payload: bytes, now: float
    ) -> list[Effect]:
        """A local program answers; the first one in time is sent."""
        asked, deadline = self._open.pop(query, (None, 0.0))
        if asked is None or now > deadline:
            return [Count("dropped.answer-late")]
        return self._responses.send(asked, 0, payload)

    # --- our own ----------------------------------------------------------------

    def ask(
        self,
        name: str,
        payload: bytes,
        timeout: float,
        collector: Collector,
        now: float,
        *,
        filters: tuple[Filter, ...] = (),
        acks: bool = False,
        relay_factor: int = 0,
    ) -> list[Effect]:
        """
        Ask all members, ourselves included, for *timeout* seconds.

        Raises UsageError when nobody could read it, Refused when too many run.
        """
        if self._asking.is_busy:
            raise Refused("too many queries are under way: wait for one to end")
        query = Query(
            ltime=self.clock.value,
            id=self._chance.getrandbits(32),
            source=self._members.us.address,
            source_node=self._me.name,
            filters=filters,
            flags=ACK_FLAG if acks else 0,
            relay_factor=relay_factor,
            timeout_ns=round(timeout * 1e9),
            name=name,
            payload=payload or None,
        )
        body = encode_serf(query)
        if len(body) > MAX_QUERY_BYTES:
            raise UsageError(
                f"the query takes {len(body)} bytes, name, payload and filters"
                f" included, but {MAX_QUERY_BYTES} is Serf's limit"
            )
        begun = self._asking.begin(query, encode(User(body)), timeout, collector)
        return [*begun, *self.hear(query, body, now)]

    # --- one query ----------------------------------------------------------------

    def _is_new(self, query: Query) -> bool:
        if query.ltime < self.clock.value - EVENT_SLOTS:
            return False
        slot = query.ltime % EVENT_SLOTS
        ltime, ids = self._ring.get(slot, (0, []))
        if ltime < query.ltime:
            ltime, ids = query.ltime, []
        if ltime > query.ltime or query.id in ids or len(ids) >= MAX_AT_ONCE:
            return False
        self._ring[slot] = (ltime, [*ids, query.id])
        return True

    def _ack(self, query: Query) -> list[Effect]:
        if not query.flags & ACK_FLAG:
            return []
        return self._responses.send(query, ACK_FLAG, None)

    def _take(self, query: Query, now: float) -> list[Effect]:
        if answerer := self._answerers.get(query.name):
            return answerer(query)
        if query.name.startswith(INTERNAL):
            return [Count("dropped.query-unknown")]
        if len(self._open) >= MAX_OPEN:
            del self._open[next(iter(self._open))]
        which, deadline = (query.ltime, query.id), now + query.timeout_ns / 1e9
        self._open[which] = (query, deadline)
        payload = query.payload or b""
        came = QueryCame(which, query.name, payload, query.source_node, deadline)
        return [Notify(came)]


def query_timeout(config: SwimConfig, members: int) -> float:
    """Serf's default, in seconds."""
    return config.gossip_interval * QUERY_TIMEOUT_MULT * ceil(log10(members + 1))
