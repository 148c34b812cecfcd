"""
The whole of swim as one machine: events in, effects out.

What it is made of stands in ``parts``, each with its own file; here each is told what
concerns it.
"""

from collections.abc import Mapping, Sequence
from random import Random

from gossipchat.effects import Count, Notify, Stalled, TimerFired
from gossipchat.errors import UsageError
from gossipchat.names import Address, AuthorKey, NodeName
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.detector.prober import PingStream
from gossipchat.swim.detector.questions import CourtStream
from gossipchat.swim.dissemination.exchange import (
    ExchangeDue,
    ExchangeStream,
    JoinStream,
    Purpose,
    SecondLookDue,
)
from gossipchat.swim.dissemination.gossip import GossipDue
from gossipchat.swim.events import (
    AddressChanged,
    AddressNotProven,
    AddressProven,
    AnswerStream,
    Effect,
    Event,
    ForgetAsked,
    ForgetMember,
    FrameHeard,
    JoinAsked,
    LeaveAsked,
    LinkLost,
    LinkMade,
    Member,
    PacketReceived,
    PacketRefused,
    RememberCounter,
    Remembered,
    Started,
    Status,
    StreamAnswered,
    StreamFailed,
    StreamReceived,
    Warned,
)
from gossipchat.swim.hearing import Hearing
from gossipchat.swim.membership.lost import ReapDue, ReconnectDue
from gossipchat.swim.membership.members import Entry
from gossipchat.swim.membership.myself import Myself
from gossipchat.swim.parts import Parts
from gossipchat.swim.portions import PortionDue
from gossipchat.swim.serf.asking import QueryDue, ReminderDue
from gossipchat.swim.serf.events import Request
from gossipchat.swim.serf.intents import PruneDue
from gossipchat.swim.serf.leaving import LeaveDue, Phase
from gossipchat.wire.memberlist.messages import (
    Ack,
    Message,
    Ping,
    PushPull,
    User,
)
from gossipchat.wire.ours.datagrams import DatagramReceived

MIN_BUDGET = 1100
"""Bytes a packet must have for parts, or a member with the longest name and tags
could not be told of. The longest label and encryption leave 1,114 of 1,400."""


