"""
What the baselines say, and how many bytes it takes on memberlist's wire.

Nothing is encoded: a packet is a value with a size. The sizes are those of captured
packets of Serf agents with names of eight letters and IPv4 addresses.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from gossipchat.names import NodeName

PACKET_BYTES = 1400
"""What a packet is built for."""

CHECKSUM = 5
"""Before gossip, and before a ping with a suspicion."""

COMPOUND = 2
"""A compound's own bytes; as many again for each part."""


class Kind(Enum):
    """What a claim says of a member."""

    ALIVE = 135
    SUSPECT = 44
    DEAD = 43

    def __init__(self, size: int) -> None:
        self.size = size
        """Bytes, encoded."""


@dataclass(frozen=True, slots=True)
class Claim:
    """*of* is *kind* in *incarnation*, says *by*."""

    kind: Kind
    of: NodeName
    incarnation: int
    by: NodeName


Claims = tuple[Claim, ...]


class Ping(NamedTuple):
    seq: int
    claims: Claims
    reply_to: NodeName


class IndirectPing(NamedTuple):
    seq: int
    target: NodeName
    nack: bool
    claims: Claims
    reply_to: NodeName


class Ack(NamedTuple):
    seq: int
    claims: Claims


class Nack(NamedTuple):
    seq: int


class Gossip(NamedTuple):
    claims: Claims


PING, INDIRECT, NACK = 82, 112, 13
ACK_WITH_COORDINATE, BARE_ACK = 152, 20

STATE = 62
"""A member in a push/pull, compressed."""
STATES = 260
"""What a push/pull has beside its members: Serf's clocks and events, compressed."""


def packet_size(main: int, claims: Sequence[Claim], checked: bool = False) -> int:
    """Bytes of a datagram with a message of *main* bytes (0: none) and *claims*."""
    parts, size = len(claims) + (main > 0), main
    for claim in claims:
        size += claim.kind.size
    if parts > 1:
        size += COMPOUND + 2 * parts
    return size + (CHECKSUM if checked else 0)


def room_beside(main: int) -> int:
    """Bytes for claims, each with two of its own, beside a message of *main* bytes."""
    return PACKET_BYTES - COMPOUND - (main + 2 if main else 0)
