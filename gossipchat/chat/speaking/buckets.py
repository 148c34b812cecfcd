"""
How fast local users may speak: a token bucket each. What is above it is refused,
never queued: every node stores every message.
"""

from collections import OrderedDict

from gossipchat.chat.speaking.pace import Pace


class Buckets:
    """
    Of each nick a bucket of *burst*, refilled by *rate* a second (0: no limit).

    At most *most* are remembered; a bucket that was touched longest ago goes first.
    """

    def __init__(self, rate: float, burst: int, most: int) -> None:
        self._rate = rate
        self._burst = burst
        self._most = most
        self._paces: OrderedDict[str, Pace] = OrderedDict()

    def wait(self, nick: str, now: float) -> float:
        """Seconds until *nick* may say one more; 0: now, and it is spent."""
        if self._rate == 0:
            return 0.0
        folded = nick.casefold()
        pace = self._paces.get(folded)
        if pace is None:
            pace = self._paces[folded] = Pace(self._burst, 1 / self._rate)
            if len(self._paces) > self._most:
                self._paces.popitem(last=False)
        self._paces.move_to_end(folded)
        wait = pace.wait(now)
        if wait == 0:
            pace.spend(now)
        return wait
