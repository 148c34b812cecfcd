"""
The court: a few judges hear a suspect thoroughly, so that all others need not.

In memberlist everyone runs a timer of its own, and the unluckiest one is the false
alarm. Here the accuser and a few members that all can name ask the suspect again and
again, and only when none of them gets any answer is it buried, soon. All others keep
memberlist's timer as a back-stop, and must then fail to reach the suspect itself.
"""

from dataclasses import dataclass

from gossipchat.effects import Count, StartTimer
from gossipchat.names import NodeName
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.detector.hearings import TRIES, WITNESSES, Hearing
from gossipchat.swim.detector.pathways import Pathways
from gossipchat.swim.detector.questions import CourtStream, Questions
from gossipchat.swim.detector.seq_nos import SeqNos
from gossipchat.swim.detector.solitude import Solitude
from gossipchat.swim.detector.suspicion import SuspicionDue
from gossipchat.swim.events import Effect
from gossipchat.swim.membership.judging import Membership
from gossipchat.swim.membership.members import Entry, Members
from gossipchat.wire.memberlist.messages import Dead, State, Suspect

ON_TIME = 1e-6
"""Seconds by which a timer may be early."""


@dataclass(frozen=True, slots=True)
class CourtDue:
    """Timer: the next beat of hearing *serial* of *name*."""

    name: NodeName
    serial: int


