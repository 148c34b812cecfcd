"""
How long to wait for whom: those near by must answer sooner.
"""

from collections import deque

from gossipchat.swim.config import SwimConfig
from gossipchat.swim.membership.members import Entry

LAST_LOOKS = 0.02, 0.005
"""Seconds before a verdict at which a suspect is pinged once more: its silence may have
been a cut that ended just now. Instead of the latter its slowest round trip, if that is
longer: of a cut that ends later than that nobody can know."""

AROUND = 1.5, 1.2, 1.0, 0.85, 0.7
"""Of that slowest round trip: so many times it before the verdict, since one ping after
a cut has ended may be lost, or slower than any before it."""

RECENT = 12
"""Round trips to anyone that are kept: who was never measured is taken to be as far as
the farthest of them,"""
ENOUGH = 4
"""if there are so many; until then it gets ``path_timeout_most``."""


class Pathways:
    """
    Timeouts by the round trips that were measured.

    Members without an identity keep memberlist's, and so do all when the rules are off.
    """

    def __init__(self, config: SwimConfig) -> None:
        self._config = config
        self._recent = deque[float](maxlen=RECENT)

    def measured(self, rtt: float) -> None:
        """Somebody has answered a ping within *rtt* seconds."""
        self._recent.append(rtt)

    def patience(self, entry: Entry) -> float:
        """Seconds that *entry* gets to answer a ping, until helpers are asked."""
        config = self._config
        if entry.key is None or not config.path_timeout_most:
            return config.probe_timeout
        slowest = self._slowest(entry)
        if slowest is None:
            return config.path_timeout_most
        least, most = config.path_timeout_least, config.path_timeout_most
        return min(max(2 * slowest, least), most)

    def looks(self, entry: Entry) -> tuple[float, ...]:
        """Seconds before a verdict at which *entry* is pinged once more."""
        half, slowest = self.patience(entry) / 2, self._slowest(entry)
        first, last = LAST_LOOKS
        if slowest is None:
            return LAST_LOOKS
        close = (min(times * max(slowest, last), half) for times in AROUND)
        return tuple(sorted({min(first, half), *close}, reverse=True))

    def inquest(self, entry: Entry) -> float:
        """
        Seconds for which we ask *entry* ourselves before we believe its death.

        Judges have waited long already: where the path seems slow, half the patience.
        """
        most = self._config.path_timeout_most
        return min(self.patience(entry), most / 2 or self._config.probe_timeout)

    def round(self, entry: Entry) -> float:
        """Seconds from a ping to *entry* until it is accused, when we are fit."""
        config = self._config
        if entry.key is None or not config.accuse_after:
            return config.probe_interval
        least = max(config.accuse_after, 3 * self.patience(entry))
        return min(least, config.probe_interval)

    def _slowest(self, entry: Entry) -> float | None:
        """
        Its slowest recent round trip, or anybody's: in a large cluster a lap of probes
        takes many minutes, and most who vanish were never measured by who asks.
        """
        if entry.rtt is not None:
            return max((entry.rtt, *entry.rtts))
        return max(self._recent) if len(self._recent) >= ENOUGH else None
