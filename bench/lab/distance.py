"""
How far real members are from each other: what a packet takes from one to another, or
that they are in one network.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Distance:
    """One way between any two machines, in milliseconds; 0: as fast as this one is."""

    delay_ms: float = 0.0
    jitter_ms: float = 0.0
    """Give or take so much, at most the delay; packets don't overtake each other."""

    loopback: bool = False
    """All on loopback, in one network (``lab.loopback``): no delay, loss or cuts."""

    @property
    def in_name(self) -> str:
        """For results: nothing, or as in -delay2ms, -delay2ms-jitter1ms, -loopback."""
        if self.loopback:
            return "-loopback"
        if not self.delay_ms:
            return ""
        jitter = f"-jitter{self.jitter_ms:g}ms" if self.jitter_ms else ""
        return f"-delay{self.delay_ms:g}ms{jitter}"

    @property
    def in_words(self) -> str:
        """A line below a table; nothing, if there is no delay."""
        if self.loopback:
            return f"\nMembers were {ON_LOOPBACK}.\n"
        if not self.delay_ms:
            return ""
        jitter = f" ± {self.jitter_ms:g}" if self.jitter_ms else ""
        return f"\nOne way between two members: {self.delay_ms:g}{jitter} ms.\n"


HERE = Distance()

ON_LOOPBACK = (
    "on loopback, all in one network: no delay, loss or cuts, and no bytes counted"
)
