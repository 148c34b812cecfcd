"""What the swim tests are not about: a node under a clock of its own, and its peers."""

from collections.abc import Iterable
from dataclasses import replace
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gossipchat.effects import Broke, Count, Notify, StartTimer, TimerFired
from gossipchat.names import Address, AuthorKey, NodeName
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.core import Swim
from gossipchat.swim.events import (
    Effect,
    Event,
    MemberChanged,
    PacketReceived,
    Remembered,
    SendPacket,
    Started,
    Status,
    Warned,
)
from gossipchat.swim.membership.identity import TAG, identity_tag
from gossipchat.swim.membership.myself import Myself
from gossipchat.wire.memberlist.codec import decode
from gossipchat.wire.memberlist.messages import (
    OUR_VSN,
    Ack,
    Alive,
    Dead,
    Message,
    Ping,
    State,
    Suspect,
    User,
    Vsn,
)
from gossipchat.wire.serf.codec import decode_serf, encode_serf, encode_tags
from gossipchat.wire.serf.messages import SerfMessage

ME = NodeName("me")
MY_ADDRESS = Address("10.0.0.1", 7946)
MY_SECRET = Ed25519PrivateKey.from_private_bytes(b"m" * 32)
BOB = NodeName("bob")
EVE = NodeName("eve")

Effected = TypeVar("Effected")


def key_of(secret: Ed25519PrivateKey) -> AuthorKey:
    return AuthorKey(secret.public_key().public_bytes_raw())


