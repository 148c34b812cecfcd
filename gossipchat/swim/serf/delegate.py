"""
Serf's layer on top of memberlist: what its messages mean, and what it swaps.
"""

from gossipchat.effects import Count
from gossipchat.errors import DecodeError
from gossipchat.names import Address
from gossipchat.swim.events import Effect, Status
from gossipchat.swim.membership.members import Members, Standing
from gossipchat.swim.serf.asking import Asking
from gossipchat.swim.serf.intents import Intents
from gossipchat.swim.serf.queries import Queries
from gossipchat.swim.serf.user_events import UserEvents
from gossipchat.wire.serf.codec import decode_serf, encode_serf
from gossipchat.wire.serf.messages import (
    JoinIntent,
    LeaveIntent,
    Query,
    QueryResponse,
    Relay,
    SerfState,
    UserEvent,
)


class Delegate:
    """Shares Serf's messages and its half of a push/pull out to those that know."""

    def __init__(
        self,
        members: Members,
        intents: Intents,
        events: UserEvents,
        queries: Queries,
        asking: Asking,
    ) -> None:
        self._members = members
        self._intents = intents
        self._events = events
        self._queries = queries
        self._asking = asking

    def hear(self, body: bytes, source: Address, now: float) -> list[Effect]:
        """A user message came from *source*."""
        try:
            message = decode_serf(body)
        except DecodeError:
            return [Count("dropped.serf")]
        match message:
            case JoinIntent(ltime) | LeaveIntent(ltime) if self._refuses(ltime):
                return [Count("dropped.ltime")]
            case JoinIntent():
                return self._intents.hear_join(message, body, now)
            case LeaveIntent():
                return self._intents.hear_leave(message, body, now)
            case UserEvent():
                return self._events.hear(message, body)
            case Query():
                return self._queries.hear(message, body, now)
            case QueryResponse():
                return self._asking.hear(message, source)
            case Relay():
                return self._queries.pass_on(message)
            case _:
                return []

    def state(self) -> bytes:
        """
        The user state of a push/pull.

        Who is about to leave is left out: whoever finds a member here that is not among
        those that left takes it for a join at that time, believes the leave's own
        message no more (it is no later), and shows a failure in the end. Serf does so.
        Who left by its own word has left, though its intent was lost.
        """
        told = [
            entry
            for entry in self._members
            if (entry.status_ltime or entry.listed)
            and entry.standing is not Standing.LEAVING
        ]
        return encode_serf(
            SerfState(
                ltime=self._intents.clock.value,
                status_ltimes={entry.name: entry.status_ltime for entry in told},
                left_members=tuple(
                    entry.name for entry in told if entry.status is Status.LEFT
                ),
                event_ltime=self._events.clock.value,
                events=self._events.recent(),
                query_ltime=self._queries.clock.value,
            )
        )

    def merge(self, state: bytes, now: float) -> list[Effect]:
        """The other half came: learn its times, intents and events."""
        if not state:
            return []
        try:
            theirs = decode_serf(state)
        except DecodeError:
            return [Count("dropped.user-state")]
        if not isinstance(theirs, SerfState):
            return [Count("dropped.user-state")]
        self._events.met(theirs)
        self._witness(theirs)
        return [*self._merge_intents(theirs, now), *self._merge_events(theirs)]

    def _refuses(self, ltime: int) -> bool:
        return self._intents.clock.refuses(ltime)

    def _witness(self, theirs: SerfState) -> None:
        """They tell the stamp that comes next, not the last one that was."""
        self._intents.clock.witness(theirs.ltime - 1)
        self._events.clock.witness(theirs.event_ltime - 1)
        self._queries.clock.witness(theirs.query_ltime - 1)

    def _merge_intents(self, theirs: SerfState, now: float) -> list[Effect]:
        """A member that left did so after the last that was heard of it."""
        effects: list[Effect] = []
        left = dict.fromkeys(theirs.left_members)
        for name in left:
            ltime = theirs.status_ltimes.get(name, 0) + 1
            if name and not self._refuses(ltime):
                leave = LeaveIntent(ltime, name)
                effects += self._intents.hear_leave(leave, None, now)
        for name, ltime in theirs.status_ltimes.items():
            entry = self._members.get(name)
            if entry is not None and ltime <= entry.status_ltime:
                continue  # nearly all, nearly always
            if name and name not in left and not self._refuses(ltime):
                join = JoinIntent(ltime, name)
                effects += self._intents.hear_join(join, None, now)
        return effects

    def _merge_events(self, theirs: SerfState) -> list[Effect]:
        """Oldest first, which is not the order of the ring."""
        effects: list[Effect] = []
        for at in sorted(theirs.events, key=lambda at: at.ltime):
            for name, payload in at.events:
                event = UserEvent(at.ltime, name, payload, coalesce=False)
                effects += self._events.hear(event, None)
        return effects
