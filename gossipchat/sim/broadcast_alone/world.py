"""
A small world of broadcast machines: links, disks, crashes, cuts. No swim, no chat.

Membership is told to everyone as a good failure detector would, a little late.
What must hold at every step is checked while it runs.
"""

from collections.abc import Callable, Iterable
from functools import partial
from itertools import count
from random import Random

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gossipchat.broadcast import events as happened
from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.broadcast.core import Broadcast
from gossipchat.broadcast.events import Effect, Event, Link
from gossipchat.effects import Broke, Count, Notify, StartTimer, TimerFired
from gossipchat.feeds.author import Author
from gossipchat.feeds.entry import Entry
from gossipchat.feeds.run import Run, hashes
from gossipchat.names import Address, AuthorKey, NodeName
from gossipchat.sim.broadcast_alone.node import Node, frame_bytes
from gossipchat.sim.heap import Heap
from gossipchat.sim.network.network import Network, Weather
from gossipchat.sim.network.streams import Line, Stream
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
        self._links: dict[Link, tuple[Node, Stream]] = {}
        """Each end of each stream has a number: whose it is, and the stream."""
        self._far: dict[Link, Link] = {}
        self._writing: dict[bytes, tuple[Node, int]] = {}
        """Who is writing an own run, in which of its lives."""
        self._numbers = count(1)

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
        for link, (owner, _) in list(self._links.items()):
            if owner is node:
                self._break(link)
        for other in self.up():
            self.tell(other, happened.MemberDown(node.key), slowest=2.0)

    def tell(self, node: Node, event: Event, slowest: float = 0.3) -> None:
        """Let *node* hear of a member within *slowest* seconds."""
        delay = self.heap.chance.uniform(0.01, slowest)
        self.heap.after(delay, self._living(node, lambda: self.feed(node, event)))

    def cut(self, side: Iterable[Node], other: Iterable[Node]) -> None:
        """No more packets between the two sides; links break, members go down."""
        side, other = list(side), list(other)
        self.network.cut([node.key for node in side], [node.key for node in other])
        for one in side:
            for far in other:
                self.tell(one, happened.MemberDown(far.key), slowest=3.0)
                self.tell(far, happened.MemberDown(one.key), slowest=3.0)
        for link, (_, stream) in list(self._links.items()):
            if stream.is_cut():
                delay = self.line.patience * self.heap.chance.uniform(0.5, 1.0)
                self.heap.after(delay, partial(self._give_up, link))

    def heal(self) -> None:
        """Undo all cuts; those who had been cut off hear of each other."""
        self.network.heal()
        for _, stream in list(self._links.values()):
            stream.resume()
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
        self.heap.after(node.disk_delay, self._living(node, written))
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
        return max(max(each.unsent.values()) for _, each in self._links.values())

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
                self.heap.after(
                    delay, self._living(node, lambda: self.feed(node, fire))
                )
            case happened.SendFrames(link, frames):
                self._send(node, link, frames)
            case happened.Arrived(runs):
                self._keep(node, runs)
            case happened.Load():
                self._load(node, effect)
            case happened.Dial(peer):
                self._dial(node, peer)
            case happened.EndLink(link, reason):
                self._end(link, reason)
            case Count(what, by):
                node.counts[what] += by
            case Notify(Broke(_, problem)):
                raise problem
            case Notify(happening):
                node.told.append(happening)

    def _living(self, node: Node, do: Callable[[], None]) -> Callable[[], None]:
        """*do*, unless *node* has gone down by then."""
        life = node.life

        def do_if_alive() -> None:
            if node.life == life:
                do()

        return do_if_alive

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

        self.heap.after(node.disk_delay, self._living(node, written))

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

        self.heap.after(node.disk_delay, self._living(node, read))

    # --- links --------------------------------------------------------------

    def _dial(self, node: Node, peer: AuthorKey) -> None:
        far = self.nodes[peer]
        node.counts["dials"] += 1

        def connect() -> None:
            if not far.core or not self.network.passes(node.key, peer):
                self.feed(node, happened.DialFailed(peer, "no answer"))
                return
            slower = node.line or far.line or self.line
            stream = Stream(self.network, (node.key, peer), slower)
            near_end, far_end = next(self._numbers), next(self._numbers)
            self._links[near_end], self._links[far_end] = (node, stream), (far, stream)
            self._far[near_end], self._far[far_end] = far_end, near_end
            self.feed(node, happened.LinkOpened(near_end, peer, True))
            if near_end in self._links:
                self.feed(far, happened.LinkOpened(far_end, node.key, False))

        round_trips = 2 * (self.network.delay() + self.network.delay())
        self.heap.after(round_trips, self._living(node, connect))

    def _send(self, node: Node, link: Link, frames: tuple[Frame, ...]) -> None:
        far_link = self._far[link]
        if link not in self._links or far_link not in self._links:
            return  # it has ended, or will be told so soon
        far, stream = self._links[far_link]
        sent = [self._tampered(node, far, frame) for frame in frames]
        size = sum(map(frame_bytes, frames))

        def arrive() -> None:
            for frame in sent:
                if frame is not None and far_link in self._links:
                    far.received[type(frame).__name__] += frame_bytes(frame)
                    if self.arriving is not None:
                        self.arriving(node, far, frame)
                    self.feed(far, happened.FrameReceived(far_link, frame))

        def drained() -> None:
            if link in self._links:
                self.feed(node, happened.Drained(link))

        stream.send(node.key, size, arrive, drained)

    def _tampered(self, node: Node, far: Node, frame: Frame) -> Frame | None:
        return self.tamper(node, far, frame) if self.tamper else frame

    def _end(self, link: Link, reason: str | None) -> None:
        """One end is closed; the other hears of it after all that was sent before."""
        if link not in self._links:
            return
        node, stream = self._links.pop(link)
        far_link = self._far[link]

        def arrive() -> None:
            if far_link in self._links:
                far, _ = self._links.pop(far_link)
                stream.close()
                self.feed(far, happened.LinkEnded(far_link, reason))

        if far_link in self._links:
            stream.send(node.key, 16, arrive, lambda: None)

    def _break(self, link: Link) -> None:
        """The machine at this end is gone; the other end hears a reset."""
        self._links.pop(link, None)
        far_link = self._far[link]
        if far_link in self._links:
            delay = self.network.delay() + self.network.delay()
            self.heap.after(delay, lambda: self._reset(far_link))

    def _reset(self, link: Link) -> None:
        if link in self._links:
            node, stream = self._links.pop(link)
            stream.close()
            self.feed(node, happened.LinkEnded(link, None))

    def _give_up(self, link: Link) -> None:
        if link in self._links:
            _, stream = self._links[link]
            if stream.is_cut() or not stream.open:  # the other end has given up
                self._reset(link)


def _up(node: Node) -> happened.MemberUp:
    return happened.MemberUp(node.key, NodeName(node.name), Address("127.0.0.1", 1))
