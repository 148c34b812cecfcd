"""
A network that delays, loses, cuts and rejects. It carries anything, between any ends.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass

from gossipchat.sim.heap import Heap

Way = tuple[Hashable, Hashable]


@dataclass(frozen=True, slots=True)
class Weather:
    """How the network is today."""

    latency: float = 0.0005
    """The shortest one-way delay, in seconds (the middle one with *spread*)."""
    jitter: float = 0.0005
    """Added to it: exponential, with this mean; packets overtake each other."""
    loss: float = 0.0
    """The share of packets that vanish, 0 to 1. Streams are not lost, only late."""
    duplication: float = 0.0
    """The share of packets that arrive twice."""
    spread: float = 0.0
    """Latency is up to this much more or less, evenly: ``2±1 ms``."""

    @property
    def slow_round_trip(self) -> float:
        """Seconds there and back, about the longest: sooner nobody can know better."""
        return 2 * (self.latency + self.spread + 4 * self.jitter)

    @classmethod
    def even(cls, latency: float, spread: float, loss: float = 0.0) -> "Weather":
        """*latency* ± *spread* seconds one way."""
        return cls(latency=latency, jitter=0.0, loss=loss, spread=spread)


class Network:
    """
    Whether and when something sent by one end reaches another.

    Streams (``connected``) and packets share the cuts; only packets are lost.
    """

    def __init__(self, heap: Heap, weather: Weather | None = None) -> None:
        self.heap = heap
        self.weather = weather or Weather()
        self.distance: Callable[[Hashable, Hashable], float] = _next_door
        """Seconds one way to add between two places: sites that are far apart."""
        self._cuts: set[Way] = set()
        self._rejected: set[Way] = set()
        self._walls: set[Way] = set()
        self._lossy: dict[Hashable, tuple[float, float]] = {}

    # --- what is wrong with it ------------------------------------------------

    def cut(self, side: Iterable[Hashable], other: Iterable[Hashable]) -> None:
        """Nothing passes between the two sides any more, either way."""
        self._cuts.update(_both_ways(side, other))

    def cut_one_way(self, source: Hashable, target: Hashable) -> None:
        """Nothing passes from *source* to *target* any more."""
        self._cuts.add((source, target))

    def reject(self, side: Iterable[Hashable], other: Iterable[Hashable]) -> None:
        """A firewall between the two: a cut, but whoever dials is refused at once."""
        ways = _both_ways(side, other)
        self._cuts.update(ways)
        self._rejected.update(ways)

    def wall(self, source: Hashable, target: Hashable) -> None:
        """
        A firewall that knows connections: neither packets nor new connections pass
        from *source* to *target*; what *target* opens works both ways.
        """
        self._walls.add((source, target))

    def lose(self, place: Hashable, inbound: float, outbound: float) -> None:
        """From now on *place* loses these shares of what it gets and sends."""
        self._lossy[place] = (inbound, outbound)

    def heal(self) -> None:
        """Undo all cuts and firewalls."""
        self._cuts.clear()
        self._rejected.clear()
        self._walls.clear()

    # --- questions ------------------------------------------------------------

    def passes(self, source: Hashable, target: Hashable) -> bool:
        """Whether the way from *source* to *target* is open now."""
        return (source, target) not in self._cuts

    def may_open(self, source: Hashable, target: Hashable) -> bool:
        """Whether *source* can open a connection to *target* now."""
        both_ways = self.passes(source, target) and self.passes(target, source)
        return both_ways and (source, target) not in self._walls

    def rejects(self, source: Hashable, target: Hashable) -> bool:
        """Whether a firewall refuses what *source* dials to *target*."""
        return (source, target) in self._rejected

    def gets_through(self, source: Hashable, target: Hashable) -> bool:
        """Whether one packet sent now arrives, drawn."""
        return (source, target) not in self._walls and self.carries(source, target)

    def carries(self, source: Hashable, target: Hashable) -> bool:
        """The same for a packet of a connection that stands: walls let it pass."""
        if self._cuts and not self.passes(source, target):
            return False
        chance = self.heap.chance
        if chance.random() < self.weather.loss:
            return False
        return not self._lossy or not (
            chance.random() < self._lossy.get(source, (0.0, 0.0))[1]
            or chance.random() < self._lossy.get(target, (0.0, 0.0))[0]
        )

    def delay(self) -> float:
        """A one-way delay between neighbours, drawn."""
        weather, chance = self.weather, self.heap.chance
        delay = weather.latency
        if weather.spread:
            delay += 2 * weather.spread * chance.random() - weather.spread
        if weather.jitter:
            delay += chance.expovariate(1 / weather.jitter)
        return delay

    def delay_between(self, source: Hashable, target: Hashable) -> float:
        """A one-way delay from *source* to *target*, drawn."""
        return self.delay() + self.distance(source, target)

    # --- packets --------------------------------------------------------------

    def send(
        self, source: Hashable, target: Hashable, arrive: Callable[[], None]
    ) -> None:
        """Let one packet travel: *arrive* is called never, once or twice."""
        if not self.gets_through(source, target):
            return
        self._travel(source, target, arrive)
        if self.heap.chance.random() < self.weather.duplication:
            self._travel(source, target, arrive)

    def _travel(
        self, source: Hashable, target: Hashable, arrive: Callable[[], None]
    ) -> None:
        delay = self.delay_between(source, target)
        self.heap.after(delay, lambda: self._land(source, target, arrive))

    def _land(
        self, source: Hashable, target: Hashable, arrive: Callable[[], None]
    ) -> None:
        if not self._cuts or self.passes(source, target):  # a cut takes these too
            arrive()


def _both_ways(side: Iterable[Hashable], other: Iterable[Hashable]) -> set[Way]:
    others = list(other)
    there = {(one, two) for one in side for two in others}
    return there | {(two, one) for one, two in there}


def _next_door(source: Hashable, target: Hashable) -> float:
    return 0.0
