"""
The rhythm of the ring: who comes before us on it pings us every other period. When it
misses a beat, we ping it at once.

So each member is looked after from two sides, by the one that pings it and by the one
that it pings, for no packet more while all is well.
"""

from dataclasses import dataclass

from gossipchat.effects import Count, StartTimer
from gossipchat.names import NodeName
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.detector.prober import Prober
from gossipchat.swim.detector.ring import predecessor
from gossipchat.swim.events import Effect
from gossipchat.swim.membership.members import Members

ON_TIME = 1e-6
"""Seconds by which a timer may be early."""

MOST_PATIENT = 4
"""Who lives and keeps another rhythm is asked less and less often: after so many
beats at last."""


@dataclass(frozen=True, slots=True)
class BeatDue:
    """Timer: has the one before us on the ring pinged us?"""


class Rhythm:
    """When our predecessor has pinged us last, and what follows when it does not."""

    def __init__(self, config: SwimConfig, members: Members, prober: Prober) -> None:
        self._config = config
        self._members = members
        self._prober = prober
        self._beat = 2 * (config.probe_interval + config.path_timeout_least)
        self._whose: NodeName | None = None
        self._since = 0.0
        self._missed = 0

    def start(self, now: float) -> list[Effect]:
        """Begin to listen."""
        if not self._config.even_probing:
            return []
        self._since = now
        return [StartTimer(BeatDue(), self._beat)]

    def pinged(self, by: NodeName | None, now: float) -> None:
        """Somebody pings us."""
        if by is not None and by == self._whose:
            self._since, self._missed = now, 0

    def restart(self, now: float) -> None:
        """We slept: what we did not hear meanwhile is nobody's fault."""
        self._since = now

    def due(self, now: float) -> list[Effect]:
        """Ping it, if it is silent for too long."""
        entry = predecessor(self._members)
        name = entry.name if entry is not None else None
        if entry is None or name != self._whose:
            self._whose, self._since, self._missed = name, now, 0
            return [StartTimer(BeatDue(), self._beat)]
        left = self._since + self._beat - now
        if left > ON_TIME:
            return [StartTimer(BeatDue(), left)]
        self._missed += 1
        self._since = now
        wait = self._beat * min(2 ** (self._missed - 1), MOST_PATIENT)
        again = StartTimer(BeatDue(), wait)
        return [Count("beats.missed"), *self._prober.probe_now(entry, now), again]
