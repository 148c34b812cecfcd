"""
Ordered reliable streams: what a TCP connection is to two simulated ends.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from math import ceil

from gossipchat.sim.network.network import Network

SEGMENT = 1448
"""Bytes of a stream in one packet."""

SAY_AGAIN = 0.2
"""Seconds until TCP repeats what got lost; twice that the next time."""

Deliver = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Line:
    """What a stream runs over."""

    bytes_per_second: float = 100e6
    patience: float = 2.0
    """After a cut of this many seconds both ends give the stream up."""


class Stream:
    """
    Both directions between two ends; each keeps its order.

    A lost packet delays what comes after it, as TCP does, by its timer at worst. A cut
    holds everything back; what is held is delivered when the cut heals in
    time, and lost when an end gives up first.
    """

    def __init__(
        self, network: Network, ends: tuple[Hashable, Hashable], line: Line
    ) -> None:
        self.network = network
        self.ends = ends
        self.line = line
        self.open = True
        self._free_at = dict.fromkeys(ends, 0.0)
        self._arrived_at = dict.fromkeys(ends, 0.0)
        self._held: list[tuple[Hashable, Deliver]] = []
        self.unsent = dict.fromkeys(ends, 0)
        """Bytes that each end has handed over and the line has not taken on."""

    def send(
        self, source: Hashable, size: int, arrive: Deliver, drained: Deliver
    ) -> None:
        """*arrive* is called at the far end; *drained* when the line took it on."""
        heap = self.network.heap
        self.unsent[source] += size
        start = max(heap.now, self._free_at[source])
        taken = self._free_at[source] = start + size / self.line.bytes_per_second
        there = taken + self.network.delay() + self._lost_time(size)
        there = max(there, self._arrived_at[source])
        self._arrived_at[source] = there

        def take_on() -> None:
            self.unsent[source] -= size
            self._pass(source, drained)

        heap.after(taken - heap.now, take_on)
        heap.after(there - heap.now, lambda: self._pass(source, arrive))

    def _lost_time(self, size: int) -> float:
        """How much later the last of its packets comes, since some get lost."""
        loss = self.network.weather.loss
        if not loss:
            return 0.0
        chance, latest = self.network.heap.chance, 0.0
        for _ in range(ceil(size / SEGMENT)):
            late, wait = 0.0, SAY_AGAIN
            while chance.random() < loss:
                late, wait = late + wait, 2 * wait
            latest = max(latest, late)
        return latest

    def close(self) -> None:
        """Nothing arrives any more."""
        self.open = False
        self._held.clear()

    def is_cut(self) -> bool:
        """Whether nothing passes in at least one direction."""
        one, other = self.ends
        passes = self.network.passes
        return not (passes(one, other) and passes(other, one))

    def resume(self) -> None:
        """The cut is healed: what was held goes on, in its order."""
        held, self._held = self._held, []
        for source, deliver in held:
            self._pass(source, deliver)

    def _pass(self, source: Hashable, deliver: Deliver) -> None:
        if not self.open:
            return
        if self.is_cut() or any(held[0] == source for held in self._held):
            self._held.append((source, deliver))
        else:
            deliver()
