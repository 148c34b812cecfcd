"""
What goes into broadcast and what comes out of it: frozen values. ``links.events`` has
those of members and links.
"""

from dataclasses import dataclass
from typing import NamedTuple

from gossipchat.broadcast.links.events import Dial as Dial
from gossipchat.broadcast.links.events import DialFailed as DialFailed
from gossipchat.broadcast.links.events import Drained as Drained
from gossipchat.broadcast.links.events import EndLink as EndLink
from gossipchat.broadcast.links.events import FrameReceived as FrameReceived
from gossipchat.broadcast.links.events import FramesReceived as FramesReceived
from gossipchat.broadcast.links.events import Link as Link
from gossipchat.broadcast.links.events import LinkDown as LinkDown
from gossipchat.broadcast.links.events import LinkEnded as LinkEnded
from gossipchat.broadcast.links.events import LinkOpened as LinkOpened
from gossipchat.broadcast.links.events import LinkSilent as LinkSilent
from gossipchat.broadcast.links.events import LinkUp as LinkUp
from gossipchat.broadcast.links.events import LinkWanted as LinkWanted
from gossipchat.broadcast.links.events import MemberDown as MemberDown
from gossipchat.broadcast.links.events import MemberUp as MemberUp
from gossipchat.broadcast.links.events import SendFrames as SendFrames
from gossipchat.effects import Count, Notify, Stalled, StartTimer, TimerFired
from gossipchat.feeds.document import Document
from gossipchat.feeds.run import Run
from gossipchat.names import FeedId
from gossipchat.wire.ours.datagrams import DatagramReceived, SendDatagram

# --- events -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Started:
    """The store is open and the port is bound."""


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
class ForkSeen:
    """An author's feed parts before *seq*: a cloned machine, or a stolen key."""

    feed: FeedId
    seq: int
    own: bool = False
    """It is this node's own: somebody else speaks in its name."""
