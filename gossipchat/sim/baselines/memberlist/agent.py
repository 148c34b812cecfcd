"""
One agent: probes, gossip, push/pulls, and Serf's search for the lost.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random

from gossipchat.names import NodeName
from gossipchat.sim.arena.arena import Arena
from gossipchat.sim.baselines.memberlist.beliefs import Beliefs
from gossipchat.sim.baselines.memberlist.rules import Rules
from gossipchat.sim.baselines.plain_swim import STATUS
from gossipchat.sim.baselines.table import Entry, Table
from gossipchat.sim.baselines.words import (
    ACK_WITH_COORDINATE,
    BARE_ACK,
    INDIRECT,
    NACK,
    PING,
    STATE,
    STATES,
    Ack,
    Claim,
    Claims,
    Gossip,
    IndirectPing,
    Kind,
    Nack,
    Ping,
    packet_size,
    room_beside,
)
from gossipchat.sim.network.call import Call
from gossipchat.sim.network.host import Host, Reply
from gossipchat.swim.events import Status

ARE_YOU_THERE = "ping"

_CARRIERS = (Ping, IndirectPing, Ack, Gossip)
"""What claims ride on."""


@dataclass(slots=True)
class Round:
    """One member's turn."""

    seq: int
    target: NodeName
    ends: float
    nacks_wanted: int = 0
    nacks_heard: int = 0
    answered_by_stream: bool = False
    stuck: bool = False
    """Whether the prober waits to send."""
    over: bool = False
    """Whether its time was over meanwhile."""


