"""
The small machines of swim, and which of them knows which: a list read downwards.
"""

from collections.abc import Mapping
from random import Random

from gossipchat.names import AuthorKey, NodeName
from gossipchat.swim.admission import Admission
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.delegate import Delegate
from gossipchat.swim.dissemination import Broadcasts
from gossipchat.swim.exchange import Exchanges
from gossipchat.swim.gossip import Gossip
from gossipchat.swim.health import Health
from gossipchat.swim.identity import Identities
from gossipchat.swim.intents import Intents
from gossipchat.swim.lamport import LamportClock
from gossipchat.swim.leaving import Leaving
from gossipchat.swim.lost import Lost
from gossipchat.swim.members import Entry, Members, Standing
from gossipchat.swim.membership import Membership
from gossipchat.swim.merge import Merger
from gossipchat.swim.myself import Myself
from gossipchat.swim.once import Once
from gossipchat.swim.ourselves import Ourselves
from gossipchat.swim.prober import Prober
from gossipchat.swim.queries import Queries
from gossipchat.swim.recent import RecentIntents
from gossipchat.swim.relay import Relays
from gossipchat.swim.seq_nos import SeqNos
from gossipchat.swim.user_events import UserEvents
from gossipchat.wire.messages import OUR_VSN, State
from gossipchat.wire.serf_codec import encode_tags


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
        us = entry_of(me)
        once, seq_nos = Once(), SeqNos()
        self.members = Members(us, chance)
        self.identities = Identities(config, label, pins)
        self.health = Health(config.max_awareness)
        self.broadcasts = Broadcasts(config, self.members, budget)
        self.gossip = Gossip(config, self.members, self.broadcasts, chance)
        self.ourselves = Ourselves(
            us, self.broadcasts, self.health, self.identities, once
        )
        admission = Admission(config, self.members, self.identities, once)
        self.recent = RecentIntents(config)
        self.membership = Membership(
            me,
            config,
            self.members,
            self.broadcasts,
            self.ourselves,
            admission,
            self.identities,
            self.recent,
        )
        self.prober = Prober(
            config,
            self.members,
            self.membership,
            self.broadcasts,
            self.health,
            seq_nos,
            once,
        )
        self.relays = Relays(me, config, self.broadcasts, seq_nos)
        clock = LamportClock("clock", me.clock)
        event_clock = LamportClock("event-clock", me.event_clock)
        query_clock = LamportClock("query-clock", me.query_clock)
        self.clocks = (clock, event_clock, query_clock)
        self.intents = Intents(
            config, self.members, self.membership, self.recent, self.broadcasts, clock
        )
        self.delegate = Delegate(
            self.members,
            self.intents,
            UserEvents(config, self.broadcasts, event_clock),
            Queries(me, self.members, self.broadcasts, query_clock),
        )
        merger = Merger(self.members, self.membership, admission, self.delegate)
        self.exchanges = Exchanges(
            config, self.members, merger, self.intents, chance, once
        )
        self.lost = Lost(
            config,
            self.members,
            self.membership,
            self.exchanges,
            self.identities,
            chance,
        )
        self.leaving = Leaving(
            config, self.members, self.broadcasts, self.intents, self.ourselves
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
