"""
Members that turn up at another address: memberlist refuses them until the old entry
is forgotten, which keeps rebuilt machines out for a minute.

A member with an identity is taken at its new address once it has proven its key
there. One without is taken as soon as its old address is silent: it is dead, or fails
a probe of ours.
"""

from gossipchat.names import Address, AuthorKey, NodeName
from gossipchat.swim.events import Effect, ProveAddress
from gossipchat.wire.memberlist.messages import Alive

MAX_PROOFS = 16
"""Proofs under way at a time; each is a connection."""

MAX_IN_LINE = 1024
"""Claims whose turn to be proven has not come; of more the oldest go. Gossip brings
them again."""

MAX_WAITING = 256
"""Claims that are remembered until the member is silent where it was, proofs that
failed, and moves."""

PATIENCE = 30.0
"""Seconds for which a claim waits, and after which a failed proof is tried again;"""

SILENT_PATIENCE = 3.0
"""this, while the member is silent where we know it. Others may reach it elsewhere, and
then nobody calls it dead: it would stay a suspect for so long."""

SETTLING = 300.0
"""Seconds after a move in which a member that is well is not moved back: two copies of
one machine would take turns."""


class Moves:
    """Claims of known names at new addresses, until their time has come."""

    def __init__(self) -> None:
        self._to_prove: dict[tuple[AuthorKey, Address], Alive] = {}
        self._in_line: dict[NodeName, Alive] = {}
        self._failed: dict[tuple[AuthorKey, Address], float] = {}
        self._waiting: dict[NodeName, tuple[Alive, float]] = {}
        self._left: dict[tuple[AuthorKey, Address], float] = {}

    def prove(
        self, claim: Alive, key: AuthorKey, well: bool, now: float
    ) -> list[Effect]:
        """
        Ask for a proof, unless one is under way or failed lately.

        *well*: where we know it, so that it is not moved to and fro.
        """
        asked = (key, claim.address)
        patience = PATIENCE if well else SILENT_PATIENCE
        if asked in self._to_prove or _lately(self._failed, asked, patience, now):
            return []
        if well and _lately(self._left, asked, SETTLING, now):
            return []
        if len(self._to_prove) >= MAX_PROOFS:
            self._wait_in_line(claim)
            return []
        self._to_prove[asked] = claim
        return [ProveAddress(*asked)]

    def next_in_line(self) -> Alive | None:
        """The claim that waits longest, if there is room to have it proven."""
        if not self._in_line or len(self._to_prove) >= MAX_PROOFS:
            return None
        return self._in_line.pop(next(iter(self._in_line)))

    def _wait_in_line(self, claim: Alive) -> None:
        if claim.node not in self._in_line and len(self._in_line) >= MAX_IN_LINE:
            del self._in_line[next(iter(self._in_line))]
        self._in_line[claim.node] = claim

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
