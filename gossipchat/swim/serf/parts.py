"""
The small machines of Serf's layer, and which of them knows which: read downwards.
"""

from random import Random

from gossipchat.swim.config import SwimConfig
from gossipchat.swim.dissemination.queue import Broadcasts
from gossipchat.swim.membership.members import Members
from gossipchat.swim.membership.myself import Myself
from gossipchat.swim.membership.ourselves import Ourselves
from gossipchat.swim.serf.asking import Asking
from gossipchat.swim.serf.conflicts import CONFLICT, Conflicts
from gossipchat.swim.serf.coordinates import Coordinates
from gossipchat.swim.serf.delegate import Delegate
from gossipchat.swim.serf.intents import Intents
from gossipchat.swim.serf.key_queries import OPERATION_OF, KeyQueries
from gossipchat.swim.serf.lamport import LamportClock
from gossipchat.swim.serf.leaving import Leaving
from gossipchat.swim.serf.queries import Queries
from gossipchat.swim.serf.requests import Requests
from gossipchat.swim.serf.responses import Responses
from gossipchat.swim.serf.user_events import UserEvents


class Serf:
    """What Serf adds to membership: events, queries, keys, and requests for them."""

    def __init__(
        self,
        me: Myself,
        config: SwimConfig,
        members: Members,
        broadcasts: Broadcasts,
        ourselves: Ourselves,
        intents: Intents,
        leaving: Leaving,
        coordinates: Coordinates,
        chance: Random,
    ) -> None:
        event_clock = LamportClock("event-clock", me.event_clock)
        query_clock = LamportClock("query-clock", me.query_clock)
        self.clocks = (intents.clock, event_clock, query_clock)
        self.events = UserEvents(config, broadcasts, event_clock, me.event_heard)
        self.asking = Asking(config, members)
        responses = Responses(me, members, self.asking)
        queries = Queries(
            me, members, broadcasts, query_clock, self.asking, responses, chance
        )
        keys = KeyQueries(responses)
        self.conflicts = Conflicts(
            config, members, ourselves, queries, responses, leaving
        )
        queries.answer_with(CONFLICT, self.conflicts.came)
        for query in OPERATION_OF:
            queries.answer_with(query, keys.came)
        self.requests = Requests(
            config, members, ourselves, self.events, queries, keys, coordinates
        )
        self.delegate = Delegate(members, intents, self.events, queries, self.asking)
