"""
The small machines of swim, and which of them knows which: a list read downwards.
(Serf's have their own list, ``serf``.)
"""

from collections.abc import Mapping
from random import Random

from gossipchat.names import AuthorKey, NodeName
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.detector.court import Court
from gossipchat.swim.detector.detector import Detector
from gossipchat.swim.detector.diagnosis import Diagnosis
from gossipchat.swim.detector.health import Health
from gossipchat.swim.detector.pathways import Pathways
from gossipchat.swim.detector.prober import Prober
from gossipchat.swim.detector.proof import Proof
from gossipchat.swim.detector.relay import Relays
from gossipchat.swim.detector.rhythm import Rhythm
from gossipchat.swim.detector.seq_nos import SeqNos
from gossipchat.swim.detector.solitude import Solitude
from gossipchat.swim.dissemination.exchange import Exchanges
from gossipchat.swim.dissemination.gossip import Gossip
from gossipchat.swim.dissemination.merge import Merger
from gossipchat.swim.dissemination.queue import Broadcasts
from gossipchat.swim.dissemination.views import Views
from gossipchat.swim.healing.claims_by_link import ClaimsByLink
from gossipchat.swim.healing.contact import Contact
from gossipchat.swim.healing.flood import Flood
from gossipchat.swim.healing.heal import Healing
from gossipchat.swim.healing.hearsay import Hearsay
from gossipchat.swim.healing.inquest import Inquests
from gossipchat.swim.healing.mail import Mail
from gossipchat.swim.healing.recovery import Recovery
from gossipchat.swim.healing.reprieve import Reprieve
from gossipchat.swim.healing.seeking import Seeking
from gossipchat.swim.membership.admission import Admission
from gossipchat.swim.membership.identity import Identities
from gossipchat.swim.membership.judging import Membership
from gossipchat.swim.membership.lost import Lost
from gossipchat.swim.membership.members import Entry, Members, Standing
from gossipchat.swim.membership.myself import Myself
from gossipchat.swim.membership.once import Once
from gossipchat.swim.membership.ourselves import Ourselves
from gossipchat.swim.membership.suspects import Suspects
from gossipchat.swim.portions import Portions
from gossipchat.swim.serf.coordinates import Coordinates
from gossipchat.swim.serf.intents import Intents
from gossipchat.swim.serf.lamport import LamportClock
from gossipchat.swim.serf.leaving import Leaving
from gossipchat.swim.serf.parts import Serf
from gossipchat.swim.serf.recent import RecentIntents
from gossipchat.wire.memberlist.messages import OUR_VSN, State
from gossipchat.wire.serf.codec import encode_tags


