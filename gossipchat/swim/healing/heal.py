"""
One-phase heal: after the first contact across a cut, both sides are one in a moment.

memberlist's rules work against that: an alive of equal incarnation is ignored, an
imported death turns the importer against its own side. Only a member itself can beat
a verdict everywhere, by raising its incarnation; so those of whom the two sides think
differently are told to, all at once:

1. Who is answered by one it held dead hands it the accusation, and says how it lives
   itself, under a raised incarnation.
2. One push/pull follows that lists only the living; its answer shows who differs.
3. Those are named in a HEAL that floods over links, on both sides, since a link to
   who answered is made meanwhile. Each one named raises its incarnation.
4. Their claims travel over links as well (``claims_by_link``).

Who is still held dead a moment later, because it has no links or lives in a third
part, is pinged by one of the living, lowest in hash(dead, living).
"""

from collections import deque
from dataclasses import dataclass
from hashlib import blake2b
from random import Random

from gossipchat.effects import Count, StartTimer
from gossipchat.names import AuthorKey, NodeName
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.detector.seq_nos import SeqNos
from gossipchat.swim.dissemination.merge import Merger
from gossipchat.swim.dissemination.queue import Broadcasts
from gossipchat.swim.events import (
    Effect,
    OpenStream,
    SendOverLinks,
    SendPacket,
    Status,
    WantLink,
)
from gossipchat.swim.healing.claims_by_link import ClaimsByLink
from gossipchat.swim.healing.contact import Contact, Found
from gossipchat.swim.membership.members import Entry, Members
from gossipchat.swim.membership.once import Once
from gossipchat.swim.membership.ourselves import Ourselves
from gossipchat.wire.codec import encode
from gossipchat.wire.membership_frames import MAX_NAMED, NONCE_BYTES, Heal
from gossipchat.wire.messages import Message, Ping, PushPull, State, Suspect

HEALING = 30.0
"""Seconds after a contact, or a HEAL, in which claims go over links too."""

PATIENCE = 1.0
"""Seconds from one greeting of the same member to the next, and from a HEAL of ours
to our next push/pull."""

ROUND = 5.0
"""Seconds in which *everyone* raises its incarnation but once."""

SEEK_AFTER = 0.3
"""Seconds from a HEAL until those who are still held dead are pinged,"""
SEEK_NEXT = 1.0
"""and from one batch of pings to the next,"""
MOST_SOUGHT = 20
"""of so many."""

LINK_WAITS = 10.0
"""Seconds for which a HEAL waits for the link to the other side."""


