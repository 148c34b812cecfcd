"""
What goes into broadcast and what comes out of it: frozen values.
"""

from dataclasses import dataclass
from typing import NamedTuple

from gossipchat.effects import Count, Notify, Stalled, StartTimer, TimerFired
from gossipchat.feeds.document import Document
from gossipchat.feeds.run import Run
from gossipchat.names import Address, AuthorKey, FeedId, NodeName
from gossipchat.wire.ours.datagrams import DatagramReceived, SendDatagram
from gossipchat.wire.ours.frames import Frame

Link = int
"""The shell's number of a link; never used twice in a process."""

# --- events -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Started:
    """The store is open and the port is bound."""


@dataclass(frozen=True, slots=True)
class MemberUp:
    """A tagged member lives (again, or elsewhere than before)."""

    key: AuthorKey
    name: NodeName
    address: Address


@dataclass(frozen=True, slots=True)
class MemberDown:
    """A tagged member is dead, has left or is forgotten."""

    key: AuthorKey


@dataclass(frozen=True, slots=True)
class LinkOpened:
    """Both sides have proven identity and cluster key. *dialled*: by us."""

    link: Link
    peer: AuthorKey
    dialled: bool


@dataclass(frozen=True, slots=True)
class LinkSilent:
    """
    The network does not take what was sent, though TCP has said it again and again.
    Comes every half second while that is so; the peer is cut off, or gone.
    """

    link: Link


@dataclass(frozen=True, slots=True)
class LinkEnded:
    """The link is gone. *reason*: of its CLOSE frame; None: it just broke."""

    link: Link
    reason: str | None


@dataclass(frozen=True, slots=True)
class DialFailed:
    """What ``Dial(peer, …)`` asked for did not come about."""

    peer: AuthorKey
    why: str


@dataclass(frozen=True, slots=True)
class LinkWanted:
    """Somebody needs a link to *peer* at once, whether the overlay does or not."""

    peer: AuthorKey
    address: Address


@dataclass(frozen=True, slots=True)
class FrameReceived:
    link: Link
    frame: Frame


@dataclass(frozen=True, slots=True)
class FramesReceived:
    """Frames that came together, over any links; those of each link in order."""

    frames: tuple[FrameReceived, ...]


@dataclass(frozen=True, slots=True)
class Drained:
    """
    The transport has handed on all that the last ``SendFrames`` gave it.

    One comes for each ``SendFrames`` (or fewer, when several were under way),
    never before the effects of the event under way are carried out.
    """

    link: Link


@dataclass(frozen=True, slots=True)
class Published:
    """An own run is on disk: it may leave."""

    run: Run
    tip: bytes
    """The hash of its last entry, 32 bytes."""


@dataclass(frozen=True, slots=True)
class Posted:
    """Own documents, each in the place of an older one: they may leave."""

    documents: tuple[Document, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """Runs that ``Arrived`` brought are on disk."""

    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class NotKept:
    """They are not (the disk is full or failing): as if they had never come."""

    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Lost:
    """
    Entries *first* to *last*, one run, were damaged on disk: they are held no more.

    *prev* is the hash of the entry before them, *tip* that of their last one.
    """

    feed: FeedId
    first: int
    last: int
    prev: bytes
    tip: bytes


@dataclass(frozen=True, slots=True)
class Salvaged:
    """
    Runs that stood in a database which was damaged, as they could be read: each that
    its seal proves is taken as if a neighbour had brought it.
    """

    runs: tuple[bytes, ...]


class Hole(NamedTuple):
    """Entries *first* to *last* of *feed* are lacking here, and others have them."""

    feed: FeedId
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class PageWanted:
    """Somebody waits to read what stands at the newer end of each of *holes*."""

    holes: tuple[Hole, ...]


@dataclass(frozen=True, slots=True)
class FloorRaised:
    """Retention has let go of *feed* up to entry *floor*, whose hash is *tip*."""

    feed: FeedId
    floor: int
    tip: bytes


@dataclass(frozen=True, slots=True)
class Loaded:
    """
    The runs that overlap what ``Load`` asked for, ascending, as many as fit.

    At least one, however large; empty when there are none (any more).
    """

    link: Link
    feed: FeedId
    first: int
    last: int
    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class LeaveAsked:
    """Close all links with CLOSE(leaving); dial and take no more."""


Event = (
    Started
    | MemberUp
    | MemberDown
    | LinkOpened
    | LinkSilent
    | LinkEnded
    | DialFailed
    | LinkWanted
    | FrameReceived
    | FramesReceived
    | Drained
    | Published
    | Posted
    | Kept
    | NotKept
    | Lost
    | Salvaged
    | FloorRaised
    | PageWanted
    | Loaded
    | LeaveAsked
    | DatagramReceived
    | TimerFired
    | Stalled
)

# --- effects ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Dial:
    """Open a link to *peer*; ``LinkOpened`` or ``DialFailed`` follows."""

    peer: AuthorKey
    address: Address


@dataclass(frozen=True, slots=True)
class EndLink:
    """Send CLOSE(*reason*) and end the link; no ``LinkEnded`` follows."""

    link: Link
    reason: str


@dataclass(frozen=True, slots=True)
class SendFrames:
    """Write these; ``Drained`` follows when the transport has taken them on."""

    link: Link
    frames: tuple[Frame, ...]


@dataclass(frozen=True, slots=True)
class Load:
    """Read runs of *feed* overlapping *first* to *last* from disk, for *link*."""

    link: Link
    feed: FeedId
    first: int
    last: int
    max_bytes: int


@dataclass(frozen=True, slots=True)
class Arrived:
    """
    Runs of others, their seals checked, their place in the chain known to be free.

    Whoever gets this keeps them and answers with ``Kept`` or ``NotKept``.
    """

    runs: tuple[Run, ...]
    tips: tuple[bytes, ...]
    """The hash of each run's last entry."""


@dataclass(frozen=True, slots=True)
class DocumentsCame:
    """
    Documents of others, checked and new here; or own ones that we did not make in
    this life, which are not held.
    """

    documents: tuple[Document, ...]


@dataclass(frozen=True, slots=True)
class Rename:
    """
    What is kept of *old* from entry *first* on, up to the next gap, is *new* now.

    Only if the run that begins there comes after the hash *prev*, and ends with
    *tip* where that is given: otherwise nothing is to be done.
    """

    old: FeedId
    new: FeedId
    first: int
    prev: bytes
    tip: bytes | None = None


Effect = (
    Dial
    | EndLink
    | SendFrames
    | SendDatagram
    | Load
    | Arrived
    | DocumentsCame
    | Rename
    | StartTimer
    | Notify
    | Count
)

# --- happenings (inside Notify) ---------------------------------------------


@dataclass(frozen=True, slots=True)
class LinkUp:
    peer: AuthorKey


@dataclass(frozen=True, slots=True)
class LinkDown:
    peer: AuthorKey
    reason: str | None


@dataclass(frozen=True, slots=True)
class ForkSeen:
    """An author's feed parts before *seq*: a cloned machine, or a stolen key."""

    feed: FeedId
    seq: int
    own: bool = False
    """It is this node's own: somebody else speaks in its name."""