class Swim:
    """
    One node's view of the members, and its part in everyone else's.

    Args:
        me: this node.
        config: its timings and bounds.
        chance: all randomness comes from here.
        pins: which key belongs to which name, as the disk kept it.
        label: of the cluster.
        budget: bytes of a packet that are left for parts (``Packets.budget``).
        remembered: members of before, to be looked for; the last alive first.

    Raises UsageError when the tags or the budget don't fit.
    """

    def __init__(
        self,
        me: Myself,
        config: SwimConfig,
        chance: Random,
        pins: Mapping[NodeName, AuthorKey],
        label: bytes = b"",
        budget: int = 1400,
        remembered: Sequence[Remembered] = (),
    ) -> None:
        if budget < MIN_BUDGET:
            raise UsageError(f"packets of {budget} bytes are too short for members")
        self.me = me
        """Who this node was when it started."""
        self._config = config
        self._chance = chance
        self._remembered = remembered
        self._parts = Parts(me, config, chance, pins, label, budget)
        self._hearing = Hearing(self._parts)

    # --- questions ----------------------------------------------------------

    def members(self) -> list[Member]:
        """All that are known or remembered, this node included, sorted by name."""
        entries = sorted(self._parts.members, key=lambda entry: entry.name)
        return [entry.as_member() for entry in entries]

    def names(self) -> list[NodeName]:
        """The names of the same, sorted."""
        return sorted(entry.name for entry in self._parts.members)

    def statuses(self) -> dict[NodeName, Status]:
        """What is held of each, in the order they came."""
        return {entry.name: entry.status for entry in self._parts.members}

    def member(self, name: NodeName) -> Member | None:
        """Who is known by that name."""
        entry = self._parts.members.get(name)
        return entry.as_member() if entry is not None else None

    def lives_at(self, address: Address) -> bool:
        """Whether a living member, this node or a suspect perhaps, is there."""
        held = (one for one in self._parts.members if one.address == address)
        return any(one.lives and not one.cut for one in held)

    # --- events -------------------------------------------------------------

    def handle(self, event: Event, now: float) -> list[Effect]:
        """*event* came to pass at *now* (seconds, any zero point)."""
        effects = self._sign_of_life(event, now)
        effects += self._react(event, now)
        effects += self._parts.detector.go_on(now)
        effects += self._parts.serf.conflicts.go_on(now)
        effects += self._parts.leaving.go_on(now)
        effects += self._parts.recovery.go_on(effects, now)
        effects += self._parts.gossip.wake(now)
        return [*self._to_store(), *effects]

    def _sign_of_life(self, event: Event, now: float) -> list[Effect]:
        """Who gets anything from anyone else is not cut off."""
        match event:
            case PacketReceived(source) if source == self._parts.members.us.address:
                return []
            case StreamFailed(refused=True):
                self._parts.detector.refused(now)
                return []
            case PacketReceived() | StreamReceived() | StreamAnswered():
                effects = self._parts.detector.heard(now)
                if effects is None:
                    return []
                # what we have missed, somebody can tell
                return [*effects, *self._parts.exchanges.second_look_due()]
            case _:
                return []

    def _react(self, event: Event, now: float) -> list[Effect]:
        match event:
            case TimerFired(key):
                return self._timer_fired(key, now)
            case PacketReceived(source, messages):
                return self._hearing.packet(source, messages, now)
            case StreamReceived(message=Ping(seq_no, node)) as stream:
                return self._pinged_by_stream(stream, seq_no, node)
            case StreamReceived(message=PushPull()) as stream:
                return self._parts.exchanges.received(stream, now)
            case StreamReceived(source=source, message=User(body)):
                return self._parts.serf.delegate.hear(body, source, now)
            case StreamAnswered(stream, message):
                return self._stream_answered(stream, message, now)
            case StreamFailed(JoinStream() as stream, why):
                return self._parts.exchanges.join_failed(stream, why)
            case StreamFailed(ExchangeStream(purpose=Purpose.LOST)):
                return self._parts.lost.try_next()
            case StreamFailed(CourtStream() as stream):
                return self._parts.detector.stream_failed(stream)
            case StreamFailed(stream, refused=refused):
                return self._parts.recovery.stream_failed(stream, refused)
            case LinkMade() | LinkLost() | FrameHeard():
                return self._parts.recovery.linked(event, now)
            case DatagramReceived(_, _, datagram):
                return self._parts.recovery.mailed(datagram, now)
            case Started():
                return self._started(now)
            case Stalled():
                parts = self._parts
                again = [*parts.detector.stalled(now), *parts.recovery.stalled()]
                return [*parts.membership.suspects.restart_all(now), *again]
            case JoinAsked(address):
                return self._parts.exchanges.join(address)
            case LeaveAsked():
                return self._parts.leaving.asked()
            case ForgetAsked(name):
                return self._forget(name)
            case PacketRefused(source, key=True):
                return self._parts.diagnosis.refused(source, now)
            case AddressChanged(address):
                return self._parts.ourselves.move(address)
            case AddressProven(key, address):
                return self._parts.membership.movers.proven(key, address, now)
            case AddressNotProven(key, address):
                return self._parts.membership.movers.not_proven(key, address, now)
            case _ if isinstance(event, Request):
                return self._parts.serf.requests.asked(event, now)
            case _:
                return []

    def _timer_fired(self, key: object, now: float) -> list[Effect]:
        parts = self._parts
        if parts.leaving.phase is Phase.GONE:
            return []
        match key:
            case GossipDue():
                return parts.gossip.due(now)
            case ExchangeDue():
                return parts.exchanges.due(now)
            case SecondLookDue():
                return parts.exchanges.second_look_due()
            case PortionDue():
                return parts.portions.due(now)
            case ReconnectDue():
                return parts.lost.reconnect_due()
            case ReapDue():
                return parts.lost.reap_due(now)
            case PruneDue():
                return parts.intents.prune_due(key)
            case ReminderDue() | QueryDue():
                return parts.serf.asking.due(key)
            case LeaveDue():
                return parts.leaving.due(key, now)
            case _:
                detected = parts.detector.timer_fired(key, now)
                return [*detected, *parts.recovery.timer_fired(key, now)]

    def _started(self, now: float) -> list[Effect]:
        parts = self._parts
        parts.members.us.changed = now
        parts.identities.begin(now)
        for remembered in self._remembered[: self._config.max_members - 1]:
            entry = Entry.remembered(remembered, now)
            if parts.members.get(entry.name) is None:
                parts.members.remember(entry)
                if entry.key is not None:
                    parts.identities.restore(entry.name, entry.key, entry.changed)
        stagger = self._chance.uniform(0, self._config.probe_interval)
        return [
            *parts.ourselves.starts(),
            *parts.detector.start(stagger, now),
            *parts.exchanges.start(),
            *parts.lost.start(),
        ]

    # --- streams ------------------------------------------------------------

    def _pinged_by_stream(
        self, stream: StreamReceived, seq_no: int, node: NodeName
    ) -> list[Effect]:
        if node and node != self._parts.members.us.name:
            return [Count("dropped.ping-for-another")]
        return [AnswerStream(stream.stream, Ack(seq_no))]

    def _stream_answered(
        self, stream: object, message: Message, now: float
    ) -> list[Effect]:
        match stream, message:
            case PingStream() | CourtStream(), Ack(seq_no):
                self._parts.detector.stream_answered(stream, seq_no)
                return []
            case JoinStream(), _:
                return self._parts.exchanges.joined(stream, message, now)
            case ExchangeStream(), _:
                return self._parts.exchanges.answered(stream, message, now)
            case _:
                return self._parts.recovery.stream_answered(stream, message, now)

    # --- the rest -----------------------------------------------------------

    def _forget(self, name: NodeName) -> list[Effect]:
        entry = self._parts.members.get(name)
        if entry is not None and entry.lives and not entry.cut:
            what = "is alive: only the dead can be forgotten"
            return [Notify(Warned(name, what))]
        if entry is self._parts.members.us:
            return []
        self._parts.identities.unpin(name)
        self._parts.recovery.contact.forget(name)
        if entry is None:
            return [ForgetMember(name)]
        self._parts.intents.tell_gone(entry)
        return [*self._parts.membership.forget(name), ForgetMember(name)]

    def _to_store(self) -> list[RememberCounter]:
        """What must be on disk before the effects of this event leave the node."""
        serf = self._parts.serf
        counters = [new for clock in serf.clocks for new in clock.to_store()]
        return [*counters, *serf.events.to_store(), *self._parts.ourselves.to_store()]
