"""
SWIM as its paper has it, and nothing else (Das, Gupta, Motivala, DSN 2002).

Ping, ping-req through k members, suspicion with a fixed timeout, claims on the back of
the detector's own packets, probes in laps of random order. A confirmed death is final.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import log10
from random import Random
from typing import NamedTuple

from gossipchat.names import NodeName
from gossipchat.sim.arena.arena import Arena
from gossipchat.sim.baselines.spread import Spread, times
from gossipchat.sim.baselines.table import Entry, Table
from gossipchat.sim.baselines.words import (
    BARE_ACK,
    INDIRECT,
    PING,
    Ack,
    Claim,
    IndirectPing,
    Kind,
    Ping,
    packet_size,
    room_beside,
)
from gossipchat.sim.network.host import Host, Reply
from gossipchat.swim.events import Status


@dataclass(frozen=True)
class PlainRules:
    """The paper's parameters, with memberlist's durations."""

    period: float = 1.0
    timeout: float = 0.5
    helpers: int = 3
    """The paper's k."""
    patience: float = 5.0
    """Suspects get this many periods times log10 n (at least one)."""
    spread: int = 4
    """The paper's λ: a claim is sent so often times log10 n."""
    laps: bool = True
    """Whether probes go round (section 4.3) or to anybody (section 3.1)."""
    in_step: bool = False
    """Whether all periods begin at the same instants, as the paper's formulas do."""


class PlainTeam:
    """SWIM without anybody's improvements."""

    def __init__(self, rules: PlainRules | None = None, name: str = "SWIM") -> None:
        self.name = name
        self.rules = rules or PlainRules()

    def enlist(
        self, arena: Arena, names: Sequence[NodeName]
    ) -> Mapping[NodeName, "PlainMember"]:
        """All know all from the start."""
        shared = {name: Entry(name) for name in names}
        hosts = {name: Host(arena.network, name) for name in names}
        members = {
            name: PlainMember(arena, name, hosts, shared, self.rules) for name in names
        }
        for member in members.values():
            member.start()
        return members


class _Round(NamedTuple):
    seq: int
    target: NodeName