def secret_of(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(name.encode().ljust(32, b"."))


def myself() -> Myself:
    return Myself(ME, MY_ADDRESS, key_of(MY_SECRET), {"role": "test"})


def address_of(name: str) -> Address:
    """Each name's own, the same in all tests."""
    number = sum(name.encode()) * 31 + len(name)
    return Address(f"10.1.{number // 250 % 250}.{number % 250 + 1}", 7946)


def proven(name: str, secret: Ed25519PrivateKey | None = None) -> bytes:
    """The meta of a member with an identity, by default its own."""
    proof = identity_tag(secret or secret_of(name), NodeName(name), b"")
    return encode_tags({TAG: proof})


def alive(
    name: str = BOB,
    incarnation: int = 1,
    meta: bytes = b"",
    vsn: Vsn = OUR_VSN,
    address: Address | None = None,
) -> Alive:
    where = address or address_of(name)
    return Alive(incarnation, NodeName(name), where, meta, vsn)


def suspect(name: str = BOB, incarnation: int = 1, by: str = EVE) -> Suspect:
    return Suspect(incarnation, NodeName(name), NodeName(by))


def dead(name: str = BOB, incarnation: int = 1, by: str = EVE) -> Dead:
    return Dead(incarnation, NodeName(name), NodeName(by))


def serf(message: SerfMessage) -> User:
    return User(encode_serf(message))


class Driven:
    """
    One node whose timers fire as its clock is advanced; it records its effects.
    """

    def __init__(
        self,
        config: SwimConfig | None = None,
        me: Myself | None = None,
        remembered: tuple[Remembered, ...] = (),
        budget: int = 1400,
        pins: dict[NodeName, AuthorKey] | None = None,
        seed: int = 0,
        answered: bool = False,
    ) -> None:
        """*answered*: whoever is pinged answers at once."""
        self.now = 100.0
        self._answered = answered
        self.payloads: dict[Address, bytes] = {}
        """What the acks of whoever is pinged there bring along."""
        self.silent: set[Address] = set()
        """Where nobody answers all the same."""
        self.effects: list[Effect] = []
        self.swim = Swim(
            me or myself(),
            config or plainly_detecting(),
            Random(seed),
            pins or {},
            budget=budget,
            remembered=remembered,
        )
        self._timers: list[tuple[float, int, object]] = []
        self._order = count()

    def start(self, *members: str) -> "Driven":
        """Started, and told of *members*; what was effected so far is dropped."""
        self.feed(Started())
        self.hear(*(alive(name) for name in members))
        self.effects.clear()
        return self

    def feed(self, event: Event) -> list[Effect]:
        """What *event* brings about at once."""
        effects = self.swim.handle(event, self.now)
        for effect in effects:
            if isinstance(effect, Notify) and isinstance(effect.happening, Broke):
                raise effect.happening.problem
            if isinstance(effect, StartTimer):
                due = self.now + effect.delay
                heappush(self._timers, (due, next(self._order), effect.key))
        self.effects += effects
        if self._answered:
            for to, message in sent_to(effects):
                if isinstance(message, Ping) and to not in self.silent:
                    payload = self.payloads.get(to)
                    self.hear(Ack(message.seq_no, payload), source=to)
        return effects

    def hear(self, *messages: Message, source: Address | None = None) -> list[Effect]:
        """A packet brings *messages*."""
        where = source or address_of(BOB)
        return self.feed(PacketReceived(where, messages))

    def advance(self, seconds: float) -> list[Effect]:
        """Let time pass and timers fire; what they bring about."""
        before, end = len(self.effects), self.now + seconds
        while self._timers and self._timers[0][0] <= end + 1e-9:
            self.fire_next()
        self.now = end
        return self.effects[before:]

    def fire_next(self) -> list[Effect]:
        """Let time pass until one timer fires; what that brings about at once."""
        self.now, _, key = heappop(self._timers)
        return self.feed(TimerFired(key))

    def advance_until(self, name: str, status: Status, limit: float) -> float:
        """Seconds until *name* is *status*."""
        start = self.now
        while self.status(name) is not status and self._timers:
            self.advance(max(0.0, self._timers[0][0] - self.now))
            assert self.now - start <= limit, f"{name} is still {self.status(name)}"
        return self.now - start

    def status(self, name: str) -> Status | None:
        member = self.swim.member(NodeName(name))
        return member.status if member is not None else None

    def incarnation(self, name: str) -> int | None:
        member = self.swim.member(NodeName(name))
        return member.incarnation if member is not None else None


def of_kind(effects: Iterable[Effect], kind: type[Effected]) -> list[Effected]:
    return [effect for effect in effects if isinstance(effect, kind)]


def notified(effects: Iterable[Effect], kind: type[Effected]) -> list[Effected]:
    """The happenings of that kind."""
    told = [effect.happening for effect in of_kind(effects, Notify)]
    return [happening for happening in told if isinstance(happening, kind)]


def changes(effects: Iterable[Effect]) -> list[tuple[str, Status]]:
    return [
        (str(change.member.name), change.member.status)
        for change in notified(effects, MemberChanged)
    ]


def warnings(effects: Iterable[Effect]) -> list[str]:
    return [warned.what for warned in notified(effects, Warned)]


def counted(effects: Iterable[Effect]) -> list[str]:
    return [effect.what for effect in of_kind(effects, Count)]


def sent(effects: Iterable[Effect], kind: type[Effected]) -> list[Effected]:
    """All messages of that kind in all packets."""
    return [message for _, message in sent_to(effects) if isinstance(message, kind)]


def sent_to(effects: Iterable[Effect]) -> list[tuple[Address, Message]]:
    """Each message in each packet, with where it goes."""
    return [
        (packet.to, decode(part))
        for packet in of_kind(effects, SendPacket)
        for part in packet.parts
    ]


def serf_sent(effects: Iterable[Effect], kind: type[Effected]) -> list[Effected]:
    """All of Serf's messages of that kind in all packets."""
    told = [decode_serf(user.body) for user in sent(effects, User)]
    return [message for message in told if isinstance(message, kind)]


def plainly_detecting(config: SwimConfig | None = None) -> SwimConfig:
    """A failure detector with memberlist's rules alone: what many tests are about."""
    return (config or SwimConfig.lan()).as_memberlist()


def quiet(config: SwimConfig | None = None) -> SwimConfig:
    """Without the rarer timers, for tests that count what is sent."""
    day = 86_400.0
    return replace(
        config or plainly_detecting(),
        push_pull_interval=day,
        reconnect_interval=day,
        reap_interval=day,
    )


ALIVE, SUSPECT, DEAD, LEFT = Status
STATES = (State.ALIVE, State.SUSPECT, State.DEAD, State.LEFT)
