"""
What the node's own people ask of the cluster: checked here, before anything is sent.
"""

from collections.abc import Hashable, Iterable

from gossipchat.errors import UsageError
from gossipchat.names import Address, NodeName
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.events import (
    Answered,
    Declined,
    Effect,
    EventAsked,
    KeysAsked,
    KeyTaskDone,
    QueryAnswered,
    QueryAsked,
    QueryEnd,
    QueryHeard,
    QueryReply,
    Reachability,
    ReachabilityAsked,
    Request,
    RttAsked,
    TagsAsked,
)
from gossipchat.swim.membership.members import Members
from gossipchat.swim.membership.ourselves import Ourselves
from gossipchat.swim.patterns.matching import Pattern
from gossipchat.swim.serf.coordinates import Coordinates, distance
from gossipchat.swim.serf.key_queries import (
    KEY_BYTES,
    LIST,
    QUERY_OF,
    KeyCount,
    KeyQueries,
)
from gossipchat.swim.serf.queries import INTERNAL, PING, Queries, query_timeout
from gossipchat.swim.serf.user_events import UserEvents
from gossipchat.wire.serf.codec import encode_serf
from gossipchat.wire.serf.messages import (
    Coordinate,
    Filter,
    KeyRequest,
    NodeFilter,
    TagFilter,
)

LONGEST_QUERY = 3600.0
"""Seconds that a query may take at most."""


class Requests:
    """Each request has its method; whatever is wrong with it is told in a sentence."""

    def __init__(
        self,
        config: SwimConfig,
        members: Members,
        ourselves: Ourselves,
        events: UserEvents,
        queries: Queries,
        keys: KeyQueries,
        coordinates: Coordinates,
    ) -> None:
        self._config = config
        self._members = members
        self._ourselves = ourselves
        self._events = events
        self._queries = queries
        self._keys = keys
        self._coordinates = coordinates

    def asked(self, request: Request, now: float) -> list[Effect]:
        """*request*, or why not."""
        match request:
            case KeyTaskDone():
                return self._keys.done(request)
            case QueryAnswered(query, payload):
                return self._queries.answered(query, payload, now)
        try:
            return self._carry_out(request, now)
        except UsageError as mistake:
            return [Declined(request.ask, str(mistake))]

    def _carry_out(self, request: Request, now: float) -> list[Effect]:
        match request:
            case EventAsked():
                return self._events.tell(request)
            case QueryAsked():
                return self._ask(request, now)
            case KeysAsked():
                return self._ask_for_keys(request, now)
            case TagsAsked(ask, put, drop):
                effects = self._ourselves.retag(put, drop)
                return [*effects, Answered(ask, dict(self._members.us.tags))]
            case ReachabilityAsked(ask, timeout):
                wait, reach = self._timeout(timeout), _Reach(ask, self._members)
                return self._queries.ask(PING, b"", wait, reach, now, acks=True)
            case RttAsked(ask, one, other):
                places = self._place(one), self._place(other or self._members.us.name)
                return [Answered(ask, distance(*places))]
            case _:
                return []

    def _ask(self, asked: QueryAsked, now: float) -> list[Effect]:
        if not asked.name or asked.name.startswith(INTERNAL):
            raise UsageError(
                f"a query needs a name, and one that does not begin with {INTERNAL}"
            )
        if not 0 <= asked.relay_factor <= 255:
            raise UsageError("a query has 0 to 255 relays")
        filters: list[Filter] = [NodeFilter(asked.names)] if asked.names else []
        for tag, expression in asked.tags:
            Pattern(expression)  # what nobody could read would silently match nobody
            filters.append(TagFilter(tag, expression))
        return self._queries.ask(
            asked.name,
            asked.payload,
            self._timeout(asked.timeout),
            _Forward(asked, _living(self._members)),
            now,
            filters=tuple(filters),
            acks=asked.acks,
            relay_factor=asked.relay_factor,
        )

    def _ask_for_keys(self, asked: KeysAsked, now: float) -> list[Effect]:
        query = QUERY_OF.get(asked.operation)
        if query is None:
            raise UsageError(f"{asked.operation}: keys are {', '.join(QUERY_OF)} only")
        payload = b""
        if asked.operation != LIST:
            if asked.key is None or len(asked.key) not in KEY_BYTES:
                raise UsageError("a key has 16, 24 or 32 bytes")
            payload = encode_serf(KeyRequest(asked.key))
        count = KeyCount(asked, _living(self._members))
        return self._queries.ask(query, payload, self._timeout(None), count, now)

    def _timeout(self, wanted: float | None) -> float:
        if wanted is None:
            return query_timeout(self._config, len(self._members))
        if not 0 < wanted <= LONGEST_QUERY:
            raise UsageError(f"a query takes up to {LONGEST_QUERY:.0f} seconds")
        return wanted

    def _place(self, name: NodeName) -> Coordinate:
        entry = self._members.get(name)
        if entry is None:
            raise UsageError(f"nobody here is called {name}")
        if entry is self._members.us:
            return self._coordinates.here
        if entry.coordinate is None:
            raise UsageError(
                f"{name} has told no coordinate yet: members tell theirs when they are"
                " pinged, one each second"
            )
        return entry.coordinate


class _Forward:
    """Each answer is handed to whoever asked. Silent is who should ack and did not."""

    def __init__(self, asked: QueryAsked, living: Iterable[NodeName]) -> None:
        self._ask = asked.ask
        meant = asked.names or living
        self._awaited = dict.fromkeys(meant if asked.acks and not asked.tags else ())

    def heard(self, reply: QueryReply, source: Address | None) -> list[Effect]:
        if reply.ack:
            self._awaited.pop(reply.sender, None)
        return [QueryHeard(self._ask, reply)]

    def silent(self) -> list[NodeName]:
        return list(self._awaited)

    @property
    def is_full(self) -> bool:
        return False

    def ended(self, acks: int, responses: int) -> list[Effect]:
        return [Answered(self._ask, QueryEnd(acks, responses))]


class _Reach:
    """Who acks, until all that live have."""

    def __init__(self, ask: Hashable, members: Members) -> None:
        self._ask = ask
        self._awaited = dict.fromkeys(_living(members))
        self._acked: dict[NodeName, None] = {}

    def heard(self, reply: QueryReply, source: Address | None) -> list[Effect]:
        self._acked[reply.sender] = None
        self._awaited.pop(reply.sender, None)
        return []

    @property
    def is_full(self) -> bool:
        return not self._awaited

    def silent(self) -> list[NodeName]:
        return list(self._awaited)

    def ended(self, acks: int, responses: int) -> list[Effect]:
        reached = Reachability(tuple(sorted(self._acked)), tuple(sorted(self._awaited)))
        return [Answered(self._ask, reached)]


def _living(members: Members) -> list[NodeName]:
    return [entry.name for entry in members if entry.lives]