class Court:
    """The hearings in which this node is a judge."""

    def __init__(
        self,
        config: SwimConfig,
        members: Members,
        membership: Membership,
        pathways: Pathways,
        seq_nos: SeqNos,
        solitude: Solitude,
    ) -> None:
        self._config = config
        self._members = members
        self._membership = membership
        self._suspects = membership.suspects
        self._pathways = pathways
        self._questions = Questions(config, members, seq_nos)
        self._solitude = solitude
        self._hearing_lasts = config.court_window
        self._hearings: dict[NodeName, Hearing] = {}
        self._serial = 0

    def __len__(self) -> int:
        return len(self._hearings)

    # --- what happens -------------------------------------------------------

    def go_on(self, now: float) -> list[Effect]:
        """Take up the accusations that the last event has brought."""
        effects: list[Effect] = []
        for claim in self._suspects.take_accusations():
            entry = self._members.get(claim.node)
            if entry is not None and self._judges(entry):
                effects += self._accused(entry, claim, now)
        return effects

    def watch(self, now: float) -> list[Effect]:
        """
        A period is over. Who has been suspected for long is asked how it lives: its
        refutation has missed us.
        """
        since = now - 2 * self._config.court_window
        held = [
            entry
            for entry in self._suspects.held()
            if self._judges(entry) and entry.changed <= since
        ]
        chosen = next((one for one in held if one.name not in self._hearings), None)
        return [self._questions.accuse(None, chosen)] if chosen is not None else []

    def suspicion_due(self, due: SuspicionDue, now: float) -> list[Effect]:
        """The slow timer is over: bury it, or hear it first."""
        entry = self._suspects.due(due)
        if entry is None:
            return []
        if self._solitude.cut:
            return [*self._suspects.restart(entry, now)]
        if not self._judges(entry):
            return self._membership.suspicion_due(due, now)
        self._close(entry.name)
        if self._is_full():
            return [*self._suspects.restart(entry, now)]
        return self._open(entry, now, last_resort=True)

    def acked(self, seq: int) -> bool:
        """Whether the ack was to a ping of ours: from the suspect, or a witness."""
        return self._questions.answered(seq)

    def stream_answered(self, stream: CourtStream) -> None:
        """The suspect answers over TCP."""
        hearing = self._running(stream.name, stream.serial)
        if hearing is not None:
            hearing.answered = True

    def stream_failed(self, stream: CourtStream) -> None:
        """It does not."""
        hearing = self._running(stream.name, stream.serial)
        if hearing is not None:
            hearing.silent_by_tcp = True

    def restart(self, now: float) -> list[Effect]:
        """We slept: what we did not hear meanwhile is nobody's fault."""
        effects: list[Effect] = []
        running = [one for one in self._hearings.values() if not one.adjourned]
        for old in running:
            self._close(old.name)
            entry = self._suspect(old)
            if entry is not None:
                effects += self._open(entry, now, old.last_resort)
        return effects

    def due(self, due: CourtDue, now: float) -> list[Effect]:
        """A beat: the verdict, if it is time, or one more try."""
        hearing = self._running(due.name, due.serial)
        if hearing is None:
            return []
        entry = self._suspect(hearing)
        if entry is None:
            self._close(hearing.name)
            return []
        lasted = now - hearing.began + ON_TIME
        over = lasted >= self._hearing_lasts and not hearing.adjourned
        if over and self._is_proven(hearing, entry, now):
            return self._look_again(hearing, entry) or self._bury(hearing, entry, now)
        hearing.looks = 0
        if hearing.adjourned:
            return self._remind(hearing, entry)
        if lasted >= 2 * self._config.court_window:
            return self._adjourn(hearing, entry, now)
        return self._beat(hearing, entry, now)

    def _look_again(self, hearing: Hearing, entry: Entry) -> list[Effect]:
        """After the window, before the verdict; empty when that was done."""
        looks = (*self._pathways.looks(entry), 0.0)
        if hearing.looks >= len(looks) - 1:
            return []
        wait = looks[hearing.looks] - looks[hearing.looks + 1]
        hearing.looks += 1
        return [
            self._questions.accuse(hearing, entry),
            StartTimer(CourtDue(hearing.name, hearing.serial), wait),
        ]

    def _bury(self, hearing: Hearing, entry: Entry, now: float) -> list[Effect]:
        self._close(hearing.name)
        claim = Dead(entry.incarnation, entry.name, self._members.us.name)
        return [Count("court.buried"), *self._membership.hear_dead(claim, now)]

    # --- who judges, and what -----------------------------------------------

    def _judges(self, entry: Entry) -> bool:
        """Whether the court is for such a suspect."""
        suspect = entry.state is State.SUSPECT and entry.key is not None
        return suspect and self._config.court_judges > 0

    def _accused(self, entry: Entry, claim: Suspect, now: float) -> list[Effect]:
        hearing = self._hearings.get(entry.name)
        if hearing is not None and hearing.hears(entry.incarnation):
            hearing.accused_by(claim.accuser)
            return []
        by_us = claim.accuser == self._members.us.name
        if not by_us and not self._questions.is_ours(entry):
            return []
        self._close(entry.name)
        if self._is_full():
            return [Count("court.full")]
        return self._open(entry, now)

    def _open(
        self, entry: Entry, now: float, last_resort: bool = False
    ) -> list[Effect]:
        self._serial += 1
        accusers = entry.suspicion.accusers if entry.suspicion else ()
        own = self._members.us.name in accusers
        hearing = Hearing(
            entry.name, entry.incarnation, self._serial, now, last_resort, own
        )
        hearing.accusers.update(dict.fromkeys(accusers))
        self._hearings[entry.name] = hearing
        return [Count("court.hearings"), *self._beat(hearing, entry, now)]

    def _running(self, name: NodeName, serial: int) -> Hearing | None:
        hearing = self._hearings.get(name)
        return hearing if hearing is not None and hearing.serial == serial else None

    def _suspect(self, hearing: Hearing) -> Entry | None:
        """Of whom it is, unless the suspicion is over."""
        entry = self._members.get(hearing.name)
        if entry is None or not self._judges(entry):
            return None
        return entry if entry.incarnation == hearing.incarnation else None

    def _close(self, name: NodeName) -> None:
        hearing = self._hearings.pop(name, None)
        if hearing is not None:
            self._questions.forget(hearing)

    def _adjourn(self, hearing: Hearing, entry: Entry, now: float) -> list[Effect]:
        """
        No verdict: it answered, or we were not fit, or stood alone.

        It is asked on, slower, until it refutes: all who keep silent meanwhile would
        hold it suspect until the slow timer is over.
        """
        adjourned = sum(one.adjourned for one in self._hearings.values())
        if adjourned >= self._config.max_hearings:
            self._close(hearing.name)
            return [*self._suspects.restart(entry, now)] if hearing.last_resort else []
        hearing.adjourned = True
        again = self._suspects.restart(entry, now) if hearing.last_resort else []
        return [*again, *self._remind(hearing, entry)]

    def _is_full(self) -> bool:
        running = sum(not one.adjourned for one in self._hearings.values())
        return running >= self._config.max_hearings

    def _is_proven(self, hearing: Hearing, entry: Entry, now: float) -> bool:
        us = self._members.us
        if not hearing.failed(now, self._pathways.patience(entry)):
            return False
        if self._config.tcp_pings and not hearing.silent_by_tcp:
            return False
        others = self._questions.others(entry)
        if not others:  # nobody is left who could confirm it, or answer for us
            return self._solitude.heard_since(hearing.began) and not self._solitude.cut
        fit = len(hearing.witnesses) >= min(WITNESSES, len(others))
        return fit and hearing.is_seconded(us.name) and not self._solitude.cut

    # --- a beat -------------------------------------------------------------

    def _remind(self, hearing: Hearing, entry: Entry) -> list[Effect]:
        """Once a period: how does it plead?"""
        again = CourtDue(hearing.name, hearing.serial)
        return [
            self._questions.accuse(hearing, entry),
            StartTimer(again, self._config.probe_interval),
        ]

    def _beat(self, hearing: Hearing, entry: Entry, now: float) -> list[Effect]:
        effects: list[Effect] = []
        if not hearing.answered:
            effects += self._try(hearing, entry, now)
        else:  # a helper's or TCP's answer does not bring the refutation
            effects.append(self._questions.accuse(hearing, entry))
        left = hearing.began + self._hearing_lasts - now
        beat = self._config.court_beat
        wait = min(beat, left) if left > ON_TIME else beat
        return [*effects, StartTimer(CourtDue(hearing.name, hearing.serial), wait)]

    def _try(self, hearing: Hearing, entry: Entry, now: float) -> list[Effect]:
        accusation = Suspect(entry.incarnation, entry.name, self._members.us.name)
        effects: list[Effect] = [self._questions.accuse(hearing, entry)]
        hearing.sent.append(now)
        ends = hearing.began + self._hearing_lasts
        if len(hearing.sent) == 2:
            effects += self._questions.dial(hearing, entry, ends - now)
        if len(hearing.sent) > 1:
            effects += self._questions.ask_helpers(hearing, entry)
        if len(hearing.sent) > TRIES and not hearing.told:
            hearing.told = True
            effects += self._membership.hear_suspect(accusation, now)
        if hearing.own or hearing.told:
            effects += self._questions.tell_judges(hearing, entry)
        return effects
