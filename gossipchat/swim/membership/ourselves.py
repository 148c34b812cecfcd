"""
What others say of this node, and what it answers: nobody else may know it better.
"""

from collections.abc import Iterable, Mapping

from gossipchat.effects import Count, Notify
from gossipchat.errors import UsageError
from gossipchat.names import Address
from gossipchat.swim.detector.health import Health
from gossipchat.swim.dissemination.queue import Broadcasts
from gossipchat.swim.events import (
    Effect,
    MemberChanged,
    RememberCounter,
    SendPacket,
    Warned,
)
from gossipchat.swim.membership.claims import (
    LAST_INCARNATION,
    MAX_FIRST_INCARNATION,
    MAX_LEAP,
)
from gossipchat.swim.membership.identity import TAG, Identities
from gossipchat.swim.membership.members import Entry, Standing
from gossipchat.swim.membership.once import Once, Spaced
from gossipchat.swim.membership.tags import read_tags
from gossipchat.wire.memberlist.codec import encode
from gossipchat.wire.memberlist.messages import Alive, Dead, State, Suspect
from gossipchat.wire.serf.codec import encode_tags

LATE_INTERVAL = 0.5
"""Seconds from one answer to an accuser whose word is long over to the next,"""
LATE_MOST = 256
"""for so many accusers."""

OUTBID_INTERVAL = 30.0
"""Seconds from one word against our address of before to the next: should that be
no memory of us but a copy that runs, the two must not shout each other down."""


