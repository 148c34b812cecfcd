"""
How an answer reaches whoever asked: straight, and through others if they wish.
"""

from gossipchat.effects import Count
from gossipchat.errors import UsageError
from gossipchat.names import NodeName
from gossipchat.swim.events import Effect, SendPacket
from gossipchat.swim.membership.members import Entry, Members
from gossipchat.swim.membership.myself import Myself
from gossipchat.swim.serf.asking import Asking
from gossipchat.wire.memberlist.codec import encode
from gossipchat.wire.memberlist.messages import State, User
from gossipchat.wire.serf.codec import encode_serf
from gossipchat.wire.serf.messages import Query, QueryResponse, Relay

MAX_RESPONSE_BYTES = 1024
"""Serf's limit, a relay's wrapping included."""

MAX_RELAYS = 16
"""Whoever wants more relays than that would have us multiply packets for him."""

READS_RELAYS = 5
"""From this protocol version on, a member passes answers on."""


class Responses:
    """Sends our answers; those to our own queries go no further than this process."""

    def __init__(self, me: Myself, members: Members, asking: Asking) -> None:
        self._me = me
        self._members = members
        self._asking = asking

    def send(self, query: Query, flags: int, payload: bytes | None) -> list[Effect]:
        """Answer *query*; dropped and counted when it is longer than Serf takes."""
        response = QueryResponse(query.ltime, query.id, self._me.name, flags, payload)
        if self._asking.runs(query):
            return self._asking.hear(response, None)
        try:
            body = encode_serf(response)
        except UsageError:
            return [Count("dropped.response")]
        if len(body) > MAX_RESPONSE_BYTES:
            return [Count("dropped.response")]
        target = self._me.reached_at(query.source)
        straight = SendPacket(target, (encode(User(body)),))
        relayed = encode_serf(Relay(target, query.source_node, body))
        if len(relayed) > MAX_RESPONSE_BYTES:
            return [straight]
        packet = (encode(User(relayed)),)
        relays = self._relays(query.relay_factor, query.source_node)
        return [straight, *(SendPacket(relay.address, packet) for relay in relays)]

    def fits(self, query: Query, payload: bytes) -> bool:
        """Whether Serf takes *payload* as an answer to *query*."""
        response = QueryResponse(query.ltime, query.id, self._me.name, 0, payload)
        return len(encode_serf(response)) <= MAX_RESPONSE_BYTES

    def _relays(self, factor: int, asker: NodeName) -> list[Entry]:
        """None when there are too few members for all of them to be different."""

        def relays(entry: Entry) -> bool:
            knows_how = entry.vsn[1] >= READS_RELAYS
            return entry.state is State.ALIVE and knows_how and entry.name != asker

        if not factor or len(self._members) < factor + 1:
            return []
        return self._members.choose(min(factor, MAX_RELAYS), relays)
