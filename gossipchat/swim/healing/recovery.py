"""
Finding and healing as one machine: who gets which timer, ack, stream and frame.
"""

from collections.abc import Hashable

from gossipchat.names import Address, AuthorKey
from gossipchat.swim.detector.prober import ProbeDue
from gossipchat.swim.events import Effect, LinkMade
from gossipchat.swim.healing.claims_by_link import ClaimsByLink
from gossipchat.swim.healing.contact import Contact
from gossipchat.swim.healing.heal import Healing, HealStream, SeekDue
from gossipchat.swim.healing.hearsay import Hearsay
from gossipchat.swim.over_links import FrameHeard, LinkEvent
from gossipchat.wire.membership_frames import (
    Claims,
    ClaimsWanted,
    Heal,
    MembershipFrame,
    Told,
)
from gossipchat.wire.messages import Message, Ping


class Recovery:
    """Contact, hearsay, healing and claims over links, each told what concerns it."""

    def __init__(
        self,
        contact: Contact,
        hearsay: Hearsay,
        healing: Healing,
        claims: ClaimsByLink,
    ) -> None:
        self.contact = contact
        self.hearsay = hearsay
        self._healing = healing
        self._claims = claims

    def timer_fired(self, key: object, now: float) -> list[Effect]:
        """Empty for the timers of others."""
        match key:
            case ProbeDue():
                return self.contact.due(now)
            case SeekDue():
                return self._healing.seek_due()
            case _:
                return []

    def acked(self, seq_no: int, now: float) -> list[Effect]:
        """Not empty when somebody held dead has answered."""
        found = self.contact.acked(seq_no)
        return self._healing.found(found, now) if found is not None else []

    def pinged(self, ping: Ping, source: Address, now: float) -> list[Effect]:
        """Who pings us is there, whatever we hold of it."""
        found = self.contact.heard_from(ping.source_node, source)
        return self._healing.found(found, now) if found is not None else []

    def linked(self, event: LinkEvent, now: float) -> list[Effect]:
        """Something came to pass on a link."""
        match event:
            case LinkMade(peer):
                return self._healing.linked(peer, now)
            case FrameHeard(peer, frame):
                return self._framed(peer, frame, now)
            case _:
                return []

    def stream_answered(
        self, stream: HealStream, message: Message, now: float
    ) -> list[Effect]:
        """Our push/pull with who was found brought an answer."""
        return self._healing.answered(stream, message, now)

    def stream_failed(self, stream: Hashable) -> list[Effect]:
        """Or none."""
        if isinstance(stream, HealStream):
            return self._healing.failed(stream)
        return []

    def go_on(self, effects: list[Effect], now: float) -> list[Effect]:
        """After each event, with its effects: what is new goes over links too."""
        self.hearsay.notice(effects, now)
        return self._claims.spread(now)

    def _framed(
        self, peer: AuthorKey, frame: MembershipFrame, now: float
    ) -> list[Effect]:
        match frame:
            case Heal():
                return self._healing.hear(peer, frame, now)
            case Claims():
                return self._claims.hear(peer, frame, now)
            case ClaimsWanted():
                return self._claims.asked(peer, frame)
            case Told():
                return self._claims.hear_told(peer, frame, now)
            case _:
                return []
