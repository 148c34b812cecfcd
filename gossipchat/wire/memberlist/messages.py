"""
memberlist's messages as values. Parsed once, at the door; inside, nothing is
checked again.

Field names are ours (the papers' words); ``codec`` knows how memberlist spells
them. Source of the shapes: memberlist's protocol as seen on the wire
(docs/protocol.md).
"""

from dataclasses import dataclass
from enum import IntEnum

from gossipchat.names import Address, NodeName
from gossipchat.wire.ours.datagrams import Own

Vsn = tuple[int, int, int, int, int, int]
"""Protocol min, max, current, then the delegate's (Serf's) min, max, current."""

OUR_VSN: Vsn = (1, 5, 2, 2, 5, 5)
"""What a Serf 0.9 agent says of itself; anything else is not admitted by it."""

MAX_META_BYTES = 512

NO_NAME = NodeName("")


class State(IntEnum):
    """A member's state as push/pull spells it."""

    ALIVE = 0
    SUSPECT = 1
    DEAD = 2
    LEFT = 3


@dataclass(frozen=True, slots=True)
class Ping:
    """Are you there? *node*, when not empty, is who is meant; others stay silent."""

    seq_no: int
    node: NodeName
    source: Address | None = None
    """Where the ack goes; None: to where the packet came from."""
    source_node: NodeName = NO_NAME


@dataclass(frozen=True, slots=True)
class IndirectPing:
    """Please ping *node* at *target* for me, and pass its ack on with my *seq_no*."""

    seq_no: int
    target: Address
    node: NodeName
    nack: bool
    """Whether we understand a nack when the target stays silent."""
    source: Address | None = None
    source_node: NodeName = NO_NAME


@dataclass(frozen=True, slots=True)
class Ack:
    """I am there. *payload*: Serf's network coordinate, or None (TCP, relayed)."""

    seq_no: int
    payload: bytes | None = None


@dataclass(frozen=True, slots=True)
class Nack:
    """A helper is there, its target did not answer it in time."""

    seq_no: int


@dataclass(frozen=True, slots=True)
class Suspect:
    """*accuser* got no answer from *node*."""

    incarnation: int
    node: NodeName
    accuser: NodeName


@dataclass(frozen=True, slots=True)
class Alive:
    """*node* lives at *address*, says itself (only it raises *incarnation*)."""

    incarnation: int
    node: NodeName
    address: Address
    meta: bytes
    vsn: Vsn


@dataclass(frozen=True, slots=True)
class Dead:
    """*node* is dead, says *accuser*; when both are one, it has left gracefully."""

    incarnation: int
    node: NodeName
    accuser: NodeName


@dataclass(frozen=True, slots=True)
class User:
    """Serf's business (``wire.serf``): *body* starts with Serf's own type byte."""

    body: bytes


@dataclass(frozen=True, slots=True)
class Err:
    """A peer could not make sense of our stream (stream only)."""

    error: str


@dataclass(frozen=True, slots=True)
class NodeState:
    """One member in a push/pull."""

    name: NodeName
    address: Address
    meta: bytes
    incarnation: int
    state: State
    vsn: Vsn


@dataclass(frozen=True, slots=True)
class PushPull:
    """All that a member knows, swapped for all that another knows (stream only)."""

    join: bool
    nodes: tuple[NodeState, ...]
    user_state: bytes = b""
    refused: int = 0
    """Members left out while decoding because their entry was malformed."""


Message = (
    Ping
    | IndirectPing
    | Ack
    | Nack
    | Suspect
    | Alive
    | Dead
    | User
    | Err
    | PushPull
    | Own
)
