"""
What gossipchat nodes say to each other by UDP without a link, as values.

They travel inside memberlist's packets, as acks of a sequence number that is never
used (``datagram_codec``), so a member that is not gossipchat ignores them without a
word; and they are sent to tagged members only. They prove the cluster's key (where
there is one), not who sent them: *sender* is its claim. So they may hint, ask and
report, and must never be the last word on anything.
"""

from dataclasses import dataclass

from gossipchat.names import Address, AuthorKey, FeedId
from gossipchat.wire.ours.membership_frames import Claims, Heal


@dataclass(frozen=True, slots=True)
class DigestTold:
    """A hash over all that I have (``frames.Digest``), to a member without a link."""

    digest: bytes
    """32 bytes."""
    answer: bool = False
    """Tells mine in return for yours, so it is not answered again."""


@dataclass(frozen=True, slots=True)
class DialBack:
    """I can't open a link to *target*: let it open one to me, *asker*."""

    asker: AuthorKey
    target: AuthorKey


@dataclass(frozen=True, slots=True)
class HasUpTo:
    """I have *feed* on disk from its first entry (or my floor) to *end*; 0: nothing."""

    feed: FeedId
    end: int


@dataclass(frozen=True, slots=True)
class HasAsked:
    """Do you have *feed* up to *seq*? ``HasUpTo`` answers."""

    feed: FeedId
    seq: int


@dataclass(frozen=True, slots=True)
class UnknownDatagram:
    """Of a newer version: skipped and counted."""

    kind: int


Datagram = DigestTold | DialBack | HasUpTo | HasAsked | Heal | Claims | UnknownDatagram
"""``Heal`` and ``Claims`` are link frames; this is how who has no link hears them."""


@dataclass(frozen=True, slots=True)
class Own:
    """One of these in a packet, beside memberlist's messages."""

    sender: AuthorKey
    """Who says it, or so it claims."""
    datagram: Datagram


# --- how rooms say and hear it ------------------------------------------------


@dataclass(frozen=True, slots=True)
class SendDatagram:
    """Effect: send it to that member, if it is known and tagged."""

    to: AuthorKey
    datagram: Datagram


@dataclass(frozen=True, slots=True)
class DatagramReceived:
    """Event: a packet from *source* brought it; *sender*, a tagged member, says so."""

    sender: AuthorKey
    source: Address
    datagram: Datagram
