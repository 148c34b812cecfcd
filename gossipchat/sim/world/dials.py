"""
Dials in the simulated world: asked again each second, as TCP does.
"""

from functools import partial
from typing import TYPE_CHECKING

from gossipchat.broadcast.events import DialFailed
from gossipchat.names import AuthorKey
from gossipchat.sim.network.cables import Cables
from gossipchat.sim.network.network import Network

if TYPE_CHECKING:
    from gossipchat.sim.world.machine import Node

TRIES = 4
"""More of them, a second apart, until a dial has failed (``transport``: 5 s)."""

Dial = tuple[AuthorKey, int, AuthorKey]
"""Who dials, in which of its lives, and whom."""


class Dials:
    """Those under way: one to a peer, as in the transport."""

    def __init__(self, network: Network, cables: Cables) -> None:
        self._network = network
        self._cables = cables
        self._under_way: set[Dial] = set()

    def begin(self, source: "Node", peer: AuthorKey, target: "Node | None") -> None:
        """
        Let *source* open a link to *target*, if that has the key *peer*. Nothing comes
        of it while another dial to that peer is under way.
        """
        dial = (source.key, source.host.life, peer)
        if dial not in self._under_way:
            self._under_way.add(dial)
            self._try(source, dial, target, TRIES)

    def _try(
        self, source: "Node", dial: Dial, target: "Node | None", left: int
    ) -> None:
        delay = 3 * self._network.delay()
        source.after(delay, partial(self._arrive, source, dial, target, left))

    def _arrive(
        self, source: "Node", dial: Dial, target: "Node | None", left: int
    ) -> None:
        peer, reached = dial[2], self._reaches(source, target)
        if target is None or target.key != peer or (reached and target.peer is None):
            self._under_way.discard(dial)
            source.feed(DialFailed(peer, "nothing listens there"))
        elif self._network.rejects(source.place, target.place):
            self._under_way.discard(dial)
            source.feed(DialFailed(peer, "it was refused"))
        elif reached:
            self._under_way.discard(dial)
            self._cables.connect(source, target)
        elif left:
            source.after(1.0, partial(self._try, source, dial, target, left - 1))
        else:
            self._under_way.discard(dial)
            source.feed(DialFailed(peer, "it timed out"))

    def _reaches(self, source: "Node", target: "Node | None") -> bool:
        """Whether anybody answers there: no cut, a machine, a process that runs."""
        if target is None or not target.host.up or target.host.paused:
            return False
        return self._network.may_open(source.place, target.place)
