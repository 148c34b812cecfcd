"""
What a link needs of the transport around it.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from gossipchat.errors import DecodeError, PeerError
from gossipchat.names import AuthorKey, NodeName
from gossipchat.transport.config import Config
from gossipchat.transport.links.hearing import Hearing
from gossipchat.transport.turns import Turns
from gossipchat.wire.ours.frames import Frame

if TYPE_CHECKING:
    from gossipchat.transport.links.link import Link


class Owner(Protocol):
    """All links of a node, to one of them."""

    config: Config
    turns: Turns
    hearing: Hearing
    own_key: AuthorKey
    name: NodeName
    seconds: Callable[[], float]
    wall_ms: Callable[[], int]

    @property
    def cluster_keys(self) -> tuple[bytes, ...]:
        """The ring's keys, the primary first; the empty key alone when open."""

    def opened(self, link: "Link") -> None:
        """Both sides have proven themselves."""

    def failed(self, link: "Link", problem: PeerError) -> None:
        """It did not come to that; *problem* says why. Said once, or ``opened``."""

    def wrote(self, link: "Link") -> None:
        """The node has said something on it."""

    def received(self, link: "Link", frame: Frame) -> None:
        """A frame came, in a turn of ``hearing``."""

    def clock_read(self, link: "Link", ahead: float) -> None:
        """The peer's clock is *ahead* seconds before ours."""

    def drained(self, link: "Link") -> None:
        """There is room again."""

    def ended(self, link: "Link", reason: str | None) -> None:
        """An open link ended without our ``end``. Said once."""

    def nonsense(self, link: "Link", problem: DecodeError) -> None:
        """An open link brought what is no frame; ``ended`` follows."""

    def gone(self, link: "Link") -> None:
        """The connection is closed. Said once, last."""
