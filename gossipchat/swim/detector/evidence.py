"""
What is found out about one member whose process may be gone.
"""

from dataclasses import dataclass, field

from gossipchat.names import Address, AuthorKey, NodeName


@dataclass(frozen=True, slots=True)
class ProofDue:
    """Timer: the second ping (*end* False), or the end of test *serial*."""

    serial: int
    end: bool


@dataclass(frozen=True, slots=True)
class VerdictDue:
    """Timer: those whom test *serial* asked had their time."""

    serial: int


@dataclass(frozen=True, slots=True)
class ProofStream:
    """Stream: the connection of test *serial*."""

    serial: int


@dataclass(slots=True)
class LifeTest:
    """What we have found out about one member whose process may be gone."""

    name: NodeName
    address: Address
    incarnation: int
    serial: int
    own: bool
    """Whether the evidence was ours; otherwise we were asked only."""
    nonce: bytes = b""
    pings: list[int] = field(default_factory=list)
    refused: bool = False
    over: bool = False
    """Both pings had their time."""
    askers: list[tuple[AuthorKey, bytes]] = field(default_factory=list)
    """Who wants to know what we find, with their nonces."""
    asked: dict[AuthorKey, bool | None] = field(default_factory=dict)
    """Whom we asked, and whether they found it gone."""
