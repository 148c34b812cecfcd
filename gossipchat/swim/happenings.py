"""
What swim tells of itself (inside Notify), beside its members' changes.

``gossipchat.swim.events`` has these words too; take them from there.
"""

from dataclasses import dataclass

from gossipchat.names import Address, NodeName


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
    kind: str = ""
    """Which warning; empty: it is never over."""


@dataclass(frozen=True, slots=True)
class WarningOver:
    """What ``Warned`` with that *kind* said of *member* is no longer so."""

    member: NodeName
    kind: str


@dataclass(frozen=True, slots=True)
class NameLost:
    """
    Another node at *address* is held by most members to be the one of our name.

    We are gone: this node must end. No goodbye is told, as it would be about the other.
    """

    address: Address
    what: str
    """For people: what happened, and what to do."""


@dataclass(frozen=True, slots=True)
class LeaveDone:
    """Our leaving has been passed on as often as it needs."""
