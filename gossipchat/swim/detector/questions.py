"""
What a judge asks: the suspect itself, by more than one way, and the other judges.
"""

from dataclasses import dataclass

from gossipchat.names import NodeName
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.detector.hearings import WITNESSES, Hearing, is_judge, judges_of
from gossipchat.swim.detector.seq_nos import SeqNos
from gossipchat.swim.events import Effect, OpenStream, SendPacket
from gossipchat.swim.membership.members import Entry, Members
from gossipchat.wire.memberlist.codec import encode
from gossipchat.wire.memberlist.messages import IndirectPing, Ping, State, Suspect

HELPERS = 2
"""Members that ping the suspect for a judge, at each beat but the first."""

ON_TIME = 1e-6
"""Seconds by which a timer may be early."""


@dataclass(frozen=True, slots=True)
class CourtStream:
    """Stream: the TCP ping of hearing *serial* of *name*."""

    name: NodeName
    serial: int


class Questions:
    """Pings of hearings, and whose answers they brought."""

    def __init__(self, config: SwimConfig, members: Members, seq_nos: SeqNos) -> None:
        self._config = config
        self._members = members
        self._seq_nos = seq_nos
        self._pinged: dict[int, tuple[Hearing, NodeName]] = {}

    def answered(self, seq: int) -> bool:
        """Whether an ack is to a ping of ours: from the suspect, or a witness."""
        found = self._pinged.pop(seq, None)
        if found is None:
            return False
        hearing, name = found
        if name == hearing.name:
            hearing.answered = True
        else:
            hearing.witnesses[name] = None
        return True

    def forget(self, hearing: Hearing) -> None:
        """No answer counts any more."""
        for number in hearing.numbers:
            self._pinged.pop(number, None)

    def court_of(self, entry: Entry) -> list[Entry]:
        """Who judges *entry*, beside its accuser."""
        return judges_of(self._members, entry, self._config.court_judges)

    def is_ours(self, entry: Entry) -> bool:
        """Whether we are of the court of *entry*."""
        return is_judge(self._members, entry, self._config.court_judges)

    def others(self, entry: Entry) -> list[Entry]:
        """Up to a few that could be witnesses."""
        return self._members.choose(
            WITNESSES, lambda one: one.state is State.ALIVE and one is not entry
        )

    def accuse(self, hearing: Hearing | None, entry: Entry) -> SendPacket:
        """Ping the suspect, and say what it is accused of: its answer refutes that."""
        return self._ping(hearing, entry, encode(self._accusation(entry)))

    def ask_helpers(self, hearing: Hearing, entry: Entry) -> list[Effect]:
        """Two more each time: who is reached by anyone must have a way to say so."""

        def helps(one: Entry) -> bool:
            fresh = one.name not in hearing.helpers and one is not entry
            return fresh and one.state is State.ALIVE

        us = self._members.us
        effects: list[Effect] = []
        for helper in self._members.choose(HELPERS, helps):
            hearing.helpers[helper.name] = None
            request = IndirectPing(
                self._number(hearing, entry),
                entry.address,
                entry.name,
                False,
                us.address,
                us.name,
            )
            effects.append(SendPacket(helper.address, (encode(request),)))
        return effects

    def dial(self, hearing: Hearing, entry: Entry, patience: float) -> list[Effect]:
        """A TCP ping: UDP may be blocked for all of us."""
        if not self._config.tcp_pings:
            return []
        us = self._members.us
        ping = Ping(self._seq_nos.next(), entry.name, us.address, us.name)
        stream = CourtStream(hearing.name, hearing.serial)
        wait = max(0.001, patience - ON_TIME)
        return [OpenStream(stream, entry.address, ping, wait)]

    def tell_judges(self, hearing: Hearing, entry: Entry) -> list[Effect]:
        """
        Our accusation goes to the other judges until they have said that they heard.

        Who hears us is a witness that we are in order. Where judges are few, others
        that live are pinged for that.
        """
        us, told = self._members.us, encode(self._accusation(entry))
        accusers = [self._members.get(name) for name in hearing.accusers]
        judges = dict.fromkeys(one.name for one in accusers if one and one.key)
        judges.update(dict.fromkeys(one.name for one in self.court_of(entry)))
        effects: list[Effect] = []
        for name in judges:
            judge = self._members.get(name)
            if judge is None or judge is us or name in hearing.witnesses:
                continue
            effects.append(self._ping(hearing, judge, told))
        missing = WITNESSES - len(effects) - len(hearing.witnesses)
        for other in self.others(entry)[: max(0, missing)]:
            if other.name not in judges and other.name not in hearing.witnesses:
                effects.append(self._ping(hearing, other))
        return effects

    def _accusation(self, entry: Entry) -> Suspect:
        return Suspect(entry.incarnation, entry.name, self._members.us.name)

    def _ping(self, hearing: Hearing | None, to: Entry, *beside: bytes) -> SendPacket:
        us, seq = self._members.us, self._number(hearing, to)
        ping = encode(Ping(seq, to.name, us.address, us.name))
        return SendPacket(to.address, (ping, *beside), crc=to.takes_checksums)

    def _number(self, hearing: Hearing | None, whom: Entry) -> int:
        """The next number; *hearing* waits for the ack from *whom*."""
        seq = self._seq_nos.next()
        if hearing is not None:
            hearing.numbers.append(seq)
            self._pinged[seq] = (hearing, whom.name)
        return seq
