"""
The failure detector as one machine: who gets which timer, ack and stream.
"""

from collections.abc import Hashable

from gossipchat.names import Address, NodeName
from gossipchat.swim.detector.court import Court, CourtDue
from gossipchat.swim.detector.prober import (
    AckDue,
    PingStream,
    ProbeDue,
    Prober,
    RoundDue,
)
from gossipchat.swim.detector.questions import CourtStream
from gossipchat.swim.detector.relay import RelayDue, Relays
from gossipchat.swim.detector.rhythm import BeatDue, Rhythm
from gossipchat.swim.detector.solitude import Solitude, SolitudeDue
from gossipchat.swim.detector.suspicion import SuspicionDue
from gossipchat.swim.events import Effect
from gossipchat.wire.memberlist.messages import Ack


class Detector:
    """Prober, rhythm, relays, court and solitude, each told what concerns it."""

    def __init__(
        self,
        prober: Prober,
        rhythm: Rhythm,
        relays: Relays,
        court: Court,
        solitude: Solitude,
    ) -> None:
        self.prober = prober
        self._rhythm = rhythm
        self._relays = relays
        self._court = court
        self._solitude = solitude

    def start(self, stagger: float, now: float) -> list[Effect]:
        """Begin to probe in *stagger* seconds, so that nodes are not in step."""
        self._solitude.begin(now)
        return [*self.prober.start(stagger), *self._rhythm.start(now)]

    def timer_fired(self, key: object, now: float) -> list[Effect]:
        """Empty for the timers of others."""
        match key:
            case ProbeDue():
                asked = [*self._court.watch(now), *self._solitude.watch(now)]
                return [*self.prober.probe_due(now), *asked]
            case AckDue():
                return self.prober.ack_due(key, now)
            case RoundDue():
                return self.prober.round_due(key, now)
            case BeatDue():
                return self._rhythm.due(now)
            case RelayDue():
                return self._relays.due(key)
            case SuspicionDue():
                return self._court.suspicion_due(key, now)
            case CourtDue():
                return self._court.due(key, now)
            case SolitudeDue():
                return self._solitude.due(now)
            case _:
                return []

    def pinged(self, by: NodeName | None, now: float) -> None:
        """Somebody pings us."""
        self._rhythm.pinged(by, now)

    def acked(self, ack: Ack, source: Address, now: float) -> list[Effect]:
        """No number is used twice, so an ack fits one of the three at most."""
        relayed = self._relays.acked(ack.seq_no)
        if relayed or self._court.acked(ack.seq_no):
            return relayed
        return self.prober.acked(ack, source, now)

    def stream_answered(self, stream: Hashable, seq_no: int) -> None:
        """A TCP ping brought an ack."""
        match stream:
            case PingStream():
                self.prober.stream_answered(stream, seq_no)
            case CourtStream():
                self._court.stream_answered(stream)

    def stream_failed(self, stream: CourtStream) -> list[Effect]:
        """A judge's TCP ping brought nothing."""
        self._court.stream_failed(stream)
        return []

    def stalled(self, now: float) -> list[Effect]:
        """We did not run for a while: judge nobody by what we slept through."""
        self.prober.void()
        self._rhythm.restart(now)
        self._solitude.begin(now)
        return self._court.restart(now)

    def heard(self, now: float) -> list[Effect] | None:
        """Somebody's word came. Not None when we were cut off until now."""
        return self._solitude.heard(now)

    def refused(self, now: float) -> None:
        """A machine is there, and nobody on it."""
        self._solitude.refused(now)

    def go_on(self, now: float) -> list[Effect]:
        """Take up the accusations that the last event has brought."""
        return self._court.go_on(now)
