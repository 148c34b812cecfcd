"""
What goes into chat and what comes out of it: frozen values. ``presence.events`` and
``receipts.events`` have those of people and of receipts.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import NamedTuple

from gossipchat.chat.presence.events import Attended as Attended
from gossipchat.chat.presence.events import Departed as Departed
from gossipchat.chat.presence.events import DocumentsCame as DocumentsCame
from gossipchat.chat.presence.events import LeaveAsked as LeaveAsked
from gossipchat.chat.presence.events import MemberForgotten as MemberForgotten
from gossipchat.chat.presence.events import Post as Post
from gossipchat.chat.presence.events import User as User
from gossipchat.chat.presence.events import UserChanged as UserChanged
from gossipchat.chat.receipts.events import Receipt as Receipt
from gossipchat.chat.receipts.events import ReceiptAsked as ReceiptAsked
from gossipchat.chat.receipts.events import ReceiptChanged as ReceiptChanged
from gossipchat.chat.receipts.events import ReceiptTold as ReceiptTold
from gossipchat.effects import Count, Notify, StartTimer, TimerFired
from gossipchat.feeds.run import Run
from gossipchat.names import AuthorKey, EntryId, FeedId, NodeName, Reference, RoomName
from gossipchat.wire.ours.datagrams import DatagramReceived, SendDatagram


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as faces show it."""

    n: int
    """This node's arrival number."""
    id: EntryId
    room: RoomName | None
    """None for entries outside any room (``open``)."""
    nick: str
    kind: str
    text: str
    wall_ms: int
    """When its author's machine said it was."""
    arrived_ms: int
    late: bool
    """Sorts before a line already shown here, and came over 10 s after its time."""
    target: Reference | None = None
    """The entry that an ``edit``, ``redact`` or ``react`` is about."""
    gap: bool = False
    """Shown though something that it answers had not come within two seconds."""
    peer: AuthorKey | None = None
    """Of a private message: the node at the other end of the conversation."""
    edited: str | None = None
    """What its author has put in the place of *text*; None: nothing."""
    redacted: bool = False
    """Its author has taken it back; *text* is empty then."""
    reactions: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Each emoji with the nicks that answered with it, in the one order."""
    fork: bool = False
    """Said in one branch of a feed that has forked (docs/feeds.md, "Forks")."""
    hlc: int = 0
    """Its hybrid time, which references to it tell along."""


@dataclass(frozen=True, slots=True)
class ClocksCompared:
    """The median of our clock and the linked neighbours' is so far ahead of ours."""

    ahead_ms: int


@dataclass(frozen=True, slots=True)
class Row:
    """What the store indexes of one entry."""

    seq: int
    hlc: int
    wall_ms: int
    room: RoomName | None
    nick: str
    kind: str
    text: str
    late: bool
    token: str | None = None
    target: Reference | None = None
    gap: bool = False
    peer: AuthorKey | None = None
    due_ms: int | None = None
    """Not shown before our clock and the neighbours' say this; None: shown at once."""


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run with a row for each of its entries, in order."""

    run: Run
    tip: bytes
    """The hash of its last entry, 32 bytes."""
    rows: tuple[Row, ...]


# --- events -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Started:
    """The store is open. A node that has never spoken tells others its key."""


@dataclass(frozen=True, slots=True)
class MemberNamed:
    """
    The member *name* is the author *key*; this outdoes what an author says.

    *reachable*: it lives, as far as is known. *left*: it is gone on purpose.
    """

    name: NodeName
    key: AuthorKey
    reachable: bool = True
    left: bool = False


@dataclass(frozen=True, slots=True)
class SayAsked:
    """
    A local user says something. One ``Answer`` or ``Refuse`` follows for *ask*.

    *room*: a room, or ``@NICK``, ``@NODE`` or ``@NICK@NODE`` for that user alone.
    *token*: the same token again is answered with the first one's id.
    *target*: what an ``edit``, ``redact`` or ``react`` is about; whoever asks has
    made sure that it is there and may be treated so. *peer*: in a private
    conversation, the node at its other end, when it is known to whoever asks.
    """

    ask: Hashable
    kind: str
    room: str
    nick: str
    text: str
    token: str | None = None
    target: Reference | None = None
    peer: AuthorKey | None = None


@dataclass(frozen=True, slots=True)
class RunsArrived:
    """Checked runs of others."""

    runs: tuple[Run, ...]
    tips: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Renamed:
    """What was called *old* from entry *first* on is *new* now: its feed has forked."""

    old: FeedId
    new: FeedId
    first: int


class Written(NamedTuple):
    """A batch is on disk."""

    first_n: int
    """The arrival number of its first entry; the others follow it."""
    again: tuple[int, ...] = ()
    """Which of its runs were on disk before: what they say was shown then."""


@dataclass(frozen=True, slots=True)
class Persisted:
    """Batch *number* is on disk; see ``Written``."""

    number: int
    first_n: int
    again: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class PersistFailed:
    """Nothing of batch *number* is on disk; *why* is a sentence for people."""

    number: int
    why: str


class Revealed(NamedTuple):
    """One entry whose time has come, under a new arrival number."""

    line: Line
    hlc: int


@dataclass(frozen=True, slots=True)
class TimeCame:
    """Answers ``Reveal``: what may be shown now, and when the next one may."""

    revealed: tuple[Revealed, ...]
    next_due_ms: int | None


Event = (
    Started
    | MemberNamed
    | MemberForgotten
    | Attended
    | Departed
    | ReceiptAsked
    | DatagramReceived
    | LeaveAsked
    | DocumentsCame
    | SayAsked
    | RunsArrived
    | Renamed
    | Persisted
    | PersistFailed
    | TimeCame
    | ClocksCompared
    | TimerFired
)

# --- effects ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Persist:
    """
    Write a batch, whole or not at all; answered in the order of the numbers.

    *own*: it holds what was said here, so it is fsynced before the answer.
    """

    number: int
    runs: tuple[StoredRun, ...]
    own: bool
    arrived_ms: int


@dataclass(frozen=True, slots=True)
class Publish:
    """An own run is on disk: let it travel."""

    run: Run
    tip: bytes


@dataclass(frozen=True, slots=True)
class Keep:
    """Others' runs are on disk (*kept*), or could not be written."""

    runs: tuple[Run, ...]
    kept: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """*ask* is done: on disk, under *id*."""

    ask: Hashable
    id: EntryId


@dataclass(frozen=True, slots=True)
class Refuse:
    """*ask* was not done; *why* is a sentence for people."""

    ask: Hashable
    why: str
    retry_after: float | None = None
    """Seconds after which it would be taken; None: nobody knows."""


@dataclass(frozen=True, slots=True)
class Reveal:
    """
    Let the store show what is due at *now_ms*, by the clock of all, as come at
    *wall_ms*, by our own; ``TimeCame`` follows.
    """

    now_ms: int
    wall_ms: int


@dataclass(frozen=True, slots=True)
class Deliver:
    """Show these, in this order; they are on disk."""

    lines: tuple[Line, ...]


Effect = (
    Persist
    | Publish
    | Post
    | SendDatagram
    | ReceiptTold
    | Keep
    | Answer
    | Refuse
    | Reveal
    | Deliver
    | StartTimer
    | Notify
    | Count
)
