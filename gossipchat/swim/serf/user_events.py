"""
Serf's user events: each is heard and passed on once, whoever says it and however
often; the recent ones are kept for joiners.
"""

from gossipchat.effects import Count, Notify
from gossipchat.errors import UsageError
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.dissemination.queue import Broadcasts
from gossipchat.swim.events import (
    Answered,
    Declined,
    Effect,
    EventAsked,
    RememberCounter,
    UserEventHeard,
)
from gossipchat.swim.serf.lamport import LamportClock
from gossipchat.wire.memberlist.codec import encode
from gossipchat.wire.memberlist.messages import User
from gossipchat.wire.serf.codec import encode_serf
from gossipchat.wire.serf.messages import EVENT_SLOTS, EventsAt, SerfState, UserEvent

SLOT_BYTES = 64
"""What an event costs beside its name and payload, roughly."""

MAX_SLOT_BYTES = 32_768
"""Events of one Lamport time: receivers of our push/pulls refuse more than twice
that."""

HEARD = "event-heard"
"""The counter that holds the newest Lamport time heard."""


class UserEvents:
    """
    The ring of the last 512 Lamport times, with the events of each.

    It holds at most ``max_event_bytes``; what does not fit is neither kept, told nor
    passed on, since without it in the ring a second copy would not be known.

    *heard*: the newest time that an earlier life of this node has heard, so as not to
    tell those events again. None: the node is new, and leaves to others what was said
    before it came.
    """

    def __init__(
        self,
        config: SwimConfig,
        broadcasts: Broadcasts,
        clock: LamportClock,
        heard: int | None = None,
    ) -> None:
        self._limit = config.max_event_bytes
        self._broadcasts = broadcasts
        self.clock = clock
        self._ring: dict[int, EventsAt] = {}
        self._bytes = 0
        self._least = 0 if heard is None else heard + 1
        self._newest = self._stored = heard

    def tell(self, asked: EventAsked) -> list[Effect]:
        """An event of ours. Too long for one packet, it would reach nobody."""
        event = UserEvent(
            self.clock.value, asked.name, asked.payload or None, asked.coalesce
        )
        try:
            body = encode_serf(event)
        except UsageError as mistake:
            return [Declined(asked.ask, str(mistake))]
        if fault := self._fault_of(event, body):
            return [Declined(asked.ask, fault)]
        told = self.hear(event, body)
        if not any(isinstance(effect, Notify) for effect in told):
            return [*told, Declined(asked.ask, "too many events are being told: wait")]
        return [*told, Answered(asked.ask, event.ltime)]

    def hear(self, event: UserEvent, body: bytes | None) -> list[Effect]:
        """Tell and keep it, and pass on *body*, unless it is known or too old."""
        if self.clock.refuses(event.ltime):
            return [Count("dropped.ltime")]
        self.clock.witness(event.ltime)
        if event.ltime < max(self._least, self.clock.value - EVENT_SLOTS):
            return []
        slot = event.ltime % EVENT_SLOTS
        held = self._ring.get(slot)
        if held is None or held.ltime < event.ltime:
            self._bytes -= _size(held) if held else 0
            held = EventsAt(event.ltime, ())
            self._ring[slot] = held
        said = (event.name, event.payload)
        if held.ltime > event.ltime or said in held.events:
            return []
        grown = EventsAt(event.ltime, (*held.events, said))
        size = _size(grown) - _size(held)
        if self._bytes + size > self._limit or _size(grown) > MAX_SLOT_BYTES:
            return [Count("dropped.events-full")]
        self._ring[slot] = grown
        self._bytes += size
        self._newest = max(self._newest or 0, event.ltime)
        if body is not None:
            self._pass_on(body)
        heard = UserEventHeard(
            event.ltime, event.name, event.payload or b"", event.coalesce
        )
        return [Notify(heard)]

    def met(self, theirs: SerfState) -> None:
        """
        We swap with others: the past of a new node ends with their newest event.

        Not where their clock is, unless they have none: it leaps at a restart, and
        who has not met it since says new events at earlier times.
        """
        newest = max((at.ltime for at in theirs.events), default=theirs.event_ltime - 1)
        if self._newest is None and not self.clock.refuses(newest + 1):
            self._newest = max(0, newest)
            self._least = self._newest + 1

    def recent(self) -> tuple[EventsAt, ...]:
        """The used slots in the order of the ring, as a push/pull lists them."""
        slots = (self._ring[slot] for slot in sorted(self._ring))
        return tuple(at for at in slots if at.events)

    def to_store(self) -> list[RememberCounter]:
        """What the next life of this node needs, to tell nothing twice."""
        if self._newest is None or self._newest == self._stored:
            return []
        self._stored = self._newest
        return [RememberCounter(HEARD, self._newest)]

    def _fault_of(self, event: UserEvent, body: bytes) -> str | None:
        if not event.name:
            return "an event needs a name"
        size, most = len(encode(User(body))), self._broadcasts.longest
        if size <= most:
            return None
        return (
            f"the event takes {size} bytes, name and payload included, but {most} is"
            " the most that fits one packet"
        )

    def _pass_on(self, body: bytes) -> None:
        message = encode(User(body))
        if self._broadcasts.fits(message):
            self._broadcasts.events.put(message)


def _size(events: EventsAt) -> int:
    return sum(
        SLOT_BYTES + len(name) + len(payload or b"") for name, payload in events.events
    )
