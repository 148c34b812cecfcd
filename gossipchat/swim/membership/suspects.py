"""
The suspects' clocks: who accused whom, and when a suspect's time is over.
"""

from gossipchat.effects import StartTimer
from gossipchat.names import NodeName
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.detector.suspicion import Patience, Suspicion, SuspicionDue
from gossipchat.swim.membership.members import Entry, Members
from gossipchat.wire.memberlist.messages import Suspect


class Suspects:
    """Begins suspicions, counts accusers, and starts clocks anew."""

    def __init__(self, config: SwimConfig, members: Members) -> None:
        self._config = config
        self._members = members
        self._serial = 0
        self._accusations: list[Suspect] = []
        self._names: dict[NodeName, None] = {}

    def take_accusations(self) -> list[Suspect]:
        """All that were believed since this was asked last, in order."""
        taken, self._accusations = self._accusations, []
        return taken

    def begin(self, entry: Entry, claim: Suspect, now: float) -> StartTimer:
        """*entry* is a suspect from now on."""
        self._accusations.append(claim)
        self._names[entry.name] = None
        patience = Patience.of(self._config, len(self._members))
        entry.suspicion = Suspicion(self._next(), claim.accuser, patience, now)
        return _timer(entry.name, entry.suspicion, now)

    def confirm(self, entry: Entry, claim: Suspect, now: float) -> StartTimer | None:
        """One more accuser; the new timer, if it is one that counts."""
        if entry.suspicion is None:
            return None
        self._accusations.append(claim)
        if not entry.suspicion.confirm(claim.accuser):
            return None
        return _timer(entry.name, entry.suspicion, now)

    def due(self, due: SuspicionDue) -> Entry | None:
        """Whose time is over; None if it refuted, or the time has changed."""
        entry = self._members.get(due.name)
        if entry is None or entry.suspicion is None:
            return None
        if (entry.suspicion.serial, entry.suspicion.heard) != (due.serial, due.heard):
            return None
        return entry

    def held(self) -> list[Entry]:
        """All who are suspected now, in the order in which they were first."""
        entries = [self._members.get(name) for name in self._names]
        found = [entry for entry in entries if entry and entry.suspicion]
        self._names = {entry.name: None for entry in found}
        return found

    def restart(self, entry: Entry, now: float) -> list[StartTimer]:
        """Give a suspect all its time again."""
        if entry.suspicion is None:
            return []
        entry.suspicion.restart(self._next(), now)
        return [_timer(entry.name, entry.suspicion, now)]

    def restart_all(self, now: float) -> list[StartTimer]:
        """We slept and heard no refutation: every suspect gets its time again."""
        return [timer for entry in self.held() for timer in self.restart(entry, now)]

    def _next(self) -> int:
        self._serial += 1
        return self._serial


def _timer(name: NodeName, suspicion: Suspicion, now: float) -> StartTimer:
    due = SuspicionDue(name, suspicion.serial, suspicion.heard)
    return StartTimer(due, suspicion.left(now))