class Ourselves:
    """This node as a member: it alone raises its incarnation, to refute."""

    def __init__(
        self,
        us: Entry,
        broadcasts: Broadcasts,
        health: Health,
        identities: Identities,
        once: Once,
    ) -> None:
        self.us = us
        self.parting = False
        """Whether we have said goodbye, and no longer deny that we are gone."""
        self.goodbye = b""
        """The message that said so."""
        self.rival: Address | None = None
        """Where somebody else claims our name, until it has been looked into."""
        self._outbid: float | None = None
        self._stored = 0
        self._before: Address | None = None
        """Where we were until our machine's address changed."""
        self._answers = Spaced(LATE_INTERVAL, LATE_MOST)
        self._broadcasts = broadcasts
        self._health = health
        self._identities = identities
        self._once = once

    def announce(self) -> None:
        """Tell that we are alive."""
        self._broadcasts.claim(self.us.name, encode(self._claim()))

    def raise_above(self, incarnation: int) -> None:
        """Tell anew that we are alive, beating all that is said of *incarnation*."""
        if not self.parting:
            self._rise_above(incarnation)
            self.announce()

    def claim(self) -> bytes:
        """How we live, as a message."""
        return encode(self._claim())

    def retag(self, put: Mapping[str, str], drop: Iterable[str]) -> list[Effect]:
        """
        Change our tags, and tell so under a new incarnation.

        Raises UsageError, with nothing changed, above 512 bytes and for ``gc``.
        """
        us = self.us
        if TAG in put or TAG in drop:
            raise UsageError(f"the tag {TAG} is this node's identity: it stays")
        if self.parting:
            raise UsageError("this node is leaving")
        gone = set(drop) - set(put)
        kept = {tag: value for tag, value in us.tags.items() if tag not in gone}
        tags = {**kept, **put}
        meta = encode_tags(tags)
        if meta == us.meta:
            return []
        us.tags, us.meta = tags, meta
        self.raise_above(us.incarnation)
        return [Notify(MemberChanged(us.as_member(), us.status, "tags changed"))]

    def part(self, now: float) -> tuple[int, list[Effect]]:
        """Say goodbye: dead, by our own word. With it, its serial among the claims."""
        us, was = self.us, self.us.status
        self.parting = True
        us.state, us.changed, us.standing = State.LEFT, now, Standing.LEFT
        self.goodbye = encode(Dead(us.incarnation, us.name, us.name))
        serial = self._broadcasts.claim(us.name, self.goodbye)
        return serial, [Notify(MemberChanged(us.as_member(), was, "left"))]

    def move(self, address: Address) -> list[Effect]:
        """
        We are reached at *address* from now on: tell so under a new incarnation. Others
        take it once we have proven our key there (``moves``).
        """
        us = self.us
        if address == us.address or self.parting:
            return []
        self._before, us.address = us.address, address
        self.raise_above(us.incarnation)
        return [Notify(MemberChanged(us.as_member(), us.status, "moved"))]

    def to_store(self) -> list[RememberCounter]:
        """What the next life of this node must begin above."""
        if self.us.incarnation == self._stored:
            return []
        self._stored = self.us.incarnation
        return [RememberCounter("incarnation", self._stored)]

    def hear_alive(self, claim: Alive, now: float) -> list[Effect]:
        """Somebody says how we live; we know better."""
        us = self.us
        if self.parting:
            return []
        if claim.address != us.address:
            return self._hear_namesake(claim, now)
        if (claim.meta, claim.vsn) == (us.meta, us.vsn):
            return self.hear_accusation(claim.incarnation, least=us.incarnation + 1)
        return self.hear_accusation(claim.incarnation, least=us.incarnation)

    def hear_accusation(
        self, incarnation: int, least: int | None = None
    ) -> list[Effect]:
        """
        Somebody suspects us, or holds something old or wrong: raise our incarnation.

        Words about an incarnation below *least* (our own) are over already.
        """
        us = self.us
        if self.parting or incarnation < (us.incarnation if least is None else least):
            return []
        if incarnation > us.incarnation + MAX_LEAP:
            return [Count("dropped.leap")]
        self._rise_above(incarnation)
        self._health.worsen()
        self.announce()
        return [Count("refuted"), *self._warn_of_wear()]

    def answer_late(
        self, word: Dead | Suspect, accuser: Entry | None, now: float
    ) -> list[Effect]:
        """
        Tell *accuser* how we live, who accuses us of what is long over.

        Our refutation has missed it, and is told no more. memberlist leaves it at
        that, until the next full exchange of the two.
        """
        us = self.us
        if self.parting or word.incarnation >= us.incarnation:
            return []
        if accuser is None or accuser is us or not accuser.lives:
            return []
        if self._broadcasts.tells(us.name):  # it is on its way
            return []
        if not self._answers.allows(accuser.name, now):
            return []
        parts = (encode(self._claim()),)
        return [SendPacket(accuser.address, parts, crc=accuser.takes_checksums)]

    def _claim(self) -> Alive:
        us = self.us
        return Alive(us.incarnation, us.name, us.address, us.meta, us.vsn)

    def _hear_namesake(self, claim: Alive, now: float) -> list[Effect]:
        """Our own name at another address: we of before, a copy, or somebody else."""
        us = self.us
        key = self._identities.key_in(us.name, read_tags(claim.meta) or {})
        ours = key is not None and key == us.key
        if ours:
            self._outbid_old_address(claim, now)
            if claim.address == self._before:
                return []
            what = (
                f"{claim.address} is held alive under our name and with our key: our"
                " own address of before, which is forgotten once that is seen dead,"
                " or a copy of our data directory that runs as well"
            )
        else:
            self.rival = claim.address
            what = (
                f"another node, at {claim.address}, calls itself {us.name} too:"
                " give one of the two another name"
            )
        if not self._once.first("namesake", claim.address, key):
            return []
        return [Count("conflicts"), Notify(Warned(us.name, what, "name"))]

    def _outbid_old_address(self, claim: Alive, now: float) -> None:
        """Be newer than what is held of us there, so that we can be moved here."""
        us = self.us
        if not us.incarnation <= claim.incarnation <= us.incarnation + MAX_LEAP:
            return
        if self._outbid is None or now - self._outbid >= OUTBID_INTERVAL:
            self._outbid = now
            self.raise_above(claim.incarnation)

    def _rise_above(self, incarnation: int) -> None:
        """As far as 32 bits go: an enemy may wear us out, but not stop us."""
        higher = max(self.us.incarnation, incarnation) + 1
        self.us.incarnation = min(higher, LAST_INCARNATION)

    def _warn_of_wear(self) -> list[Effect]:
        worn = self.us.incarnation > MAX_FIRST_INCARNATION
        if not worn or not self._once.first("worn"):
            return []
        what = (
            "was accused of so much that newcomers no longer believe it: somebody who"
            " may speak in this cluster wears it out. Stop this node, wait until the"
            " others have held it dead for some minutes, and start it again"
        )
        return [Notify(Warned(self.us.name, what))]

    def starts(self) -> list[Effect]:
        """We are a member from now on."""
        self.announce()
        return [Notify(MemberChanged(self.us.as_member(), None, "started"))]
