"""
How fit this node itself is (Lifeguard's local health awareness).

Whoever is slow hears acks late and would accuse the healthy: so a node that has
reason to doubt itself waits longer before it doubts others.
"""


class Health:
    """
    A score from 0 (fit) to *limit* - 1 (doubtful).

    Source: Lifeguard (arXiv:1707.00788), LHA-Probe.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.score = 0

    def worsen(self, by: int = 1) -> None:
        """A probe failed, promised nacks did not come, or we had to refute."""
        self.score = min(self.score + by, self._limit - 1)

    def mend(self) -> None:
        """A probe was answered."""
        self.score = max(self.score - 1, 0)

    def stretched(self, period: float) -> float:
        """How long a probe round of *period* seconds lasts in this condition."""
        return period * (self.score + 1)
