"""
A world of whole swim nodes: real packets over a simulated network, small disks.

Everything that leaves a node is encoded and decoded as on the wire, with the keys
that each node has.
"""

from collections.abc import Callable, Iterable

from gossipchat.names import Address, NodeName
from gossipchat.sim.heap import Heap
from gossipchat.sim.network.host import Host
from gossipchat.sim.network.network import Network, Weather
from gossipchat.sim.swim_alone.node import SwimNode as SwimNode
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.events import (
    JoinAsked,
    LeaveAsked,
    Status,
)
from gossipchat.wire.layers.keyring import KeyRing


class SwimWorld:
    """Nodes, the network between them, and all that was ever notified."""

    def __init__(
        self,
        seed: int | Network,
        config: SwimConfig | None = None,
        weather: Weather | None = None,
        keyring: KeyRing | None = None,
        label: bytes = b"",
    ) -> None:
        """*seed*: of the run, or the network that the nodes are to share."""
        if isinstance(seed, Network):
            self.network = seed
        else:
            self.network = Network(Heap(seed), weather)
        self.heap = self.network.heap
        self.config = config or SwimConfig.lan()
        self.keyring, self.label = keyring, label
        self.nodes: dict[NodeName, SwimNode] = {}
        self.happenings: list[tuple[float, NodeName, object]] = []
        self._by_address: dict[Address, SwimNode] = {}
        self._addresses: dict[Host, Address] = {}

    def add(self, name: str, tags: dict[str, str] | None = None) -> SwimNode:
        """A new machine whose process starts at once."""
        node = SwimNode(self, NodeName(name), len(self.nodes))
        self.nodes[node.name] = node
        self.place(node)
        node.start(tags)
        return node

    def place(self, node: SwimNode) -> None:
        """Let packets and streams reach it; not needed for what ``add`` made."""
        self._by_address[node.address] = node
        self._addresses[node.host] = node.address

    def join(self, node: SwimNode, seed: SwimNode) -> None:
        node.handle(JoinAsked(seed.address))

    def leave(self, node: SwimNode) -> None:
        node.handle(LeaveAsked())

    def run(self, seconds: float) -> None:
        self.heap.run_until(self.heap.now + seconds)

    def run_until(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Run until *condition*, looked at twenty times a second, or not."""
        end = self.heap.now + seconds
        while not condition():
            if self.heap.now >= end:
                return False
            self.heap.run_until(min(end, self.heap.now + 0.05))
        return True

    @property
    def running(self) -> list[SwimNode]:
        return [node for node in self.nodes.values() if node.swim is not None]

    def all_see(
        self,
        status: Status,
        of: Iterable[SwimNode],
        by: Iterable[SwimNode] | None = None,
    ) -> bool:
        """Whether all of *by* (all that run) hold all of *of* to be *status*."""
        seen = list(of)
        viewers = self.running if by is None else list(by)
        return all(
            node.sees(other.name) is status for node in viewers for other in seen
        )

    def whole(self) -> bool:
        """Whether all that run see all that run as alive."""
        return self.all_see(Status.ALIVE, self.running)

    # --- what the nodes' effects do -----------------------------------------

    def notice(self, node: SwimNode, happening: object) -> None:
        """*node* told its watchers of *happening*."""
        self.happenings.append((self.heap.now, node.name, happening))

    def send(self, source: SwimNode, to: Address, datagram: bytes) -> None:
        """Let a datagram travel; to nowhere, it is lost."""
        target = self.node_at(to)
        there = None if target is None else target.host
        source.host.send(there, datagram, len(datagram))

    @property
    def packets_sent(self) -> int:
        return sum(node.host.packets_sent for node in self._by_address.values())

    @property
    def bytes_sent(self) -> int:
        return sum(node.host.bytes_sent for node in self._by_address.values())

    def node_at(self, address: Address) -> SwimNode | None:
        return self._by_address.get(address)

    def address_of(self, host: Host) -> Address:
        """Where *host* sends from."""
        return self._addresses[host]
