"""
The transport's limits and deadlines.
"""

from dataclasses import dataclass

from gossipchat.errors import ConfigError


@dataclass(frozen=True)
class Config:
    """How long strangers may take, how many there may be, what they may send."""

    first_byte_timeout: float = 5.0
    """Seconds from the accepted connection to its first byte. Honest peers speak
    at once; longer only helps those who want to hold our places."""

    proof_timeout: float = 5.0
    """Seconds for a whole dial (connection, TLS and both proofs), and for a caller's
    TLS and proof. Three round trips and two signatures: above a second already
    means a sick machine."""

    stream_timeout: float = 10.0
    """Seconds for a memberlist stream to become whole, and again for our answer to
    be taken. memberlist's own ``TCPTimeout`` on a LAN is 10 s."""

    max_strangers: int = 128
    """Connections that have not proven themselves, all kinds together (memberlist's
    streams count until they end). At the limit the oldest makes room."""

    max_unproven_links: int = 64
    """TLS connections before their proof, of ``max_strangers``."""

    max_handshake_bytes: int = 16_384
    """Bytes as they come from the network before a link's proof is whole. A handshake
    of ours takes about 2 KiB; the first frame itself may have 4 KiB."""

    max_streams_bytes: int = 64 << 20
    """Bytes held of all inbound streams together: three of the largest (20 MiB, with
    60,000 members). Above it the largest is closed, so that big ones cannot keep
    small ones out."""

    close_grace: float = 1.0
    """Seconds for a CLOSE frame or an answer to be taken before the connection is
    cut. A stop takes at most about this long."""

    dead_peer_timeout: float = 10.0
    """Seconds without an acknowledgement of what was sent until a link counts as
    broken. Below 3 s a short loss of the network would tear down every link at once."""

    clock_interval: float = 180.0
    """Seconds from one question for the time to the next on each link, from either
    side. It is what an idle link says, so this is also how soon one that broke in
    silence is noticed (half of it, for the sides take turns, and
    ``dead_peer_timeout``). 300 bytes each."""

    receive_buffer_bytes: int = 4 << 20
    """Asked of the system for the UDP socket (halved until it agrees): what arrives
    while we don't read. The default of 208 KiB holds 92 full datagrams."""

    compress_packets: bool = False
    """Whether datagrams are compressed when that makes them shorter. Costs 0.5 ms a
    full datagram, and a datagram's price is not in its bytes. Compressed ones are
    read in any case."""

    def __post_init__(self) -> None:
        for name in (
            "first_byte_timeout",
            "proof_timeout",
            "stream_timeout",
            "clock_interval",
            "max_strangers",
            "max_unproven_links",
            "max_handshake_bytes",
            "max_streams_bytes",
            "receive_buffer_bytes",
        ):
            if getattr(self, name) <= 0:
                raise ConfigError(
                    f"transport.{name}", getattr(self, name), "must be above 0"
                )
        if self.close_grace < 0:
            raise ConfigError(
                "transport.close_grace", self.close_grace, "must not be negative"
            )
        if self.dead_peer_timeout < 2:
            raise ConfigError(
                "transport.dead_peer_timeout",
                self.dead_peer_timeout,
                "must be at least 2 seconds",
            )
