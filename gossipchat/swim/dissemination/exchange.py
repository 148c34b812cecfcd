"""
When and with whom we push/pull: to join, now and then, and to find lost members.
"""

from dataclasses import dataclass
from enum import Enum
from math import ceil, log2
from random import Random

from gossipchat.effects import Count, Notify, StartTimer
from gossipchat.names import Address
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.dissemination.merge import Merger
from gossipchat.swim.dissemination.views import Views
from gossipchat.swim.events import (
    AnswerStream,
    Effect,
    Joined,
    JoinFailed,
    OpenStream,
    StreamReceived,
    Warned,
)
from gossipchat.swim.membership.members import Entry, Members
from gossipchat.swim.membership.once import Once
from gossipchat.swim.portions import Step
from gossipchat.swim.serf.intents import Intents
from gossipchat.wire.memberlist.messages import Err, Message, PushPull, State

FEW = 32
"""Up to here, everybody exchanges at the interval; above it, less often."""

CATCH_UP = 6
"""In an interval, so many exchanges at most are made for being the odd one out."""

MAX_SPARED = 29
"""Exchanges in a row that equal views spare: one in thirty intervals is made in any
case."""

TOO_MUCH = "it was not heard, for too much of what others told waits to be taken in"


@dataclass(frozen=True, slots=True)
class ExchangeDue:
    """Timer: time for a push/pull with some member."""


@dataclass(frozen=True, slots=True)
class JoinStream:
    """Stream: the push/pull with *address*, to join by."""

    serial: int
    address: Address


@dataclass(frozen=True, slots=True)
class SecondLookDue:
    """Timer: see what came to pass while we joined."""


class Purpose(Enum):
    """Why a push/pull is made with a member."""

    ROUTINE = "now and then"
    SECOND_LOOK = "after a join"
    BEHIND = "others agree on what we don't know"
    LOST = "it is held dead"


@dataclass(frozen=True, slots=True)
class ExchangeStream:
    """Stream: a push/pull with a member."""

    serial: int
    purpose: Purpose


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
        views: Views,
    ) -> None:
        self._config = config
        self._members = members
        self._merger = merger
        self._intents = intents
        self._chance = chance
        self._once = once
        self._views = views
        self._spared = 0
        self._sought = False
        self._caught_up: list[float] = []
        self._serial = 0
        self._looking = False

    def start(self) -> list[Effect]:
        """The first one comes at a random part of the interval."""
        stagger = self._chance.uniform(0, self._config.push_pull_interval)
        return [StartTimer(ExchangeDue(), stagger)]

    def due(self, now: float) -> list[Effect]:
        """
        Swap with one whose view is not ours, or else with one random living member;
        but spare a node while all acks of late told of our view: nothing would come of
        that. (They don't speak of Serf's intents, though: so not for ever.)
        """
        again = StartTimer(ExchangeDue(), self._interval())
        partners = self._next_partners(now)
        tells = any(partner.key is not None for partner in partners)
        if tells and self._spared < MAX_SPARED and self._views.agree(now):
            self._spared += 1
            return [Count("exchanges.spared"), again]
        self._spared = 0
        return [*self._ask_each(partners, Purpose.ROUTINE), again]

    def catch_up(self, now: float) -> list[Effect]:
        """
        Once a period: swap with one of two who agree with each other, and not with us.
        Gossip has passed over us, and the next routine exchange is far.
        """
        partner = self._views.behind(now) if self._config.catch_up else None
        lately = [at for at in self._caught_up if now - at < self._interval()]
        if partner is None or len(lately) >= CATCH_UP:
            return []
        self._caught_up = [*lately, now]
        return [Count("exchanges.behind"), *self._ask_each([partner], Purpose.BEHIND)]

    def _next_partners(self, now: float) -> list[Entry]:
        """Every other turn is anyone's: agents don't tell what view they have."""
        differing = [] if self._sought else self._views.differing(now)
        self._sought = bool(differing)
        return self._chance.sample(differing, 1) if differing else self._anyone()

    def second_look_due(self) -> list[Effect]:
        """Swap with one random living member, soon after a join."""
        self._looking = False
        return self._ask_anyone(Purpose.SECOND_LOOK)

    def look_for(self, address: Address) -> OpenStream:
        """Swap with a member that is held dead, if it is there after all."""
        return self._ask(address, Purpose.LOST)

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
        if not self._merger.has_room_for(answer):
            return [_failed(stream, TOO_MUCH)]
        count = len(answer.nodes)
        return self._merger.merge(
            answer, now, then=lambda now: self._have_joined(stream, count)
        )

    def _have_joined(self, stream: JoinStream, count: int) -> list[Effect]:
        self._intents.tell_join()
        return [Notify(Joined(stream.address, count)), *self._look_again()]

    def answered(
        self, stream: ExchangeStream, answer: Message, now: float
    ) -> list[Effect]:
        """A member has answered."""
        if not isinstance(answer, PushPull):
            return [Count("exchanges.refused")]
        known, second = self._members.count, stream.purpose is Purpose.SECOND_LOOK

        def look_again(now: float) -> list[Effect]:
            return self._look_again() if self._members.count > known else []

        return self._merge(answer, now, look_again if second else None)

    def join_failed(self, stream: JoinStream, why: str) -> list[Effect]:
        """Nobody answered there."""
        return [_failed(stream, why)]

    def _merge(
        self, theirs: PushPull, now: float, then: Step | None = None
    ) -> list[Effect]:
        fault = self._merger.fault_of(theirs)
        if fault is None:
            return self._merger.merge(theirs, now, then=then)
        effects: list[Effect] = [Count("dropped.versions")]
        if self._once.first("versions", fault):
            what = f"a full exchange was refused: {fault}"
            effects.append(Notify(Warned(self._members.us.name, what)))
        return effects

    def _look_again(self) -> list[Effect]:
        """
        Swap once more in a moment, for as long as that teaches us new members.

        Who joins among many others at once hears nothing of those that come right
        after it: gossip about them is soon told often enough for the few who are
        there, and the next routine exchange is half a minute away.
        """
        if self._looking:
            return []
        self._looking = True
        return [StartTimer(SecondLookDue(), self._config.second_look)]

    def _ask_anyone(self, purpose: Purpose) -> list[Effect]:
        return self._ask_each(self._anyone(), purpose)

    def _anyone(self) -> list[Entry]:
        return self._members.choose(1, lambda entry: entry.state is State.ALIVE)

    def _ask_each(self, partners: list[Entry], purpose: Purpose) -> list[Effect]:
        return [self._ask(partner.address, purpose) for partner in partners]

    def _ask(self, address: Address, purpose: Purpose) -> OpenStream:
        stream = ExchangeStream(self._next_serial(), purpose)
        return self._open(stream, address, join=purpose is Purpose.LOST)

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
