"""
A world of whole swim nodes: real packets over a simulated network, small disks.

Everything that leaves a node is encoded and decoded as on the wire.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from random import Random

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gossipchat.effects import Count, Notify, Stalled, StartTimer, TimerFired
from gossipchat.errors import DecodeError
from gossipchat.names import Address, AuthorKey, NodeName
from gossipchat.sim.heap import Heap
from gossipchat.sim.network import Network, Weather
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.core import Swim
from gossipchat.swim.events import (
    AnswerStream,
    Effect,
    Event,
    ForgetMember,
    JoinAsked,
    LeaveAsked,
    OpenStream,
    PacketReceived,
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
from gossipchat.swim.identity import TAG, identity_tag
from gossipchat.swim.myself import Myself
from gossipchat.wire.keyring import KeyRing
from gossipchat.wire.messages import Message
from gossipchat.wire.packet import Packets
from gossipchat.wire.streams import StreamReader, encode_stream

PORT = 7946


@dataclass
class Disk:
    """What survives a crash."""

    counters: dict[str, int] = field(default_factory=dict)
    members: dict[NodeName, tuple[RememberMember, float]] = field(default_factory=dict)


class SwimNode:
    """One machine with one process on it, running or not."""

    def __init__(self, world: "SwimWorld", name: NodeName, number: int) -> None:
        self.world = world
        self.name = name
        self.address = Address(f"10.0.{number // 250}.{number % 250 + 1}", PORT)
        self.secret = Ed25519PrivateKey.from_private_bytes(
            world.heap.chance.randbytes(32)
        )
        self.disk = Disk()
        self.swim: Swim | None = None
        self.counts: dict[str, int] = {}
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
        self.swim = Swim(
            me,
            world.config,
            Random(world.heap.chance.getrandbits(64)),
            {},
            world.label,
            world.packets.budget,
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
                self.world.send(self, to, self.world.packets.seal(parts, crc))
            case OpenStream():
                self._dial(effect)
            case AnswerStream(_Call() as stream, message):
                stream.answer(message)
            case StartTimer(key, delay):
                self._after(delay, TimerFired(key))
            case Notify(happening):
                self.world.happenings.append(
                    (self.world.heap.now, self.name, happening)
                )
            case Count(what, by):
                self.counts[what] = self.counts.get(what, 0) + by
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
        call = _Call(self, self.world.node_at(asked.to), asked)
        self.world.heap.after(asked.timeout, call.time_out)
        self.world.carry_stream(call)


class _Call:
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
        message = self._over_the_wire(self._asked.message, answer=False)
        called.handle(StreamReceived(self, self.caller.address, message))

    def answer(self, message: Message) -> None:
        """The other side answers."""
        heard = self._over_the_wire(message, answer=True)
        self._back(StreamAnswered(self._asked.stream, heard))

    def _over_the_wire(self, message: Message, answer: bool) -> Message:
        world = self.caller.world
        sent = encode_stream(message, world.keyring, world.label, answer, False)
        reader = StreamReader(world.keyring, world.label, answer)
        reader.feed(sent)
        return reader.finish()

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


class SwimWorld:
    """Nodes, the network between them, and all that was ever notified."""

    def __init__(
        self,
        seed: int,
        config: SwimConfig | None = None,
        weather: Weather | None = None,
        keyring: KeyRing | None = None,
        label: bytes = b"",
    ) -> None:
        self.heap = Heap(seed)
        self.network = Network(self.heap, weather)
        self.config = config or SwimConfig.lan()
        self.keyring, self.label = keyring, label
        self.packets = Packets(keyring, label, compress=False)
        self.nodes: dict[NodeName, SwimNode] = {}
        self.happenings: list[tuple[float, NodeName, object]] = []
        self.packets_sent = 0
        self.bytes_sent = 0
        self._by_address: dict[Address, SwimNode] = {}

    def add(self, name: str, tags: dict[str, str] | None = None) -> SwimNode:
        """A new machine whose process starts at once."""
        node = SwimNode(self, NodeName(name), len(self.nodes))
        self.nodes[node.name] = node
        self.place(node)
        node.start(tags)
        return node

    def place(self, node: SwimNode) -> None:
        """Let packets and streams reach it; not needed for what ``add`` made."""
        self._by_address[node.address] = node

    def join(self, node: SwimNode, seed: SwimNode) -> None:
        node.handle(JoinAsked(seed.address))

    def leave(self, node: SwimNode) -> None:
        node.handle(LeaveAsked())

    def run(self, seconds: float) -> None:
        self.heap.run_until(self.heap.now + seconds)

    def run_until(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Run until *condition*, looked at twenty times a second, or not."""
        end = self.heap.now + seconds
        while not condition():
            if self.heap.now >= end:
                return False
            self.heap.run_until(min(end, self.heap.now + 0.05))
        return True

    @property
    def running(self) -> list[SwimNode]:
        return [node for node in self.nodes.values() if node.swim is not None]

    def all_see(
        self,
        status: Status,
        of: Iterable[SwimNode],
        by: Iterable[SwimNode] | None = None,
    ) -> bool:
        """Whether all of *by* (all that run) hold all of *of* to be *status*."""
        seen = list(of)
        viewers = self.running if by is None else list(by)
        return all(
            node.sees(other.name) is status for node in viewers for other in seen
        )

    def whole(self) -> bool:
        """Whether all that run see all that run as alive."""
        return self.all_see(Status.ALIVE, self.running)

    # --- what the nodes' effects do -----------------------------------------

    def send(self, source: SwimNode, to: Address, datagram: bytes) -> None:
        """Let a datagram travel; to nowhere, it is lost."""
        self.packets_sent += 1
        self.bytes_sent += len(datagram)
        target = self.node_at(to)
        if target is not None:
            self.network.send(
                source.name, target.name, lambda: self._land(source, target, datagram)
            )

    def _land(self, source: SwimNode, target: SwimNode, datagram: bytes) -> None:
        try:
            opened = self.packets.open(datagram)
        except DecodeError:
            return
        target.handle(PacketReceived(source.address, opened.messages))

    def node_at(self, address: Address) -> SwimNode | None:
        return self._by_address.get(address)

    def carry_stream(self, call: _Call) -> None:
        """A stream's opening travels: three one-way delays until the message."""
        called = call.called
        if called and self.network.passes(call.caller.name, called.name):
            delays = sum(self.network.delay() for _ in range(3))
            self.heap.after(delays, lambda: call.arrive(called))
