"""
Cut off: who hears nobody any more doubts itself, not everybody else.

A node that is cut off would bury all others one by one, and its verdicts would harm
them when it is back. So it holds them back, and only shows the others as dead.
"""

from dataclasses import dataclass
from functools import partial
from math import ceil
from random import Random

from gossipchat.effects import Notify, StartTimer
from gossipchat.names import NodeName
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.detector.seq_nos import SeqNos
from gossipchat.swim.events import Effect, MemberChanged, SendPacket
from gossipchat.swim.membership.judging import Membership
from gossipchat.swim.membership.members import Entry, Members
from gossipchat.swim.membership.ourselves import Ourselves
from gossipchat.swim.portions import Portions
from gossipchat.wire.memberlist.codec import encode
from gossipchat.wire.memberlist.messages import Ping

ON_TIME = 1e-6
"""Seconds by which a timer may be early."""

LAST_LOOKS = 0.6, 0.2, 0.2
"""Waits after the last three questions, in ``path_timeout_least``: the silence may have
been a cut that ended just now."""

ASKED_LEAST, ASKED_MOST = 3, 16
"""Members that are asked for a sign at each beat: all once a period, if they can be."""


@dataclass(frozen=True, slots=True)
class SolitudeDue:
    """Timer: still no sign of anyone?"""


class Solitude:
    """When we heard from anyone last, and what follows from silence."""

    def __init__(
        self,
        config: SwimConfig,
        members: Members,
        membership: Membership,
        ourselves: Ourselves,
        seq_nos: SeqNos,
        chance: Random,
        portions: Portions,
    ) -> None:
        self._config = config
        self._members = members
        self._membership = membership
        self._ourselves = ourselves
        self._seq_nos = seq_nos
        self._chance = chance
        self._portions = portions
        self._last = 0.0
        self._asking_since: float | None = None
        self._to_ask: list[NodeName] = []
        self._looks = 0
        self.cut = False
        """Whether we are cut off from everyone, and our verdicts are held back."""

    def begin(self, now: float) -> None:
        """We start, or slept: silence counts from here on."""
        self._last = max(self._last, now) if not self.cut else self._last

    def heard(self, now: float) -> list[Effect] | None:
        """Somebody is there. Not None when we were cut off until now."""
        self._last = now
        return self._come_back(now) if self.cut else None

    def heard_since(self, moment: float) -> bool:
        """Whether anything has come from anyone after *moment*."""
        return self._last > moment

    def refused(self, now: float) -> None:
        """
        A machine refuses us: we are not cut off yet. But once we are, only a member's
        own word ends it, or who is left alone would be back and gone with each dial.
        """
        if not self.cut:
            self._last = now

    def watch(self, now: float) -> list[Effect]:
        """
        A period is over: was it silent?

        The probe that begins with this period asks first: on a quiet day its ack ends
        the doubt, for the ack before it came a whole period ago.
        """
        silent = now - self._last >= self._config.probe_interval
        asking = self._asking_since is not None
        if not silent or asking or not self._in_doubt():
            return []
        self._asking_since, self._to_ask, self._looks = now, [], 0
        return [StartTimer(SolitudeDue(), self._config.path_timeout_least)]

    def due(self, now: float) -> list[Effect]:
        """Ask a few for a sign; when none has come for too long, we are cut off."""
        silence, config = now - self._last, self._config
        since, period = self._asking_since, config.probe_interval
        if since is None or silence < period or not self._in_doubt():
            self._asking_since = None
            return []
        enough = silence >= config.cut_off_after * period - ON_TIME
        over = enough and now - since >= period - ON_TIME
        if over and self._looks == len(LAST_LOOKS):
            self._asking_since = None
            return self._cut_off(silence, now)
        wait = config.court_beat
        if over:
            wait = LAST_LOOKS[self._looks] * config.path_timeout_least
            self._looks += 1
        again = StartTimer(SolitudeDue(), wait)
        return [*(self._ask(entry) for entry in self._next_few()), again]

    def _next_few(self) -> list[Entry]:
        """Whom to ask at this beat: others than at the last ones."""
        others = {entry.name: entry for entry in self._others()}
        wanted = ceil(
            len(others) * self._config.court_beat / self._config.probe_interval
        )
        wanted = min(max(ASKED_LEAST, wanted), ASKED_MOST, len(others))
        chosen: list[Entry] = []
        while len(chosen) < wanted:
            if not self._to_ask:
                self._to_ask = self._chance.sample(list(others), len(others))
            entry = others.get(self._to_ask.pop())
            if entry is not None:
                chosen.append(entry)
        return chosen

    def _in_doubt(self) -> bool:
        if not self._config.cut_off_after or self.cut or self._ourselves.parting:
            return False
        return bool(self._others())

    def _others(self) -> list[Entry]:
        us = self._members.us
        return [entry for entry in self._members if entry.lives and entry is not us]

    def _ask(self, entry: Entry) -> SendPacket:
        us = self._members.us
        ping = Ping(self._seq_nos.next(), entry.name, us.address, us.name)
        return SendPacket(entry.address, (encode(ping),))

    def _cut_off(self, silence: float, now: float) -> list[Effect]:
        """What we suspected since the last sign of life is void."""
        self.cut = True
        for entry in self._others():
            if entry.suspicion is not None and entry.suspicion.began >= self._last:
                self._membership.acquit(entry, now)
        why = f"cut off: nobody was heard for {silence:.1f} s"
        return self._mark(True, why, now)

    def _come_back(self, now: float) -> list[Effect]:
        """
        Speak up: they may hold us dead by now, which a new incarnation outbids.

        Suspects of before get their time again.
        """
        self.cut = False
        timers = self._membership.suspects.restart_all(now)
        self._ourselves.raise_above(self._members.us.incarnation)
        return [*timers, *self._mark(False, "in contact again", now)]

    def _mark(self, cut: bool, why: str, now: float) -> list[Effect]:
        us = self._members.us
        marked = [
            one for one in self._members if one is not us and (one.lives or one.cut)
        ]
        steps = (partial(self._mark_one, entry, cut, why) for entry in marked)
        return self._portions.take(steps, 0, now)

    def _mark_one(self, entry: Entry, cut: bool, why: str, now: float) -> list[Effect]:
        if cut is not self.cut or self._members.get(entry.name) is not entry:
            return []  # it has changed since, and we will come to it again
        was, entry.cut = entry.status, cut and entry.lives
        if entry.status is was:
            return []
        return [Notify(MemberChanged(entry.as_member(), was, why))]
