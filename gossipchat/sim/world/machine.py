"""
One machine of the simulated world: its disk stays, its peer comes and goes.

This is the other driver: it carries the effects of a whole peer out in virtual
time, where ``node.driver`` carries them out on sockets and disks.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import replace
from functools import partial
from hashlib import sha256
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from gossipchat.broadcast import events as broadcast
from gossipchat.chat import events as chat
from gossipchat.effects import Broke, Moment, Notify, Stalled, StartTimer, TimerFired
from gossipchat.feeds.author import Author
from gossipchat.names import Address, AuthorKey, EntryId, NodeName
from gossipchat.peer.core import Peer
from gossipchat.peer.events import Effect, Event
from gossipchat.sim.disks.disk import Disk
from gossipchat.sim.heap import Heap
from gossipchat.sim.network.cables import Cables
from gossipchat.sim.network.call import Outcome
from gossipchat.sim.network.host import Host, Reply
from gossipchat.sim.network.network import Network
from gossipchat.sim.world.wires import Wires, packed_stream, unpacked_stream
from gossipchat.swim import events as swim
from gossipchat.swim.events import Status
from gossipchat.wire.memberlist.messages import Message

EPOCH_MS = 1_790_000_000_000
"""The wall clock of the world at virtual second 0."""

SOON = 1e-9
"""Seconds between two commits, at least: they keep their order."""


class Watch(Protocol):
    """Somebody who looks over a machine's shoulder, at each step."""

    def shown(self, node: "Node", lines: tuple[chat.Line, ...]) -> None:
        """*lines* are about to be shown there."""

    def answered(self, node: "Node", ask: Hashable, id: EntryId) -> None:
        """*ask* is told that it is said, under *id*."""

    def refused(self, node: "Node", ask: Hashable, why: str) -> None:
        """*ask* is told *why* it is not said."""

    def noticed(self, node: "Node", happening: object) -> None:
        """Whoever watches that node is told of *happening*."""

    def began(self, node: "Node") -> None:
        """A process starts there; nothing has happened in it."""


class Surroundings(Protocol):
    """What a machine stands in."""

    heap: Heap
    network: Network
    cables: Cables
    wires: Wires
    disks: type[Disk]
    happenings: list[tuple[float, str, object]]
    watch: Watch | None
    listen: "Callable[[Node, Effect], None] | None"
    """Is told of all that nodes want done (``sim.world.trace``)."""


