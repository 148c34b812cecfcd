"""
A member made by hand, which says whatever the test likes: to an agent and to a node
alike, so that both can be seen to make the same of it.
"""

import socket
from types import TracebackType

from gossipchat.names import Address, NodeName, split_host_port
from gossipchat.wire.layers.keyring import KeyRing
from gossipchat.wire.memberlist.codec import encode
from gossipchat.wire.memberlist.messages import (
    Ack,
    Message,
    NodeState,
    Ping,
    PushPull,
    State,
    Vsn,
)
from gossipchat.wire.packet import Packets
from gossipchat.wire.streams import StreamReader, encode_stream
from tests.processes.lab import loopback_host

PATIENCE_S = 10.0
"""Seconds for an answer that must come."""

ROOM = 1 << 20
"""
Bytes of answers that wait unread: 256 acks with what rides on them are more than the
usual buffer, which drops the last of them when this process is not scheduled at once.
"""

LAST = 4_000_000
"""The number of the ping that ends a question: what was asked before is heard."""


class Stranger:
    """One UDP socket and whatever streams it opens; *keyring* as the cluster's."""

    def __init__(self, keyring: KeyRing | None = None) -> None:
        self._keyring = keyring
        self._packets = Packets(keyring)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ROOM)
        self._socket.bind((loopback_host(), 0))
        self._socket.settimeout(PATIENCE_S)
        self.address = Address(*self._socket.getsockname())

    def __enter__(self) -> "Stranger":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.close()

    def tell(self, where: str, datagram: bytes) -> None:
        """Send *datagram* to HOST:PORT *where*, as it is."""
        self._socket.sendto(datagram, split_host_port(where))

    def acked_by(self, where: str, datagram: bytes) -> set[int]:
        """
        The pings in *datagram* that *where* has answered by the time it answers a
        plain one that was sent after it.
        """
        self.tell(where, datagram)
        self.tell(where, self._packets.seal([ping(LAST)]))
        numbers: set[int] = set()
        while LAST not in numbers:
            opened = self._packets.open(self._socket.recv(65535))
            numbers |= {said.seq_no for said in opened.messages if type(said) is Ack}
        return numbers - {LAST}

    def member(self, name: str, vsn: Vsn) -> NodeState:
        """This stranger as a push/pull lists it."""
        return NodeState(NodeName(name), self.address, b"\xff\x80", 1, State.ALIVE, vsn)

    def swap(self, where: str, *nodes: NodeState) -> Message:
        """What *where* answers to a join that lists *nodes*."""
        with socket.create_connection(split_host_port(where), PATIENCE_S) as stream:
            stream.sendall(encode_stream(PushPull(True, nodes), self._keyring))
            reader = StreamReader(self._keyring, answering=True)
            while not reader.feed(stream.recv(65536)):
                pass
        return reader.finish()

    def say(self, where: str, message: Message) -> None:
        """A stream to *where* that wants no answer."""
        with socket.create_connection(split_host_port(where), PATIENCE_S) as stream:
            stream.sendall(encode_stream(message, self._keyring))


def ping(number: int) -> bytes:
    """For whoever hears it; the ack comes back to the socket."""
    return encode(Ping(number, NodeName("")))
