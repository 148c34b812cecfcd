"""
The inquest: who hears that a suspect is dead looks itself before it believes that.

memberlist believes whoever says so. But a verdict that was right when it was said may
still be under way when the cut is over that it came from, or its judge may be the only
one who can't reach the member. So a verdict is passed on as it comes, and believed a
moment later, if the member leaves our pings unanswered meanwhile: two, the last of
them a round trip before the end (three where the round trip is not known).
"""

from dataclasses import dataclass

from gossipchat.effects import Count, StartTimer
from gossipchat.names import NodeName
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.detector.pathways import Pathways
from gossipchat.swim.detector.seq_nos import SeqNos
from gossipchat.swim.events import Effect, SendPacket
from gossipchat.swim.healing.accusing import accuse
from gossipchat.swim.membership.judging import Membership
from gossipchat.swim.membership.members import Entry, Members
from gossipchat.wire.memberlist.codec import encode
from gossipchat.wire.memberlist.messages import Dead, State

MOST_INQUESTS = 64
"""Verdicts that are looked into at a time; more are believed at once."""


@dataclass(frozen=True, slots=True)
class InquestDue:
    """Timer: one more ping (*end* False), or the end of inquest *serial*."""

    name: NodeName
    serial: int
    end: bool


@dataclass(slots=True)
class Look:
    """One inquest that is under way."""

    verdict: Dead
    serial: int
    pings: tuple[int, ...]


class Inquests:
    """What we look into ourselves."""

    def __init__(
        self,
        config: SwimConfig,
        members: Members,
        membership: Membership,
        seq_nos: SeqNos,
        pathways: Pathways,
    ) -> None:
        self._config = config
        self._members = members
        self._membership = membership
        self._seq_nos = seq_nos
        self._pathways = pathways
        self._looks: dict[NodeName, Look] = {}
        self._serial = 0

    def hear(self, entry: Entry, verdict: Dead, now: float) -> list[Effect]:
        """Somebody else declares *entry*, which we suspect, dead."""
        if verdict.incarnation < entry.incarnation:
            return []
        running = self._looks.get(entry.name)
        if running is not None and running.verdict.incarnation >= verdict.incarnation:
            return []
        tagged = entry.key is not None and entry.state is State.SUSPECT
        full = running is None and len(self._looks) >= MOST_INQUESTS
        if not self._config.inquest or not tagged or full:
            return self._membership.hear_dead(verdict, now)
        return [*self._pass_on(entry, verdict), *self._begin(entry, verdict)]

    def acked(self, seq: int) -> bool:
        """Whether the ack was to a ping of ours: then the verdict is not believed."""
        for look in self._looks.values():
            if seq in look.pings:
                del self._looks[look.verdict.node]
                return True
        return False

    def due(self, due: InquestDue, now: float) -> list[Effect]:
        """Look once more, or believe it."""
        look = self._looks.get(due.name)
        if look is None or look.serial != due.serial:
            return []
        entry = self._members.get(due.name)
        if entry is None or entry.state is not State.SUSPECT:
            del self._looks[due.name]
            return []
        if not due.end:
            return [self._ping(entry, look)]
        del self._looks[due.name]
        return [
            Count("inquests.silent"),
            *self._membership.hear_dead(look.verdict, now),
        ]

    def restart(self) -> list[Effect]:
        """We slept: what we did not hear meanwhile is nobody's fault."""
        looks, self._looks = self._looks, {}
        effects: list[Effect] = []
        for name, look in looks.items():
            entry = self._members.get(name)
            if entry is not None and entry.state is State.SUSPECT:
                effects += self._begin(entry, look.verdict)
        return effects

    def _begin(self, entry: Entry, verdict: Dead) -> list[Effect]:
        self._serial += 1
        look = self._looks[entry.name] = Look(verdict, self._serial, ())
        patience = self._pathways.inquest(entry)
        looks = dict.fromkeys(self._pathways.looks(entry))
        if entry.rtt is None:  # it may be farther than we think
            looks[patience / 2] = None
        again = InquestDue(entry.name, look.serial, end=False)
        return [
            Count("inquests"),
            self._ping(entry, look),
            *(StartTimer(again, patience - left) for left in looks),
            StartTimer(InquestDue(entry.name, look.serial, end=True), patience),
        ]

    def _ping(self, entry: Entry, look: Look) -> SendPacket:
        """It hears what it is accused of, so that its answer refutes that."""
        seq = self._seq_nos.next()
        look.pings = (*look.pings, seq)
        incarnation = max(entry.incarnation, look.verdict.incarnation)
        return accuse(self._members.us, entry, seq, incarnation)

    def _pass_on(self, entry: Entry, verdict: Dead) -> list[Effect]:
        """At once, to a few: nobody's news waits for our look."""
        if not self._config.tell_deaths_at_once:
            return []
        told = encode(verdict)
        others = self._members.choose(
            self._config.gossip_nodes,
            lambda one: one.state is State.ALIVE and one is not entry,
        )
        return [SendPacket(one.address, (told,), one.takes_checksums) for one in others]
