"""
How often an author seals: at once after a quiet time, seldom while it speaks fast.

A seal is a signature for its author and a check for every other node; the run
that waits a little holds all that was said meanwhile.
"""

from math import exp

SHARED = 1.0
"""For each run of others in an interval ours grows by so much of what is set. A run
costs a node as much as thirty entries."""

LONE = 0.8
"""What the seal of a single message takes from the bucket: who speaks as often as it
may seal gains a little with each, so it is not fast, and does not wait for ever."""

MOST_SHARES = 6.0
"""The interval grows to so many times what is set: a flood of others' runs may slow
our own seals, but not stop them."""

MEMORY = 1.0
"""Seconds over which others' runs are averaged."""


class Pace:
    """
    A bucket of *burst* seals, refilled by one every *interval* seconds.

    Every node checks every seal, so the interval grows with the rate at which others
    seal: where 16 authors speak fast they make about 35 runs a second together, not
    160 (it grows with the root of their number). The burst shrinks with the square of
    that. Alone, an author has both as they are set.
    """

    def __init__(self, burst: int, interval: float) -> None:
        self._burst = burst
        self._set = interval
        self._level = float(burst)
        self._filled_at = 0.0
        self._others = 0.0
        """Runs of others lately, fading with MEMORY: about the rate of them."""
        self._heard_at = 0.0

    def heard(self, runs: int, now: float) -> None:
        """Others have sealed so many *runs*."""
        self._fill(now)
        self._others = self._rate(now) + runs / MEMORY
        self._heard_at = now

    def _rate(self, now: float) -> float:
        return self._others * exp(-max(0.0, now - self._heard_at) / MEMORY)

    def _shares(self, now: float) -> float:
        return min(MOST_SHARES, 1 + SHARED * self._rate(now) * self._set)

    def _interval(self, now: float) -> float:
        return self._set * self._shares(now)

    def wait(self, now: float) -> float:
        """Seconds until the next seal may be made; 0: now."""
        self._fill(now)
        return 0.0 if self._level >= 1 else (1 - self._level) * self._interval(now)

    def spend(self, now: float, share: float = 1.0) -> None:
        """A seal is made; *share* of one, if it holds little."""
        self._fill(now)
        self._level -= share

    def _fill(self, now: float) -> None:
        if self._set == 0:
            self._level = float(self._burst)
            return
        gained = (now - self._filled_at) / self._interval(now)
        # a hair above, so that waiting for exactly wait() seconds is enough
        most = max(1.0, self._burst / self._shares(now) ** 2)
        self._level = min(most, self._level + gained + 1e-9)
        self._filled_at = now
