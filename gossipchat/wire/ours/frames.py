"""
What gossipchat nodes say to each other over a link (TLS on the cluster's port).

On the wire a frame is ``length u32be | msgpack array [type, *fields]``; a type
that we do not know is skipped, and fields behind the known ones are ignored, so
that newer nodes can talk to older ones (docs/protocol.md, "Links").
"""

from dataclasses import dataclass

from gossipchat.names import AuthorKey, FeedId, NodeName
from gossipchat.wire.ours.membership_frames import MembershipFrame

MAX_FRAME_BYTES = 1 << 20
"""A frame above this ends its link: a run has at most 256 KiB, a frame 512 KiB."""

MAX_FIRST_FRAME_BYTES = 4096
"""All that is read of a stranger."""

MAX_RUNS_IN_FRAME = 64
"""Each costs a signature check; more end the link."""

MAX_HOLDINGS_IN_FRAME = 512
"""Of a vector's part, a want, a note or a graft; more end the link."""

SUMMARY_HASH_BYTES = 16
MAX_STRETCHES_IN_FRAME = 64
"""Of a summary; more end the link."""

MAX_DOCUMENTS_IN_FRAME = 256
"""Each new one costs a signature check; a frame of ours has 16 KiB of them."""

DOCUMENT_HASH_BYTES = 16
MAX_DOCUMENTS = 16_384
"""That anyone may say to hold."""

Bounds = tuple[tuple[int, int], ...]
"""Sequence numbers as inclusive (low, high) pairs, ascending, not touching."""


@dataclass(frozen=True, slots=True)
class Proof:
    """The first frame of each side: I hold the cluster key, here and now."""

    version: int
    mac: bytes
    """HMAC-SHA256 over the TLS exporter and both identities, 32 bytes."""
    name: NodeName


@dataclass(frozen=True, slots=True)
class Holding:
    """What a node has of one feed."""

    feed: FeedId
    ranges: Bounds
    floor: int = 0
    """Nothing at or below this is kept (retention); 0: everything is."""
    tip: bytes = b""
    """How the hash of the highest entry begins: 8 bytes, or none."""
    signed: int | None = None
    """Of a branch: the epoch that its runs are sealed for."""


@dataclass(frozen=True, slots=True)
class Vector:
    """What I have; a long one comes in parts, *last* marks the end."""

    holdings: tuple[Holding, ...]
    last: bool = True


@dataclass(frozen=True, slots=True)
class Want:
    """Please send these. *urgent*: a person waits for them, so before all else."""

    holdings: tuple[Holding, ...]
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Runs:
    """Sealed runs as their author made them (``feeds.run``)."""

    runs: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """I have these, you may ask (lazy push)."""

    holdings: tuple[Holding, ...]


@dataclass(frozen=True, slots=True)
class Graft:
    """Send me these authors' new runs at once from now on, and these now."""

    authors: tuple[AuthorKey, ...]
    holdings: tuple[Holding, ...] = ()


@dataclass(frozen=True, slots=True)
class Prune:
    """Of these authors send me notes only."""

    authors: tuple[AuthorKey, ...]


@dataclass(frozen=True, slots=True)
class Digest:
    """A hash over all that I have, 32 bytes: equal ones need no vector."""

    digest: bytes


@dataclass(frozen=True, slots=True)
class Summary:
    """
    What I have in stretches of all feeds, ordered by author and epoch: from each of
    *bounds* on and below the next, how many feeds and a hash over them, 16 bytes.
    An empty hash asks for all that the other side has there.
    """

    bounds: tuple[FeedId, ...]
    digests: tuple[bytes, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Close:
    """
    The link ends on purpose: ``replaced``, ``full``, ``spare``, ``stalled``,
    ``leaving``, ``key``; or for what this side did: ``self``, ``bad frame``,
    ``bad run``, ``error``.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class Clock:
    """
    What time my machine has; and, unless *answers*, please tell me yours. Asked now
    and then, which also shows that an idle link is still there.
    """

    asked: int
    """Of the question; an answer repeats it. Means something to the asker alone."""
    wall_ms: int
    """Milliseconds since 1970 UTC."""
    answers: bool = False


@dataclass(frozen=True, slots=True)
class Documents:
    """Sealed documents as their authors made them (``feeds.document``)."""

    documents: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class DocumentDigest:
    """A hash over all documents that I hold, 32 bytes: equal ones need no list."""

    digest: bytes


@dataclass(frozen=True, slots=True)
class DocumentsHeld:
    """How the hashes of all my documents begin, 16 bytes each: send me others."""

    hashes: bytes


@dataclass(frozen=True, slots=True)
class UnknownFrame:
    """A frame of a newer version: skipped and counted."""

    kind: int


Frame = (
    Proof
    | Vector
    | Want
    | Runs
    | Note
    | Graft
    | Prune
    | Digest
    | Close
    | Summary
    | Clock
    | Documents
    | DocumentDigest
    | DocumentsHeld
    | MembershipFrame
    | UnknownFrame
)