class PlainMember:
    """One process."""

    sockets_first = False
    threaded = False

    def __init__(
        self,
        arena: Arena,
        name: NodeName,
        hosts: Mapping[NodeName, Host],
        shared: dict[NodeName, Entry],
        rules: PlainRules,
    ) -> None:
        self.host = hosts[name]
        self._arena, self._name, self._hosts, self._rules = arena, name, hosts, rules
        self._chance = Random(arena.heap.chance.getrandbits(64))
        self._table = Table(name, shared, self._chance)
        self._spread = Spread()
        self._incarnation = 1
        self._serial = 0
        self._round: _Round | None = None
        self._relays: dict[int, tuple[NodeName, int]] = {}

    def start(self) -> None:
        """Begin to probe."""
        self.host.run(self)
        stagger = 0.0 if self._rules.in_step else self._chance.random()
        self.host.after(stagger * self._rules.period, self._period_due)

    def holds(self, name: NodeName) -> Status | None:
        """What it holds of *name* now."""
        return STATUS[self._table.look(name).state]

    # --- the failure detector -------------------------------------------------

    def _period_due(self) -> None:
        self._judge()
        self.host.after(self._rules.period, self._period_due)
        table = self._table
        target = (
            table.next_to_probe(_nobody) if self._rules.laps else table.any_living()
        )
        if target is not None:
            self._serial += 1
            self._round = _Round(self._serial, target)
            self._ping(target, self._serial)
            due = partial(self._ask_helpers, self._serial)
            self.host.after(self._rules.timeout, due)

    def _ask_helpers(self, seq: int) -> None:
        if self._round is None or self._round.seq != seq:
            return
        target = self._round.target
        for helper in self._table.choose(self._rules.helpers, _lives, (target,)):
            claims = self._riding(INDIRECT)
            asked = IndirectPing(seq, target, False, claims, self._name)
            size = packet_size(INDIRECT, claims)
            self.host.send(self._hosts[helper], asked, size)

    def _judge(self) -> None:
        """The period is over: whoever did not answer is suspected."""
        running, self._round = self._round, None
        if running is not None:
            held = self._table.look(running.target)
            claim = Claim(Kind.SUSPECT, held.name, held.incarnation, self._name)
            self._hear(claim)

    def _ping(self, target: NodeName, seq: int) -> None:
        claims = self._riding(PING)
        packet = Ping(seq, claims, self._name)
        self.host.send(self._hosts[target], packet, packet_size(PING, claims))

    # --- what comes in --------------------------------------------------------

    def read(self, source: Host, datagram: object) -> None:
        """One packet: what it says of members first."""
        if isinstance(datagram, Ping | IndirectPing | Ack):
            for claim in datagram.claims:
                self._hear(claim)
        match datagram:
            case Ping(seq, _, reply_to):
                self._ack(reply_to, seq)
            case IndirectPing(seq, target, _, _, reply_to):
                self._serial += 1
                self._relays[self._serial] = (reply_to, seq)
                self._ping(target, self._serial)
                forget = partial(self._relays.pop, self._serial, None)
                self.host.after(self._rules.period, lambda: forget() and None)
            case Ack(seq) if seq in self._relays:
                self._ack(*self._relays.pop(seq))
            case Ack(seq) if self._round and self._round.seq == seq:
                self._round = None

    def asked(self, source: Host, message: object, reply: Reply) -> None:
        """The paper has no streams."""

    def resumed(self, gap: float) -> None:
        """The paper knows of no pauses."""

    def _ack(self, to: NodeName, seq: int) -> None:
        claims = self._riding(BARE_ACK)
        packet, size = Ack(seq, claims), packet_size(BARE_ACK, claims)
        self.host.send(self._hosts[to], packet, size)

    def _riding(self, main: int) -> tuple[Claim, ...]:
        limit = times(self._rules.spread, len(self._table))
        return self._spread.take(room_beside(main), limit)

    # --- what is believed -----------------------------------------------------

    def _hear(self, claim: Claim) -> None:
        """Section 4.2: which claim overrides which."""
        if claim.of == self._name:
            self._refute(claim)
            return
        held = self._table.look(claim.of)
        if not held.lives or not self._is_news(claim, held):
            return
        entry = self._table.edit(claim.of)
        changed = entry.state is not claim.kind
        entry.incarnation, entry.state = claim.incarnation, claim.kind
        self._spread.add(claim)
        self._serial += 1
        entry.suspicion = self._serial
        if claim.kind is Kind.SUSPECT:
            due = partial(self._patience_over, claim, self._serial)
            self.host.after(self._patience(), due)
        if changed:
            self._arena.write(
                self._name, claim.of, STATUS[claim.kind], claim.incarnation
            )

    def _is_news(self, claim: Claim, held: Entry) -> bool:
        if claim.kind is Kind.DEAD or claim.incarnation > held.incarnation:
            return True
        return (
            claim.incarnation == held.incarnation
            and claim.kind is Kind.SUSPECT
            and held.state is Kind.ALIVE
        )

    def _refute(self, claim: Claim) -> None:
        if claim.kind is Kind.SUSPECT and claim.incarnation >= self._incarnation:
            self._incarnation = claim.incarnation + 1
            alive = Claim(Kind.ALIVE, self._name, self._incarnation, self._name)
            self._spread.add(alive)

    def _patience(self) -> float:
        rules = self._rules
        return rules.patience * rules.period * max(1.0, log10(len(self._table)))

    def _patience_over(self, suspicion: Claim, serial: int) -> None:
        if self._table.look(suspicion.of).suspicion == serial:
            number = suspicion.incarnation
            self._hear(Claim(Kind.DEAD, suspicion.of, number, self._name))


STATUS = {
    Kind.ALIVE: Status.ALIVE,
    Kind.SUSPECT: Status.SUSPECT,
    Kind.DEAD: Status.DEAD,
}


def _lives(entry: Entry) -> bool:
    return entry.lives


def _nobody(entry: Entry) -> bool:
    return False
