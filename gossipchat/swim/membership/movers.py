"""
Who turns up at another address: when it is believed, and what has to be proven first.

The tag of an identity can be copied by whoever has seen it. So a name that is pinned
to a key is taken where it was known to be, and elsewhere once whoever answers there has
proven the key: whether it was alive, dead, gone with a goodbye, or only remembered.
Where a name was is forgotten before its pin. Then the tag must do: in the middle of a
heal a proof may fail though all is well, and the next one is half a minute away.
"""

from collections.abc import Callable

from gossipchat.names import Address, AuthorKey, NodeName
from gossipchat.swim.events import Effect
from gossipchat.swim.membership.admission import Admission, Papers
from gossipchat.swim.membership.claims import Verdict
from gossipchat.swim.membership.identity import Identities
from gossipchat.swim.membership.members import Entry, Members
from gossipchat.swim.membership.moves import MAX_PROOFS, Moves
from gossipchat.wire.memberlist.messages import Alive, State

Take = Callable[[Entry, Alive, Papers, float], list[Effect]]
Judge = Callable[[Entry, Alive, float], Verdict]
Hear = Callable[[Alive, float], list[Effect]]


class Movers:
    """
    Looks into claims of other addresses.

    Args:
        judge, take, hear: what membership does with a claim, in parts and in whole.
    """

    def __init__(
        self,
        members: Members,
        admission: Admission,
        identities: Identities,
        judge: Judge,
        take: Take,
        hear: Hear,
    ) -> None:
        self._members = members
        self._admission = admission
        self._identities = identities
        self._judge = judge
        self._take = take
        self._hear = hear
        self._moves = Moves()

    def look_into(
        self,
        entry: Entry | None,
        claim: Alive,
        verdict: Verdict,
        papers: Papers,
        now: float,
    ) -> list[Effect] | None:
        """What must come before *claim* is believed; None: nothing."""
        if entry is None or entry.address == claim.address:
            return None
        key = self._identities.pinned(claim.node, now)
        if verdict is Verdict.CONFLICT:
            key = key or entry.key
            if key is None:
                return self._look_without_key(entry, claim, papers, now)
        if key is None:
            return None
        if _is_of_before(entry, claim, verdict):
            return []
        if entry.lives:
            self._moves.wait(claim, now)
        return self._moves.prove(claim, key, entry.state is State.ALIVE, now)

    def _look_without_key(
        self, entry: Entry, claim: Alive, papers: Papers, now: float
    ) -> list[Effect] | None:
        """As soon as it is dead where it was, it may be elsewhere."""
        if entry.state is State.DEAD and papers.key is None:
            return None
        self._moves.wait(claim, now)
        return self._admission.object_to_address(claim.node, claim.address)

    def proven(self, key: AuthorKey, address: Address, now: float) -> list[Effect]:
        """*key*'s owner has proven to be at *address*: it has moved there."""
        claim = self._moves.proven(key, address)
        effects = [] if claim is None else self._move_proven(claim, key, now)
        return effects + self._prove_next(now)

    def not_proven(self, key: AuthorKey, address: Address, now: float) -> list[Effect]:
        """Somebody else is at *address*, or nobody: the member is where it was."""
        claim = self._moves.not_proven(key, address, now)
        if claim is None:
            return []
        told = self._admission.object_to_address(claim.node, address)
        return told + self._prove_next(now)

    def when_silent(self, name: NodeName, now: float) -> list[Effect] | None:
        """*name* fails a probe of ours: where it has moved to, if that is claimed."""
        entry = self._members.get(name)
        if entry is None or entry.key is not None:
            return None
        claim = self._moves.waiting(name, now)
        if claim is None or claim.address == entry.address:
            return None
        return self._move(entry, claim, now)

    def look_elsewhere(self, entry: Entry, now: float) -> list[Effect]:
        """
        *entry* is not well any more where we know it: it may prove to be where it was
        said to be of late, when nothing spoke for it. Nobody may say so again: all
        others may have it there.
        """
        claim = self._moves.waiting(entry.name, now) if entry.key is not None else None
        if claim is None or claim.incarnation < entry.incarnation:
            return []
        return self._hear(claim, now)

    def _move_proven(self, claim: Alive, key: AuthorKey, now: float) -> list[Effect]:
        """Much may have come to pass since it was heard."""
        entry = self._members.get(claim.node)
        if entry is None or entry.key not in (None, key):
            return []
        verdict = self._judge(entry, claim, now)
        if verdict in (Verdict.STALE, Verdict.LEAP):
            return []
        if _is_of_before(entry, claim, verdict):
            return []
        self._moves.moved(key, entry.address, now)
        return self._move(entry, claim, now)

    def _move(self, entry: Entry, claim: Alive, now: float) -> list[Effect]:
        papers, effects = self._admission.read(claim.node, claim.meta)
        if objections := self._admission.object_to_key(claim.node, papers.key, now):
            return effects + objections
        return effects + self._take(entry, claim, papers, now)

    def _prove_next(self, now: float) -> list[Effect]:
        effects: list[Effect] = []
        for _ in range(MAX_PROOFS):
            claim = self._moves.next_in_line()
            if claim is None:
                break
            effects += self._hear(claim, now)
        return effects


def _is_of_before(entry: Entry, claim: Alive, verdict: Verdict) -> bool:
    """An older word than the one we hold is of an older address."""
    return verdict is Verdict.CONFLICT and claim.incarnation <= entry.incarnation
