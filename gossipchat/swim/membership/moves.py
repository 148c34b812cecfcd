"""
Members that turn up at another address: memberlist refuses them until the old entry
is forgotten, which keeps rebuilt machines out for a minute.

A member with an identity is taken at its new address once it has proven its key
there. One without is taken as soon as its old address is silent: it is dead, or fails
a probe of ours.
"""

from gossipchat.names import Address, AuthorKey, NodeName
from gossipchat.swim.events import Effect, ProveAddress
from gossipchat.swim.membership.members import Entry
from gossipchat.wire.memberlist.messages import Alive

MAX_PROOFS = 16
"""Proofs under way at a time; each is a connection. Gossip brings the others again."""

MAX_WAITING = 256
"""Claims that are remembered until a probe fails, proofs that failed, and moves."""

PATIENCE = 30.0
"""Seconds for which a claim waits, and after which a failed proof is tried again."""


SETTLING = 300.0
"""Seconds after a move in which a living member is not moved back: two copies of one
machine would take turns."""


class Moves:
    """Claims of known names at new addresses, until their time has come."""

    def __init__(self) -> None:
        self._to_prove: dict[tuple[AuthorKey, Address], Alive] = {}
        self._failed: dict[tuple[AuthorKey, Address], float] = {}
        self._waiting: dict[NodeName, tuple[Alive, float]] = {}
        self._left: dict[tuple[AuthorKey, Address], float] = {}

    def prove(
        self, entry: Entry, claim: Alive, key: AuthorKey, now: float
    ) -> list[Effect]:
        """
        Ask for a proof, unless one is under way or failed lately.

        An older word than the one we hold is of an older address.
        """
        asked = (key, claim.address)
        if claim.incarnation <= entry.incarnation or asked in self._to_prove:
            return []
        if _lately(self._failed, asked, PATIENCE, now):
            return []
        if entry.lives and _lately(self._left, asked, SETTLING, now):
            return []
        if len(self._to_prove) >= MAX_PROOFS:
            return []
        self._to_prove[asked] = claim
        return [ProveAddress(*asked)]

    def proven(self, key: AuthorKey, address: Address) -> Alive | None:
        """The claim that may be believed now."""
        self._failed.pop((key, address), None)
        return self._to_prove.pop((key, address), None)

    def moved(self, key: AuthorKey, left: Address, now: float) -> None:
        """*key*'s owner is no longer at *left*."""
        _note(self._left, (key, left), now)

    def not_proven(self, key: AuthorKey, address: Address, now: float) -> Alive | None:
        """The claim that may not; it is not looked into again for a while."""
        _note(self._failed, (key, address), now)
        return self._to_prove.pop((key, address), None)

    def wait(self, claim: Alive, now: float) -> None:
        """Keep *claim* until the old address is silent."""
        self._waiting.pop(claim.node, None)
        if len(self._waiting) >= MAX_WAITING:
            del self._waiting[next(iter(self._waiting))]
        self._waiting[claim.node] = (claim, now)

    def waiting(self, name: NodeName, now: float) -> Alive | None:
        """The claim about *name* that came lately, once."""
        claim, heard = self._waiting.pop(name, (None, 0.0))
        return claim if now - heard <= PATIENCE else None


Place = tuple[AuthorKey, Address]


def _note(places: dict[Place, float], place: Place, now: float) -> None:
    """Remember *place*; the one noted longest ago gives way."""
    places.pop(place, None)
    if len(places) >= MAX_WAITING:
        del places[next(iter(places))]
    places[place] = now


def _lately(
    places: dict[Place, float], place: Place, period: float, now: float
) -> bool:
    noted = places.get(place)
    return noted is not None and now - noted < period
