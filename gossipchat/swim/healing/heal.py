"""
One-phase heal: after the first contact across a cut, both sides are one in a moment.

memberlist's rules work against that: an alive of equal incarnation is ignored, an
imported death turns the importer against its own side. Only a member itself can beat
a verdict everywhere, by raising its incarnation; so those of whom the two sides think
differently are told to, all at once:

1. Who is answered by one it held dead hands it the accusation, and says how it lives
   itself, under a raised incarnation.
2. One push/pull follows that lists only the living; its answer shows who differs.
3. Those are named in a HEAL that floods over links (``flood``), on both sides, since a
   link to who answered is made meanwhile. Each one named raises its incarnation.
4. Their claims travel over links as well (``claims_by_link``).

Who is still held dead a moment later, because it has no links or lives in a third
part, is pinged by one of the living (``seeking``).
"""

from dataclasses import dataclass

from gossipchat.effects import Count
from gossipchat.names import NodeName
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.detector.seq_nos import SeqNos
from gossipchat.swim.dissemination.merge import Merger
from gossipchat.swim.dissemination.queue import Broadcasts
from gossipchat.swim.events import Effect, OpenStream, SendPacket, Status, WantLink
from gossipchat.swim.healing.contact import Found
from gossipchat.swim.healing.flood import Flood
from gossipchat.swim.healing.reprieve import Reprieve
from gossipchat.swim.healing.seeking import Seeking
from gossipchat.swim.membership.claims import MAX_LEAP
from gossipchat.swim.membership.members import Entry, Members
from gossipchat.swim.membership.once import Spaced
from gossipchat.swim.membership.ourselves import Ourselves
from gossipchat.wire.memberlist.codec import encode
from gossipchat.wire.memberlist.messages import (
    Message,
    NodeState,
    Ping,
    PushPull,
    State,
    Suspect,
)

GREETS_AGAIN = 1.0
"""Seconds from one greeting of the same member to the next, and from one accusation of
who pings from elsewhere."""

MOST_WAITING = 8
"""Members that wait for a push/pull after the one that is under way."""


@dataclass(frozen=True, slots=True)
class HealStream:
    """Stream: the push/pull with *name*, from beyond a cut."""

    serial: int
    name: NodeName


