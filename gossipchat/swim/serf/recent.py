"""
Joins and leaves of members not yet heard of: the news may outrun the member.
"""

from dataclasses import dataclass

from gossipchat.names import NodeName
from gossipchat.swim.config import SwimConfig


@dataclass(frozen=True, slots=True)
class RecentIntent:
    """The newest intent about an unknown member."""

    ltime: int
    leaving: bool
    heard: float


class RecentIntents:
    """One intent a name, for a while; at most ``max_intents``, the oldest go first."""

    def __init__(self, config: SwimConfig) -> None:
        self._limit = config.max_intents
        self._lifetime = config.recent_intent_timeout
        self._intents: dict[NodeName, RecentIntent] = {}

    def __len__(self) -> int:
        return len(self._intents)

    def keep(self, name: NodeName, ltime: int, leaving: bool, now: float) -> bool:
        """
        Whether it is newer than what was kept, and so worth passing on; not while one
        that still counts had to go for it: were more under way than are remembered,
        they would go round for ever.
        """
        known = self.of(name, now)
        if known is not None and ltime <= known.ltime:
            return False
        self._intents.pop(name, None)
        crowded = False
        if len(self._intents) >= self._limit:
            oldest = next(iter(self._intents))
            crowded = self.of(oldest, now) is not None
            del self._intents[oldest]
        self._intents[name] = RecentIntent(ltime, leaving, now)
        return not crowded

    def of(self, name: NodeName, now: float) -> RecentIntent | None:
        """What was heard of *name* lately."""
        intent = self._intents.get(name)
        if intent is None or now - intent.heard > self._lifetime:
            return None
        return intent
