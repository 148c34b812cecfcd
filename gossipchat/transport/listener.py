"""
What a transport tells the one who drives it.
"""

from typing import Protocol

from gossipchat.errors import PeerError
from gossipchat.names import Address, AuthorKey, NodeName
from gossipchat.wire.memberlist.messages import Message
from gossipchat.wire.ours.frames import Frame


class Listener(Protocol):
    """
    Told of all that comes in.

    Each call comes in a turn of the reactor of its own, never from inside a call
    to the transport; none comes after ``Transport.stop``.
    """

    def packet_received(self, source: Address, messages: tuple[Message, ...]) -> None:
        """One datagram, decoded; at least one message."""

    def stream_received(self, stream: int, source: Address, message: Message) -> None:
        """
        Somebody opened a memberlist stream and said *message*.

        ``Transport.answer_stream(stream, …)`` before this returns, or not at all:
        then the stream is closed. *source* is where the connection came from, which
        says nothing about where that member listens.
        """

    def link_opened(
        self, link: int, peer: AuthorKey, name: NodeName, dialled: bool
    ) -> None:
        """Both sides have proven identity and cluster key. *name*: as it says."""

    def frames_received(self, frames: tuple[tuple[int, Frame], ...]) -> None:
        """
        What links brought in one turn, each frame with its link, in order for each.
        Proof, Close and Clock don't come this way.
        """

    def clock_read(self, peer: AuthorKey, ahead: float) -> None:
        """*peer*'s clock is *ahead* seconds before ours, give or take a second."""

    def drained(self, link: int) -> None:
        """What ``send_frames`` gave is handed on by now: there is room for more."""

    def link_silent(self, link: int) -> None:
        """
        What was written to the link is not acknowledged, though it was said again and
        again: said every half second while that is so.
        """

    def link_ended(self, link: int, reason: str | None) -> None:
        """
        A link that opened is gone, not by ``end_link``.

        *reason*: of the peer's CLOSE; ``error`` or ``key`` when we ended it
        ourselves (nonsense came; its key left the ring); None: it just broke.
        """

    def dial_failed(self, peer: AuthorKey, why: str) -> None:
        """``dial(peer, …)`` brought no link; *why* is for people."""

    def dropped(self, source: Address, error: PeerError) -> None:
        """Something from *source* was thrown away (and counted)."""
