"""
Links between machines of a broadcast world: numbered ends of ordered streams.
"""

from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Protocol

from gossipchat.broadcast import events as happened
from gossipchat.broadcast.events import Event, Link
from gossipchat.names import AuthorKey
from gossipchat.sim.broadcast_alone.node import Node, frame_bytes
from gossipchat.sim.heap import Heap
from gossipchat.sim.network.network import Network
from gossipchat.sim.network.streams import Line, Stream
from gossipchat.wire.ours.frames import Frame


class Surroundings(Protocol):
    """What links lie in."""

    heap: Heap
    network: Network
    nodes: dict[AuthorKey, Node]
    line: Line
    tamper: Callable[[Node, Node, Frame], Frame | None] | None
    arriving: Callable[[Node, Node, Frame], None] | None

    def feed(self, node: Node, event: Event) -> None:
        """Let *node* handle *event*."""


class Links:
    """All links of a world; frames arrive as they were sent, in order."""

    def __init__(self, world: Surroundings) -> None:
        self._world = world
        self.ends: dict[Link, tuple[Node, Stream]] = {}
        """Each end of each stream has a number: whose it is, and the stream."""
        self._far: dict[Link, Link] = {}
        self._numbers = count(1)

    def break_all(self, node: Node) -> None:
        """*node* is gone: its neighbours hear a reset."""
        for link, (owner, _) in list(self.ends.items()):
            if owner is node:
                self._break(link)

    def give_up_soon(self) -> None:
        """Each end of what is cut now gives up within the line's patience."""
        for link, (_, stream) in list(self.ends.items()):
            if stream.is_cut():
                chance = self._world.heap.chance
                delay = self._world.line.patience * chance.uniform(0.5, 1.0)
                self._world.heap.after(delay, partial(self._give_up, link))

    def resume(self) -> None:
        """What was cut and not given up goes on."""
        for _, stream in list(self.ends.values()):
            stream.resume()

    def dial(self, node: Node, peer: AuthorKey) -> None:
        """*node* wants a link to *peer*: two round trips, then both are told."""
        far = self._world.nodes[peer]
        node.counts["dials"] += 1

        def connect() -> None:
            if not far.core or not self._world.network.passes(node.key, peer):
                self._world.feed(node, happened.DialFailed(peer, "no answer"))
                return
            slower = node.line or far.line or self._world.line
            stream = Stream(self._world.network, (node.key, peer), slower)
            near_end, far_end = next(self._numbers), next(self._numbers)
            self.ends[near_end], self.ends[far_end] = (node, stream), (far, stream)
            self._far[near_end], self._far[far_end] = far_end, near_end
            self._world.feed(node, happened.LinkOpened(near_end, peer, True))
            if near_end in self.ends:
                self._world.feed(far, happened.LinkOpened(far_end, node.key, False))

        round_trips = 2 * (self._world.network.delay() + self._world.network.delay())
        self._world.heap.after(round_trips, node.in_this_life(connect))

    def send(self, node: Node, link: Link, frames: tuple[Frame, ...]) -> None:
        """Let *frames* travel; nothing, where one end is gone."""
        far_link = self._far[link]
        if link not in self.ends or far_link not in self.ends:
            return  # it has ended, or will be told so soon
        far, stream = self.ends[far_link]
        sent = [self._tampered(node, far, frame) for frame in frames]
        size = sum(map(frame_bytes, frames))

        def arrive() -> None:
            for frame in sent:
                if frame is not None and far_link in self.ends:
                    far.received[type(frame).__name__] += frame_bytes(frame)
                    if self._world.arriving is not None:
                        self._world.arriving(node, far, frame)
                    self._world.feed(far, happened.FrameReceived(far_link, frame))

        def drained() -> None:
            if link in self.ends:
                self._world.feed(node, happened.Drained(link))

        stream.send(node.key, size, arrive, drained)

    def _tampered(self, node: Node, far: Node, frame: Frame) -> Frame | None:
        return self._world.tamper(node, far, frame) if self._world.tamper else frame

    def end(self, link: Link, reason: str | None) -> None:
        """One end is closed; the other hears of it after all that was sent before."""
        if link not in self.ends:
            return
        node, stream = self.ends.pop(link)
        far_link = self._far[link]

        def arrive() -> None:
            if far_link in self.ends:
                far, _ = self.ends.pop(far_link)
                stream.close()
                self._world.feed(far, happened.LinkEnded(far_link, reason))

        if far_link in self.ends:
            stream.send(node.key, 16, arrive, lambda: None)

    def _break(self, link: Link) -> None:
        """The machine at this end is gone; the other end hears a reset."""
        self.ends.pop(link, None)
        far_link = self._far[link]
        if far_link in self.ends:
            delay = self._world.network.delay() + self._world.network.delay()
            self._world.heap.after(delay, lambda: self._reset(far_link))

    def _reset(self, link: Link) -> None:
        if link in self.ends:
            node, stream = self.ends.pop(link)
            stream.close()
            self._world.feed(node, happened.LinkEnded(link, None))

    def _give_up(self, link: Link) -> None:
        if link in self.ends:
            _, stream = self.ends[link]
            if stream.is_cut() or not stream.open:  # the other end has given up
                self._reset(link)
