"""
Hearsay: that a member is dead, said by who may have been cut off from it.

memberlist believes a verdict whoever brings it, and makes a suspicion of what a
push/pull lists as dead; after a cut both turn against members that were well all the
time. Here a member that we hold alive is asked before anything is believed of it.
"""

from gossipchat.effects import Count
from gossipchat.names import NodeName
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.detector.seq_nos import SeqNos
from gossipchat.swim.events import Effect
from gossipchat.swim.healing.accusing import accuse
from gossipchat.swim.healing.inquest import Inquests
from gossipchat.swim.membership.judging import Membership
from gossipchat.swim.membership.members import Entry, Members
from gossipchat.wire.memberlist.messages import Dead, State, Suspect

LATELY = 30.0
"""Seconds for which the word of an accuser that was dead to us counts for little."""

MOST_ASKED = 20
"""Members that are asked in one second; what is said of more is not believed, nor
looked into: the probes will tell."""


MOST_RETURNED = 1024
"""Members of whom it is remembered that they came back."""


class Hearsay:
    """Hears verdicts before they are believed."""

    def __init__(
        self,
        config: SwimConfig,
        members: Members,
        membership: Membership,
        seq_nos: SeqNos,
        inquests: Inquests,
    ) -> None:
        self._config = config
        self._members = members
        self._membership = membership
        self._seq_nos = seq_nos
        self._inquests = inquests
        self._asked: dict[NodeName, None] = {}
        self._second = float("-inf")
        self._returned: dict[NodeName, float] = {}

    def notice(self, returned: NodeName, now: float) -> None:
        """Remember who came back from the dead."""
        self._returned.pop(returned, None)
        while len(self._returned) >= MOST_RETURNED:
            del self._returned[next(iter(self._returned))]
        self._returned[returned] = now

    def hear_dead(self, verdict: Dead, now: float) -> list[Effect]:
        """
        Somebody declares a member dead.

        Of one that we hold alive it counts as a suspicion first; then we look
        ourselves (``inquest``). From an accuser that we hold dead, or did lately, it
        counts for nothing: it speaks from beyond a cut.
        """
        entry = self._members.get(verdict.node)
        own = verdict.accuser in (verdict.node, self._members.us.name)
        if entry is None or own or not entry.lives or entry is self._members.us:
            return self._membership.hear_dead(verdict, now)
        effects: list[Effect] = []
        if self.concerns(verdict.node) is not None:
            effects += self.look_into(entry, verdict.incarnation, now)
            if self._was_cut_off(verdict.accuser, now):
                return [Count("hearsay"), *effects]
            suspicion = Suspect(verdict.incarnation, verdict.node, verdict.accuser)
            effects += self._membership.hear_suspect(suspicion, now)
            if not self._config.inquest:
                return effects
        return effects + self._inquests.hear(entry, verdict, now)

    def concerns(self, name: NodeName) -> Entry | None:
        """*name*, if we hold it alive, so that its death would be hearsay."""
        entry = self._members.get(name)
        if not self._config.hearsay or entry is None or entry is self._members.us:
            return None
        return entry if entry.listed and entry.state is State.ALIVE else None

    def look_into(self, entry: Entry, incarnation: int, now: float) -> list[Effect]:
        """Ask *entry*, held alive, and let it refute what is said of it."""
        if incarnation < entry.incarnation or not self._may_ask(entry.name, now):
            return []
        self._members.probe_soon(entry)
        seq = self._seq_nos.next()
        return [accuse(self._members.us, entry, seq, entry.incarnation)]

    def _was_cut_off(self, accuser: NodeName, now: float) -> bool:
        entry = self._members.get(accuser)
        if entry is None or entry is self._members.us:
            return False
        if not entry.lives:
            return True
        return now - self._returned.get(accuser, float("-inf")) < LATELY

    def _may_ask(self, name: NodeName, now: float) -> bool:
        if now - self._second >= 1.0:
            self._second, self._asked = now, {}
        if name in self._asked or len(self._asked) >= MOST_ASKED:
            return False
        self._asked[name] = None
        return True
