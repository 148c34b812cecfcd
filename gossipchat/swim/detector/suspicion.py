"""
How long a suspect has to refute: long while one member accuses, short when several do.
"""

from dataclasses import dataclass
from math import floor, log, log10

from gossipchat.names import NodeName
from gossipchat.swim.config import SwimConfig

_ROUNDING = 1e-6
"""A millionth of a millisecond is float noise, not less than the millisecond."""


@dataclass(frozen=True, slots=True)
class SuspicionDue:
    """
    Timer: *name* had time enough to refute, as of *heard* confirmations.

    *serial* tells this suspicion from earlier ones of the same member.
    """

    name: NodeName
    serial: int
    heard: int


@dataclass(frozen=True, slots=True)
class Patience:
    """How long suspects of a cluster of some size get."""

    wanted: int
    """Confirmations that bring the time down to *shortest*; 0: it is that already."""
    shortest: float
    longest: float

    @classmethod
    def of(cls, config: SwimConfig, members: int) -> "Patience":
        """
        *members*: all that are known, the dead and this node included.

        The logarithm is cut to three decimals as memberlist cuts it, so that mixed
        clusters bury at the same moment. No confirmations are waited for where too
        few members are left to give them.
        """
        scale = floor(max(1.0, log10(max(1, members))) * 1000 + _ROUNDING)
        shortest = config.suspicion_mult * scale * config.probe_interval / 1000
        wanted = config.suspicion_mult - 2
        return cls(
            wanted=wanted if 0 < wanted <= members - 2 else 0,
            shortest=shortest,
            longest=shortest * config.suspicion_max_mult,
        )

    def after(self, heard: int) -> float:
        """
        Seconds from the first accusation until death, after *heard* confirmations.

        Source: Lifeguard (arXiv:1707.00788), LHA-Suspicion; floored to a
        millisecond as memberlist floors it.
        """
        if self.wanted < 1:
            return self.shortest
        share = log(heard + 1) / log(self.wanted + 1)
        wait = self.longest - (self.longest - self.shortest) * share
        return max(self.shortest, floor(wait * 1000 + _ROUNDING) / 1000)


class Suspicion:
    """One suspect's time, running. At most ``wanted`` confirmations are kept."""

    def __init__(
        self, serial: int, accuser: NodeName, patience: Patience, now: float
    ) -> None:
        self.serial = serial
        self.patience = patience
        self._started = now
        self._accusers = {accuser: None}

    @property
    def began(self) -> float:
        """When it began, or began anew."""
        return self._started

    @property
    def accusers(self) -> tuple[NodeName, ...]:
        """Those that are kept, in the order in which they were heard."""
        return tuple(self._accusers)

    @property
    def heard(self) -> int:
        """Distinct accusers after the first."""
        return len(self._accusers) - 1

    def confirm(self, accuser: NodeName) -> bool:
        """Whether *accuser* is one more that counts (and should be passed on)."""
        if accuser in self._accusers or self.heard >= self.patience.wanted:
            return False
        self._accusers[accuser] = None
        return True

    def restart(self, serial: int, now: float) -> None:
        """Begin anew, under a new serial: what we slept through does not count."""
        self.serial = serial
        self._started = now

    def left(self, now: float) -> float:
        """Seconds until death, 0 when overdue."""
        return max(0.0, self._started + self.patience.after(self.heard) - now)
