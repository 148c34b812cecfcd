"""
Serf's queries: passed on once, and answered where any member can.

Acks go to whoever asked; ``_serf_conflict`` is answered with whom we hold for the
name in question, so that a victim of two equal names learns who is in the majority.
"""

from gossipchat.effects import Count
from gossipchat.errors import UsageError
from gossipchat.names import NodeName
from gossipchat.swim.dissemination import Broadcasts
from gossipchat.swim.events import Effect, SendPacket
from gossipchat.swim.lamport import MAX_STAMP, LamportClock
from gossipchat.swim.members import Entry, Members, Standing
from gossipchat.swim.myself import Myself
from gossipchat.wire.codec import encode
from gossipchat.wire.messages import User
from gossipchat.wire.serf import (
    ACK_FLAG,
    EVENT_SLOTS,
    NO_BROADCAST_FLAG,
    ConflictMember,
    ConflictResponse,
    NodeFilter,
    Query,
    QueryResponse,
    Relay,
)
from gossipchat.wire.serf_codec import encode_serf

MAX_AT_ONCE = 64
"""Queries of one Lamport time that are told apart; more are dropped."""

MAX_RESPONSE_BYTES = 1024
"""Serf's limit."""

CONFLICT = "_serf_conflict"

STATUS_NUMBERS = {
    Standing.ALIVE: 1,
    Standing.LEAVING: 2,
    Standing.LEFT: 3,
    Standing.FAILED: 4,
}


class Queries:
    """The ring of the last 512 Lamport times, with the ids of the queries of each."""

    def __init__(
        self,
        me: Myself,
        members: Members,
        broadcasts: Broadcasts,
        clock: LamportClock,
    ) -> None:
        self._me = me
        self._members = members
        self._broadcasts = broadcasts
        self.clock = clock
        self._ring: dict[int, tuple[int, list[int]]] = {}

    def hear(self, query: Query, body: bytes) -> list[Effect]:
        """Pass it on and answer it, the first time."""
        if query.ltime >= MAX_STAMP:
            return [Count("dropped.ltime")]
        self.clock.witness(query.ltime)
        if not self._is_new(query):
            return []
        message = encode(User(body))
        if not query.flags & NO_BROADCAST_FLAG and self._broadcasts.fits(message):
            self._broadcasts.queries.put(message)
        if not all(self._is_meant(wanted) for wanted in query.filters):
            return []
        return [*self._ack(query), *self._answer(query)]

    def pass_on(self, relay: Relay) -> list[Effect]:
        """Somebody's answer, to be handed to whoever asked."""
        message = encode(User(relay.inner))
        if not self._broadcasts.fits(message):
            return [Count("dropped.too-long")]
        return [SendPacket(self._me.reached_at(relay.address), (message,))]

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

    def _is_meant(self, wanted: object) -> bool:
        """Filters by tag are Go's regular expressions, which nobody here answers to."""
        return isinstance(wanted, NodeFilter) and self._me.name in wanted.names

    def _ack(self, query: Query) -> list[Effect]:
        return self._respond(query, ACK_FLAG, None) if query.flags & ACK_FLAG else []

    def _answer(self, query: Query) -> list[Effect]:
        if query.name != CONFLICT or not query.payload:
            return []
        name = NodeName(query.payload.decode(errors="surrogateescape"))
        if name == self._me.name:
            return []
        entry = self._members.get(name)
        held = _described(entry) if entry is not None else None
        return self._respond(query, 0, encode_serf(ConflictResponse(held)))

    def _respond(self, query: Query, flags: int, payload: bytes | None) -> list[Effect]:
        """One user message, straight to whoever asked."""
        response = QueryResponse(query.ltime, query.id, self._me.name, flags, payload)
        try:
            body = encode_serf(response)
        except UsageError:
            return [Count("dropped.response")]
        if len(body) > MAX_RESPONSE_BYTES:
            return [Count("dropped.response")]
        target = self._me.reached_at(query.source)
        return [SendPacket(target, (encode(User(body)),))]


def _described(entry: Entry) -> ConflictMember:
    return ConflictMember(
        entry.name,
        entry.address,
        entry.tags,
        STATUS_NUMBERS[entry.standing],
        entry.vsn,
    )
