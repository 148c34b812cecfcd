"""
The dead are still contacted: beyond a cut they may live.

Each period a node pings, with probability tries / (members alive), one that it holds
dead, so that all who hold each other alive make about that many tries together. A
ping alone that names nobody (20 bytes at most, however long names are: its ack goes to
where it came from). Who answers is asked by name, for another one may live there now;
what else has to be said waits for that answer. Most of the dead are dead.
"""

from dataclasses import dataclass
from heapq import nlargest
from random import Random

from gossipchat.names import Address, NodeName
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.detector.seq_nos import SeqNos
from gossipchat.swim.events import Effect, SendPacket, Status
from gossipchat.swim.membership.members import Entry, Members
from gossipchat.wire.memberlist.codec import encode
from gossipchat.wire.memberlist.messages import NO_NAME, Ping

NEWLY_DEAD = 16
"""Every second try goes to one of so many who died last."""

MAX_ASKED = 256
"""Pings to the dead whose acks are still waited for."""


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody held dead has answered."""

    name: NodeName
    address: Address


@dataclass(frozen=True, slots=True)
class Asked:
    """A ping to *whom*, who is held dead."""

    whom: Found
    by_name: bool
    """Whether nobody else there would have answered it."""


class Contact:
    """Tries the dead, those that are listed and those that only we remember."""

    def __init__(
        self, config: SwimConfig, members: Members, seq_nos: SeqNos, chance: Random
    ) -> None:
        self._config = config
        self._members = members
        self._seq_nos = seq_nos
        self._chance = chance
        self._asked: dict[int, Asked] = {}
        self._acquaintances: dict[NodeName, tuple[Address, float]] = {}

    # --- who is remembered --------------------------------------------------

    def remember(self, entry: Entry) -> None:
        """*entry*, dead for long, is listed no more; it may be there all the same."""
        if entry.status is not Status.DEAD:
            return
        while len(self._acquaintances) >= self._config.max_members:
            del self._acquaintances[next(iter(self._acquaintances))]
        self._acquaintances[entry.name] = (entry.address, entry.changed)

    def forget(self, name: NodeName) -> None:
        """Nobody looks for *name* any more."""
        self._acquaintances.pop(name, None)

    # --- tries --------------------------------------------------------------

    def due(self, now: float) -> list[Effect]:
        """A period is over."""
        if not self._config.contact_tries:
            return []
        drawn = self._chance.random()
        if self._more_live_than(self._config.contact_tries / max(drawn, 1e-9)):
            return []
        chosen = self._choose(now)
        return [self.ping(chosen, by_name=False)] if chosen is not None else []

    def _more_live_than(self, most: float) -> bool:
        """Whether so many are held alive, or more; stops counting when they are."""
        living = 0
        for entry in self._members:
            living += entry.lives
            if living >= max(most, 1):
                return True
        return False

    def ping(self, whom: Found, by_name: bool = True) -> SendPacket:
        """Ask *whom*, held dead, for a sign of life; or whoever is there."""
        seq = self._seq_nos.next()
        while len(self._asked) >= MAX_ASKED:
            del self._asked[next(iter(self._asked))]
        self._asked[seq] = Asked(whom, by_name)
        ping = Ping(seq, whom.name if by_name else NO_NAME)
        return SendPacket(whom.address, (encode(ping),))

    def acked(self, seq: int) -> Found | SendPacket | None:
        """
        Whose ack that is, if we wait for it and still hold them dead; or the question
        whether it is them.
        """
        asked = self._asked.pop(seq, None)
        if asked is None or not self._is_lost(asked.whom.name):
            return None
        return asked.whom if asked.by_name else self.ping(asked.whom)

    def heard_from(self, name: NodeName, source: Address) -> Found | None:
        """
        A ping names *name* as its sender: that is contact too, if we hold it dead.
        """
        if not self._config.contact_tries:
            return None
        entry = self._members.get(name)
        if entry is None or entry.status is not Status.DEAD:
            return None
        return Found(name, entry.address) if entry.address == source else None

    def dead(self) -> list[Entry]:
        """
        Whom we hold dead, in the order they came; but not who was where we are now:
        only we would answer.
        """
        here = self._members.us.address
        return [
            entry
            for entry in self._members
            if entry.status is Status.DEAD and entry.address != here
        ]

    def _is_lost(self, name: NodeName) -> bool:
        entry = self._members.get(name)
        return entry is None or entry.status is Status.DEAD

    def _choose(self, now: float) -> Found | None:
        self._drop_old(now)
        dead = self.dead()
        if dead and self._chance.random() < 0.5:
            newest = nlargest(NEWLY_DEAD, dead, key=lambda entry: entry.changed)
            entry = self._chance.choice(newest)
            return Found(entry.name, entry.address)
        all_lost = [Found(entry.name, entry.address) for entry in dead]
        all_lost += [
            Found(name, address)
            for name, (address, _) in self._acquaintances.items()
            if self._members.get(name) is None and address != self._members.us.address
        ]
        return self._chance.choice(all_lost) if all_lost else None

    def _drop_old(self, now: float) -> None:
        oldest = now - self._config.contact_memory
        for name, (_, since) in list(self._acquaintances.items()):
            if since < oldest:
                self.forget(name)
