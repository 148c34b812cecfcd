"""
Leaving gracefully: first the intent, so that it shows as meant, then the goodbye.
"""

from dataclasses import dataclass
from enum import Enum

from gossipchat.effects import Notify, StartTimer
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.dissemination.queue import Broadcasts
from gossipchat.swim.events import Effect, LeaveDone, SendPacket
from gossipchat.swim.membership.members import Members
from gossipchat.swim.membership.ourselves import Ourselves
from gossipchat.swim.serf.intents import Intents


class Phase(Enum):
    """Where a node stands between living and gone."""

    STAYING = 0
    SAYING_SO = 1
    """The intent is being told."""
    PARTING = 2
    """The goodbye is being told."""
    LINGERING = 3
    """We have told it; others pass it on."""
    GONE = 4


@dataclass(frozen=True, slots=True)
class LeaveDue:
    """Timer: *phase* took long enough."""

    phase: Phase


class Leaving:
    """
    Two messages, each told as often as any other, or for ``leave_timeout`` seconds.

    Pings are answered meanwhile, or the news would be overtaken by a suspicion.
    """

    def __init__(
        self,
        config: SwimConfig,
        members: Members,
        broadcasts: Broadcasts,
        intents: Intents,
        ourselves: Ourselves,
    ) -> None:
        self._config = config
        self._members = members
        self._broadcasts = broadcasts
        self._intents = intents
        self._ourselves = ourselves
        self.phase = Phase.STAYING
        self._waiting_for = 0

    def asked(self) -> list[Effect]:
        """Begin. With nobody there to be told, that's all."""
        match self.phase:
            case Phase.STAYING:
                self.phase = Phase.SAYING_SO
                self._waiting_for = self._intents.tell_leave()
                return [StartTimer(LeaveDue(self.phase), self._config.leave_timeout)]
            case Phase.GONE:
                return [Notify(LeaveDone())]
            case _:
                return []

    def vanish(self) -> list[Effect]:
        """Be gone at once, without a word."""
        self.phase, self._ourselves.parting = Phase.GONE, True
        return [Notify(LeaveDone())]

    def due(self, due: LeaveDue, now: float) -> list[Effect]:
        """The network is slow or full: go on without waiting longer."""
        return self._next(now) if due.phase is self.phase else []

    def go_on(self, now: float) -> list[Effect]:
        """Called after each event: the message we wait for may have been told."""
        effects: list[Effect] = []
        while self._is_told():
            effects += self._next(now)
        return effects

    def _is_told(self) -> bool:
        match self.phase:
            case Phase.SAYING_SO:
                queue = self._broadcasts.intents
            case Phase.PARTING:
                queue = self._broadcasts.claims
            case _:
                return False
        return not queue.holds(self._waiting_for) or not self._others(1)

    def _next(self, now: float) -> list[Effect]:
        match self.phase:
            case Phase.SAYING_SO:
                self.phase = Phase.PARTING
                self._waiting_for, effects = self._ourselves.part(now)
                due = StartTimer(LeaveDue(self.phase), self._config.leave_timeout)
                return [*effects, *self._tell_directly(), due]
            case Phase.PARTING if self._others(self._config.gossip_nodes + 1):
                self.phase = Phase.LINGERING
                return [StartTimer(LeaveDue(self.phase), self._config.leave_linger)]
            case _:
                self.phase = Phase.GONE
                return [Notify(LeaveDone())]

    def _tell_directly(self) -> list[Effect]:
        """
        Both messages straight to a few who live: in a small cluster all of gossip's
        quota may go to the lately dead and ride on pings to them.
        """
        count = self._config.gossip_nodes
        parts = (self._intents.farewell, self._ourselves.goodbye)
        return [
            SendPacket(entry.address, parts, entry.takes_checksums)
            for entry in self._members.choose(count, lambda entry: entry.lives)
        ]

    def _others(self, wanted: int) -> bool:
        """Whether at least *wanted* others live."""
        return len(self._members.choose(wanted, lambda entry: entry.lives)) >= wanted
