"""
One whole swim node of a simulated world: its process, its disk, its streams.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gossipchat.effects import Count, Notify, Stalled, StartTimer, TimerFired
from gossipchat.errors import DecodeError, UsageError
from gossipchat.names import Address, AuthorKey, NodeName
from gossipchat.swim.core import Swim
from gossipchat.swim.events import (
    AddressNotProven,
    AddressProven,
    Answered,
    AnswerStream,
    Declined,
    Effect,
    Event,
    ForgetMember,
    KeyTask,
    KeyTaskDone,
    OpenStream,
    PacketRefused,
    ProveAddress,
    QueryHeard,
    RememberCounter,
    Remembered,
    RememberMember,
    SendPacket,
    Started,
    Status,
    StreamAnswered,
    StreamFailed,
    StreamReceived,
)
from gossipchat.swim.membership.identity import TAG, identity_tag
from gossipchat.swim.membership.myself import Myself
from gossipchat.wire.keyring import KeyRing, format_key
from gossipchat.wire.messages import Message
from gossipchat.wire.packet import Packets
from gossipchat.wire.streams import StreamReader, encode_stream

if TYPE_CHECKING:
    from gossipchat.sim.swim_world import SwimWorld

PORT = 7946
DIALLING_PORT = 50_000

KEY_FILE_TIME = 0.02
"""Seconds that a change of the key ring file takes."""


@dataclass
class Disk:
    """What survives a crash."""

    counters: dict[str, int] = field(default_factory=dict)
    members: dict[NodeName, tuple[RememberMember, float]] = field(default_factory=dict)
    keys: tuple[bytes, ...] = ()
    """The key ring file; empty: the cluster is open."""


class SwimNode:
    """One machine with one process on it, running or not."""

    def __init__(self, world: "SwimWorld", name: NodeName, number: int) -> None:
        self.world = world
        self.name = name
        self.address = Address(f"10.0.{number // 250}.{number % 250 + 1}", PORT)
        self.secret = Ed25519PrivateKey.from_private_bytes(
            world.heap.chance.randbytes(32)
        )
        self.disk = Disk(keys=world.keyring.keys if world.keyring else ())
        self.swim: Swim | None = None
        self.counts: dict[str, int] = {}
        self.answers: list[Answered | Declined | QueryHeard] = []
        """What its requests have brought, oldest first."""
        self.keyring: KeyRing | None = None
        self.packets = Packets(None, world.label, compress=False)
        self._process = 0
        self._asleep_since: float | None = None
        self._missed: list[Event] = []

    @property
    def key(self) -> AuthorKey:
        return AuthorKey(self.secret.public_key().public_bytes_raw())

    def start(self, tags: dict[str, str] | None = None) -> None:
        """Run a new process on what the disk has."""
        world = self.world
        proof = identity_tag(self.secret, self.name, world.label)
        me = Myself.restored(
            self.name,
            self.address,
            self.key,
            {TAG: proof, **(tags or {})},
            self.disk.counters,
        )
        self._process += 1
        self.keyring = KeyRing(self.disk.keys) if self.disk.keys else None
        self.packets = Packets(self.keyring, world.label, compress=False)
        self.swim = Swim(
            me,
            world.config,
            Random(world.heap.chance.getrandbits(64)),
            {},
            world.label,
            self.packets.budget,
            self._remembered(),
        )
        self.handle(Started())

    def _remembered(self) -> Sequence[Remembered]:
        now = self.world.heap.now
        return [
            Remembered(told.name, told.address, told.key, now - when, told.left)
            for told, when in self.disk.members.values()
        ]

    def crash(self) -> None:
        """The process is gone without a word; its disk stays."""
        self.swim = None
        self._asleep_since, self._missed = None, []

    def sleep(self) -> None:
        """The process does not run, but the kernel keeps its sockets."""
        self._asleep_since = self.world.heap.now

    def wake(self) -> None:
        """It runs again: sockets first, then ``Stalled``, then the late timers."""
        if self._asleep_since is None:
            return
        gap = self.world.heap.now - self._asleep_since
        missed, self._missed, self._asleep_since = self._missed, [], None
        arrived = [event for event in missed if not isinstance(event, TimerFired)]
        late = [event for event in missed if isinstance(event, TimerFired)]
        for happened in (*arrived, Stalled(gap), *late):
            self.handle(happened)

    def handle(self, event: Event) -> None:
        """Let the process have *event*, now or when it wakes."""
        if self._asleep_since is not None:
            self._missed.append(event)
        elif self.swim is not None:
            for effect in self.swim.handle(event, self.world.heap.now):
                self._carry_out(effect)

    def sees(self, name: NodeName) -> Status | None:
        """What it holds of *name*."""
        member = self.swim.member(name) if self.swim else None
        return member.status if member else None

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case SendPacket(to, parts, crc):
                self.world.send(self, to, self.packets.seal(parts, crc))
            case OpenStream():
                self._dial(effect)
            case AnswerStream(Call() as stream, message):
                stream.answer(message)
            case StartTimer(key, delay):
                self._after(delay, TimerFired(key))
            case Notify(happening):
                self.world.happenings.append(
                    (self.world.heap.now, self.name, happening)
                )
            case Count(what, by):
                self.counts[what] = self.counts.get(what, 0) + by
            case Answered() | Declined() | QueryHeard():
                self.answers.append(effect)
            case KeyTask():
                self._after(KEY_FILE_TIME, self._change_keys(effect))
            case ProveAddress(key, address):
                self._prove(key, address)
            case RememberMember(name):
                self.disk.members[name] = (effect, self.world.heap.now)
            case ForgetMember(name):
                self.disk.members.pop(name, None)
            case RememberCounter(what, value):
                self.disk.counters[what] = value

    def same_process(self) -> Callable[[], bool]:
        """A question: whether the process of this moment is the one of then."""
        process = self._process
        return lambda: process == self._process

    def _after(self, delay: float, event: Event) -> None:
        still_up = self.same_process()

        def due() -> None:
            if still_up():
                self.handle(event)

        self.world.heap.after(delay, due)

    def _dial(self, asked: OpenStream) -> None:
        call = Call(self, self.world.node_at(asked.to), asked)
        self.world.heap.after(asked.timeout, call.time_out)
        self.world.carry_stream(call)

    def _change_keys(self, task: KeyTask) -> KeyTaskDone:
        ring, key = self.keyring, task.key or b""
        if ring is None:
            return KeyTaskDone(task.task, False, "there is no key ring")
        try:
            match task.operation:
                case "install":
                    ring.install(key)
                case "use":
                    ring.use(key)
                case "remove":
                    ring.remove(key)
        except UsageError as mistake:
            return KeyTaskDone(task.task, False, str(mistake))
        self.disk.keys = ring.keys
        keys = tuple(map(format_key, ring.keys))
        return KeyTaskDone(task.task, True, "", keys, keys[0])

    def _prove(self, key: AuthorKey, address: Address) -> None:
        """A link is dialled there: a few round trips, or a refusal."""
        there, network = self.world.node_at(address), self.world.network
        proven = (
            there is not None
            and there.swim is not None
            and there.key == key
            and network.passes(self.name, there.name)
            and network.passes(there.name, self.name)
        )
        outcome = AddressProven if proven else AddressNotProven
        self._after(4 * network.delay(), outcome(key, address))


class Call:
    """
    One stream: a dial, a message there, and one result, the first that comes.
    """

    def __init__(
        self, caller: SwimNode, called: SwimNode | None, asked: OpenStream
    ) -> None:
        self.caller = caller
        self.called = called
        self._asked = asked
        self._caller_is_up = caller.same_process()
        self._has_result = False

    def arrive(self, called: SwimNode) -> None:
        """Our opening is there: accepted, or refused when nothing listens."""
        if called.swim is None:
            self._back(StreamFailed(self._asked.stream, "refused", refused=True))
            return
        try:
            message = self._over_the_wire(self._asked.message, self.caller, called)
        except DecodeError as problem:
            sealed = problem.where == "encryption"
            source = Address(self.caller.address.host, DIALLING_PORT)
            called.handle(PacketRefused(source, str(problem), sealed))
            self._back(StreamFailed(self._asked.stream, f"it refused us: {problem}"))
            return
        called.handle(StreamReceived(self, self.caller.address, message))

    def answer(self, message: Message) -> None:
        """The other side answers."""
        if self.called is None:
            return
        try:
            heard = self._over_the_wire(message, self.called, self.caller)
        except DecodeError as problem:
            self._back(StreamFailed(self._asked.stream, str(problem)))
        else:
            self._back(StreamAnswered(self._asked.stream, heard))

    def _over_the_wire(
        self, message: Message, sender: SwimNode, reader: SwimNode
    ) -> Message:
        label, answer = self.caller.world.label, sender is self.called
        sent = encode_stream(message, sender.keyring, label, answer, False)
        read = StreamReader(reader.keyring, label, answer)
        read.feed(sent)
        return read.finish()

    def time_out(self) -> None:
        self._settle(StreamFailed(self._asked.stream, "timed out"))

    def _back(self, event: Event) -> None:
        network = self.caller.world.network
        if self.called and network.passes(self.called.name, self.caller.name):
            network.heap.after(network.delay(), lambda: self._settle(event))

    def _settle(self, event: Event) -> None:
        if not self._has_result and self._caller_is_up():
            self._has_result = True
            self.caller.handle(event)
