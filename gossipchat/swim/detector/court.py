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
from gossipchat.swim.detector.hearings import TRIES, WITNESSES, Hearing, judges_of
from gossipchat.swim.detector.pathways import Pathways
from gossipchat.swim.detector.seq_nos import SeqNos
from gossipchat.swim.detector.solitude import Solitude
from gossipchat.swim.detector.suspicion import SuspicionDue
from gossipchat.swim.events import Effect, OpenStream, SendPacket
from gossipchat.swim.membership.judging import Membership
from gossipchat.swim.membership.members import Entry, Members
from gossipchat.wire.codec import encode
from gossipchat.wire.messages import Dead, IndirectPing, Ping, State, Suspect

ON_TIME = 1e-6
"""Seconds by which a timer may be early."""

LAST_LOOKS = (0.015, 0.005)
"""Seconds that a suspect has to answer two last pings, when all else speaks against
it: its silence may have been a cut that ended just now. They end with the window."""


@dataclass(frozen=True, slots=True)
class CourtDue:
    """Timer: the next beat of hearing *serial* of *name*."""

    name: NodeName
    serial: int


@dataclass(frozen=True, slots=True)
class CourtStream:
    """Stream: the TCP ping of hearing *serial* of *name*."""

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
        self._seq_nos = seq_nos
        self._solitude = solitude
        self._hearing_lasts = config.court_window - sum(LAST_LOOKS)
        self._hearings: dict[NodeName, Hearing] = {}
        self._pinged: dict[int, tuple[Hearing, NodeName]] = {}
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
        if len(self._hearings) >= self._config.max_hearings:
            return [*self._suspects.restart(entry, now)]
        return self._open(entry, now, last_resort=True)

    def acked(self, seq: int) -> bool:
        """Whether the ack was to a ping of ours: from the suspect, or a witness."""
        found = self._pinged.pop(seq, None)
        if found is None:
            return False
        hearing, name = found
        if name == hearing.name:
            hearing.answered = True
        else:
            hearing.witnesses[name] = None
        return True

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
        for old in list(self._hearings.values()):
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
        if lasted >= self._hearing_lasts and self._is_proven(hearing, entry, now):
            return self._look_again(hearing, entry) or self._bury(hearing, entry, now)
        hearing.looks = 0
        if lasted >= 2 * self._config.court_window:
            return self._adjourn(hearing, entry, now)
        return self._beat(hearing, entry, now)

    def _look_again(self, hearing: Hearing, entry: Entry) -> list[Effect]:
        """Before the verdict; empty when that was done."""
        if hearing.looks == len(LAST_LOOKS):
            return []
        wait = LAST_LOOKS[hearing.looks]
        hearing.looks += 1
        accusation = Suspect(entry.incarnation, entry.name, self._members.us.name)
        return [
            self._ping(hearing, entry, encode(accusation)),
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
        if hearing is not None and hearing.incarnation == entry.incarnation:
            hearing.accusers[claim.accuser] = None
            return []
        us = self._members.us
        if claim.accuser != us.name and us not in self._court_of(entry):
            return []
        self._close(entry.name)
        if len(self._hearings) >= self._config.max_hearings:
            return [Count("court.full")]
        return self._open(entry, now)

    def _court_of(self, entry: Entry) -> list[Entry]:
        return judges_of(self._members, entry, self._config.court_judges)

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
        for number in hearing.numbers if hearing is not None else ():
            self._pinged.pop(number, None)

    def _adjourn(self, hearing: Hearing, entry: Entry, now: float) -> list[Effect]:
        """No verdict: it answered, or we were not fit, or stood alone."""
        self._close(hearing.name)
        return [*self._suspects.restart(entry, now)] if hearing.last_resort else []

    def _is_proven(self, hearing: Hearing, entry: Entry, now: float) -> bool:
        us = self._members.us
        if not hearing.failed(now, self._pathways.patience(entry)):
            return False
        if self._config.tcp_pings and not hearing.silent_by_tcp:
            return False
        others = self._others(entry)
        fit = len(hearing.witnesses) >= min(WITNESSES, len(others))
        return fit and hearing.is_seconded(us.name) and not self._solitude.cut

    def _others(self, entry: Entry) -> list[Entry]:
        """Up to a few that could be witnesses."""
        return self._members.choose(
            WITNESSES, lambda one: one.state is State.ALIVE and one is not entry
        )

    # --- a beat -------------------------------------------------------------

    def _beat(self, hearing: Hearing, entry: Entry, now: float) -> list[Effect]:
        effects: list[Effect] = []
        if not hearing.answered:
            effects += self._try(hearing, entry, now)
        left = hearing.began + self._hearing_lasts - now
        beat = self._config.court_beat
        wait = min(beat, left) if left > ON_TIME else beat
        return [*effects, StartTimer(CourtDue(hearing.name, hearing.serial), wait)]

    def _try(self, hearing: Hearing, entry: Entry, now: float) -> list[Effect]:
        us = self._members.us
        accusation = Suspect(entry.incarnation, entry.name, us.name)
        effects: list[Effect] = [self._ping(hearing, entry, encode(accusation))]
        hearing.sent.append(now)
        if len(hearing.sent) == 2:
            effects += self._ask_beside(hearing, entry, now)
        if len(hearing.sent) > TRIES and not hearing.told:
            hearing.told = True
            effects += self._membership.hear_suspect(accusation, now)
        if hearing.own or hearing.told:
            effects += self._tell_judges(hearing, entry, accusation)
        return effects

    def _ping(self, hearing: Hearing, to: Entry, *beside: bytes) -> SendPacket:
        us, seq = self._members.us, self._seq_nos.next()
        hearing.numbers.append(seq)
        self._pinged[seq] = (hearing, to.name)
        ping = encode(Ping(seq, to.name, us.address, us.name))
        return SendPacket(to.address, (ping, *beside), crc=to.takes_checksums)

    def _ask_beside(self, hearing: Hearing, entry: Entry, now: float) -> list[Effect]:
        """One helper, and TCP: whoever is there must have a way to say so."""
        us, window = self._members.us, self._hearing_lasts
        effects: list[Effect] = []
        for helper in self._others(entry)[:1]:
            seq = self._seq_nos.next()
            hearing.numbers.append(seq)
            self._pinged[seq] = (hearing, entry.name)
            request = IndirectPing(
                seq, entry.address, entry.name, False, us.address, us.name
            )
            effects.append(SendPacket(helper.address, (encode(request),)))
        if self._config.tcp_pings:
            ping = Ping(self._seq_nos.next(), entry.name, us.address, us.name)
            stream = CourtStream(hearing.name, hearing.serial)
            wait = max(0.001, hearing.began + window - now - ON_TIME)
            effects.append(OpenStream(stream, entry.address, ping, wait))
        return effects

    def _tell_judges(
        self, hearing: Hearing, entry: Entry, accusation: Suspect
    ) -> list[Effect]:
        """
        Our accusation goes to the other judges until they have said that they heard.

        Who hears us is a witness that we are in order. Where judges are few, others
        that live are pinged for that.
        """
        us, told = self._members.us, encode(accusation)
        accusers = [self._members.get(name) for name in hearing.accusers]
        judges = dict.fromkeys(one.name for one in accusers if one and one.key)
        judges.update(dict.fromkeys(one.name for one in self._court_of(entry)))
        effects: list[Effect] = []
        for name in judges:
            judge = self._members.get(name)
            if judge is None or judge is us or name in hearing.witnesses:
                continue
            effects.append(self._ping(hearing, judge, told))
        missing = WITNESSES - len(effects) - len(hearing.witnesses)
        for other in self._others(entry)[: max(0, missing)]:
            if other.name not in judges and other.name not in hearing.witnesses:
                effects.append(self._ping(hearing, other))
        return effects
