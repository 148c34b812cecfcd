"""
One whole swim node of a simulated world: its process, its disk, its streams.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gossipchat.effects import Broke, Count, Notify, Stalled, StartTimer, TimerFired
from gossipchat.errors import DecodeError, UsageError
from gossipchat.names import Address, AuthorKey, NodeName
from gossipchat.sim.network.call import Call, Outcome
from gossipchat.sim.network.host import Host, Reply
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
    PacketReceived,
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
from gossipchat.wire.layers.keyring import KeyRing, format_key
from gossipchat.wire.memberlist.messages import Message
from gossipchat.wire.ours.datagrams import DatagramReceived, Own
from gossipchat.wire.packet import Packets
from gossipchat.wire.streams import StreamReader, encode_stream

if TYPE_CHECKING:
    from gossipchat.sim.swim_alone.world import SwimWorld

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

    sockets_first = True
    threaded = False

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
        self.host = Host(world.network, name)

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
        self.host.run(self)
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
        self.host.kill()

    def sleep(self) -> None:
        """The process does not run, but the kernel keeps its sockets."""
        self.host.pause()

    def wake(self) -> None:
        """It runs again: sockets first, then ``Stalled``, then the late timers."""
        self.host.resume()

    def handle(self, event: Event) -> None:
        """Let the process have *event* now."""
        if self.swim is not None:
            for effect in self.swim.handle(event, self.world.heap.now):
                self._carry_out(effect)

    # --- what its host brings -------------------------------------------------

    def read(self, source: Host, datagram: object) -> None:
        """A datagram, as the wire has it."""
        if not isinstance(datagram, bytes):
            return
        address = self.world.address_of(source)
        try:
            opened = self.packets.open(datagram)
        except DecodeError as problem:
            sealed = problem.where == "encryption"
            self.handle(PacketRefused(address, str(problem), sealed))
        else:
            rest = tuple(one for one in opened.messages if type(one) is not Own)
            self.handle(PacketReceived(address, rest))
            for own in opened.messages:
                if isinstance(own, Own):
                    self.handle(DatagramReceived(own.sender, address, own.datagram))

    def asked(self, source: Host, message: object, reply: Reply) -> None:
        """A stream's opening, as the wire has it."""
        if not isinstance(message, bytes):
            return
        address = self.world.address_of(source)
        try:
            opening = self._read_stream(message, answer=False)
        except DecodeError as problem:
            sealed = problem.where == "encryption"
            dialled_from = Address(address.host, DIALLING_PORT)
            self.handle(PacketRefused(dialled_from, str(problem), sealed))
            reply(f"it refused us: {problem}", 0)
        else:
            self.handle(StreamReceived(reply, address, opening))

    def resumed(self, gap: float) -> None:
        """The sockets are empty."""
        self.handle(Stalled(gap))

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
            case AnswerStream(reply, message) if callable(reply):
                answer = self._stream_of(message, answer=True)
                reply(answer, len(answer))
            case StartTimer(key, delay):
                self._after(delay, TimerFired(key))
            case Notify(Broke(_, problem)):
                raise problem
            case Notify(happening):
                self.world.notice(self, happening)
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

    def _after(self, delay: float, event: Event) -> None:
        self.host.after(delay, lambda: self.handle(event))

    def _dial(self, asked: OpenStream) -> None:
        opening = self._stream_of(asked.message, answer=False)
        called = self.world.node_at(asked.to)
        Call(
            self.host,
            None if called is None else called.host,
            opening,
            len(opening),
            asked.timeout,
            lambda brought: self.handle(self._heard(asked.stream, brought)),
        )

    def _heard(self, stream: Hashable, brought: object) -> Event:
        if isinstance(brought, bytes):
            try:
                return StreamAnswered(stream, self._read_stream(brought, answer=True))
            except DecodeError as problem:
                return StreamFailed(stream, str(problem))
        if isinstance(brought, Outcome):
            refused = brought is Outcome.REFUSED
            return StreamFailed(stream, brought.value, refused=refused)
        return StreamFailed(stream, str(brought))

    def _stream_of(self, message: Message, answer: bool) -> bytes:
        return encode_stream(message, self.keyring, self.world.label, answer, False)

    def _read_stream(self, sent: bytes, answer: bool) -> Message:
        read = StreamReader(self.keyring, self.world.label, answer)
        read.feed(sent)
        return read.finish()

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
