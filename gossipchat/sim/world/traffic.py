"""
What the machines of a world have sent, counted where it leaves them.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Traffic:
    """Of all machines together, since the world began."""

    packets: int = 0
    """Datagrams."""
    packet_bytes: int = 0
    """In datagrams, without IP's and UDP's 28 bytes each."""
    stream_bytes: int = 0
    """Over streams, questions and answers, without TCP's own."""
    link_bytes: int = 0
    """In frames over links, without TLS's and TCP's own."""

    def since(self, before: "Traffic") -> "Traffic":
        """What was sent after *before*."""
        return Traffic(
            self.packets - before.packets,
            self.packet_bytes - before.packet_bytes,
            self.stream_bytes - before.stream_bytes,
            self.link_bytes - before.link_bytes,
        )
