"""
Serf's layer on top of memberlist: what its messages mean, and what it swaps.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import islice
from typing import TypeVar

from gossipchat.effects import Count
from gossipchat.errors import DecodeError
from gossipchat.names import Address, NodeName
from gossipchat.swim.events import Effect, Status
from gossipchat.swim.membership.members import Members, Standing
from gossipchat.swim.portions import Step
from gossipchat.swim.serf.asking import Asking
from gossipchat.swim.serf.intents import Intents
from gossipchat.swim.serf.queries import Queries
from gossipchat.swim.serf.user_events import UserEvents
from gossipchat.wire.serf.codec import decode_serf, encode_serf
from gossipchat.wire.serf.messages import (
    EventsAt,
    JoinIntent,
    LeaveIntent,
    Query,
    QueryResponse,
    Relay,
    SerfState,
    UserEvent,
)

One = TypeVar("One")

CHUNK = 64
"""Names or events of another's state that are one step; a tenth of a millisecond."""


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

    def steps(self, state: bytes) -> Iterator[Step]:
        """The other half came: learn its times, intents and events, bit by bit."""
        if not state:
            return
        theirs = _read(state)
        if theirs is None:
            yield lambda now: [Count("dropped.user-state")]
            return
        yield partial(self._meet, theirs)
        left = dict.fromkeys(theirs.left_members)
        for some in _chunks(left):
            yield partial(self._merge_left, some, theirs.status_ltimes)
        joined = (one for one in theirs.status_ltimes if one not in left)
        for some in _chunks(joined):
            yield partial(self._merge_joined, some, theirs.status_ltimes)
        for heard in _chunks(_oldest_first(theirs.events)):
            yield partial(self._merge_events, heard)

    def _refuses(self, ltime: int) -> bool:
        return self._intents.clock.refuses(ltime)

    def _meet(self, theirs: SerfState, now: float) -> list[Effect]:
        """They tell the stamp that comes next, not the last one that was."""
        self._events.met(theirs)
        self._intents.clock.witness(theirs.ltime - 1)
        self._events.clock.witness(theirs.event_ltime - 1)
        self._queries.clock.witness(theirs.query_ltime - 1)
        return []

    def _merge_left(
        self, names: list[NodeName], ltimes: Mapping[NodeName, int], now: float
    ) -> list[Effect]:
        """A member that left did so after the last that was heard of it."""
        effects: list[Effect] = []
        for name in names:
            ltime = ltimes.get(name, 0) + 1
            if name and not self._refuses(ltime):
                leave = LeaveIntent(ltime, name)
                effects += self._intents.hear_leave(leave, None, now)
        return effects

    def _merge_joined(
        self, names: list[NodeName], ltimes: Mapping[NodeName, int], now: float
    ) -> list[Effect]:
        effects: list[Effect] = []
        for name in names:
            ltime, entry = ltimes[name], self._members.get(name)
            if entry is not None and ltime <= entry.status_ltime:
                continue  # nearly all, nearly always
            if name and not self._refuses(ltime):
                join = JoinIntent(ltime, name)
                effects += self._intents.hear_join(join, None, now)
        return effects

    def _merge_events(self, heard: list[UserEvent], now: float) -> list[Effect]:
        effects: list[Effect] = []
        for event in heard:
            effects += self._events.hear(event, None)
        return effects


def _read(state: bytes) -> SerfState | None:
    try:
        theirs = decode_serf(state)
    except DecodeError:
        return None
    return theirs if isinstance(theirs, SerfState) else None


def _oldest_first(events: Iterable[EventsAt]) -> Iterator[UserEvent]:
    """Which is not the order of the ring."""
    for at in sorted(events, key=lambda at: at.ltime):
        for name, payload in at.events:
            yield UserEvent(at.ltime, name, payload, coalesce=False)


def _chunks(many: Iterable[One]) -> Iterator[list[One]]:
    left = iter(many)
    while chunk := list(islice(left, CHUNK)):
        yield chunk
