"""
Carries frames from one end of a cable to the other, late. A program for one fabric:

    ip netns exec FABRIC python carrier.py DELAY JITTER

DELAY and JITTER are of one cable, in seconds: a frame waits DELAY ± JITTER (evenly
spread), and longer where it would overtake. For each name on standard input, one at a
time, it makes a cable: two TAP devices, NAME and NAMEi, and says the name back. At the
end of input it tells how many frames it has carried and dropped, and ends; so do its
devices. Imports nothing of the lab: it is started often and ought to be up at once.
"""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from fcntl import ioctl
from heapq import heappop, heappush
from itertools import count
from random import Random
from select import select
from selectors import EVENT_READ, DefaultSelector
from struct import pack
from time import monotonic

TUN = "/dev/net/tun"
TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x0002, 0x1000
INNER = "i"
"""Ends the name of the end that becomes a machine's card."""

MOST_WAITING = 1000
"""Frames on one way of a cable, as many as netem's queue holds; more are dropped."""
AT_ONCE = 64
"""Frames read from one end before the others have their turn."""
MOST_BYTES = 65_536
SEED = 1


@dataclass(slots=True)
class Way:
    """One direction of a cable."""

    source: int
    target: int
    last_due: float = 0.0
    waiting: int = 0


class Lateness:
    """How long frames wait."""

    def __init__(self, delay: float, jitter: float, chance: Random) -> None:
        self._delay = delay
        self._jitter = jitter
        self._chance = chance

    def due(self, way: Way, now: float) -> float:
        """When a frame that came *now* goes on; never before those on its way."""
        wait = self._delay + self._chance.uniform(-self._jitter, self._jitter)
        way.last_due = max(way.last_due, now + wait)
        return way.last_due


class Carrier:
    """All cables of a fabric."""

    def __init__(self, lateness: Lateness) -> None:
        self._selector = DefaultSelector()
        self._lateness = lateness
        self._order = count()
        self._queue: list[tuple[float, int, Way, bytes]] = []
        self._asked = True
        self.carried = 0
        self.dropped = 0

    def run(self) -> None:
        """Until the end of input."""
        self._selector.register(0, EVENT_READ, self._obey)
        while self._asked:
            wait = max(0.0, self._queue[0][0] - monotonic()) if self._queue else None
            # A selector of its own would round the wait up to a millisecond.
            if select([self._selector], [], [], wait)[0]:
                for key, _ in self._selector.select(0):
                    key.data()
            self._deliver()

    def _obey(self) -> None:
        names = os.read(0, MOST_BYTES).decode("ascii").split()
        self._asked = bool(names)
        for name in names:
            self._lay(name)
            _say(name)

    def _lay(self, name: str) -> None:
        outer, inner = _tap(name), _tap(name + INNER)
        for way in (Way(outer, inner), Way(inner, outer)):
            self._selector.register(way.source, EVENT_READ, self._reader(way))

    def _reader(self, way: Way) -> Callable[[], None]:
        return lambda: self._take(way)

    def _take(self, way: Way) -> None:
        try:
            for _ in range(AT_ONCE):
                self._queue_up(way, os.read(way.source, MOST_BYTES))
        except BlockingIOError:
            pass
        except OSError:  # its machine is gone, and the device with it
            self._selector.unregister(way.source)

    def _queue_up(self, way: Way, frame: bytes) -> None:
        if way.waiting >= MOST_WAITING:
            self.dropped += 1
            return
        way.waiting += 1
        due = self._lateness.due(way, monotonic())
        heappush(self._queue, (due, next(self._order), way, frame))

    def _deliver(self) -> None:
        while self._queue and self._queue[0][0] <= monotonic():
            _, _, way, frame = heappop(self._queue)
            way.waiting -= 1
            with suppress(OSError):  # that end is pulled out: lost, as anywhere
                os.write(way.target, frame)
                self.carried += 1


def _tap(name: str) -> int:
    """A new device of that name, in this namespace; there as long as it is open."""
    device = os.open(TUN, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    ioctl(device, TUNSETIFF, pack("16sH22x", name.encode("ascii"), IFF_TAP | IFF_NO_PI))
    return device


def _say(text: str) -> None:
    with suppress(BrokenPipeError):  # the bench was killed: the input ends as well
        os.write(1, f"{text}\n".encode("ascii"))


def main() -> None:
    """Carry."""
    delay, jitter = map(float, sys.argv[1:])
    with suppress(OSError):
        os.nice(-5)  # a cable would not wait for a processor
    carrier = Carrier(Lateness(delay, jitter, Random(SEED)))
    carrier.run()
    _say(f"{carrier.carried} {carrier.dropped}")


if __name__ == "__main__":
    main()
