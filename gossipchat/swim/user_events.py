"""
Serf's user events: each is passed on once, and the recent ones are kept for joiners.
"""

from gossipchat.effects import Count
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.dissemination import Broadcasts
from gossipchat.swim.events import Effect
from gossipchat.swim.lamport import MAX_STAMP, LamportClock
from gossipchat.wire.codec import encode
from gossipchat.wire.messages import User
from gossipchat.wire.serf import EVENT_SLOTS, EventsAt, UserEvent

SLOT_BYTES = 64
"""What an event costs beside its name and payload, roughly."""

MAX_SLOT_BYTES = 32_768
"""Events of one Lamport time: receivers of our push/pulls refuse more than twice
that."""


class UserEvents:
    """
    The ring of the last 512 Lamport times, with the events of each.

    It holds at most ``max_event_bytes``; what does not fit is not kept, nor passed
    on, since without it in the ring a second copy would not be known.
    """

    def __init__(
        self, config: SwimConfig, broadcasts: Broadcasts, clock: LamportClock
    ) -> None:
        self._limit = config.max_event_bytes
        self._broadcasts = broadcasts
        self.clock = clock
        self._ring: dict[int, EventsAt] = {}
        self._bytes = 0

    def hear(self, event: UserEvent, body: bytes | None) -> list[Effect]:
        """Keep it, and pass on *body*, unless it is known or too old to tell."""
        if event.ltime >= MAX_STAMP:
            return [Count("dropped.ltime")]
        self.clock.witness(event.ltime)
        if event.ltime < self.clock.value - EVENT_SLOTS:
            return []
        slot = event.ltime % EVENT_SLOTS
        held = self._ring.get(slot)
        if held is None or held.ltime < event.ltime:
            self._bytes -= _size(held) if held else 0
            held = EventsAt(event.ltime, ())
        said = (event.name, event.payload)
        if held.ltime > event.ltime or said in held.events:
            return []
        grown = EventsAt(event.ltime, (*held.events, said))
        size = _size(grown) - _size(held)
        if self._bytes + size > self._limit or _size(grown) > MAX_SLOT_BYTES:
            return [Count("dropped.events-full")]
        self._ring[slot] = grown
        self._bytes += size
        if body is not None:
            self._pass_on(body)
        return []

    def recent(self) -> tuple[EventsAt, ...]:
        """The used slots in the order of the ring, as a push/pull lists them."""
        return tuple(self._ring[slot] for slot in sorted(self._ring))

    def _pass_on(self, body: bytes) -> None:
        message = encode(User(body))
        if self._broadcasts.fits(message):
            self._broadcasts.events.put(message)


def _size(events: EventsAt) -> int:
    return sum(
        SLOT_BYTES + len(name) + len(payload or b"") for name, payload in events.events
    )
