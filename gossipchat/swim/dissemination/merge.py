"""
Push/pull: two members swap all they know, and each takes what is news to it.
"""

from collections.abc import Iterable, Iterator
from functools import partial

from gossipchat.effects import Count
from gossipchat.swim.events import Effect
from gossipchat.swim.healing.hearsay import Hearsay
from gossipchat.swim.membership.admission import Admission
from gossipchat.swim.membership.judging import Membership
from gossipchat.swim.membership.members import Members
from gossipchat.swim.portions import Portions, Step
from gossipchat.swim.serf.delegate import Delegate
from gossipchat.wire.memberlist.messages import (
    Alive,
    Dead,
    NodeState,
    PushPull,
    State,
    Suspect,
    Vsn,
)

NODE_BYTES = 700
"""What one member in a push/pull counts for; nearly all are shorter."""


class Merger:
    """Both halves of a push/pull: what we say, and what we make of theirs."""

    def __init__(
        self,
        members: Members,
        membership: Membership,
        admission: Admission,
        delegate: Delegate,
        hearsay: Hearsay,
        portions: Portions,
    ) -> None:
        self._members = members
        self._membership = membership
        self._admission = admission
        self._delegate = delegate
        self._hearsay = hearsay
        self._portions = portions

    def state(self, join: bool, living: bool = False) -> PushPull:
        """
        All we know: SWIM's members, this node included, and Serf's half.

        *living*: list only those that we hold alive.
        """
        nodes = tuple(
            entry.as_node_state()
            for entry in self._members.listed()
            if not living or entry.state is State.ALIVE
        )
        return PushPull(join, nodes, self._delegate.state())

    def fault_of(self, theirs: PushPull) -> str | None:
        """Why *theirs* must not be merged, in a sentence; None: it may."""
        ours = [entry.as_node_state() for entry in self._members.listed()]
        return versions_fault([*ours, *theirs.nodes])

    def merge(
        self,
        theirs: PushPull,
        now: float,
        healing: bool = False,
        then: Step | None = None,
    ) -> list[Effect]:
        """
        Take what is news, in portions. Death is hearsay here: of who is alive to us it
        says nothing (``healing.hearsay``), else it counts as our suspicion.

        *healing*: those who are said to be dead will hear of it in another way.
        *then*: what is done when all has been taken.
        """
        if not self.has_room_for(theirs):
            return [Count("dropped.exchanges")]
        effects: list[Effect] = []
        if theirs.refused:
            effects.append(Count("dropped.node-state", theirs.refused))
        steps = self._steps(theirs, healing, then)
        return effects + self._portions.take(steps, _cost(theirs), now)

    def has_room_for(self, theirs: PushPull) -> bool:
        """Whether *theirs* will be merged; not when too much waits to be."""
        return self._portions.has_room(_cost(theirs))

    def _steps(
        self, theirs: PushPull, healing: bool, then: Step | None
    ) -> Iterator[Step]:
        get, us = self._members.get, self._members.us
        for node in theirs.nodes:
            entry = get(node.name)
            living = node.state is State.ALIVE
            if living and entry is not None and entry is not us and entry.holds(node):
                continue  # nearly all, nearly always
            yield partial(self._merge_one, node, healing)
        yield from self._delegate.steps(theirs.user_state)
        if then is not None:
            yield then

    def _merge_one(self, node: NodeState, healing: bool, now: float) -> list[Effect]:
        if node.state is State.ALIVE:
            claim = Alive(
                node.incarnation, node.name, node.address, node.meta, node.vsn
            )
            return self._membership.hear_alive(claim, now)
        effects: list[Effect] = []
        if (
            node.name != self._members.us.name
        ):  # what is said of us, we refute in any case
            if self._members.get(node.name) is None:
                return []
            papers, effects = self._admission.read(node.name, node.meta)
            if foreign := self._admission.object_to_key(node.name, papers.key, now):
                return effects + foreign  # it is said of somebody else
        if node.state is State.LEFT:
            gone = Dead(node.incarnation, node.name, node.name)
            return effects + self._membership.hear_dead(gone, now)
        entry = self._hearsay.concerns(node.name)
        if entry is not None and healing:
            return effects
        if entry is not None:
            return effects + self._hearsay.look_into(entry, node.incarnation, now)
        accusation = Suspect(node.incarnation, node.name, self._members.us.name)
        return effects + self._membership.hear_suspect(accusation, now)


def _cost(theirs: PushPull) -> int:
    return len(theirs.nodes) * NODE_BYTES + len(theirs.user_state)


def versions_fault(nodes: Iterable[NodeState]) -> str | None:
    """
    Why *nodes*, ours and theirs, can't be in one cluster, or None.

    The living span a range of versions that all of them speak; whoever is listed,
    living or not, must be inside. One member outside fails the whole exchange, as it
    does in memberlist, which would refuse the same of us.
    """
    kinds: dict[tuple[Vsn, bool], NodeState] = {}
    for node in nodes:
        kinds.setdefault((node.vsn, node.state is State.ALIVE), node)
    living = [vsn for vsn, lives in kinds if lives]
    for layer, first in (("protocol", 0), ("delegate protocol", 3)):
        least = max((vsn[first] for vsn in living), default=0)
        most = min((vsn[first + 1] for vsn in living), default=255)
        for node in kinds.values():
            current = node.vsn[first + 2]
            if not least <= current <= most:
                return (
                    f"{node.name} speaks {layer} {current}, and the living have"
                    f" {least} to {most} in common"
                )
    return None
