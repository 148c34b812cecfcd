"""
Transports on loopback, and strangers that misbehave.
"""

import socket
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from OpenSSL import SSL
from twisted.internet import reactor as global_reactor
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IHandshakeListener
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.task import deferLater
from twisted.python.failure import Failure
from zope.interface import implementer

from gossipchat.names import Address, AuthorKey, NodeName
from gossipchat.transport.config import Config
from gossipchat.transport.connections import Outgoing
from gossipchat.transport.links.proof import prove
from gossipchat.transport.links.pulse import wall_ms
from gossipchat.transport.links.tls import (
    LinkTLSFactory,
    exporter,
    make_context,
    raw_key,
)
from gossipchat.transport.transport import Transport
from gossipchat.wire.layers.keyring import KeyRing
from gossipchat.wire.ours.frame_codec import encode_frame
from gossipchat.wire.ours.frames import Frame, Proof
from tests.shell.transport.links.ears import Ears

reactor: Any = global_reactor
DEADLINE = 20.0
LOOPBACK = Address("127.0.0.1", 0)


async def turn(seconds: float = 0) -> None:
    """Let the reactor do other things."""
    await deferLater(reactor, seconds)


async def until(true: Callable[[], object]) -> None:
    """Wait for a condition."""
    end = reactor.seconds() + DEADLINE
    while not true():
        assert reactor.seconds() < end, "it did not come to that"
        await turn(0.005)


class Node:
    """One transport with its ears."""

    def __init__(
        self,
        number: int,
        keys: tuple[bytes, ...] = (),
        label: bytes = b"",
        config: Config | None = None,
        at: Address = LOOPBACK,
        ahead: float = 0.0,
    ) -> None:
        self.private = identity(number)
        self.key = public(self.private)
        self.keyring = KeyRing(keys) if keys else None
        self.ears = Ears()
        self.transport = Transport(
            reactor,
            self.private,
            self.keyring,
            label,
            self.ears,
            config or Config(),
            NodeName(f"node{number}"),
            lambda: wall_ms() + int(ahead * 1000),
        )
        self.address = self.transport.start(at)

    async def link_to(self, other: "Node") -> tuple[int, int]:
        """Both sides' numbers of a new link."""
        mine, theirs = len(self.ears.opened), len(other.ears.opened)
        self.transport.dial(other.key, other.address)
        await until(
            lambda: len(self.ears.opened) > mine and len(other.ears.opened) > theirs
        )
        return self.ears.opened[-1][0], other.ears.opened[-1][0]

    def frames(self) -> list[Frame]:
        return [frame for _, frame in self.ears.frames]


class Net:
    """All that a test opens; closed at its end."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.sockets: list[socket.socket] = []
        self.strangers: list[Stranger] = []

    def node(self, *args: Any, **settings: Any) -> Node:
        node = Node(len(self.nodes) + 1, *args, **settings)
        self.nodes.append(node)
        return node

    def bound(
        self, kind: socket.SocketKind, at: Address = LOOPBACK
    ) -> tuple[socket.socket, Address]:
        """A socket that is not ours."""
        family = socket.AF_INET6 if ":" in at.host else socket.AF_INET
        other = socket.socket(family, kind)
        other.setblocking(False)
        other.bind((at.host, at.port))
        self.sockets.append(other)
        return other, Address(*other.getsockname()[:2])

    def stranger(self, to: Node, private: Ed25519PrivateKey, **how: Any) -> "Stranger":
        stranger = Stranger(private, to.key, **how)
        stranger.dial(to.address)
        self.strangers.append(stranger)
        return stranger

    def raw(self, to: Node, first: bytes = b"") -> "Raw":
        """A TCP connection that says *first*."""
        raw = Raw(first)
        reactor.connectTCP(to.address.host, to.address.port, Outgoing(raw, raw.failed))
        return raw

    async def stop(self) -> None:
        for stranger in self.strangers:
            stranger.hang_up()
        for node in self.nodes:
            await node.transport.stop()
        for other in self.sockets:
            other.close()
        await until(lambda: all(stranger.lost for stranger in self.strangers))


class Raw(Protocol):
    """Plain TCP."""

    transport: Any

    def __init__(self, first: bytes) -> None:
        self.first = first
        self.heard = b""
        self.up = False
        self.lost = False

    def connectionMade(self) -> None:
        self.up = True
        self.transport.write(self.first)

    def dataReceived(self, data: bytes) -> None:
        self.heard += data

    def failed(self, reason: Failure) -> None:
        self.lost = True

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.lost = True


@implementer(IHandshakeListener)
class Stranger(Protocol):
    """Dials a link by hand: proves what it wants, says what it wants, reads slowly."""

    transport: Any

    def __init__(
        self,
        private: Ed25519PrivateKey,
        peer: AuthorKey,
        cluster_key: bytes | None = b"",
        says: bytes = b"",
        context: SSL.Context | None = None,
    ) -> None:
        self.private = private
        self.peer = peer
        self.cluster_key = cluster_key
        self.says = says
        self.context = context or make_context(private)
        self.heard = bytearray()
        self.shook_hands = False
        self.lost = False

    def dial(self, to: Address) -> None:
        tls = LinkTLSFactory(self.context, True, reactor, 1 << 20, 10.0).around(self)
        reactor.connectTCP(to.host, to.port, Outgoing(tls, self._failed))

    def connectionMade(self) -> None:
        self.transport.write(b"")

    def handshakeCompleted(self) -> None:
        self.shook_hands = True
        self.transport.unproven = False  # it may hear as much as it likes
        connection = self.transport.getHandle()
        assert raw_key(self.transport.getPeerCertificate()) == self.peer
        if self.cluster_key is not None:
            own = public(self.private)
            mac = prove(
                self.cluster_key, exporter(connection), own, self.peer, dials=True
            )
            self.transport.write(encode_frame(Proof(1, mac, NodeName("mallory"))))
        self.transport.write(self.says)

    def dataReceived(self, data: bytes) -> None:
        self.heard += data

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.lost = True

    def hang_up(self) -> None:
        if self.transport is not None and not self.lost:
            self.transport.abortConnection()

    def _failed(self, reason: Failure) -> None:
        self.lost = True


def identity(number: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(number.to_bytes(32))


def public(private: Ed25519PrivateKey) -> AuthorKey:
    return AuthorKey(private.public_key().public_bytes_raw())


async def outcome(asked: "Deferred[Any]") -> Any:
    """The result, or the error that it failed with."""
    try:
        return await asked
    except Exception as problem:
        return problem
