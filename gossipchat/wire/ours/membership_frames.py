"""
What swim says over links: claims in brief, the end of a cut, tests of a death.

They travel as other link frames do (``wire.ours.frames``), written as
``membership_forms`` says. A node that does not know them skips them.
"""

from dataclasses import dataclass

from gossipchat.names import NodeName

NONCE_BYTES = 8
DIGEST_BYTES = 8
MAX_INCARNATION = 2**32 - 1

MAX_NAMED = 64
"""Members that one Heal names; more are meant by *everyone*."""
MAX_BRIEFS = 1024
MAX_TOLD = 128
MAX_TOLD_BYTES = 2048
"""Of one message: a name and tags of 512 bytes each, and what is around them."""


@dataclass(frozen=True, slots=True)
class Heal:
    """
    A cut is over: each member named raises its incarnation above the one given.

    *everyone*: more differ than can be named, so all raise theirs, once.
    """

    nonce: bytes
    """8 bytes: the same Heal is passed on once."""
    named: tuple[tuple[NodeName, int], ...]
    everyone: bool = False


@dataclass(frozen=True, slots=True)
class Brief:
    """*name* lives, by its own word of *incarnation*."""

    name: NodeName
    incarnation: int
    digest: bytes
    """8 bytes of a hash over its address, tags and versions: who holds the same ones
    needs no more."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What is new of members, in brief."""

    briefs: tuple[Brief, ...]


@dataclass(frozen=True, slots=True)
class ClaimsWanted:
    """Tell me of these in full."""

    names: tuple[NodeName, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """memberlist messages (alive, dead), each as in a datagram."""

    messages: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Verify:
    """Please test whether the process of *name* is gone."""

    nonce: bytes
    name: NodeName
    incarnation: int


@dataclass(frozen=True, slots=True)
class Verified:
    """*gone*: its address refuses connections and nobody answers there."""

    nonce: bytes
    gone: bool


MembershipFrame = Heal | Claims | ClaimsWanted | Told | Verify | Verified
