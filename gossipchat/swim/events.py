"""
What goes into swim and what comes out of it: frozen values.

Shared words (timers, Notify, Count, Stalled) are in ``gossipchat.effects``, what Serf's
users ask in ``serf.events``.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field
from enum import Enum

from gossipchat.effects import Count, Notify, Stalled, StartTimer, TimerFired
from gossipchat.names import Address, AuthorKey, NodeName
from gossipchat.swim.happenings import Joined as Joined
from gossipchat.swim.happenings import JoinFailed as JoinFailed
from gossipchat.swim.happenings import LeaveDone as LeaveDone
from gossipchat.swim.happenings import NameLost as NameLost
from gossipchat.swim.happenings import Warned as Warned
from gossipchat.swim.happenings import WarningOver as WarningOver
from gossipchat.swim.over_links import FrameHeard as FrameHeard
from gossipchat.swim.over_links import LinkEffect, LinkEvent
from gossipchat.swim.over_links import LinkLost as LinkLost
from gossipchat.swim.over_links import LinkMade as LinkMade
from gossipchat.swim.over_links import SendOverLinks as SendOverLinks
from gossipchat.swim.over_links import WantLink as WantLink
from gossipchat.swim.serf.events import Answer as Answer
from gossipchat.swim.serf.events import Answered as Answered
from gossipchat.swim.serf.events import Declined as Declined
from gossipchat.swim.serf.events import EventAsked as EventAsked
from gossipchat.swim.serf.events import KeysAsked as KeysAsked
from gossipchat.swim.serf.events import KeysOutcome as KeysOutcome
from gossipchat.swim.serf.events import KeyTask as KeyTask
from gossipchat.swim.serf.events import KeyTaskDone as KeyTaskDone
from gossipchat.swim.serf.events import QueryAnswered as QueryAnswered
from gossipchat.swim.serf.events import QueryAsked as QueryAsked
from gossipchat.swim.serf.events import QueryCame as QueryCame
from gossipchat.swim.serf.events import QueryEnd as QueryEnd
from gossipchat.swim.serf.events import QueryHeard as QueryHeard
from gossipchat.swim.serf.events import QueryReply as QueryReply
from gossipchat.swim.serf.events import Reachability as Reachability
from gossipchat.swim.serf.events import ReachabilityAsked as ReachabilityAsked
from gossipchat.swim.serf.events import Request as Request
from gossipchat.swim.serf.events import RttAsked as RttAsked
from gossipchat.swim.serf.events import TagsAsked as TagsAsked
from gossipchat.swim.serf.events import UserEventHeard as UserEventHeard
from gossipchat.wire.memberlist.messages import Message
from gossipchat.wire.ours.datagrams import DatagramReceived


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
class PacketRefused:
    """A datagram from *source* could not be read; *why* is a sentence for people."""

    source: Address
    why: str
    key: bool = False
    """Whether it was sealed with a key that we don't have."""


@dataclass(frozen=True, slots=True)
class AddressChanged:
    """This machine has another address: we are reached at *address* from now on."""

    address: Address


@dataclass(frozen=True, slots=True)
class AddressProven:
    """*key*'s owner lives at *address*: it has proven so (``ProveAddress``)."""

    key: AuthorKey
    address: Address


@dataclass(frozen=True, slots=True)
class AddressNotProven:
    """Nobody at *address* has *key*, or nobody is there."""

    key: AuthorKey
    address: Address
    why: str = ""


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
    | PacketRefused
    | AddressChanged
    | AddressProven
    | AddressNotProven
    | Request
    | LinkEvent
    | DatagramReceived
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

    *what* is ``incarnation``, ``clock``, ``event-clock``, ``query-clock`` or
    ``event-heard``.
    """

    what: str
    value: int


@dataclass(frozen=True, slots=True)
class ProveAddress:
    """
    Find out whether whoever is at *address* has *key*, by dialling a link there.

    Exactly one ``AddressProven`` or ``AddressNotProven`` with the same follows.
    """

    key: AuthorKey
    address: Address


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
    | ProveAddress
    | LinkEffect
    | Answer
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
