"""
The failure detector: one member a period is pinged, by helpers too if it is silent.

A round is a few events: ping, ack; or ping, silence, helpers and TCP, and the
verdict at its end. One round runs at a time.
"""

from dataclasses import dataclass

from gossipchat.effects import Count, StartTimer
from gossipchat.names import Address, NodeName
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.detector.diagnosis import Diagnosis
from gossipchat.swim.detector.health import Health
from gossipchat.swim.detector.pathways import Pathways
from gossipchat.swim.detector.ring import successor
from gossipchat.swim.detector.seq_nos import SeqNos
from gossipchat.swim.detector.solitude import Solitude
from gossipchat.swim.dissemination.queue import Broadcasts
from gossipchat.swim.events import Effect, OpenStream, SendPacket
from gossipchat.swim.membership.judging import Membership
from gossipchat.swim.membership.members import Entry, Members
from gossipchat.swim.serf.coordinates import Coordinates
from gossipchat.wire.memberlist.codec import encode
from gossipchat.wire.memberlist.messages import Ack, IndirectPing, Ping, State, Suspect

PINGS_BY_TCP = 3
"""From this protocol version on, a member answers pings over TCP,"""
SENDS_NACKS = 4
"""and from this one it says so when a target stays silent."""


@dataclass(frozen=True, slots=True)
class ProbeDue:
    """Timer: the next member's turn."""


@dataclass(frozen=True, slots=True)
class AckDue:
    """Timer: the direct ack of round *seq* is late."""

    seq: int


@dataclass(frozen=True, slots=True)
class RoundDue:
    """Timer: round *seq* ends."""

    seq: int


@dataclass(frozen=True, slots=True)
class PingStream:
    """Stream: the TCP ping of round *seq*."""

    seq: int


@dataclass(slots=True)
class Round:
    """One member's turn."""

    seq: int
    target: NodeName
    address: Address
    incarnation: int
    started: float
    ends: float
    patient: bool
    """Whether it lasts long enough for helpers that keep memberlist's time."""
    helpers_asked: bool = False
    nacks_wanted: int = 0
    nacks_heard: int = 0
    answered_by_stream: bool = False