class Agent:
    """
    One process. Go's timers fire before its sockets are read after a pause.

    Whoever sends is a thread of its own: the prober, gossip, exchanges, each nack.
    While messages are held (``Host.hold``) each gets stuck with its next one, and the
    clocks go on: a round ends whose ping never left, a suspect's time is over.
    """

    sockets_first = False
    threaded = True

    def __init__(
        self,
        arena: Arena,
        name: NodeName,
        hosts: Mapping[NodeName, Host],
        shared: dict[NodeName, Entry],
        rules: Rules,
    ) -> None:
        self.host = hosts[name]
        self._arena, self._name, self._hosts, self._rules = arena, name, hosts, rules
        self._heap = arena.heap
        self._chance = Random(arena.heap.chance.getrandbits(64))
        self._table = Table(name, shared, self._chance)
        self._beliefs = Beliefs(
            name, rules, self._table, self._now, self.host.after, self._tell
        )
        self._seq = 0
        self._round: Round | None = None
        self._overdue = False
        self._relays: dict[int, tuple[NodeName, int]] = {}
        self._gossip_phase = self._chance.random() * rules.gossip_interval
        self._gossiping = False

    def start(self, later: float = 0.0) -> None:
        """Begin to probe, to exchange and, *later*, to look for the lost."""
        self.host.run(self)
        rules, chance = self._rules, self._chance
        self.host.after(chance.random() * rules.probe_interval, self._probe_due)
        every = rules.push_pull_every(len(self._table))
        self.host.after(chance.random() * every, self._push_pull_due)
        stagger = chance.random() * rules.reconnects_within
        self.host.after(later + stagger, self._reconnect_due)

    def holds(self, name: NodeName) -> Status | None:
        """What it holds of *name* now; Serf remembers whom memberlist forgot."""
        return STATUS[self._table.look(name).state]

    def _now(self) -> float:
        return self._heap.now

    def _tell(self, of: NodeName, state: Kind, incarnation: int) -> None:
        self._arena.write(self._name, of, STATUS[state], incarnation)

    # --- probes ---------------------------------------------------------------

    def _probe_due(self) -> None:
        self.host.after(self._rules.probe_interval, self._probe_due)
        if self._round is None:
            self._begin_round()
        else:
            self._overdue = True

    def _begin_round(self) -> None:
        target = self._table.next_to_probe(self._is_forgotten)
        if target is None:
            return
        rules = self._rules
        length = rules.probe_interval * (self._beliefs.awareness + 1)
        seq = self._next_seq()
        running = Round(seq, target, self._now() + length, stuck=True)
        self._round = running
        self.host.when_free(partial(self._ping_target, running))
        self.host.after(length, partial(self._round_due, seq))

    def _ping_target(self, running: Round) -> None:
        running.stuck = False
        seq, rules = running.seq, self._rules
        self._ping(running.target, seq, buddy=rules.buddy)
        if running.over:
            self._ask_helpers(running)
        else:
            self.host.after(rules.probe_timeout, partial(self._ack_due, seq))

    def _is_forgotten(self, entry: Entry) -> bool:
        long_ago = self._now() - self._rules.gossip_to_the_dead
        return entry.state is Kind.DEAD and entry.changed < long_ago

    def _ping(self, target: NodeName, seq: int, buddy: bool) -> None:
        held = self._table.look(target)
        if buddy and held.state is Kind.SUSPECT:
            accused = Claim(Kind.SUSPECT, target, held.incarnation, self._name)
            packet, checked = Ping(seq, (accused,), self._name), True
        else:
            packet = Ping(seq, self._riding(PING), self._name)
            checked = False
        size = packet_size(PING, packet.claims, checked)
        self.host.send(self._hosts[target], packet, size)

    def _ack_due(self, seq: int) -> None:
        running = self._running(seq)
        if running is not None:
            running.stuck = True
            self.host.when_free(partial(self._ask_helpers, running))

    def _ask_helpers(self, running: Round) -> None:
        running.stuck = False
        rules, seq, target = self._rules, running.seq, running.target
        for helper in self._table.choose(rules.indirect_checks, _is_alive, (target,)):
            claims = self._riding(INDIRECT)
            asked = IndirectPing(seq, target, rules.lha_probe, claims, self._name)
            running.nacks_wanted += rules.lha_probe
            size = packet_size(INDIRECT, claims)
            self.host.send(self._hosts[helper], asked, size)
        if rules.tcp_pings:
            wait = max(0.001, running.ends - self._now())
            done = partial(self._stream_answered, seq)
            called = self._hosts[target]
            Call(self.host, called, ARE_YOU_THERE, PING, wait, done)
        if running.over:
            self._round_due(seq)

    def _stream_answered(self, seq: int, brought: object) -> None:
        running = self._running(seq)
        if running is not None and brought == ARE_YOU_THERE:
            running.answered_by_stream = True

    def _round_due(self, seq: int) -> None:
        running = self._running(seq)
        if running is None:
            return
        running.over = True
        if running.stuck:
            return
        if running.answered_by_stream:
            self._beliefs.adjust(-1)
        else:
            missing = running.nacks_wanted - running.nacks_heard
            self._beliefs.adjust(missing if running.nacks_wanted else 1)
            number = self._table.look(running.target).incarnation
            accused = Claim(Kind.SUSPECT, running.target, number, self._name)
            self._beliefs.hear(accused)
            self._wake_gossip()
        self._end_round()

    def _running(self, seq: int) -> Round | None:
        return self._round if self._round and self._round.seq == seq else None

    def _end_round(self) -> None:
        self._round = None
        if self._overdue:
            self._overdue = False
            self._begin_round()

    def _next_seq(self) -> int:
        self._seq += 1
        return self._seq

    # --- what comes in --------------------------------------------------------

    def read(self, source: Host, datagram: object) -> None:
        """The detector's part at once, then what is said of members."""
        match datagram:
            case Ping(seq, _, reply_to):
                self._send_ack(reply_to, seq, ACK_WITH_COORDINATE)
            case IndirectPing():
                self._relay(datagram)
            case Ack(seq):
                self._acked(seq)
            case Nack(seq):
                running = self._running(seq)
                if running is not None:
                    running.nacks_heard += 1
        if isinstance(datagram, _CARRIERS):
            for claim in datagram.claims:
                self._beliefs.hear(claim)
            self._wake_gossip()

    def _relay(self, asked: IndirectPing) -> None:
        seq = self._next_seq()
        self._relays[seq] = (asked.reply_to, asked.seq)
        self._ping(asked.target, seq, buddy=False)
        due = partial(self._relay_due, seq, asked.nack)
        self.host.after(self._rules.probe_timeout, due)

    def _relay_due(self, seq: int, nack: bool) -> None:
        asker, its_seq = self._relays.pop(seq, (None, 0))
        if asker is not None and nack:
            asking = self._hosts[asker]
            said = partial(self.host.send, asking, Nack(its_seq), NACK)
            self.host.when_free(said)

    def _acked(self, seq: int) -> None:
        if seq in self._relays:
            self._send_ack(*self._relays.pop(seq), BARE_ACK)
        elif (running := self._running(seq)) is not None and not running.over:
            self._beliefs.adjust(-1)
            self._end_round()

    def _send_ack(self, to: NodeName, seq: int, main: int) -> None:
        claims = self._riding(main)
        self.host.send(self._hosts[to], Ack(seq, claims), packet_size(main, claims))

    def asked(self, source: Host, message: object, reply: Reply) -> None:
        """A TCP ping, or the other half of a push/pull."""
        if message == ARE_YOU_THERE:
            reply(ARE_YOU_THERE, BARE_ACK)
        elif isinstance(message, tuple):
            ours = self._beliefs.states()
            reply(ours, STATES + STATE * len(ours))
            self._merge(message)

    def resumed(self, gap: float) -> None:
        """memberlist knows of no pauses."""

    # --- gossip ---------------------------------------------------------------

    def _riding(self, main: int) -> Claims:
        beliefs = self._beliefs
        return beliefs.spread.take(room_beside(main), beliefs.limit)

    def _wake_gossip(self) -> None:
        """Ticks are evenly spaced, and skipped while there is nothing to tell."""
        if not self._gossiping and self._beliefs.spread:
            self._gossiping = True
            every = self._rules.gossip_interval
            self.host.after(
                every - (self._now() - self._gossip_phase) % every, self._tick
            )

    def _tick(self) -> None:
        long_ago = self._now() - self._rules.gossip_to_the_dead

        def hears(entry: Entry) -> bool:
            return entry.lives or entry.changed >= long_ago

        self._gossip_to(self._table.choose(self._rules.gossip_nodes, hears))

    def _gossip_to(self, names: Sequence[NodeName]) -> None:
        """One packet after the other; what goes into each is taken just before."""
        if not names:
            self._gossiping = False
            self._wake_gossip()
            return
        claims = self._riding(0)
        self.host.when_free(partial(self._send_gossip, names, claims))

    def _send_gossip(self, names: Sequence[NodeName], claims: Claims) -> None:
        if claims:
            size = packet_size(0, claims, checked=True)
            self.host.send(self._hosts[names[0]], Gossip(claims), size)
        self._gossip_to(names[1:])

    # --- push/pulls -----------------------------------------------------------

    def _push_pull_due(self) -> None:
        every = self._rules.push_pull_every(len(self._table))
        self.host.after(every, self._push_pull_due)
        for name in self._table.choose(1, _is_alive):
            self._exchange(name)

    def _reconnect_due(self) -> None:
        """Serf: with probability failed / alive, join a random failed member."""
        self.host.after(self._rules.reconnect_interval, self._reconnect_due)
        names = list(self._hosts)
        failed = [name for name in names if not self._table.look(name).lives]
        alive = len(names) - len(failed)
        if failed and self._chance.random() < len(failed) / max(1, alive):
            self._exchange(self._chance.choice(failed))

    def _exchange(self, name: NodeName) -> None:
        """What is told is taken before it is sent, in the stream's time or never."""
        told = partial(self._push, name, self._beliefs.states(), self._now())
        self.host.when_free(told)

    def _push(self, name: NodeName, ours: tuple[Entry, ...], taken: float) -> None:
        size, wait = STATES + STATE * len(ours), self._rules.stream_timeout
        if self._now() < taken + wait:
            Call(self.host, self._hosts[name], ours, size, wait, self._merge)

    def _merge(self, states: object) -> None:
        if isinstance(states, tuple):
            self._beliefs.merge(states)
            self._wake_gossip()


def _is_alive(entry: Entry) -> bool:
    return entry.state is Kind.ALIVE
