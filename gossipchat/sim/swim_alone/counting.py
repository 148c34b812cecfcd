"""
Members by the thousands, reduced to one question: how one claim spreads.

Each member is a number of tellings left. Who hears the claim for the first time tells
a round at once and then one a tick, until its quota is used up, as ``swim``'s gossip
does with a death (``dissemination.gossip``, ``dissemination.queue``).

Left out, all else: probes and the rides that claims take on them and on acks (so it is
rather too slow), full exchanges, other claims, links, bytes. ``bench/scale.py`` sets it
beside whole members where both can be played.
"""

from dataclasses import dataclass
from functools import partial
from math import ceil, inf, log10

from gossipchat.sim.heap import Heap
from gossipchat.sim.network.network import Network, Weather
from gossipchat.swim.config import SwimConfig


@dataclass(frozen=True)
class Spreading:
    """What became of one claim."""

    half: float
    """Seconds until half of all members know; infinite: they never do."""
    last: float
    """The same for all."""
    missed: int
    """Members that gossip never told: a full exchange would."""
    packets: float
    """A member."""


class _Members:
    def __init__(
        self, seed: int, size: int, config: SwimConfig, weather: Weather
    ) -> None:
        self.heap = Heap(seed)
        self.network = Network(self.heap, weather)
        self.config = config
        self.quota = config.retransmit_mult * ceil(log10(size + 1))
        self.left: list[int | None] = [None] * size
        """Tellings left to each; None: it has not heard."""
        self.heard: list[float] = []
        self.packets = 0

    def hear(self, member: int) -> None:
        if self.left[member] is None:
            self.left[member] = self.quota
            self.heard.append(self.heap.now)
            self.tell(member)

    def tell(self, member: int) -> None:
        """One round, to random others; the next one a tick later."""
        chance, size = self.heap.chance, len(self.left)
        left = self.left[member] or 0
        for _ in range(min(left, self.config.gossip_nodes)):
            other = chance.randrange(size - 1)
            other += other >= member
            self.packets += 1
            self.network.send(member, other, partial(self.hear, other))
        self.left[member] = left = max(0, left - self.config.gossip_nodes)
        if left:
            self.heap.after(self.config.gossip_interval, partial(self.tell, member))


def spread(
    seed: int,
    size: int,
    config: SwimConfig | None = None,
    weather: Weather | None = None,
) -> Spreading:
    """One member of *size* declares a death; who knows when?"""
    members = _Members(seed, size, config or SwimConfig.lan(), weather or Weather())
    members.hear(0)
    members.heap.run_until(60.0)
    heard = members.heard

    def when(count: int) -> float:
        return heard[count - 1] if len(heard) >= count else inf

    packets = members.packets / size
    return Spreading(when(ceil(size / 2)), when(size), size - len(heard), packets)