@dataclass(frozen=True, slots=True)
class SeekDue:
    """Timer: look for those who are still held dead after a HEAL."""


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
        contact: Contact,
        claims: ClaimsByLink,
        seq_nos: SeqNos,
        chance: Random,
    ) -> None:
        self._config = config
        self._members = members
        self._ourselves = ourselves
        self._broadcasts = broadcasts
        self._merger = merger
        self._contact = contact
        self._claims = claims
        self._seq_nos = seq_nos
        self._chance = chance
        self._greeted: dict[NodeName, float] = {}
        self._raised = float("-inf")
        self._serial = 0
        self._swapping: HealStream | None = None
        self._quiet_until = float("-inf")
        self._heard = Once()
        self._owed: dict[AuthorKey, tuple[Heal, float]] = {}
        self._to_seek: deque[Found] = deque()
        self._seeking = False

    # --- step 1: contact ----------------------------------------------------

    def found(self, found: Found, now: float) -> list[Effect]:
        """Somebody whom we hold dead is there."""
        if now - self._greeted.get(found.name, float("-inf")) < PATIENCE:
            return []
        self._note_greeting(found.name, now)
        self._enter(now)
        entry = self._members.get(found.name)
        if not self._config.heal:
            return [Count("contacts"), self._look(found)]
        effects: list[Effect] = [Count("contacts"), self._greet(found, entry, now)]
        if entry is not None and entry.key is not None:
            effects.append(WantLink(entry.key, found.address))
        return effects + self._swap(found, now)

    def _greet(self, found: Found, entry: Entry | None, now: float) -> SendPacket:
        """A ping, what we held of it, and how we live, in one packet."""
        us = self._members.us
        died = entry.changed if entry is not None else now
        if self._raised <= died:
            self._ourselves.raise_above(us.incarnation)
            self._raised = now
        ping = Ping(self._seq_nos.next(), found.name, us.address, us.name)
        parts = [encode(ping)]
        if entry is not None and entry.incarnation:
            parts.append(encode(Suspect(entry.incarnation, entry.name, us.name)))
        parts.append(self._ourselves.claim())
        return SendPacket(found.address, tuple(parts))

    # --- step 2: who differs ------------------------------------------------

    def _look(self, found: Found) -> OpenStream:
        self._serial += 1
        stream = HealStream(self._serial, found.name)
        self._swapping = stream
        state = self._merger.state(False, living=self._config.heal)
        return OpenStream(stream, found.address, state, self._config.tcp_timeout)

    def _swap(self, found: Found, now: float) -> list[Effect]:
        """One push/pull at a time: the HEAL that follows concerns all."""
        if self._swapping is not None or now < self._quiet_until:
            return []
        return [self._look(found)]

    def failed(self, stream: HealStream) -> list[Effect]:
        """It brought no answer."""
        if stream == self._swapping:
            self._swapping = None
        return []

    def answered(self, stream: HealStream, answer: Message, now: float) -> list[Effect]:
        """The other side has said what it holds, before it heard what we do."""
        self.failed(stream)
        if not isinstance(answer, PushPull):
            return [Count("exchanges.refused")]
        if self._merger.fault_of(answer) is not None:
            return [Count("dropped.versions")]
        named = self._differing(answer) if self._config.heal else {}
        effects = self._merger.merge(answer, now, healing=self._config.heal)
        if not named:
            return effects
        self._quiet_until = now + PATIENCE
        return effects + self._flood(stream.name, named, now)

    def _differing(self, answer: PushPull) -> dict[NodeName, int]:
        """Whom one side holds alive and the other does not, with the incarnation."""
        named: dict[NodeName, int] = {}
        listed = set()
        for node in answer.nodes:
            listed.add(node.name)
            entry = self._members.get(node.name)
            if entry is None or entry is self._members.us:
                continue
            gone = node.state is State.LEFT or entry.status is Status.LEFT
            ours, theirs = _is_alive(entry), node.state is State.ALIVE
            if not gone and ours != theirs:
                named[node.name] = max(node.incarnation, entry.incarnation)
        for entry in self._members.listed():
            missing = entry.name not in listed and entry is not self._members.us
            if missing and _is_alive(entry):
                named[entry.name] = entry.incarnation
        return named

    # --- step 3: the flood --------------------------------------------------

    def _flood(
        self, through: NodeName, named: dict[NodeName, int], now: float
    ) -> list[Effect]:
        """Tell our side, and the other as soon as there is a link to it."""
        nonce = self._chance.randbytes(NONCE_BYTES)
        everyone = len(named) > MAX_NAMED
        heal = Heal(nonce, () if everyone else tuple(named.items()), everyone)
        entry = self._members.get(through)
        if entry is not None and entry.key is not None:
            self._owed[entry.key] = heal, now
        return self._take(heal, None, now)

    def hear(self, peer: AuthorKey, heal: Heal, now: float) -> list[Effect]:
        """A cut is over, says somebody."""
        return self._take(heal, peer, now) if self._config.heal else []

    def linked(self, peer: AuthorKey, now: float) -> list[Effect]:
        """A link was made: what it missed is told over it."""
        heal, since = self._owed.pop(peer, (None, now))
        effects: list[Effect] = []
        if heal is not None and now - since < LINK_WAITS:
            effects.append(SendOverLinks(heal, (peer,)))
        if self._claims.is_open(now):
            effects += self._claims.tell_all(peer)
        return effects

    def _take(self, heal: Heal, source: AuthorKey | None, now: float) -> list[Effect]:
        if not self._heard.first(heal.nonce):
            return []
        self._enter(now)
        self._forget_owed(now)
        effects: list[Effect] = [Count("heals"), SendOverLinks(heal, but=source)]
        effects += self._raise_if_named(heal, now)
        if not self._seeking:
            self._seeking = True
            effects.append(StartTimer(SeekDue(), SEEK_AFTER))
        return effects

    def _raise_if_named(self, heal: Heal, now: float) -> list[Effect]:
        us = self._members.us
        if heal.everyone:
            if now - self._raised < ROUND:
                return self._claims.tell_us()
            self._raised = now
            self._ourselves.raise_above(us.incarnation)
            return []
        for name, incarnation in heal.named:
            if name != us.name:
                continue
            if incarnation < us.incarnation:
                return self._claims.tell_us()
            self._raised = now
            self._ourselves.raise_above(incarnation)
        return []

    # --- the rest -----------------------------------------------------------

    def seek_due(self) -> list[Effect]:
        """Ping those who are still held dead and are ours to look for."""
        self._seeking = False
        if not self._to_seek:
            ours = [entry for entry in self._contact.dead() if self._is_ours(entry)]
            self._to_seek.extend(Found(entry.name, entry.address) for entry in ours)
        effects: list[Effect] = []
        while self._to_seek and len(effects) < MOST_SOUGHT:
            effects.append(self._contact.ping(self._to_seek.popleft()))
        if self._to_seek:
            self._seeking = True
            effects.append(StartTimer(SeekDue(), SEEK_NEXT))
        return effects

    def _is_ours(self, dead: Entry) -> bool:
        """Whether we are lowest in hash(dead, living) among tagged members."""
        us = self._members.us
        mine = _rank(dead.name, us.name)
        return all(
            _rank(dead.name, entry.name) >= mine
            for entry in self._members.listed()
            if entry.state is State.ALIVE and entry.key is not None
        )

    def _enter(self, now: float) -> None:
        """A cut is over: verdicts that still wait to be told are of no worth."""
        self._claims.open_for(HEALING, now)
        if self._config.heal:
            self._broadcasts.drop_accusations()

    def _note_greeting(self, name: NodeName, now: float) -> None:
        self._greeted.pop(name, None)
        while len(self._greeted) >= self._config.max_members:
            del self._greeted[next(iter(self._greeted))]
        self._greeted[name] = now

    def _forget_owed(self, now: float) -> None:
        for key, (_, since) in list(self._owed.items()):
            if now - since >= LINK_WAITS:
                del self._owed[key]


def _is_alive(entry: Entry) -> bool:
    return entry.listed and entry.state is State.ALIVE


def _rank(dead: NodeName, living: NodeName) -> bytes:
    both = f"{dead}\0{living}".encode(errors="surrogateescape")
    return blake2b(both, digest_size=8).digest()
