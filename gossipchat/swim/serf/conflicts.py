"""
Two nodes of one name: whom do the others mean by it?

Everybody is asked (``_serf_conflict``), and answers with whom it holds for the name.
A node that most hold to be the other one has lost its name and ends, as in Serf; it
says so first, and it tells no goodbye, which would be about the other one. A tie
keeps both: ending both, as Serf does, serves nobody. Only members that we hold alive
have a vote, one each, given from their own address, so that nobody votes for others.
"""

from collections import Counter
from collections.abc import Callable

from gossipchat.effects import Notify
from gossipchat.errors import DecodeError, UsageError
from gossipchat.names import Address, NodeName
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.events import Effect, NameLost, QueryReply, Warned
from gossipchat.swim.membership.members import Entry, Members, Standing
from gossipchat.swim.membership.ourselves import Ourselves
from gossipchat.swim.serf.leaving import Leaving
from gossipchat.swim.serf.queries import Queries, query_timeout
from gossipchat.swim.serf.responses import Responses
from gossipchat.wire.serf.codec import decode_serf, encode_serf
from gossipchat.wire.serf.messages import ConflictMember, ConflictResponse, Query

CONFLICT = "_serf_conflict"

POLL_INTERVAL = 60.0
"""Seconds from one poll to the next, however often our name is claimed."""

STATUS_NUMBERS = {
    Standing.ALIVE: 1,
    Standing.LEAVING: 2,
    Standing.LEFT: 3,
    Standing.FAILED: 4,
}


class Conflicts:
    """Answers polls, and holds one when our own name is claimed elsewhere."""

    def __init__(
        self,
        config: SwimConfig,
        members: Members,
        ourselves: Ourselves,
        queries: Queries,
        responses: Responses,
        leaving: Leaving,
    ) -> None:
        self._config = config
        self._members = members
        self._ourselves = ourselves
        self._queries = queries
        self._responses = responses
        self._leaving = leaving
        self._last_poll: float | None = None

    def came(self, query: Query) -> list[Effect]:
        """Say whom we hold for the name asked about; of our own we are a party."""
        name = NodeName((query.payload or b"").decode(errors="surrogateescape"))
        if not name or name == self._members.us.name:
            return []
        entry = self._members.get(name)
        held = _described(entry) if entry is not None else None
        return self._responses.send(query, 0, encode_serf(ConflictResponse(held)))

    def go_on(self, now: float) -> list[Effect]:
        """Called after each event: our name may have been claimed."""
        rival, self._ourselves.rival = self._ourselves.rival, None
        if rival is None or self._ourselves.parting:
            return []
        if self._last_poll is not None and now - self._last_poll < POLL_INTERVAL:
            return []
        self._last_poll = now
        name = self._members.us.name.encode(errors="surrogateescape")
        poll = Poll(self._members, self._counted)
        timeout = query_timeout(self._config, len(self._members))
        try:
            return self._queries.ask(CONFLICT, name, timeout, poll, now)
        except UsageError:
            return []

    def _counted(self, votes: list[Address]) -> list[Effect]:
        us = self._members.us
        against = sum(address != us.address for address in votes)
        if 2 * against <= len(votes):
            return []
        counted = Counter(address for address in votes if address != us.address)
        who = max(counted, key=lambda held: (counted[held], held))
        what = (
            f"{against} of {len(votes)} members hold the node at {who} to be"
            f" {us.name}: give one of the two another name"
        )
        lost: list[Effect] = [Notify(Warned(us.name, what, "name"))]
        if self._config.yield_name:
            lost += [Notify(NameLost(who, what)), *self._leaving.vanish()]
        return lost


class Poll:
    """The answers to one poll: the address that each member holds for the name."""

    def __init__(
        self, members: Members, counted: Callable[[list[Address]], list[Effect]]
    ) -> None:
        self._members = members
        self._counted = counted
        self._votes: list[Address] = []

    def heard(self, reply: QueryReply, source: Address | None) -> list[Effect]:
        """See ``asking.Collector``."""
        voter = self._members.get(reply.sender)
        if reply.ack or voter is None or not voter.lives or voter.address != source:
            return []
        try:
            answer = decode_serf(reply.payload or b"")
        except DecodeError:
            return []
        if isinstance(answer, ConflictResponse) and answer.member is not None:
            self._votes.append(answer.member.address)
        return []

    @property
    def is_full(self) -> bool:
        """See ``asking.Collector``."""
        return False

    def silent(self) -> list[NodeName]:
        """See ``asking.Collector``."""
        return []

    def ended(self, acks: int, responses: int) -> list[Effect]:
        """See ``asking.Collector``."""
        return self._counted(self._votes)


def _described(entry: Entry) -> ConflictMember:
    return ConflictMember(
        entry.name,
        entry.address,
        entry.tags,
        STATUS_NUMBERS[entry.standing],
        entry.vsn,
    )
