"""
When and with whom we push/pull: to join, now and then, and to find lost members.
"""

from dataclasses import dataclass
from math import ceil, log2
from random import Random

from gossipchat.effects import Count, Notify, StartTimer
from gossipchat.names import Address
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.events import (
    AnswerStream,
    Effect,
    Joined,
    JoinFailed,
    OpenStream,
    StreamReceived,
    Warned,
)
from gossipchat.swim.intents import Intents
from gossipchat.swim.members import Members
from gossipchat.swim.merge import Merger
from gossipchat.swim.once import Once
from gossipchat.wire.messages import Err, Message, PushPull, State

FEW = 32
"""Up to here, everybody exchanges at the interval; above it, less often."""


@dataclass(frozen=True, slots=True)
class ExchangeDue:
    """Timer: time for a push/pull with some member."""


@dataclass(frozen=True, slots=True)
class JoinStream:
    """Stream: the push/pull with *address*, to join by."""

    serial: int
    address: Address


@dataclass(frozen=True, slots=True)
class ExchangeStream:
    """Stream: a push/pull with a member. *lost*: it was held dead."""

    serial: int
    lost: bool


class Exchanges:
    """Opens, answers and settles push/pulls."""

    def __init__(
        self,
        config: SwimConfig,
        members: Members,
        merger: Merger,
        intents: Intents,
        chance: Random,
        once: Once,
    ) -> None:
        self._config = config
        self._members = members
        self._merger = merger
        self._intents = intents
        self._chance = chance
        self._once = once
        self._serial = 0

    def start(self) -> list[Effect]:
        """The first one comes at a random part of the interval."""
        stagger = self._chance.uniform(0, self._config.push_pull_interval)
        return [StartTimer(ExchangeDue(), stagger)]

    def due(self) -> list[Effect]:
        """Swap with one random living member."""
        again = StartTimer(ExchangeDue(), self._interval())
        partners = self._members.choose(1, lambda entry: entry.state is State.ALIVE)
        asked = [self._ask(partner.address, lost=False) for partner in partners]
        return [*asked, again]

    def look_for(self, address: Address) -> OpenStream:
        """Swap with a member that is held dead, if it is there after all."""
        return self._ask(address, lost=True)

    def join(self, address: Address) -> list[Effect]:
        """Swap with whoever is at *address*, and then say that we have come."""
        stream = JoinStream(self._next_serial(), address)
        return [self._open(stream, address, join=True)]

    def received(self, stream: StreamReceived, now: float) -> list[Effect]:
        """Answer before merging, so that nobody hears from us what it said itself."""
        theirs = stream.message
        if not isinstance(theirs, PushPull):
            return []
        answer = AnswerStream(stream.stream, self._merger.state(theirs.join))
        return [answer, *self._merge(theirs, now)]

    def joined(self, stream: JoinStream, answer: Message, now: float) -> list[Effect]:
        """Our seed has answered."""
        if not isinstance(answer, PushPull):
            return [_failed(stream, _why_refused(answer))]
        if fault := self._merger.fault_of(answer):
            return [_failed(stream, f"its cluster can't be ours: {fault}")]
        effects = self._merger.merge(answer, now)
        self._intents.tell_join()
        return [*effects, Notify(Joined(stream.address, len(answer.nodes)))]

    def answered(self, answer: Message, now: float) -> list[Effect]:
        """A member has answered."""
        if not isinstance(answer, PushPull):
            return [Count("exchanges.refused")]
        return self._merge(answer, now)

    def join_failed(self, stream: JoinStream, why: str) -> list[Effect]:
        """Nobody answered there."""
        return [_failed(stream, why)]

    def _merge(self, theirs: PushPull, now: float) -> list[Effect]:
        fault = self._merger.fault_of(theirs)
        if fault is None:
            return self._merger.merge(theirs, now)
        effects: list[Effect] = [Count("dropped.versions")]
        if self._once.first("versions", fault):
            what = f"a full exchange was refused: {fault}"
            effects.append(Notify(Warned(self._members.us.name, what)))
        return effects

    def _ask(self, address: Address, lost: bool) -> OpenStream:
        stream = ExchangeStream(self._next_serial(), lost)
        return self._open(stream, address, join=lost)

    def _open(
        self, stream: JoinStream | ExchangeStream, address: Address, join: bool
    ) -> OpenStream:
        state = self._merger.state(join)
        return OpenStream(stream, address, state, self._config.tcp_timeout)

    def _interval(self) -> float:
        """The bigger the cluster, the rarer, or their sum would grow with n²."""
        size = len(self._members)
        scale = ceil(log2(size) - log2(FEW)) + 1 if size > FEW else 1
        return self._config.push_pull_interval * scale

    def _next_serial(self) -> int:
        self._serial += 1
        return self._serial


def _failed(stream: JoinStream, why: str) -> Notify:
    return Notify(JoinFailed(stream.address, why))


def _why_refused(answer: Message) -> str:
    if isinstance(answer, Err):
        return f"it refused us: {answer.error}"
    return f"it answered with {type(answer).__name__}, not with what it knows"
