"""
A network that delays, loses and cuts. It carries anything, between any ends.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass

from gossipchat.sim.heap import Heap


@dataclass(frozen=True, slots=True)
class Weather:
    """How the network is today."""

    latency: float = 0.0005
    """The shortest one-way delay, in seconds."""
    jitter: float = 0.0005
    """Added to it: exponential, with this mean; packets overtake each other."""
    loss: float = 0.0
    """The share of packets that vanish, 0 to 1. Streams are not lost, only late."""
    duplication: float = 0.0
    """The share of packets that arrive twice."""


class Network:
    """
    Whether and when something sent by one end reaches another.

    Streams (``connected``) and packets share the cuts; only packets are lost.
    """

    def __init__(self, heap: Heap, weather: Weather | None = None) -> None:
        self.heap = heap
        self.weather = weather or Weather()
        self._cuts: set[tuple[Hashable, Hashable]] = set()

    def cut(self, side: Iterable[Hashable], other: Iterable[Hashable]) -> None:
        """Nothing passes between the two sides any more, either way."""
        other = list(other)
        for a in side:
            for b in other:
                self.cut_one_way(a, b)
                self.cut_one_way(b, a)

    def cut_one_way(self, source: Hashable, target: Hashable) -> None:
        """Nothing passes from *source* to *target* any more."""
        self._cuts.add((source, target))

    def heal(self) -> None:
        """Undo all cuts."""
        self._cuts.clear()

    def passes(self, source: Hashable, target: Hashable) -> bool:
        """Whether the way from *source* to *target* is open now."""
        return (source, target) not in self._cuts

    def delay(self) -> float:
        """A one-way delay, drawn."""
        jitter = self.weather.jitter
        extra = self.heap.chance.expovariate(1 / jitter) if jitter else 0.0
        return self.weather.latency + extra

    def send(
        self, source: Hashable, target: Hashable, arrive: Callable[[], None]
    ) -> None:
        """Let one packet travel: *arrive* is called never, once or twice."""
        chance = self.heap.chance
        if not self.passes(source, target) or chance.random() < self.weather.loss:
            return
        self.heap.after(self.delay(), lambda: self._land(source, target, arrive))
        if chance.random() < self.weather.duplication:
            self.heap.after(self.delay(), lambda: self._land(source, target, arrive))

    def _land(
        self, source: Hashable, target: Hashable, arrive: Callable[[], None]
    ) -> None:
        if self.passes(source, target):  # a cut also takes what is under way
            arrive()
