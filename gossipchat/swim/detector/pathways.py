"""
How long to wait for whom: those near by must answer sooner.
"""

from gossipchat.swim.config import SwimConfig
from gossipchat.swim.membership.members import Entry

LAST_LOOK = 0.02
"""Seconds that a suspect whose round trip is not known has to answer the last ping
before a verdict: its silence may have been a cut that ended just now. If it is known,
that and half of it more, but at least a quarter of this."""


class Pathways:
    """
    Timeouts by the round trips that were measured.

    Members without an identity keep memberlist's, and so do all when the rules are off.
    """

    def __init__(self, config: SwimConfig) -> None:
        self._config = config

    def patience(self, entry: Entry) -> float:
        """Seconds that *entry* gets to answer a ping, until helpers are asked."""
        config = self._config
        if entry.key is None or not config.path_timeout_most:
            return config.probe_timeout
        if entry.rtt is None:
            return config.path_timeout_most
        twice = 2 * max((entry.rtt, *entry.rtts))
        return min(max(twice, config.path_timeout_least), config.path_timeout_most)

    def looks(self, entry: Entry) -> tuple[float, ...]:
        """Seconds before a verdict at which *entry* is pinged once more."""
        half = self.patience(entry) / 2
        if entry.rtt is None:
            return half, min(LAST_LOOK, half)
        slowest = max((entry.rtt, *entry.rtts))
        return (min(max(LAST_LOOK / 4, 1.5 * slowest), half),)

    def round(self, entry: Entry) -> float:
        """Seconds from a ping to *entry* until it is accused, when we are fit."""
        config = self._config
        if entry.key is None or not config.accuse_after:
            return config.probe_interval
        least = max(config.accuse_after, 3 * self.patience(entry))
        return min(least, config.probe_interval)
