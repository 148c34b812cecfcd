"""
How often an author seals: at once after a quiet time, seldom while it speaks fast.

A seal is a signature for its author and a check for every other node; the run
that waits a little holds all that was said meanwhile.
"""


class Pace:
    """A bucket of *burst* seals, refilled by one every *interval* seconds."""

    def __init__(self, burst: int, interval: float) -> None:
        self._burst = burst
        self._interval = interval
        self._level = float(burst)
        self._filled_at = 0.0

    def wait(self, now: float) -> float:
        """Seconds until the next seal may be made; 0: now."""
        self._fill(now)
        return 0.0 if self._level >= 1 else (1 - self._level) * self._interval

    def spend(self, now: float) -> None:
        """A seal is made."""
        self._fill(now)
        self._level -= 1

    def _fill(self, now: float) -> None:
        if self._interval == 0:
            self._level = float(self._burst)
            return
        gained = (now - self._filled_at) / self._interval
        # a hair above, so that waiting for exactly wait() seconds is enough
        self._level = min(float(self._burst), self._level + gained + 1e-9)
        self._filled_at = now
