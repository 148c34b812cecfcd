"""
What lies between the machines of a world: datagrams, streams, proofs and dials.

All of it is encoded by whoever sends it and decoded by whoever gets it.
"""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from gossipchat.names import Address, AuthorKey
from gossipchat.sim.network.cables import Cables
from gossipchat.sim.network.call import Call, Outcome
from gossipchat.sim.network.host import Host
from gossipchat.sim.network.network import Network
from gossipchat.sim.world.dials import Dials
from gossipchat.sim.world.traffic import Traffic
from gossipchat.swim import events as swim
from gossipchat.wire.memberlist.messages import Message
from gossipchat.wire.packet import Packets
from gossipchat.wire.streams import StreamReader, encode_stream

if TYPE_CHECKING:
    from gossipchat.sim.world.machine import Node


class Wires:
    """Who is where, and what travels between two."""

    def __init__(self, network: Network, cables: Cables) -> None:
        self.network = network
        self.cables = cables
        self.packets = Packets(compress=False)  # as nodes send them
        self._dials = Dials(network, cables)
        self._by_address: dict[Address, Node] = {}

    def plug_in(self, node: "Node") -> None:
        """*node* can be reached from now on."""
        self._by_address[node.address] = node

    def node_at(self, address: Address) -> "Node | None":
        """The machine that has *address*, with or without a peer."""
        return self._by_address.get(address)

    def owner_of(self, key: AuthorKey) -> "Node | None":
        """The machine that has *key*."""
        nodes = self._by_address.values()
        return next((node for node in nodes if node.key == key), None)

    def sent(self) -> Traffic:
        """By all machines, so far."""
        hosts = list(self._hosts())
        return Traffic(
            sum(host.packets_sent for host in hosts),
            sum(host.bytes_sent for host in hosts),
            sum(host.stream_bytes for host in hosts),
            self.cables.total_bytes,
        )

    def _hosts(self) -> Iterator[Host]:
        for node in self._by_address.values():
            yield node.host

    # --- what travels ---------------------------------------------------------

    def send_packet(
        self, source: "Node", to: Address, parts: tuple[bytes, ...], crc: bool
    ) -> None:
        """Let one datagram travel; to nowhere, it is lost."""
        target = self.node_at(to)
        if target is not None:
            datagram = self.packets.seal(parts, crc)
            said = source.address, datagram
            source.host.send(target.host, said, len(datagram))

    def open_stream(self, source: "Node", opened: swim.OpenStream) -> None:
        """Let *source* ask one question over a stream and get its answer."""
        target = self.node_at(opened.to)
        packed = packed_stream(opened.message, answer=False)
        Call(
            source.host,
            None if target is None else target.host,
            (source.address, packed),
            len(packed),
            opened.timeout,
            partial(self._hang_up, source, opened),
        )

    def _hang_up(self, source: "Node", opened: swim.OpenStream, got: object) -> None:
        if isinstance(got, bytes):
            answer = unpacked_stream(got, answer=True)
            source.feed(swim.StreamAnswered(opened.stream, answer))
        else:
            refused = got is Outcome.REFUSED
            why = got.value if isinstance(got, Outcome) else str(got)
            source.feed(swim.StreamFailed(opened.stream, why, refused))

    def prove(self, source: "Node", asked: swim.ProveAddress) -> None:
        """Tell *source* whether whoever is at that address has that key."""
        target = self.node_at(asked.address)
        proven = (
            target is not None
            and target.awake
            and target.key == asked.key
            and self._may_open(source, target)
        )
        outcome = swim.AddressProven if proven else swim.AddressNotProven
        told = outcome(asked.key, asked.address)
        source.after(3 * self.network.delay(), partial(source.feed, told))

    def dial(self, source: "Node", peer: AuthorKey, address: Address) -> None:
        """Open a link, if somebody with that key is there."""
        self._dials.begin(source, peer, self.node_at(address))

    def _may_open(self, source: "Node", target: "Node") -> bool:
        return self.network.may_open(source.place, target.place)


def packed_stream(message: Message, answer: bool) -> bytes:
    """*message* as a stream that is opened with it, or answered."""
    return encode_stream(message, answer=answer, compress=False)


def unpacked_stream(packed: bytes, answer: bool) -> Message:
    """The other way."""
    reader = StreamReader(answering=answer)
    reader.feed(packed)
    return reader.finish()
