"""
What the transport hears, as events for the peer.
"""

from collections.abc import Callable, Hashable

from gossipchat.broadcast import events as broadcast
from gossipchat.errors import DecodeError, PeerError
from gossipchat.names import Address, AuthorKey, NodeName
from gossipchat.node.care.clocks import ClockRead
from gossipchat.node.driver.journal import Undecodable
from gossipchat.peer.events import Event
from gossipchat.swim import events as swim
from gossipchat.wire.memberlist.messages import Message
from gossipchat.wire.ours.frames import Frame

SEALED = "encryption"
"""Where a DecodeError says that no key opens what came."""


class Ears:
    """
    See ``transport.listener.Listener``.

    Args:
        feed: takes each event.
        unreadable: is called with what cannot be read.
        told: is called with what a clock says.
    """

    def __init__(
        self,
        feed: Callable[[Event], None],
        unreadable: Callable[[Undecodable], None],
        told: Callable[[ClockRead], None],
    ) -> None:
        self._feed = feed
        self._unreadable = unreadable
        self._told = told

    def packet_received(self, source: Address, messages: tuple[Message, ...]) -> None:
        self._feed(swim.PacketReceived(source, messages))

    def stream_received(
        self, stream: Hashable, source: Address, message: Message
    ) -> None:
        self._feed(swim.StreamReceived(stream, source, message))

    def link_opened(
        self, link: int, peer: AuthorKey, name: NodeName, dialled: bool
    ) -> None:
        self._feed(broadcast.LinkOpened(link, peer, dialled))

    def frames_received(self, frames: tuple[tuple[int, Frame], ...]) -> None:
        events = tuple(broadcast.FrameReceived(*each) for each in frames)
        alone = len(events) == 1
        self._feed(events[0] if alone else broadcast.FramesReceived(events))

    def clock_read(self, peer: AuthorKey, ahead: float) -> None:
        self._told(ClockRead(peer, ahead))

    def link_silent(self, link: int) -> None:
        self._feed(broadcast.LinkSilent(link))

    def link_ended(self, link: int, reason: str | None) -> None:
        self._feed(broadcast.LinkEnded(link, reason))

    def dial_failed(self, peer: AuthorKey, why: str) -> None:
        self._feed(broadcast.DialFailed(peer, why))

    def drained(self, link: int) -> None:
        self._feed(broadcast.Drained(link))

    def dropped(self, source: Address, problem: PeerError) -> None:
        key = isinstance(problem, DecodeError) and problem.where == SEALED
        self._unreadable(Undecodable(source, str(problem), key))
        self._feed(swim.PacketRefused(source, str(problem), key))
