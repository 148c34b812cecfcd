"""
Who listens to a transport under test: it writes down all that it hears.
"""

from collections.abc import Callable

from gossipchat.errors import PeerError
from gossipchat.names import Address, AuthorKey, NodeName
from gossipchat.wire.memberlist.messages import Message
from gossipchat.wire.ours.frames import Frame


class Ears:
    """Remembers every call, by kind, in order."""

    def __init__(self) -> None:
        self.packets: list[tuple[Address, tuple[Message, ...]]] = []
        self.streams: list[Message] = []
        self.opened: list[tuple[int, AuthorKey, NodeName, bool]] = []
        self.frames: list[tuple[int, Frame]] = []
        self.drained_links: list[int] = []
        self.clocks: list[tuple[AuthorKey, float]] = []
        self.silent: list[int] = []
        self.ended: list[tuple[int, str | None]] = []
        self.failed: list[tuple[AuthorKey, str]] = []
        self.thrown_away: list[tuple[Address, PeerError]] = []
        self.on_stream: Callable[[int, Message], object] = lambda stream, message: None
        self.on_frame: Callable[[int, Frame], object] = lambda link, frame: None
        self.on_drained: Callable[[int], object] = lambda link: None

    def packet_received(self, source: Address, messages: tuple[Message, ...]) -> None:
        self.packets.append((source, messages))

    def stream_received(self, stream: int, source: Address, message: Message) -> None:
        self.streams.append(message)
        self.on_stream(stream, message)

    def link_opened(
        self, link: int, peer: AuthorKey, name: NodeName, dialled: bool
    ) -> None:
        self.opened.append((link, peer, name, dialled))

    def frames_received(self, frames: tuple[tuple[int, Frame], ...]) -> None:
        for link, frame in frames:
            self.frames.append((link, frame))
            self.on_frame(link, frame)

    def clock_read(self, peer: AuthorKey, ahead: float) -> None:
        self.clocks.append((peer, ahead))

    def drained(self, link: int) -> None:
        self.drained_links.append(link)
        self.on_drained(link)

    def link_silent(self, link: int) -> None:
        self.silent.append(link)

    def link_ended(self, link: int, reason: str | None) -> None:
        self.ended.append((link, reason))

    def dial_failed(self, peer: AuthorKey, why: str) -> None:
        self.failed.append((peer, why))

    def dropped(self, source: Address, error: PeerError) -> None:
        self.thrown_away.append((source, error))
