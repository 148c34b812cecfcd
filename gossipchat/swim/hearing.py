"""
Packets: each of the messages in one to who it concerns.
"""

from gossipchat.effects import Count
from gossipchat.names import Address
from gossipchat.swim.events import Effect, SendPacket
from gossipchat.swim.parts import Parts
from gossipchat.wire.memberlist.codec import encode
from gossipchat.wire.memberlist.messages import (
    Ack,
    Alive,
    Dead,
    IndirectPing,
    Message,
    Nack,
    Ping,
    Suspect,
    User,
)


class Hearing:
    """What packets bring, told to the parts."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def packet(
        self, source: Address, messages: tuple[Message, ...], now: float
    ) -> list[Effect]:
        """Pings last: their acks take along what the rest has made us say."""
        effects = self._parts.diagnosis.read(source)
        for message in messages:
            if not isinstance(message, Ping):
                effects += self._hear(source, message, now)
        for message in messages:
            if isinstance(message, Ping):
                effects += self._pinged(source, message, now)
        return effects

    def _hear(self, source: Address, message: Message, now: float) -> list[Effect]:
        parts = self._parts
        match message:
            case Alive():
                return parts.membership.hear_alive(message, now)
            case Suspect():
                return parts.membership.hear_suspect(message, now)
            case Dead():
                return parts.recovery.hearsay.hear_dead(message, now)
            case Ack(seq_no):
                found = parts.recovery.acked(seq_no, now)
                if found is not None:
                    return found
                return parts.detector.acked(message, source, now)
            case Nack(seq_no):
                parts.prober.nacked(seq_no)
                return []
            case IndirectPing():
                return parts.relays.asked(message, source)
            case User(body):
                return parts.serf.delegate.hear(body, source, now)
            case _:
                return []

    def _pinged(self, source: Address, ping: Ping, now: float) -> list[Effect]:
        if ping.node and ping.node != self._parts.members.us.name:
            return [Count("dropped.ping-for-another")]
        self._parts.detector.pinged(ping.source_node, now)
        view = self._parts.views.mark_for(ping.source_node, now)
        ack = encode(Ack(ping.seq_no, self._parts.coordinates.payload(view)))
        parts = self._parts.broadcasts.riding_on(ack)
        answer = SendPacket(ping.source or source, parts)
        return [answer, *self._parts.recovery.pinged(ping, answer.to, now)]