class Healing:
    """What contact with the dead leads to."""

    def __init__(
        self,
        config: SwimConfig,
        members: Members,
        ourselves: Ourselves,
        broadcasts: Broadcasts,
        merger: Merger,
        seq_nos: SeqNos,
        reprieve: Reprieve,
        seeking: Seeking,
        flood: Flood,
    ) -> None:
        self._config = config
        self._members = members
        self._ourselves = ourselves
        self._broadcasts = broadcasts
        self._merger = merger
        self._seq_nos = seq_nos
        self._reprieve = reprieve
        self._seeking = seeking
        self._flood = flood
        self._greets = Spaced(GREETS_AGAIN, config.max_members)
        self._accuses = Spaced(GREETS_AGAIN, config.max_members)
        self._serial = 0
        self._swapping: HealStream | None = None
        self._waiting: dict[NodeName, Found] = {}

    # --- step 1: contact ----------------------------------------------------

    def found(self, found: Found, now: float) -> list[Effect]:
        """Somebody whom we hold dead is there."""
        if not self._greets.allows(found, now):
            return []
        effects: list[Effect] = [Count("contacts"), *self._reprieve.grant(now)]
        entry = self._members.get(found.name)
        if not self._config.heal:
            return [*effects, self._look(found)]
        effects += self._greet(found, entry, now)
        if entry is not None and entry.key is not None:
            effects.append(WantLink(entry.key, found.address))
        return effects + self._swap(found, now)

    def elsewhere(self, found: Found, now: float) -> list[Effect]:
        """
        Somebody who calls itself by a name that we hold dead pings from another address
        than that member's.

        If it is the one, it says how it lives when it hears of what it is accused, and
        may prove that it has moved. memberlist waits for the next push/pull.
        """
        entry = self._members.get(found.name)
        if not self._config.heal or entry is None or entry.status is not Status.DEAD:
            return []
        if entry.key is None or not self._accuses.allows(found.name, now):
            return []
        us = self._members.us
        accusation = Suspect(entry.incarnation, entry.name, us.name)
        return [SendPacket(found.address, (encode(accusation),))]

    def _greet(self, found: Found, entry: Entry | None, now: float) -> list[Effect]:
        """
        A ping, what we held of it, and how we live, in one packet; names and tags of
        the greatest length need two.
        """
        us = self._members.us
        died = entry.changed if entry is not None else now
        self._flood.raise_once(died, now)
        ping = Ping(self._seq_nos.next(), found.name, us.address, us.name)
        parts = [encode(ping)]
        if entry is not None and entry.incarnation:
            parts.append(encode(Suspect(entry.incarnation, entry.name, us.name)))
        claim = self._ourselves.claim()
        if self._broadcasts.fit([*parts, claim]):
            return [SendPacket(found.address, (*parts, claim))]
        first = SendPacket(found.address, (claim,))
        return [first, SendPacket(found.address, tuple(parts))]

    # --- step 2: who differs ------------------------------------------------

    def _look(self, found: Found) -> OpenStream:
        self._serial += 1
        stream = HealStream(self._serial, found.name)
        self._swapping = stream
        state = self._merger.state(False, living=self._config.heal)
        return OpenStream(stream, found.address, state, self._config.tcp_timeout)

    def _swap(self, found: Found, now: float) -> list[Effect]:
        """One push/pull at a time: the HEAL that follows concerns all."""
        if self._flood.is_quiet(now):
            return []
        if self._swapping is None:
            return [self._look(found)]
        if len(self._waiting) < MOST_WAITING:
            self._waiting[found.name] = found
        return []

    def failed(self, stream: HealStream) -> list[Effect]:
        """It brought no answer: on to the next."""
        if stream != self._swapping:
            return []
        self._swapping = None
        if not self._waiting:
            return []
        return [self._look(self._waiting.pop(next(iter(self._waiting))))]

    def returned(self, name: NodeName, now: float) -> list[Effect]:
        """
        *name* came back from the dead by its own word: one of us looks what it and
        we think of each other, as after a contact.
        """
        entry = self._members.get(name)
        if not self._config.heal or entry is None or self._flood.is_quiet(now):
            return []
        if entry.key is None or not self._seeking.is_ours(entry):
            return []
        return [
            *self._reprieve.grant(now),
            WantLink(entry.key, entry.address),
            *self._swap(Found(name, entry.address), now),
        ]

    def answered(self, stream: HealStream, answer: Message, now: float) -> list[Effect]:
        """The other side has said what it holds, before it heard what we do."""
        effects = self.failed(stream)
        if not isinstance(answer, PushPull):
            return [*effects, Count("exchanges.refused")]
        if self._merger.fault_of(answer) is not None:
            return [*effects, Count("dropped.versions")]
        named = self._differing(answer) if self._config.heal else {}
        effects += self._merger.merge(answer, now, healing=self._config.heal)
        return effects + self._flood.tell(stream.name, named, now)

    def _differing(self, answer: PushPull) -> dict[NodeName, int]:
        """
        Whom one side holds alive and the other does not, with the incarnation to beat:
        the other's. Who has beaten it need only say so again.
        """
        named: dict[NodeName, int] = {}
        listed = set()
        for node in answer.nodes:
            listed.add(node.name)
            entry = self._members.get(node.name)
            if entry is None or entry is self._members.us:
                continue
            gone = node.state is State.LEFT or entry.status is Status.LEFT
            ours, theirs = _is_alive(entry), node.state is State.ALIVE
            if not gone and ours != theirs and not _leaps(node, entry):
                named[node.name] = (node if ours else entry).incarnation
        for entry in self._members.listed():
            missing = entry.name not in listed and entry is not self._members.us
            if missing and _is_alive(entry):
                named[entry.name] = entry.incarnation
        return named


def _leaps(node: NodeState, entry: Entry) -> bool:
    """No member would answer to that: it would spoil what others say of it."""
    return node.incarnation > entry.incarnation + MAX_LEAP


def _is_alive(entry: Entry) -> bool:
    return entry.listed and entry.state is State.ALIVE
