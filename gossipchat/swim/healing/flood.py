"""
A HEAL floods over links, on both sides of what was a cut, and each one that it names
raises its incarnation: the only word that beats a verdict everywhere.

After a cut of some seconds hundreds of members find each other again in the same 20
milliseconds. Did each say a HEAL of its own, then n of them would go over all n * k
links. So who hears of one while it still finds out who differs looks again a moment
later, and names only those who have not raised theirs by then.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from gossipchat.effects import Count, StartTimer
from gossipchat.names import AuthorKey, NodeName
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.events import Effect, SendOverLinks
from gossipchat.swim.healing.claims_by_link import ClaimsByLink
from gossipchat.swim.healing.mail import Mail
from gossipchat.swim.healing.reprieve import Reprieve
from gossipchat.swim.healing.seeking import Seeking
from gossipchat.swim.membership.claims import MAX_LEAP
from gossipchat.swim.membership.members import Entry, Members
from gossipchat.swim.membership.once import Once, Rate
from gossipchat.swim.membership.ourselves import Ourselves
from gossipchat.wire.memberlist.messages import State
from gossipchat.wire.ours.membership_frames import MAX_NAMED, NONCE_BYTES, Heal

PATIENCE = 1.0
"""Seconds after a HEAL in which nobody new is asked for differences, and no other HEAL
is said at once."""

LOOK_AGAIN = 0.1
"""Seconds until who differed in another HEAL's time is looked at again, and up to as
many more: of those who look, the first may spare the rest a HEAL."""

STORM = 8
"""Of so many HEALs without a break each names others: those that come later are for
everyone, until there is a break."""

ROUND = 5.0
"""Seconds in which *everyone* raises its incarnation but once."""

HEALS_A_SECOND = 256
"""So many that are new are heard. The nonces of the last 1,024 are remembered: were
more under way at a time, they would go round for ever."""

LINK_WAITS = 10.0
"""Seconds for which a HEAL waits for the link to the other side."""


@dataclass(frozen=True, slots=True)
class LookAgainDue:
    """Timer: who differs still, after another's HEAL?"""


