"""
Serf's messages as values: what travels in memberlist's ``User`` messages and in
the user state of a push/pull.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gossipchat.names import Address, NodeName
from gossipchat.wire.memberlist.messages import Vsn

ACK_FLAG = 1
"""Query: acks are wanted. Response: this is an ack."""
NO_BROADCAST_FLAG = 2
"""Query: do not pass it on."""

EVENT_SLOTS = 512
"""The size of Serf's ring of recent events."""


@dataclass(frozen=True, slots=True)
class LeaveIntent:
    """*node* is about to leave (or somebody wants it gone: the message doesn't say)."""

    ltime: int
    node: NodeName
    prune: bool = False


@dataclass(frozen=True, slots=True)
class JoinIntent:
    """*node* has joined."""

    ltime: int
    node: NodeName


@dataclass(frozen=True, slots=True)
class EventsAt:
    """The user events (name, payload) of one Lamport time."""

    ltime: int
    events: tuple[tuple[str, bytes | None], ...]


@dataclass(frozen=True, slots=True)
class SerfState:
    """
    The user state of a push/pull.

    ``events`` holds the used slots only, in the order of the ring; on the wire
    each sits at ``ltime % EVENT_SLOTS`` in a ring whose free slots are nil.
    """

    ltime: int
    status_ltimes: dict[NodeName, int] = field(default_factory=dict)
    left_members: tuple[NodeName, ...] = ()
    event_ltime: int = 0
    events: tuple[EventsAt, ...] = ()
    query_ltime: int = 0


@dataclass(frozen=True, slots=True)
class UserEvent:
    """Told to all members; *coalesce*: the last of one name will do."""

    ltime: int
    name: str
    payload: bytes | None
    coalesce: bool


@dataclass(frozen=True, slots=True)
class NodeFilter:
    """Only these members answer."""

    names: tuple[NodeName, ...]


@dataclass(frozen=True, slots=True)
class TagFilter:
    """Only members whose *tag* matches the regular expression (Go's RE2)."""

    tag: str
    expression: str


@dataclass(frozen=True, slots=True)
class UnknownFilter:
    """A filter of a kind we do not know: it matches nobody."""

    body: bytes


Filter = NodeFilter | TagFilter | UnknownFilter


@dataclass(frozen=True, slots=True)
class Query:
    """Members are asked; answers go to *source* until *timeout_ns* is over."""

    ltime: int
    id: int
    source: Address
    source_node: NodeName
    filters: tuple[Filter, ...]
    flags: int
    relay_factor: int
    timeout_ns: int
    name: str
    payload: bytes | None


@dataclass(frozen=True, slots=True)
class QueryResponse:
    """An ack, or an answer, to the query (*ltime*, *id*)."""

    ltime: int
    id: int
    sender: NodeName
    flags: int
    payload: bytes | None


@dataclass(frozen=True, slots=True)
class ConflictMember:
    """How a member is listed by whoever answers about its name."""

    name: NodeName
    address: Address
    tags: Mapping[str, str]
    status: int
    vsn: Vsn


@dataclass(frozen=True, slots=True)
class ConflictResponse:
    """Whom the answering member holds for the name asked about; None: nobody."""

    member: ConflictMember | None


@dataclass(frozen=True, slots=True)
class KeyRequest:
    """The key that is to be installed, used or removed."""

    key: bytes


@dataclass(frozen=True, slots=True)
class KeyResponse:
    """What became of a key query at one member; *message*: why not, for people."""

    result: bool
    message: str
    keys: tuple[str, ...] | None
    """base64, as Serf prints them; None when nothing is listed."""
    primary: str


@dataclass(frozen=True, slots=True)
class Relay:
    """Please pass *inner* (type byte and body) on to *address*."""

    address: Address
    node: NodeName
    inner: bytes


SerfMessage = (
    LeaveIntent
    | JoinIntent
    | SerfState
    | UserEvent
    | Query
    | QueryResponse
    | ConflictResponse
    | KeyRequest
    | KeyResponse
    | Relay
)


@dataclass(frozen=True, slots=True)
class Coordinate:
    """A place in Serf's network space (Vivaldi, 8 dimensions); seconds."""

    vec: tuple[float, ...] = (0.0,) * 8
    error: float = 1.5
    adjustment: float = 0.0
    height: float = 1e-5
