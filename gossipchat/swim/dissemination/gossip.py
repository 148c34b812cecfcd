"""
Gossip: a few members a tick are told what is new. No ticks while nothing is.
"""

from dataclasses import dataclass
from random import Random

from gossipchat.effects import StartTimer
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.dissemination.queue import Broadcasts
from gossipchat.swim.events import Effect, SendPacket
from gossipchat.swim.membership.members import Entry, Members
from gossipchat.wire.memberlist.messages import State


@dataclass(frozen=True, slots=True)
class GossipDue:
    """Timer: the next tick."""


class Gossip:
    """
    The ticks. They stop when there is nothing to tell, or nobody to tell it to.
    """

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
        self._ticking = False

    def wake(self, now: float) -> list[Effect]:
        """Begin to tick, not in step with others, if there is reason to."""
        urgent, self._broadcasts.urgent = self._broadcasts.urgent, False
        if urgent and self._config.tell_deaths_at_once:
            return self._tell_at_once(now)
        if self._ticking or not self._broadcasts or not self._listeners(1, now):
            return []
        self._ticking = True
        stagger = self._chance.uniform(0, self._config.gossip_interval)
        return [StartTimer(GossipDue(), stagger)]

    def due(self, now: float) -> list[Effect]:
        """The next tick, if it's needed, follows this one."""
        effects = self._tell_a_few(now)
        self._ticking = bool(effects and self._broadcasts)
        if self._ticking:
            effects.append(StartTimer(GossipDue(), self._config.gossip_interval))
        return effects

    def _tell_at_once(self, now: float) -> list[Effect]:
        """
        A round between the ticks: a death, or its denial, is passed on as it comes.

        Not in memberlist, where each hop waits for a tick: most of a cluster hears
        it within a few round trips, and the ticks reach the rest.
        """
        effects = self._tell_a_few(now)
        if not self._ticking and effects and self._broadcasts:
            self._ticking = True
            effects.append(StartTimer(GossipDue(), self._config.gossip_interval))
        return effects

    def _tell_a_few(self, now: float) -> list[Effect]:
        """Tell a few members, each its own packet of the queue."""
        effects: list[Effect] = []
        for listener in self._listeners(self._config.gossip_nodes, now):
            parts = self._broadcasts.batch()
            if not parts:
                break
            crc = listener.takes_checksums
            effects.append(SendPacket(listener.address, parts, crc))
        return effects

    def _listeners(self, wanted: int, now: float) -> list[Entry]:
        """The living, and the lately dead, who may be neither dead nor know of it."""
        dead_before = now - self._config.gossip_to_the_dead

        def listens(entry: Entry) -> bool:
            lately = entry.state is State.DEAD and entry.changed >= dead_before
            return entry.lives or lately

        return self._members.choose(wanted, listens)