class Node:
    """A machine: its disk stays, its peer comes and goes."""

    sockets_first = True
    threaded = False

    def __init__(
        self, world: Surroundings, name: str, number: int, secret: str, place: str
    ) -> None:
        """*secret*: what the node's key is made of."""
        self.world = world
        self.name = NodeName(name)
        self.place = place
        self.address = Address(
            f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", 7946
        )
        seed = sha256(secret.encode()).digest()
        self.signing = Ed25519PrivateKey.from_private_bytes(seed)
        self.sealing = X25519PrivateKey.from_private_bytes(sha256(seed).digest())
        self.key = AuthorKey(self.signing.public_key().public_bytes_raw())
        self.host = Host(world.network, self.place)
        self.disk = world.disks()
        self.peer: Peer | None = None
        self.shown: list[chat.Line] = []
        """Every line that was ever shown here, in all lives."""
        self.answers: dict[Hashable, EntryId] = {}
        self.refusals: dict[Hashable, str] = {}
        self.left = False
        self.author: Author | None = None
        """Who writes here in this life."""
        self.twin: Author | None = None
        """Who will write in the next one, as if this were a clone of its memory."""
        self.wall_ahead_ms = 0
        """By how much its wall clock is wrong."""
        self._disk_free_at = 0.0

    @property
    def alive(self) -> bool:
        return self.peer is not None

    @property
    def awake(self) -> bool:
        """Whether a process runs here now."""
        return self.peer is not None and not self.host.paused

    def statuses(self) -> dict[str, Status]:
        """What this node holds true of each member."""
        if self.peer is None:
            return {}
        members = self.peer.swim._parts.members  # as ``members()``, for a thousand
        return {entry.name: entry.status for entry in members}

    def history(self) -> list[tuple[EntryId, str]]:
        """What it shows of all rooms, in the one order."""
        spoken = [line for line in self.disk.lines if line.room is not None]
        return sorted((line.id, line.text) for line in spoken)

    # --- the other driver -----------------------------------------------------

    def begin(self, peer: Peer) -> None:
        """A process starts, with *peer* in it."""
        self.host.run(self)
        self.peer, self.left = peer, False
        if self.world.watch is not None:
            self.world.watch.began(self)

    def end(self, off: bool = False) -> None:
        """Its process is gone without a word; *off*: the whole machine is."""
        self.peer = None
        self._disk_free_at = 0.0
        self.host.vanish() if off else self.host.kill()

    def feed(self, event: Event) -> None:
        """
        Let the peer handle *event*; nothing happens while there is none.

        While it stands still *event* waits: for what comes over links and from users
        is read after the late timers (datagrams and streams: see ``Host``).
        """
        if self.host.paused:
            later = partial(self.after, 0.0, partial(self.feed, event))
            self.host.when_awake(later)
        elif self.peer is not None:
            self.carry_out(self.peer.handle(event, self.moment))

    # --- what its host brings -------------------------------------------------

    def read(self, source: Host, datagram: object) -> None:
        """A datagram, with who sent it."""
        match datagram:
            case (Address() as sender, bytes() as packed):
                messages = self.world.wires.packets.open(packed).messages
                self.feed(swim.PacketReceived(sender, messages))

    def asked(self, source: Host, message: object, reply: Reply) -> None:
        """A stream's opening, with who sent it; no answer: it is closed."""
        answers: list[bytes] = []

        def answer(told: Message) -> None:
            answers.append(packed_stream(told, answer=True))
            reply(answers[-1], len(answers[-1]))

        match message:
            case (Address() as sender, bytes() as packed):
                opening = unpacked_stream(packed, answer=False)
                self.feed(swim.StreamReceived(answer, sender, opening))
        if not answers:
            reply(Outcome.CLOSED, 0)

    def resumed(self, gap: float) -> None:
        """It stood still for *gap* seconds; its sockets are empty now."""
        self.feed(Stalled(gap))

    # --- what its peer wants --------------------------------------------------

    @property
    def moment(self) -> Moment:
        """Now, by both its clocks."""
        now = self.world.heap.now
        return Moment(now, EPOCH_MS + self.wall_ahead_ms + int(now * 1000))

    def carry_out(self, effects: Iterable[Effect]) -> None:
        """Do what the peer wants, in order."""
        for effect in effects:
            self._do(effect)

    def _do(self, effect: Effect) -> None:
        world = self.world
        if world.listen is not None:
            world.listen(self, effect)
        match effect:
            case StartTimer(key, delay):
                self.after(delay, partial(self.feed, TimerFired(key)))
            case Notify(happening):
                self._notice(happening)
            case swim.SendPacket(to, parts, crc):
                world.wires.send_packet(self, to, parts, crc)
            case swim.OpenStream():
                world.wires.open_stream(self, effect)
            case swim.AnswerStream(answer, message) if callable(answer):
                answer(message)
            case swim.ProveAddress():
                world.wires.prove(self, effect)
            case broadcast.Dial(peer, address):
                world.wires.dial(self, peer, address)
            case broadcast.SendFrames(link, frames):
                world.cables.send(link, frames)
            case broadcast.EndLink(link, reason):
                world.cables.end(link, reason)
            case broadcast.Rename():
                self._on_disk(partial(self.disk.rename, effect))
            case broadcast.Load(link, feed, first, last, most):
                found = self.disk.load(feed, first, last, most)
                loaded = broadcast.Loaded(link, feed, first, last, found)
                self.after(self.disk.takes, partial(self.feed, loaded))
            case chat.Persist():
                self._on_disk(partial(self._commit, effect))
            case chat.Deliver(lines):
                if world.watch is not None:
                    world.watch.shown(self, lines)
                self.shown += lines
            case chat.Answer(ask, entry_id):
                if world.watch is not None:
                    world.watch.answered(self, ask, entry_id)
                self.answers[ask] = entry_id
            case chat.Reveal():
                self._on_disk(partial(self._reveal, effect))
            case chat.Refuse(ask, why):
                if world.watch is not None:
                    world.watch.refused(self, ask, why)
                self.refusals[ask] = why
            case swim.RememberMember():
                self.disk.remember(replace(effect, wall_ms=self.moment.wall_ms))
            case swim.ForgetMember() | swim.RememberCounter():
                self.disk.remember(effect)

    def _notice(self, happening: object) -> None:
        if isinstance(happening, Broke):
            raise happening.problem  # a run is there to find it
        world = self.world
        self.left = self.left or isinstance(happening, swim.LeaveDone)
        world.happenings.append((world.heap.now, self.name, happening))
        if world.watch is not None:
            world.watch.noticed(self, happening)

    def _commit(self, batch: chat.Persist) -> None:
        written = self.disk.commit(batch)
        if written is None:
            why = self.disk.trouble or "another branch is in its place"
            self.feed(chat.PersistFailed(batch.number, why))
        else:
            self.feed(chat.Persisted(batch.number, *written))

    def _reveal(self, wish: chat.Reveal) -> None:
        self.feed(self.disk.reveal(wish))

    def _on_disk(self, do: Callable[[], object]) -> None:
        """*do* when the disk is there, after all that it was asked before."""
        now = self.world.heap.now
        self._disk_free_at = max(self._disk_free_at + SOON, now + self.disk.takes)
        self.after(self._disk_free_at - now, do)

    def after(self, delay: float, do: Callable[[], object]) -> None:
        """Call *do* in *delay* seconds, unless this life has ended by then."""
        self.host.after(delay, do)
