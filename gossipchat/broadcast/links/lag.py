"""
How long after others' notes of it a link brings what they told of.
"""

GAIN = 1 / 8
GAIN_OF_DEVIATION = 1 / 4
DEVIATIONS = 4


class Lag:
    """
    A smoothed mean and deviation, as TCP keeps of round trips (RFC 6298, section 2).

    What comes before its note counts as 0, so a busy hour is forgotten.
    """

    __slots__ = ("_deviation", "_mean")

    def __init__(self) -> None:
        self._mean = 0.0
        self._deviation = 0.0

    def add(self, seconds: float) -> None:
        """One more run came so long after the first note of it."""
        off = abs(seconds - self._mean)
        self._deviation += GAIN_OF_DEVIATION * (off - self._deviation)
        self._mean += GAIN * (seconds - self._mean)

    @property
    def longest(self) -> float:
        """Hardly any run takes longer, in seconds."""
        return self._mean + DEVIATIONS * self._deviation