class Parts:
    """
    All of them, made once. Nothing is decided here.

    Raises UsageError when the tags don't fit.
    """

    def __init__(
        self,
        me: Myself,
        config: SwimConfig,
        chance: Random,
        pins: Mapping[NodeName, AuthorKey],
        label: bytes,
        budget: int,
    ) -> None:
        self._me, self._config, self._chance = me, config, chance
        self._once = Once()
        self.portions = Portions()
        self._seq_nos = SeqNos()
        self.members = Members(entry_of(me), chance)
        self.identities = Identities(config, label, pins)
        self.health = Health(config.max_awareness)
        self.broadcasts = Broadcasts(config, self.members, budget)
        self.gossip = Gossip(config, self.members, self.broadcasts, chance)
        self.recent = RecentIntents(config)
        self._make_membership()
        self._make_detector()
        self._make_serf()
        self._make_exchanges()
        self._make_healing()
        self._make_recovery()

    def _make_membership(self) -> None:
        self.ourselves = Ourselves(
            self.members.us, self.broadcasts, self.health, self.identities, self._once
        )
        self._admission = Admission(
            self._config, self.members, self.identities, self._once
        )
        self.membership = Membership(
            self._me,
            self._config,
            self.members,
            self.broadcasts,
            self.ourselves,
            self._admission,
            self.identities,
            self.recent,
            Suspects(self._config, self.members),
        )
        self._pathways = Pathways(self._config)
        self._inquests = Inquests(
            self._config,
            self.members,
            self.membership,
            self._seq_nos,
            self._pathways,
        )
        self._hearsay = Hearsay(
            self._config,
            self.members,
            self.membership,
            self._seq_nos,
            self._inquests,
        )

    def _make_detector(self) -> None:
        seq_nos, pathways = self._seq_nos, self._pathways
        self.coordinates = Coordinates(self._chance)
        self.diagnosis = Diagnosis(self.members)
        solitude = Solitude(
            self._config,
            self.members,
            self.membership,
            self.ourselves,
            seq_nos,
            self._chance,
            self.portions,
        )
        self.prober = Prober(
            self._config,
            self.members,
            self.membership,
            self.broadcasts,
            self.health,
            seq_nos,
            self.diagnosis,
            self.coordinates,
            pathways,
            solitude,
        )
        self.relays = Relays(
            self._me, self._config, self.members, self.broadcasts, seq_nos, pathways
        )
        court = Court(
            self._config, self.members, self.membership, pathways, seq_nos, solitude
        )
        rhythm = Rhythm(self._config, self.members, self.prober)
        self.detector = Detector(self.prober, rhythm, self.relays, court, solitude)

    def _make_serf(self) -> None:
        self.intents = Intents(
            self._config,
            self.members,
            self.membership,
            self.recent,
            self.broadcasts,
            LamportClock("clock", self._me.clock),
        )
        self.leaving = Leaving(
            self._config, self.members, self.broadcasts, self.intents, self.ourselves
        )
        self.serf = Serf(
            self._me,
            self._config,
            self.members,
            self.broadcasts,
            self.ourselves,
            self.intents,
            self.leaving,
            self.coordinates,
            self._chance,
        )

    def _make_exchanges(self) -> None:
        event_clock = self.serf.events.clock
        self.views = Views(
            self._config, self.members, self.broadcasts, lambda: event_clock.value
        )
        self._merger = merger = Merger(
            self.members,
            self.membership,
            self._admission,
            self.serf.delegate,
            self._hearsay,
            self.portions,
        )
        self._contact = Contact(self._config, self.members, self._seq_nos, self._chance)
        self.exchanges = Exchanges(
            self._config,
            self.members,
            merger,
            self.intents,
            self._chance,
            self._once,
            self.views,
        )
        self.lost = Lost(
            self._config,
            self.members,
            self.membership,
            self.exchanges,
            self.identities,
            self._contact,
            self._chance,
        )

    def _make_healing(self) -> None:
        self._proof = Proof(
            self._config,
            self.members,
            self.membership,
            self._hearsay,
            self._seq_nos,
            self._chance,
        )
        self._mail = Mail(self._config, self.members, self.broadcasts, self._chance)
        self._claims = ClaimsByLink(
            self._config,
            self.members,
            self.membership,
            self.broadcasts,
            self._proof,
            self._mail,
        )
        self._seeking = Seeking(self.members, self._contact)
        self._reprieve = Reprieve(
            self._config,
            self.members,
            self.membership.suspects,
            self.broadcasts,
            self._claims,
            self._seq_nos,
        )

    def _make_recovery(self) -> None:
        flood = Flood(
            self._config,
            self.members,
            self.ourselves,
            self._reprieve,
            self._claims,
            self._mail,
            self._seeking,
            self._chance,
        )
        healing = Healing(
            self._config,
            self.members,
            self.ourselves,
            self.broadcasts,
            self._merger,
            self._seq_nos,
            self._reprieve,
            self._seeking,
            flood,
        )
        self.recovery = Recovery(
            self._contact,
            self._hearsay,
            self._inquests,
            healing,
            flood,
            self._seeking,
            self._claims,
            self._mail,
            self._proof,
            self.prober,
            self.exchanges,
        )


def entry_of(me: Myself) -> Entry:
    """This node as a member among members."""
    return Entry(
        me.name,
        me.address,
        meta=encode_tags(me.tags),
        vsn=OUR_VSN,
        incarnation=me.incarnation,
        state=State.ALIVE,
        tags=dict(me.tags),
        key=me.key,
        standing=Standing.ALIVE,
    )