class Prober:
    """Sends pings, counts answers, accuses the silent."""

    def __init__(
        self,
        config: SwimConfig,
        members: Members,
        membership: Membership,
        broadcasts: Broadcasts,
        health: Health,
        seq_nos: SeqNos,
        diagnosis: Diagnosis,
        coordinates: Coordinates,
        pathways: Pathways,
        solitude: Solitude,
    ) -> None:
        self._config = config
        self._members = members
        self._membership = membership
        self._broadcasts = broadcasts
        self._health = health
        self._seq_nos = seq_nos
        self._diagnosis = diagnosis
        self._coordinates = coordinates
        self._pathways = pathways
        self._solitude = solitude
        self._probes = 0
        self._round: Round | None = None
        self._overdue = False
        self._urgent: NodeName | None = None

    def start(self, stagger: float) -> list[Effect]:
        """Begin to probe in *stagger* seconds, so that nodes are not in step."""
        return [StartTimer(ProbeDue(), stagger)]

    def probe_due(self, now: float) -> list[Effect]:
        """A period is over. A round that takes longer lets the next one wait."""
        again = StartTimer(ProbeDue(), self._config.probe_interval)
        if self._round is not None:
            self._overdue = True
            return [again]
        return [*self._begin(now), again]

    def probe_now(self, whom: Entry, now: float) -> list[Effect]:
        """Out of turn, or right after the running round: *whom* is too silent."""
        self._urgent = whom.name
        if self._round is not None:
            self._overdue = True
            return []
        return self._begin(now)

    def ack_due(self, due: AckDue, now: float) -> list[Effect]:
        """Silence: ask helpers, and ping over TCP beside them."""
        running = self._running(due.seq)
        if running is None:
            return []
        running.helpers_asked = True
        return [*self._ask_helpers(running), *self._ping_by_stream(running, now)]

    def acked(self, ack: Ack, source: Address, now: float) -> list[Effect]:
        """The target is there, says itself or a helper."""
        running = self._running(ack.seq_no)
        if running is None:
            return []
        entry = self._members.get(running.target)
        effects: list[Effect] = []
        if entry is not None:
            if not running.helpers_asked or source == entry.address:
                entry.acked, entry.rtt = now, now - running.started
                self._coordinates.heard(entry, ack.payload, entry.rtt)
                self._pathways.measured(entry.rtt)
                self._members.answered.append(entry)
            effects = self._diagnosis.answered_by_udp(entry.name)
        self._health.mend()
        return effects + self._end_round(now)

    def nacked(self, seq: int) -> None:
        """A helper is there, and so are we: it's the target that is silent."""
        running = self._running(seq)
        if running is not None:
            running.nacks_heard += 1

    def stream_answered(self, stream: PingStream, seq: int) -> None:
        """The target answers over TCP; counts at the end, if no ack comes."""
        running = self._running(stream.seq)
        if running is not None and seq == stream.seq:
            running.answered_by_stream = True

    def target_of(self, stream: PingStream) -> NodeName | None:
        """Whom that TCP ping is meant for, while its round runs."""
        running = self._running(stream.seq)
        return running.target if running is not None else None

    def round_due(self, due: RoundDue, now: float) -> list[Effect]:
        """No ack in time: alive by TCP, or suspect."""
        running = self._running(due.seq)
        if running is None:
            return []
        if running.answered_by_stream:
            self._health.mend()
            trouble = self._diagnosis.answered_by_tcp_only(running.target)
            return [*trouble, *self._end_round(now)]
        moved = self._membership.movers.when_silent(running.target, now)
        if moved is not None:
            return [*moved, *self._end_round(now)]
        if self._solitude.cut:  # it is us
            return self._end_round(now)
        missing = max(0, running.nacks_wanted - running.nacks_heard)
        self._health.worsen(missing if running.nacks_wanted else 1)
        us = self._members.us.name
        accusation = Suspect(running.incarnation, running.target, us)
        return [
            Count("probes.failed"),
            *self._membership.hear_suspect(accusation, now),
            *self._end_round(now),
        ]

    def void(self) -> None:
        """Forget the running round: we slept, and can't judge who was silent."""
        self._round = None
        self._overdue = False

    # --- a round's steps ----------------------------------------------------

    def _running(self, seq: int) -> Round | None:
        return self._round if self._round and self._round.seq == seq else None

    def _begin(self, now: float) -> list[Effect]:
        target = self._next_target(now)
        if target is None:
            return []
        seq = self._seq_nos.next()
        length = self._health.stretched(self._pathways.round(target))
        self._round = Round(
            seq,
            target.name,
            target.address,
            target.incarnation,
            now,
            now + length,
            patient=length >= self._config.probe_interval,
        )
        return [
            Count("probes"),
            self._ping(target, seq),
            StartTimer(AckDue(seq), self._pathways.patience(target)),
            StartTimer(RoundDue(seq), length),
        ]

    def _next_target(self, now: float) -> Entry | None:
        """Turn by turn our successor on the ring, and the next one of the lap."""
        urgent, self._urgent = self._urgent, None
        silent = self._members.get(urgent) if urgent is not None else None
        if silent is not None and silent.state is State.ALIVE:
            return silent
        self._probes += 1
        if self._config.even_probing and self._probes % 2:
            after_us = successor(self._members)
            if after_us is not None:
                return after_us
        return self._members.next_to_probe(now - self._config.gossip_to_the_dead)

    def _ping(self, target: Entry, seq: int) -> SendPacket:
        """
        A suspect is told so in the same packet, and nothing else, so that it can
        refute at once (Lifeguard's buddy system).
        """
        us = self._members.us
        ping = encode(Ping(seq, target.name, us.address, us.name))
        if target.state is not State.SUSPECT:
            return SendPacket(target.address, self._broadcasts.riding_on(ping))
        accusation = Suspect(target.incarnation, target.name, us.name)
        parts = (ping, encode(accusation))
        return SendPacket(target.address, parts, crc=target.takes_checksums)

    def _ask_helpers(self, running: Round) -> list[Effect]:
        def helps(entry: Entry) -> bool:
            return entry.state is State.ALIVE and entry.name != running.target

        us = self._members.us
        effects: list[Effect] = []
        for helper in self._members.choose(self._config.indirect_checks, helps):
            nack = helper.vsn[1] >= SENDS_NACKS
            running.nacks_wanted += nack and (running.patient or helper.key is not None)
            request = IndirectPing(
                running.seq, running.address, running.target, nack, us.address, us.name
            )
            parts = self._broadcasts.riding_on(encode(request))
            effects.append(SendPacket(helper.address, parts))
        return effects

    def _ping_by_stream(self, running: Round, now: float) -> list[Effect]:
        target = self._members.get(running.target)
        if target is None or not self._config.tcp_pings or target.vsn[1] < PINGS_BY_TCP:
            return []
        us = self._members.us
        ping = Ping(running.seq, running.target, us.address, us.name)
        wait = max(0.001, running.ends - now)
        return [OpenStream(PingStream(running.seq), running.address, ping, wait)]

    def _end_round(self, now: float) -> list[Effect]:
        self._round = None
        if not self._overdue:
            return []
        self._overdue = False
        return self._begin(now)
