"""
What broadcast is asked, simulated or real: so many members, loss, many killed at once.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Task:
    """One run: *loss* and *crashed* are shares, 0 to 1."""

    kind: str
    size: int
    loss: float
    crashed: float
    seed: int

    @property
    def weather(self) -> str:
        """In words."""
        if self.crashed:
            return f"{self.crashed:.0%} killed"
        return f"{self.loss:.0%} lost" if self.loss else "calm"
