"""
What goes into swim and what comes out of it: frozen values.

Shared words (timers, Notify, Count, Stalled) are in ``gossipchat.effects``.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field
from enum import Enum

from gossipchat.effects import Count, Notify, Stalled, StartTimer, TimerFired
from gossipchat.names import Address, AuthorKey, NodeName
from gossipchat.wire.messages import Message


class Status(Enum):
    """A member's health as people are told it."""

    ALIVE = "alive"
    SUSPECT = "suspect"
    DEAD = "dead"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Member:
    """What this node holds true of one member."""

    name: NodeName
    address: Address
    status: Status
    incarnation: int
    key: AuthorKey | None = None
    """Its identity, checked and pinned; None for members that are not gossipchat."""
    tags: dict[str, str] = field(default_factory=dict)
    rtt: float | None = None
    """The last measured round trip in seconds; None when unmeasured."""


# --- events -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Started:
    """Sockets are open: begin to probe, gossip and answer."""


@dataclass(frozen=True, slots=True)
class PacketReceived:
    """One datagram came from *source*, decoded (a compound brings several)."""

    source: Address
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class StreamReceived:
    """
    Somebody opened a stream and said *message* (Ping, PushPull or User).

    Answer with ``AnswerStream(stream, …)`` in the same call, or not at all: the
    shell closes the stream after this event's effects.
    """

    stream: Hashable
    source: Address
    message: Message


@dataclass(frozen=True, slots=True)
class StreamAnswered:
    """The stream that ``OpenStream(stream, …)`` opened brought its answer."""

    stream: Hashable
    message: Message


@dataclass(frozen=True, slots=True)
class StreamFailed:
    """It brought none. *refused*: nothing listens there (a proof of sorts)."""

    stream: Hashable
    why: str
    refused: bool = False


@dataclass(frozen=True, slots=True)
class JoinAsked:
    """Push/pull with whoever is at *address*, to join."""

    address: Address


@dataclass(frozen=True, slots=True)
class LeaveAsked:
    """Leave gracefully; ``Notify(LeaveDone())`` says when the news is out."""


@dataclass(frozen=True, slots=True)
class ForgetAsked:
    """Forget a dead member and its pin, whether known or not."""

    name: NodeName


@dataclass(frozen=True, slots=True)
class Remembered:
    """
    Not an event: what the disk kept of a member, handed to ``Swim`` when it is made.
    """

    name: NodeName
    address: Address
    key: AuthorKey | None = None
    silent_for: float = 0.0
    """Seconds since it was last alive, as far as is known."""
    left: bool = False


Event = (
    Started
    | PacketReceived
    | StreamReceived
    | StreamAnswered
    | StreamFailed
    | JoinAsked
    | LeaveAsked
    | ForgetAsked
    | TimerFired
    | Stalled
)

# --- effects ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SendPacket:
    """
    Send *parts* (encoded messages, most important first) to *to* as one datagram.

    swim keeps them within the budget that label and encryption leave of 1400
    bytes. *crc*: put a checksum in front (memberlist does so on gossip only).
    """

    to: Address
    parts: tuple[bytes, ...]
    crc: bool = False


@dataclass(frozen=True, slots=True)
class OpenStream:
    """
    Dial *to*, send *message* (Ping or PushPull), wait for one answer.

    Exactly one ``StreamAnswered`` or ``StreamFailed`` with the same *stream*
    follows, within *timeout* seconds.
    """

    stream: Hashable
    to: Address
    message: Message
    timeout: float


@dataclass(frozen=True, slots=True)
class AnswerStream:
    """Send *message* (Ack or PushPull) on the stream, then close it."""

    stream: Hashable
    message: Message


@dataclass(frozen=True, slots=True)
class RememberMember:
    """Keep on disk where *name* lives and (when tagged) which key is pinned to it."""

    name: NodeName
    address: Address
    key: AuthorKey | None
    wall_ms: int = 0
    """When it was last alive; the shell fills it in."""
    left: bool = False
    """It said goodbye: there is nobody to look for at *address*."""


@dataclass(frozen=True, slots=True)
class ForgetMember:
    """Remove what ``RememberMember`` kept of *name*."""

    name: NodeName


@dataclass(frozen=True, slots=True)
class RememberCounter:
    """
    Keep *value* under *what* on disk, and raise it above that at the next start.

    *what* is ``incarnation``, ``clock``, ``event-clock`` or ``query-clock``.
    """

    what: str
    value: int


Effect = (
    SendPacket
    | OpenStream
    | AnswerStream
    | StartTimer
    | Notify
    | Count
    | RememberMember
    | ForgetMember
    | RememberCounter
)

# --- happenings (inside Notify) ---------------------------------------------


@dataclass(frozen=True, slots=True)
class MemberChanged:
    """A member's status, address, key or tags changed; *was* None: it is new."""

    member: Member
    was: Status | None
    why: str = ""
    """For people: ``suspected by bob``, ``left``, ``refuted``."""


@dataclass(frozen=True, slots=True)
class MemberForgotten:
    name: NodeName


@dataclass(frozen=True, slots=True)
class Joined:
    """The push/pull with *address* worked; *members* came with it."""

    address: Address
    members: int


@dataclass(frozen=True, slots=True)
class JoinFailed:
    """It did not; *why* is a sentence for people."""

    address: Address
    why: str


@dataclass(frozen=True, slots=True)
class Warned:
    """Something about *member* that a person should know, in one sentence."""

    member: NodeName
    what: str


@dataclass(frozen=True, slots=True)
class LeaveDone:
    """Our leaving has been passed on as often as it needs."""
