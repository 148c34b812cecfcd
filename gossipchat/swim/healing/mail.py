"""
A heal without links: what they would carry goes by datagram, to a few at a time.

A member that has no link (yet) would hear of the end of a cut, and of those who say
that they live, by gossip alone, which carries five of their claims in a packet. In
brief forty fit. Only tagged members understand it; to others it is an ack that they
do not wait for.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random

from gossipchat.effects import StartTimer
from gossipchat.names import AuthorKey, NodeName
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.dissemination.queue import Broadcasts
from gossipchat.swim.events import Effect, SendPacket
from gossipchat.swim.healing.brief import brief
from gossipchat.swim.membership.members import Entry, Members
from gossipchat.swim.membership.once import Rate
from gossipchat.wire.memberlist.codec import encode
from gossipchat.wire.memberlist.messages import State
from gossipchat.wire.ours.datagram_codec import MAX_OWN_BYTES
from gossipchat.wire.ours.datagrams import Datagram, Own
from gossipchat.wire.ours.membership_frames import Brief, Claims, Heal

TICKS = 2
"""In a gossip interval, so often some are told."""

ROOM = MAX_OWN_BYTES - 64
"""Bytes that a datagram leaves for its rows."""
ROW_BYTES = 20
"""Of a row at most, beside its name."""

HEAL_SENDS = 9
"""How often a HEAL is passed on, beside to whom it is sent at once."""
MOST_HEALS = 16
"""HEALs that are passed on at a time: the older ones have been told most."""
HEALS_A_SECOND = 8
"""Of so many that come without a link something is believed: anyone with the cluster's
key may say one, and each is passed on by all."""


@dataclass(frozen=True, slots=True)
class MailDue:
    """Timer: tell some more."""


class Mail:
    """What is still to be told, and how often it was; nothing while there is a link."""

    def __init__(
        self,
        config: SwimConfig,
        members: Members,
        broadcasts: Broadcasts,
        chance: Random,
    ) -> None:
        self._config = config
        self._members = members
        self._broadcasts = broadcasts
        self._chance = chance
        self._links: dict[AuthorKey, None] = {}
        self._sends: dict[NodeName, int] = {}
        self._heals: dict[Heal, int] = {}
        self._ticking = False
        self._believed = Rate(HEALS_A_SECOND)

    def linked(self, peer: AuthorKey) -> None:
        """There is a link: it carries all of this."""
        self._links[peer] = None

    def unlinked(self, peer: AuthorKey) -> None:
        """It ended."""
        self._links.pop(peer, None)

    def pass_on(self, heal: Heal, throughs: Sequence[Entry]) -> list[Effect]:
        """
        *heal* is new here: to a few at once, to some more later. *throughs*: who are to
        tell it on other sides.
        """
        if self._links or not self._config.claims_by_link:
            return []
        if not _fits(name for name, _ in heal.named):
            heal = Heal(heal.nonce, (), everyone=True)
        while len(self._heals) >= MOST_HEALS:
            del self._heals[next(iter(self._heals))]
        self._heals[heal] = 0
        told = [one for one in throughs if one.key is not None]
        told += [one for one in self._listeners() if one not in told]
        return [*(self._send(entry, heal) for entry in told), *self._wake()]

    def may_believe(self, now: float) -> bool:
        """Whether one more HEAL without a link is not too many."""
        return self._believed.allows(now)

    def tell(self, entries: Iterable[Entry]) -> list[Effect]:
        """What is new of *entries*: that they live."""
        if self._links:
            return []
        living = [entry.name for entry in entries if entry.state is State.ALIVE]
        self._sends.update(dict.fromkeys(living, 0))
        return self._wake() if living else []

    def due(self) -> list[Effect]:
        """A few more are told."""
        self._ticking = False
        if self._links:
            self._sends.clear()
            self._heals.clear()
        effects: list[Effect] = []
        for listener in self._listeners():
            effects += [self._send(listener, heal) for heal in self._next_heals()]
            briefs = self._next_briefs()
            if briefs:
                effects.append(self._send(listener, Claims(briefs)))
        return [*effects, *self._wake()] if effects else []

    def _wake(self) -> list[Effect]:
        if self._ticking or not (self._sends or self._heals):
            return []
        self._ticking = True
        return [StartTimer(MailDue(), self._config.gossip_interval / TICKS)]

    def _next_heals(self) -> list[Heal]:
        heals = list(self._heals)
        self._heals = {
            heal: sends + 1
            for heal, sends in self._heals.items()
            if sends + 1 < HEAL_SENDS
        }
        return heals

    def _next_briefs(self) -> tuple[Brief, ...]:
        """As many as fit, those first that were told least."""
        quota, room = self._broadcasts.quota, ROOM
        briefs: list[Brief] = []
        for name in sorted(self._sends, key=self._sends.__getitem__):
            entry = self._members.get(name)
            if entry is None or entry.state is not State.ALIVE:
                del self._sends[name]
                continue
            room -= _row_bytes(name)
            if room < 0:
                break
            briefs.append(brief(entry))
            self._sends[name] += 1
            if self._sends[name] >= quota:
                del self._sends[name]
        return tuple(briefs)

    def _listeners(self) -> list[Entry]:
        """Tagged ones; who is held dead here may be on the other side."""
        return self._members.choose(
            self._config.gossip_nodes,
            lambda entry: entry.key is not None and entry.state is not State.LEFT,
        )

    def _send(self, to: Entry, datagram: Datagram) -> SendPacket:
        us = self._members.us.key or AuthorKey(bytes(32))
        return SendPacket(to.address, (encode(Own(us, datagram)),))


def _row_bytes(name: NodeName) -> int:
    return ROW_BYTES + len(name.encode(errors="surrogateescape"))


def _fits(names: Iterable[NodeName]) -> bool:
    return sum(map(_row_bytes, names)) <= ROOM
