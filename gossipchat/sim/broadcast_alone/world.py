"""
A small world of broadcast machines: disks, crashes, cuts. No swim, no chat.

Membership is told to everyone as a good failure detector would, a little late.
What must hold at every step is checked while it runs.
"""

from collections.abc import Callable, Iterable
from random import Random

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gossipchat.broadcast import events as happened
from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.broadcast.core import Broadcast
from gossipchat.broadcast.events import Effect, Event
from gossipchat.effects import Broke, Count, Notify, StartTimer, TimerFired
from gossipchat.feeds.author import Author
from gossipchat.feeds.entry import Entry
from gossipchat.feeds.run import Run, hashes
from gossipchat.names import Address, AuthorKey, NodeName
from gossipchat.sim.broadcast_alone.links import Links
from gossipchat.sim.broadcast_alone.node import Node
from gossipchat.sim.heap import Heap
from gossipchat.sim.network.network import Network, Weather
from gossipchat.sim.network.streams import Line
from gossipchat.wire.ours.frames import Frame


class World:
    """
    Machines and what is between them, run by one heap and one seed.

    Links break with ``LinkEnded(None)``: soon after a crash, and when a cut lasts
    longer than the line's patience. Frames arrive as they were sent.
    """

    def __init__(
        self,
        seed: int,
        config: BroadcastConfig | None = None,
        weather: Weather | None = None,
        line: Line | None = None,
    ) -> None:
        self.heap = Heap(seed)
        self.network = Network(self.heap, weather)
        self.config = config or BroadcastConfig()
        self.line = line or Line()
        self.nodes: dict[AuthorKey, Node] = {}
        self.round_trip: float | None = None
        """Seconds between any two members and back, as swim would have measured;
        None: nothing is measured."""
        self.tamper: Callable[[Node, Node, Frame], Frame | None] | None = None
        """Changes (None: swallows) what the first node sends to the second."""
        self.arriving: Callable[[Node, Node, Frame], None] | None = None
        """Is told of each frame from the first node that the second gets."""
        self.links = Links(self)
        self._writing: dict[bytes, tuple[Node, int]] = {}
        """Who is writing an own run, in which of its lives."""

    # --- machines -----------------------------------------------------------

    def add(self, name: str, up: bool = True) -> Node:
        """A new machine with an empty disk; everyone hears of it unless not *up*."""
        chance = self.heap.chance
        signer = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
        node = Node(name, signer, Author(signer, chance.getrandbits(64)))
        self.nodes[node.key] = node
        if up:
            self.start(node)
        return node

    def start(self, node: Node) -> None:
        """Start it (again) with what its disk holds, and tell everyone."""
        node.author = Author(node.signer, self.heap.chance.getrandbits(64))
        node.life += 1
        chance = Random(self.heap.chance.getrandbits(64))
        node.core = Broadcast(node.key, self.config, chance, node.restored())
        node.core.round_trip = lambda _: self.round_trip
        self.feed(node, happened.Started())
        for other in self.up():
            if other is not node:
                self.tell(node, _up(other))
                self.tell(other, _up(node))

    def up(self) -> list[Node]:
        """Machines that run."""
        return [node for node in self.nodes.values() if node.core]

    def crash(self, node: Node) -> None:
        """It is gone at once, with all that was not on disk."""
        node.core = None
        node.life += 1
        self.links.break_all(node)
        for other in self.up():
            self.tell(other, happened.MemberDown(node.key), slowest=2.0)

    def tell(self, node: Node, event: Event, slowest: float = 0.3) -> None:
        """Let *node* hear of a member within *slowest* seconds."""
        delay = self.heap.chance.uniform(0.01, slowest)
        self.heap.after(delay, node.in_this_life(lambda: self.feed(node, event)))

    def cut(self, side: Iterable[Node], other: Iterable[Node]) -> None:
        """No more packets between the two sides; links break, members go down."""
        side, other = list(side), list(other)
        self.network.cut([node.key for node in side], [node.key for node in other])
        for one in side:
            for far in other:
                self.tell(one, happened.MemberDown(far.key), slowest=3.0)
                self.tell(far, happened.MemberDown(one.key), slowest=3.0)
        self.links.give_up_soon()

    def heal(self) -> None:
        """Undo all cuts; those who had been cut off hear of each other."""
        self.network.heal()
        self.links.resume()
        for one in self.up():
            for other in self.up():
                if one is not other:
                    self.tell(one, _up(other))

    # --- speaking -----------------------------------------------------------

    def say(self, node: Node, entries: int = 1, size: int = 60) -> Run:
        """*node* writes a run; it is published when it is on disk."""
        wall_ms = int(self.heap.now * 1000)
        body = self.heap.chance.randbytes(size)
        run = node.author.compose(
            [Entry(0, wall_ms, (), "say", body) for _ in range(entries)]
        )

        def written() -> None:
            del self._writing[run.encoded]
            node.keep(run, self.heap.now)
            self.feed(node, happened.Published(run, hashes(run)[-1]))

        self._writing[run.encoded] = node, node.life
        self.heap.after(node.disk_delay, node.in_this_life(written))
        return run

    def settle(self, seconds: float = 60.0) -> bool:
        """Run until all that run hold the same (True), or for *seconds*."""
        end = self.heap.now + seconds
        while not self.agree() and self.heap.now < end:
            self.run(0.05)
        return self.agree()

    def run(self, seconds: float) -> None:
        """Let time pass."""
        self.heap.run_until(self.heap.now + seconds)

    def remember(self, author: Node, runs: int, disks: list[Node]) -> list[Run]:
        """Of old, while all were down, *author* said *runs*: they are on *disks*."""
        said = []
        for number in range(runs):
            run = author.author.compose([Entry(0, number, (), "say", b"of old" * 10)])
            said.append(run)
            for node in disks:
                node.keep(run, self.heap.now)
        return said

    def most_unsent(self) -> int:
        """The most bytes that any end of a link has handed over and must keep."""
        streams = [stream for _, stream in self.links.ends.values()]
        return max(max(stream.unsent.values()) for stream in streams)

    def agree(self) -> bool:
        """Whether all that was said is on disk, and every disk holds the same."""
        if any(writer.life == life for writer, life in self._writing.values()):
            return False
        sums = [sum(map(len, node.disk.values())) for node in self.up()]
        if len(set(sums)) > 1:
            return False
        first, *others = [node.holds() for node in self.up()]
        return all(other == first for other in others)

    # --- the interpreter ----------------------------------------------------

    def feed(self, node: Node, event: Event) -> None:
        """Let *node* handle *event* and do what follows."""
        if node.core is not None:
            for effect in node.core.handle(event, self.heap.now):
                self._do(node, effect)

    def _do(self, node: Node, effect: Effect) -> None:
        match effect:
            case StartTimer(key, delay):
                fire = TimerFired(key)
                self.heap.after(delay, node.in_this_life(lambda: self.feed(node, fire)))
            case happened.SendFrames(link, frames):
                self.links.send(node, link, frames)
            case happened.Arrived(runs):
                self._keep(node, runs)
            case happened.Load():
                self._load(node, effect)
            case happened.Dial(peer):
                self.links.dial(node, peer)
            case happened.EndLink(link, reason):
                self.links.end(link, reason)
            case Count(what, by):
                node.counts[what] += by
            case Notify(Broke(_, problem)):
                raise problem
            case Notify(happening):
                node.told.append(happening)

    # --- disks --------------------------------------------------------------

    def _keep(self, node: Node, runs: tuple[Run, ...]) -> None:
        def written() -> None:
            if node.disk_fails:
                self.feed(node, happened.NotKept(runs))
                return
            for run in runs:
                node.keep(run, self.heap.now)
                node.arrived.append(run)
            self.feed(node, happened.Kept(runs))

        self.heap.after(node.disk_delay, node.in_this_life(written))

    def _load(self, node: Node, load: happened.Load) -> None:
        def read() -> None:
            found: list[Run] = []
            size = 0
            stored = node.disk.get(load.feed, {})
            for first in sorted(stored):
                run = stored[first]
                fits = not found or size + len(run.encoded) <= load.max_bytes
                if run.last >= load.first and first <= load.last and fits:
                    found.append(run)
                    size += len(run.encoded)
                elif found:
                    break
            node.counts["loads"] += 1
            what = (load.link, load.feed, load.first, load.last)
            self.feed(node, happened.Loaded(*what, tuple(found)))

        self.heap.after(node.disk_delay, node.in_this_life(read))


def _up(node: Node) -> happened.MemberUp:
    return happened.MemberUp(node.key, NodeName(node.name), Address("127.0.0.1", 1))
