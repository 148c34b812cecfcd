"""
What links bring to swim, and what it does after a cut, as one machine: who gets which
timer, ack, stream and frame.
"""

from collections.abc import Hashable

from gossipchat.effects import Count, Notify
from gossipchat.names import Address, AuthorKey
from gossipchat.swim.detector.evidence import ProofDue, ProofStream, VerdictDue
from gossipchat.swim.detector.prober import PingStream, ProbeDue, Prober
from gossipchat.swim.detector.proof import Proof
from gossipchat.swim.dissemination.exchange import Exchanges
from gossipchat.swim.events import (
    Effect,
    LinkLost,
    LinkMade,
    Member,
    MemberChanged,
    SendPacket,
    Status,
)
from gossipchat.swim.healing.claims_by_link import ClaimsByLink, ClaimsDue
from gossipchat.swim.healing.contact import Contact, Found
from gossipchat.swim.healing.flood import Flood, LookAgainDue
from gossipchat.swim.healing.heal import Healing, HealStream
from gossipchat.swim.healing.hearsay import Hearsay
from gossipchat.swim.healing.inquest import InquestDue, Inquests
from gossipchat.swim.healing.mail import Mail, MailDue
from gossipchat.swim.healing.seeking import SeekDue, Seeking
from gossipchat.swim.over_links import FrameHeard, LinkEvent
from gossipchat.wire.memberlist.messages import Message, Ping
from gossipchat.wire.ours.datagrams import Datagram
from gossipchat.wire.ours.membership_frames import (
    Claims,
    ClaimsWanted,
    Heal,
    MembershipFrame,
    Told,
    Verified,
    Verify,
)


class Recovery:
    """Contact, hearsay, healing and claims over links, each told what concerns it."""

    def __init__(
        self,
        contact: Contact,
        hearsay: Hearsay,
        inquests: Inquests,
        healing: Healing,
        flood: Flood,
        seeking: Seeking,
        claims: ClaimsByLink,
        mail: Mail,
        proof: Proof,
        prober: Prober,
        exchanges: Exchanges,
    ) -> None:
        self.contact = contact
        self.hearsay = hearsay
        self._inquests = inquests
        self._healing = healing
        self._flood = flood
        self._seeking = seeking
        self._claims = claims
        self._mail = mail
        self._proof = proof
        self._prober = prober
        self._exchanges = exchanges

    def timer_fired(self, key: object, now: float) -> list[Effect]:
        """Empty for the timers of others."""
        match key:
            case ProbeDue():
                return [*self.contact.due(now), *self._exchanges.catch_up(now)]
            case LookAgainDue():
                return self._flood.look_again(now)
            case SeekDue():
                return self._seeking.due()
            case InquestDue():
                return self._inquests.due(key, now)
            case MailDue():
                return self._mail.due()
            case ClaimsDue():
                return self._claims.due()
            case ProofDue():
                return self._proof.due(key, now)
            case VerdictDue():
                return self._proof.verdict_due(key, now)
            case _:
                return []

    def acked(self, seq_no: int, now: float) -> list[Effect] | None:
        """
        Not None when the ack is one that we wait for: somebody held dead has answered,
        or somebody who is said to be dead, or whose process may be gone.
        """
        tested = self._proof.acked(seq_no)
        if tested is not None:
            return tested
        if self._inquests.acked(seq_no):
            return [Count("inquests.answered")]
        found = self.contact.acked(seq_no)
        if isinstance(found, SendPacket):
            return [found]
        return self._healing.found(found, now) if found is not None else None

    def stalled(self) -> list[Effect]:
        """We did not run for a while: judge nobody by what we slept through."""
        return self._inquests.restart()

    def pinged(self, ping: Ping, source: Address, now: float) -> list[Effect]:
        """Who pings us is there, whatever we hold of it."""
        found = self.contact.heard_from(ping.source_node, source)
        if found is not None:
            return self._healing.found(found, now)
        return self._healing.elsewhere(Found(ping.source_node, source), now)

    def linked(self, event: LinkEvent, now: float) -> list[Effect]:
        """Something came to pass on a link."""
        match event:
            case LinkMade(peer):
                self._mail.linked(peer)
                self._proof.linked(peer)
                owed = self._flood.linked(peer, now)
                return [*owed, *self._claims.linked(peer, now)]
            case LinkLost(peer, meant):
                self._mail.unlinked(peer)
                return self._proof.unlinked(peer, meant)
            case FrameHeard(peer, frame):
                return self._framed(peer, frame, now)
            case _:
                return []

    def mailed(self, datagram: Datagram, now: float) -> list[Effect]:
        """Somebody without links says what links would carry."""
        match datagram:
            case Heal() if self._mail.may_believe(now):
                return self._flood.hear(None, datagram, now)
            case Claims():
                return self._claims.hear(None, datagram, now)
            case _:
                return []

    def stream_answered(
        self, stream: object, message: Message, now: float
    ) -> list[Effect]:
        """A stream brought an answer; not ours perhaps."""
        match stream:
            case HealStream():
                return self._healing.answered(stream, message, now)
            case ProofStream():
                return self._proof.stream_answered(stream)
            case _:
                return []

    def stream_failed(self, stream: Hashable, refused: bool) -> list[Effect]:
        """A stream brought none; not ours perhaps."""
        match stream:
            case HealStream():
                return self._healing.failed(stream)
            case ProofStream():
                return self._proof.stream_failed(stream, refused)
            case PingStream() if refused:
                name = self._prober.target_of(stream)
                return self._proof.refused(name) if name is not None else []
            case _:
                return []

    def go_on(self, effects: list[Effect], now: float) -> list[Effect]:
        """After each event, with its effects: what is new goes over links too."""
        healed: list[Effect] = []
        for effect in effects:
            match effect:
                case Notify(MemberChanged(member, Status.DEAD)) if _is_back(member):
                    self.hearsay.notice(member.name, now)
                    healed += self._healing.returned(member.name, now)
        return healed + self._claims.spread(now)

    def _framed(
        self, peer: AuthorKey, frame: MembershipFrame, now: float
    ) -> list[Effect]:
        match frame:
            case Heal():
                return self._flood.hear(peer, frame, now)
            case Claims():
                return self._claims.hear(peer, frame, now)
            case ClaimsWanted():
                return self._claims.asked(peer, frame)
            case Told():
                return self._claims.hear_told(peer, frame, now)
            case Verify():
                return self._proof.verify(peer, frame)
            case Verified():
                return self._proof.verified(peer, frame, now)


def _is_back(member: Member) -> bool:
    return member.status is Status.ALIVE
