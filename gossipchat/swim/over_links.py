"""
What swim hears and says over links, which are not its own: whoever has them carries
it across (``gossipchat.peer``). Without links none of this is heard, and what is
said is lost: swim gets along, slower.
"""

from dataclasses import dataclass

from gossipchat.names import Address, AuthorKey
from gossipchat.wire.ours.membership_frames import MembershipFrame

# --- events -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LinkMade:
    """There is a link to *peer*, a first or a newer one."""

    peer: AuthorKey


@dataclass(frozen=True, slots=True)
class LinkLost:
    """The link to *peer* ended; not *meant*: without a word, so its process may be
    gone."""

    peer: AuthorKey
    meant: bool


@dataclass(frozen=True, slots=True)
class FrameHeard:
    """*peer* said *frame* over a link."""

    peer: AuthorKey
    frame: MembershipFrame


LinkEvent = LinkMade | LinkLost | FrameHeard

# --- effects ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SendOverLinks:
    """Say *frame* over the links to *to* (empty: all of them) but not to *but*."""

    frame: MembershipFrame
    to: tuple[AuthorKey, ...] = ()
    but: AuthorKey | None = None


@dataclass(frozen=True, slots=True)
class WantLink:
    """Make a link to *peer* at once, if there is none; ``LinkMade`` may follow."""

    peer: AuthorKey
    address: Address


LinkEffect = SendOverLinks | WantLink
