"""
Dials in the simulated world: asked again each second, as TCP does.
"""

from collections.abc import Callable
from functools import partial

from gossipchat.broadcast.events import DialFailed
from gossipchat.names import AuthorKey
from gossipchat.sim.cables import Cables
from gossipchat.sim.machine import Node
from gossipchat.sim.network import Network

TRIES = 4
"""More of them, a second apart, until a dial has failed (``transport``: 5 s)."""

MayOpen = Callable[[Node, Node], bool]
Dial = tuple[AuthorKey, int, AuthorKey]
"""Who dials, in which of its lives, and whom."""


class Dials:
    """Those under way: one to a peer, as in the transport."""

    def __init__(self, network: Network, cables: Cables, may_open: MayOpen) -> None:
        self._network = network
        self._cables = cables
        self._may_open = may_open
        self._under_way: set[Dial] = set()

    def begin(self, source: Node, peer: AuthorKey, target: Node | None) -> None:
        """
        Let *source* open a link to *target*, if that has the key *peer*. Nothing comes
        of it while another dial to that peer is under way.
        """
        dial = (source.key, source.life, peer)
        if dial not in self._under_way:
            self._under_way.add(dial)
            self._try(source, dial, target, TRIES)

    def _try(self, source: Node, dial: Dial, target: Node | None, left: int) -> None:
        delay = 3 * self._network.delay()
        source.after(delay, partial(self._arrive, source, dial, target, left))

    def _arrive(self, source: Node, dial: Dial, target: Node | None, left: int) -> None:
        peer = dial[2]
        if target is None or target.peer is None or target.key != peer:
            self._under_way.discard(dial)
            source.feed(DialFailed(peer, "nothing listens there"))
        elif self._may_open(source, target):
            self._under_way.discard(dial)
            self._cables.connect(source, target)
        elif left:
            source.after(1.0, partial(self._try, source, dial, target, left - 1))
        else:
            self._under_way.discard(dial)
            source.feed(DialFailed(peer, "it timed out"))