class Flood:
    """Says HEALs, hears them, and does what they ask."""

    def __init__(
        self,
        config: SwimConfig,
        members: Members,
        ourselves: Ourselves,
        reprieve: Reprieve,
        claims: ClaimsByLink,
        mail: Mail,
        seeking: Seeking,
        chance: Random,
    ) -> None:
        self._config = config
        self._members = members
        self._ourselves = ourselves
        self._reprieve = reprieve
        self._claims = claims
        self._mail = mail
        self._seeking = seeking
        self._chance = chance
        self._raised = float("-inf")
        self._quiet_until = float("-inf")
        self._lately = 0
        """HEALs since there was none for a while."""
        self._heard = Once()
        self._hears = Rate(HEALS_A_SECOND)
        self._owed: dict[AuthorKey, tuple[Heal, float]] = {}
        self._differing: dict[NodeName, int] = {}
        """Whom we look at again, with the incarnation to beat."""
        self._throughs: dict[NodeName, None] = {}
        """By whom the other sides shall hear of them."""
        self._looking = False

    def is_quiet(self, now: float) -> bool:
        """Whether there was a HEAL a moment ago: it concerns all."""
        return now < self._quiet_until

    # --- saying -------------------------------------------------------------

    def tell(
        self, through: NodeName, differing: Mapping[NodeName, int], now: float
    ) -> list[Effect]:
        """
        *through* and we think differently of these, whose incarnation to beat is with
        them. It is of the other side, which hears of it by a link to *through*.
        """
        if not differing:
            return []
        if not self.is_quiet(now):
            return self._begin([through], differing, now)
        self._throughs[through] = None
        for name, incarnation in differing.items():
            highest = max(incarnation, self._differing.get(name, 0))
            self._differing[name] = highest
        if self._looking:
            return []
        self._looking = True
        delay = LOOK_AGAIN * (1 + self._chance.random())
        return [StartTimer(LookAgainDue(), delay)]

    def look_again(self, now: float) -> list[Effect]:
        """Name those who have not raised their incarnation since."""
        self._looking = False
        differing, self._differing = self._differing, {}
        throughs, self._throughs = self._throughs, {}
        left = {
            name: max(incarnation, held)
            for name, incarnation in differing.items()
            if (held := self._not_risen(name, incarnation)) is not None
        }
        everyone = self._lately >= STORM
        return self._begin(throughs, left, now, everyone) if left else []

    def _not_risen(self, name: NodeName, incarnation: int) -> int | None:
        """The incarnation at which we hold it, if it does not beat *incarnation*."""
        entry = self._members.get(name)
        if entry is None or entry.state is State.LEFT:
            return None
        risen = entry.state is State.ALIVE and entry.incarnation > incarnation
        return None if risen else entry.incarnation

    def _begin(
        self,
        throughs: Iterable[NodeName],
        named: Mapping[NodeName, int],
        now: float,
        everyone: bool = False,
    ) -> list[Effect]:
        nonce = self._chance.randbytes(NONCE_BYTES)
        everyone = everyone or len(named) > MAX_NAMED
        heal = Heal(nonce, () if everyone else tuple(named.items()), everyone)
        return self._take(heal, None, now, self._owe(heal, throughs, now))

    def _owe(self, heal: Heal, throughs: Iterable[NodeName], now: float) -> list[Entry]:
        """*throughs* hear of it as soon as there is a link; who they are."""
        found = [self._members.get(through) for through in throughs]
        entries = [entry for entry in found if entry is not None]
        for entry in entries:
            if entry.key is not None:
                self._owed[entry.key] = heal, now
        return entries

    # --- hearing ------------------------------------------------------------

    def hear(self, peer: AuthorKey | None, heal: Heal, now: float) -> list[Effect]:
        """A cut is over, says somebody; *peer* None: without a link."""
        if not self._config.heal or self._heard.knows(heal.nonce):
            return []
        if not self._hears.allows(now):
            return [Count("dropped.heals")]
        return self._take(heal, peer, now)

    def linked(self, peer: AuthorKey, now: float) -> list[Effect]:
        """A link was made: what it missed is told over it."""
        heal, since = self._owed.pop(peer, (None, now))
        if heal is None or now - since >= LINK_WAITS:
            return []
        return [SendOverLinks(heal, (peer,))]

    def _take(
        self,
        heal: Heal,
        source: AuthorKey | None,
        now: float,
        throughs: Sequence[Entry] = (),
    ) -> list[Effect]:
        if not self._heard.first(heal.nonce):
            return []
        self._lately = self._lately + 1 if self.is_quiet(now) else 1
        self._quiet_until = now + PATIENCE
        if heal.everyone:  # nobody is left to be named
            self._owe(heal, self._throughs, now)
            self._differing.clear()
        self._forget_owed(now)
        effects: list[Effect] = [Count("heals"), SendOverLinks(heal, but=source)]
        effects += self._mail.pass_on(heal, throughs)
        effects += self._reprieve.grant(now)
        effects += self._raise_if_named(heal, now)
        return effects + self._seeking.begin()

    def _raise_if_named(self, heal: Heal, now: float) -> list[Effect]:
        us = self._members.us
        if heal.everyone:
            risen = self.raise_once(now - ROUND, now)
            return [] if risen else self._claims.tell_us()
        for name, incarnation in heal.named:
            if name != us.name:
                continue
            if incarnation > us.incarnation + MAX_LEAP:
                return [Count("dropped.leap")]
            if incarnation < us.incarnation:
                return self._claims.tell_us()
            self._raised = now
            self._ourselves.raise_above(incarnation)
        return []

    def raise_once(self, since: float, now: float) -> bool:
        """Raise our incarnation, unless we have for a heal after *since*."""
        if self._raised > since:
            return False
        self._raised = now
        self._ourselves.raise_above(self._members.us.incarnation)
        return True

    def _forget_owed(self, now: float) -> None:
        for key, (_, since) in list(self._owed.items()):
            if now - since >= LINK_WAITS:
                del self._owed[key]
