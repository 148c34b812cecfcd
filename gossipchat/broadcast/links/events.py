"""
What broadcast hears and says of members and of links: frozen values.
"""

from dataclasses import dataclass

from gossipchat.names import Address, AuthorKey, NodeName
from gossipchat.wire.ours.frames import Frame

Link = int
"""The shell's number of a link; never used twice in a process."""

# --- events -----------------------------------------------------------------


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
    """One frame, read from its bytes."""

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


# --- happenings (inside Notify) ---------------------------------------------


@dataclass(frozen=True, slots=True)
class LinkUp:
    """There is a link to *peer* that was not there before."""

    peer: AuthorKey


@dataclass(frozen=True, slots=True)
class LinkDown:
    """There is none any more. *reason*: of its CLOSE frame; None: it just broke."""

    peer: AuthorKey
    reason: str | None
