"""
The dead: looked for, for they may live beyond a cut; and forgotten in the end.

SWIM forgets the dead after half a minute. Serf remembers them for a day and tries
one now and then, which is what heals partitions.
"""

from dataclasses import dataclass
from random import Random

from gossipchat.effects import StartTimer
from gossipchat.names import Address
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.dissemination.exchange import Exchanges
from gossipchat.swim.events import Effect, Status
from gossipchat.swim.healing.contact import Contact
from gossipchat.swim.membership.identity import Identities
from gossipchat.swim.membership.judging import Membership
from gossipchat.swim.membership.members import Entry, Members


@dataclass(frozen=True, slots=True)
class ReconnectDue:
    """Timer: maybe look for one of the dead."""


@dataclass(frozen=True, slots=True)
class ReapDue:
    """Timer: forget whom nobody needs to remember."""


class Lost:
    """Those who were here and are not."""

    def __init__(
        self,
        config: SwimConfig,
        members: Members,
        membership: Membership,
        exchanges: Exchanges,
        identities: Identities,
        contact: Contact,
        chance: Random,
    ) -> None:
        self._config = config
        self._members = members
        self._membership = membership
        self._exchanges = exchanges
        self._identities = identities
        self._contact = contact
        self._chance = chance
        self._to_try: list[Address] = []

    def start(self) -> list[Effect]:
        """After a start, all that were remembered are tried in turn, until one is."""
        self._to_try = [entry.address for entry in self._failed()]
        self._chance.shuffle(self._to_try)
        stagger = self._chance.uniform(0, self._config.reconnect_interval)
        return [
            *self.try_next(),
            StartTimer(ReconnectDue(), stagger),
            StartTimer(ReapDue(), self._config.reap_interval),
        ]

    def try_next(self) -> list[Effect]:
        """Join by the next one remembered from before the start, if we are alone."""
        if not self._to_try or self._count_living() > 1:
            self._to_try = []
            return []
        return [self._exchanges.look_for(self._to_try.pop())]

    def reconnect_due(self) -> list[Effect]:
        """
        Try one of the dead, with probability dead / living.

        So all living together try as many a round as there are dead.
        """
        again = StartTimer(ReconnectDue(), self._config.reconnect_interval)
        failed = self._failed()
        if not failed or self._chance.random() > len(failed) / self._count_living():
            return [again]
        return [self._exchanges.look_for(self._chance.choice(failed).address), again]

    def reap_due(self, now: float) -> list[Effect]:
        """Forget who is dead for a day; tell the disk who is not."""
        effects: list[Effect] = []
        for entry in list(self._members):
            if entry is self._members.us:
                continue
            if entry.lives:
                if now - entry.told_disk >= self._config.remember_interval:
                    effects += self._membership.still_lives(entry, now)
            elif now - entry.changed > self._lifetime(entry):
                self._contact.remember(entry)
                effects += self._membership.forget(entry.name)
        self._identities.drop_expired(now)
        return [*effects, StartTimer(ReapDue(), self._config.reap_interval)]

    def _lifetime(self, entry: Entry) -> float:
        if entry.status is Status.LEFT:
            return self._config.left_timeout
        return self._config.dead_timeout

    def _failed(self) -> list[Entry]:
        return self._contact.dead()

    def _count_living(self) -> int:
        """This node included, so never 0."""
        return sum(entry.lives or entry is self._members.us for entry in self._members)
