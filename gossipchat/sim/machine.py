"""
One machine of the simulated world: its disk stays, its peer comes and goes.

This is the other driver: it carries the effects of a whole peer out in virtual
time, where ``node.driver`` carries them out on sockets and disks.
"""

from collections.abc import Callable, Hashable, Iterable
from functools import partial
from hashlib import sha256
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from gossipchat.broadcast import events as broadcast
from gossipchat.chat import events as chat
from gossipchat.effects import Moment, Notify, StartTimer, TimerFired
from gossipchat.feeds.author import Author
from gossipchat.names import Address, AuthorKey, EntryId, NodeName
from gossipchat.peer.core import Peer
from gossipchat.peer.events import Effect, Event
from gossipchat.sim.cables import Cables
from gossipchat.sim.disk import Disk
from gossipchat.sim.heap import Heap
from gossipchat.swim import events as swim
from gossipchat.swim.events import Status
from gossipchat.wire.memberlist.messages import Message

SYNC = 0.001
"""Seconds that a commit takes."""

EPOCH_MS = 1_790_000_000_000
"""The wall clock of the world at virtual second 0."""


class Watch(Protocol):
    """Somebody who looks over a machine's shoulder, at each step."""

    def shown(self, node: "Node", lines: tuple[chat.Line, ...]) -> None:
        """*lines* are about to be shown there."""

    def answered(self, node: "Node", ask: Hashable, id: EntryId) -> None:
        """*ask* is told that it is said, under *id*."""

    def refused(self, node: "Node", ask: Hashable, why: str) -> None:
        """*ask* is told *why* it is not said."""


class Surroundings(Protocol):
    """What a machine stands in."""

    heap: Heap
    cables: Cables
    happenings: list[tuple[float, str, object]]
    watch: Watch | None
    listen: "Callable[[Node, Effect], None] | None"
    """Is told of all that nodes want done (``sim.trace``)."""

    def carry_packet(
        self, source: "Node", to: Address, parts: tuple[bytes, ...], crc: bool
    ) -> None:
        """Let one datagram travel."""

    def prove(self, source: "Node", asked: swim.ProveAddress) -> None:
        """Tell *source* whose key is there."""

    def carry_stream(self, source: "Node", opened: swim.OpenStream) -> None:
        """Let *source* ask one question over a stream."""

    def dial(self, source: "Node", peer: AuthorKey, address: Address) -> None:
        """Open a link."""


class Node:
    """A machine: its disk stays, its peer comes and goes."""

    def __init__(
        self, world: Surroundings, name: str, number: int, secret: str
    ) -> None:
        """*secret*: what the node's key is made of."""
        self.world = world
        self.name = NodeName(name)
        self.place: Hashable = name
        self.address = Address(
            f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", 7946
        )
        seed = sha256(secret.encode()).digest()
        self.signing = Ed25519PrivateKey.from_private_bytes(seed)
        self.sealing = X25519PrivateKey.from_private_bytes(sha256(seed).digest())
        self.key = AuthorKey(self.signing.public_key().public_bytes_raw())
        self.disk = Disk()
        self.peer: Peer | None = None
        self.life = 0
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

    @property
    def alive(self) -> bool:
        return self.peer is not None

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

    def feed(self, event: Event) -> list[Message]:
        """
        Let the peer handle *event*; nothing happens while there is none.

        Returns what it answers to a stream (``AnswerStream``).
        """
        if self.peer is None:
            return []
        return self.carry_out(self.peer.handle(event, self.moment))

    @property
    def moment(self) -> Moment:
        """Now, by both its clocks."""
        now = self.world.heap.now
        return Moment(now, EPOCH_MS + self.wall_ahead_ms + int(now * 1000))

    def carry_out(self, effects: Iterable[Effect]) -> list[Message]:
        """Do what the peer wants; its answers to a stream are returned."""
        answers: list[Message] = []
        for effect in effects:
            if isinstance(effect, swim.AnswerStream):
                answers.append(effect.message)
            else:
                self._do(effect)
        return answers

    def _do(self, effect: Effect) -> None:
        world = self.world
        if world.listen is not None:
            world.listen(self, effect)
        match effect:
            case StartTimer(key, delay):
                self.after(delay, partial(self.feed, TimerFired(key)))
            case Notify(happening):
                self.left = self.left or isinstance(happening, swim.LeaveDone)
                world.happenings.append((world.heap.now, self.name, happening))
            case swim.SendPacket(to, parts, crc):
                world.carry_packet(self, to, parts, crc)
            case swim.OpenStream():
                world.carry_stream(self, effect)
            case swim.ProveAddress():
                world.prove(self, effect)
            case broadcast.Dial(peer, address):
                world.dial(self, peer, address)
            case broadcast.SendFrames(link, frames):
                world.cables.send(link, frames)
            case broadcast.EndLink(link, reason):
                world.cables.end(link, reason)
            case broadcast.Rename():
                self.after(SYNC, partial(self.disk.rename, effect))
            case broadcast.Load(link, feed, first, last, most):
                found = self.disk.load(feed, first, last, most)
                loaded = broadcast.Loaded(link, feed, first, last, found)
                self.after(SYNC, partial(self.feed, loaded))
            case chat.Persist():
                self.after(SYNC, partial(self._commit, effect))
            case chat.Deliver(lines):
                if world.watch is not None:
                    world.watch.shown(self, lines)
                self.shown += lines
            case chat.Answer(ask, entry_id):
                if world.watch is not None:
                    world.watch.answered(self, ask, entry_id)
                self.answers[ask] = entry_id
            case chat.Reveal():
                self.after(SYNC, partial(self._reveal, effect))
            case chat.Refuse(ask, why):
                if world.watch is not None:
                    world.watch.refused(self, ask, why)
                self.refusals[ask] = why
            case swim.RememberMember() | swim.ForgetMember() | swim.RememberCounter():
                self.disk.remember(effect)

    def _commit(self, batch: chat.Persist) -> None:
        written = self.disk.commit(batch)
        if written is None:
            self.feed(chat.PersistFailed(batch.number, "the disk is full"))
        else:
            self.feed(chat.Persisted(batch.number, *written))

    def _reveal(self, wish: chat.Reveal) -> None:
        self.feed(self.disk.reveal(wish))

    def after(self, delay: float, do: Callable[[], object]) -> None:
        """Call *do* in *delay* seconds, unless this life has ended by then."""
        life = self.life

        def if_still_here() -> None:
            if self.life == life:
                do()

        self.world.heap.after(delay, if_still_here)
