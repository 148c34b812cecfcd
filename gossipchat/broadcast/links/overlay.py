"""
Whom to link: everyone in a small cluster, else the ring's successor and some others.
"""

from dataclasses import dataclass
from random import Random

from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.broadcast.events import Dial
from gossipchat.effects import StartTimer
from gossipchat.names import Address, AuthorKey
from gossipchat.wire.ours.datagrams import DialBack, SendDatagram


@dataclass(frozen=True, slots=True)
class RedialDue:
    """Timer: *peer* has rested, unless something newer than *serial* happened."""

    peer: AuthorKey
    serial: int


@dataclass(frozen=True, slots=True)
class LookDue:
    """Timer: members and links have been gathered, choose one more."""


MAX_ASKED_BACK = 64
"""Dials under way above which nobody is dialled for having asked. Whoever has the
cluster key can make up thousands of members, at addresses of their choice, and ask for
all of them."""

Effects = list[Dial | StartTimer | SendDatagram]

UNWELCOME = ("full", "key", "self", "stalled", "bad run", "bad frame", "error")
"""Reasons of a CLOSE after which asking again soon is of no use."""


class Overlay:
    """
    Decides who is dialled and when; what becomes of it is told to it.

    Members are the live tagged ones, without this node. A link to somebody who
    is no member stays: it is better evidence than hearsay.
    """

    def __init__(self, me: AuthorKey, config: BroadcastConfig, chance: Random) -> None:
        self._me = me
        self._config = config
        self._chance = chance
        self._members: dict[AuthorKey, Address] = {}
        self._linked: dict[AuthorKey, bool] = {}
        """Whether we dialled."""
        self._places: dict[AuthorKey, Address] = {}
        """Where those linked are, who are no members any more."""
        self._dialling: dict[AuthorKey, None] = {}
        self._resting: dict[AuthorKey, int] = {}
        self._polite: dict[AuthorKey, None] = {}
        """Those whose dial has been waited for long enough."""
        self._failures: dict[AuthorKey, int] = {}
        self._obliged: dict[AuthorKey, None] = {}
        """Those dialled because they asked for it, until that is settled."""
        self._serial = 0
        self._gathering = False
        self.leaving = False

    def member_up(self, peer: AuthorKey, address: Address) -> Effects:
        """*peer* lives, and whatever kept us from dialling it is forgotten."""
        if peer == self._me:
            return []
        self._members[peer] = address
        self._places.pop(peer, None)
        self._forgive(peer)
        self._resting.pop(peer, None)
        return self._gather()

    def member_down(self, peer: AuthorKey) -> Effects:
        """Stop dialling *peer*; another may have to take its place."""
        if peer in self._linked and peer in self._members:
            self._places[peer] = self._members[peer]
        self._forget(peer)
        return self.fill()

    def wanted(self, peer: AuthorKey, address: Address) -> Effects:
        """Dial *peer* now, rested or not, unless that is done already."""
        if self.leaving or peer == self._me:
            return []
        if peer in self._linked or peer in self._dialling:
            return []
        self._resting.pop(peer, None)
        self._dialling[peer] = None
        return [Dial(peer, address)]

    def renew(self, peer: AuthorKey) -> Effects:
        """
        The link to *peer* is silent: dial it beside that, member or not. After a cut
        the old link may be silent for as long again; a new one replaces it at once.
        """
        address = self._members.get(peer, self._places.get(peer))
        return [] if self.leaving or address is None else [Dial(peer, address)]

    def linked(self, peer: AuthorKey, dialled: bool) -> None:
        """There is a link to *peer*."""
        self._linked[peer] = dialled and peer not in self._obliged
        self._obliged.pop(peer, None)
        self._resting.pop(peer, None)
        if dialled:
            self._dialling.pop(peer, None)

    def refused(self, peer: AuthorKey, dialled: bool) -> None:
        """A link to *peer* opened and we ended it at once."""
        if dialled:
            self._dialling.pop(peer, None)

    def unlinked(self, peer: AuthorKey, reason: str | None, lasted: float) -> Effects:
        """There is none any more, after *lasted* seconds."""
        self._linked.pop(peer, None)
        self._places.pop(peer, None)
        effects: Effects = []
        if reason == "leaving":
            self._forget(peer)
        elif reason in UNWELCOME:
            effects = self._rest(peer, self._config.redial_longest)
        elif lasted < self._config.settled_after:
            effects = self._rest_after_failure(peer)
        else:
            self._forgive(peer)
        return [*effects, *self.fill()]

    def dial_failed(self, peer: AuthorKey) -> Effects:
        """The dial came to nothing."""
        self._dialling.pop(peer, None)
        effects: Effects = []
        if peer not in self._linked:
            effects = [*self._ask_back(peer), *self._rest_after_failure(peer)]
        return [*effects, *self.fill()]

    def asked_back(self, peer: AuthorKey) -> Effects:
        """
        *peer* can't dial us: dial it, unless that is under way or was in vain.

        What comes of it is asked of nobody again, or two that can't reach each other
        would keep each other dialling.
        """
        busy = peer in self._linked or peer in self._dialling or peer in self._obliged
        busy = busy or len(self._dialling) >= MAX_ASKED_BACK
        if busy or self.leaving or peer not in self._members:
            return []
        self._obliged[peer] = None
        self._resting.pop(peer, None)
        return [self._dial(peer)]

    def knows(self, peer: AuthorKey) -> bool:
        """Whether *peer* is a live member."""
        return peer in self._members

    def strangers(self) -> list[AuthorKey]:
        """Members without a link."""
        return [peer for peer in self._members if peer not in self._linked]

    def rested(self, due: RedialDue) -> Effects:
        """The timer of a resting member has fired."""
        if self._resting.get(due.peer) != due.serial:
            return []
        del self._resting[due.peer]
        self._obliged.pop(due.peer, None)
        return self.fill()

    def gathered(self) -> Effects:
        """That timer has fired."""
        self._gathering = False
        return self.fill()

    def leave(self) -> None:
        """Dial nobody any more."""
        self.leaving = True

    def has_room_for(self, peer: AuthorKey, inbound: int) -> bool:
        """Whether one more link that others dialled, besides *inbound*, is taken."""
        if self._is_mesh() and peer in self._members:
            return True
        return inbound < self._config.inbound_for(len(self._members) + 1)

    def spare(self) -> AuthorKey | None:
        """
        A peer whose link may go, since members that came and went left us too many.

        Only links that we dialled: of others we don't know what they are for.
        """
        target = self._config.links_for(len(self._members) + 1)
        surplus = len(self._linked) - target - self._config.spare_links
        if self._is_mesh() or surplus <= 0:
            return None
        successor = self._successor()
        own = [peer for peer, dialled in self._linked.items() if dialled]
        return self._chance.choice(
            [peer for peer in own if peer != successor] or [None]
        )

    def fill(self) -> Effects:
        """Dial whom the overlay lacks."""
        if self.leaving or not self._members:
            return []
        if self._is_mesh():
            return self._fill_mesh()
        successor = self._successor()
        effects = [self._dial(successor)] if self._is_free(successor) else []
        return [*effects, *self._fill_with_others()]

    def _fill_mesh(self) -> Effects:
        effects: Effects = []
        for peer in self._members:
            if not self._is_free(peer):
                continue
            if self._me < peer or peer in self._polite:
                effects.append(self._dial(peer))
            else:
                self._polite[peer] = None
                effects += self._rest(peer, self._config.mesh_patience)
        return effects

    def _fill_with_others(self) -> Effects:
        """
        One random member at a time, so that the links which others dial count.

        While many dials fail it is rather we who are cut off: they rest first.
        """
        target = self._config.links_for(len(self._members) + 1)
        links = len({**self._linked, **self._dialling})
        if self._gathering or links >= target or len(self._resting) >= target:
            return []
        free = [peer for peer in self._members if self._is_free(peer)]
        if not free:
            return []
        return [self._dial(self._chance.choice(free)), *self._gather()]

    def _gather(self) -> Effects:
        if self._gathering:
            return []
        self._gathering = True
        delay = self._config.gather * self._chance.uniform(0.5, 1.5)
        return [StartTimer(LookDue(), delay)]

    def _is_mesh(self) -> bool:
        return len(self._members) + 1 <= self._config.mesh_members

    def _is_free(self, peer: AuthorKey) -> bool:
        return not (
            peer in self._linked or peer in self._dialling or peer in self._resting
        )

    def _successor(self) -> AuthorKey:
        """The member with the next larger key; after the largest the smallest."""
        larger = [peer for peer in self._members if peer > self._me]
        return min(larger or self._members)

    def _dial(self, peer: AuthorKey) -> Dial:
        self._dialling[peer] = None
        return Dial(peer, self._members[peer])

    def _ask_back(self, peer: AuthorKey) -> Effects:
        """
        A link needs one direction only: let *peer* dial us, asked directly and, since
        what keeps us from dialling may stop datagrams too, through a neighbour.
        """
        if peer not in self._members or peer in self._obliged:
            return []
        back = DialBack(self._me, peer)
        asked: Effects = [SendDatagram(peer, back)]
        if self._linked:
            via = self._chance.choice(list(self._linked))
            asked.append(SendDatagram(via, back))
        return asked

    def _rest_after_failure(self, peer: AuthorKey) -> Effects:
        failures = self._failures.get(peer, 0)
        if peer in self._members:
            self._failures[peer] = failures + 1
        wait = self._config.redial_first * 2 ** min(failures, 16)
        return self._rest(peer, min(wait, self._config.redial_longest))

    def _rest(self, peer: AuthorKey, wait: float) -> Effects:
        """Leave *peer* alone for about *wait* seconds."""
        if peer not in self._members:
            return []
        self._serial += 1
        self._resting[peer] = self._serial
        due = RedialDue(peer, self._serial)
        return [StartTimer(due, wait * self._chance.uniform(0.75, 1.25))]

    def _forgive(self, peer: AuthorKey) -> None:
        self._failures.pop(peer, None)
        self._polite.pop(peer, None)
        self._obliged.pop(peer, None)

    def _forget(self, peer: AuthorKey) -> None:
        self._forgive(peer)
        self._members.pop(peer, None)
        self._resting.pop(peer, None)
