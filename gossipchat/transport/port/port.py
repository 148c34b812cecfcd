"""
One number for all: UDP, and one TCP listener whose callers are told apart by their
first byte.
"""

import errno
import socket
from collections.abc import Callable
from typing import Any

from twisted.internet import tcp
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import (
    IAddress,
    IListeningPort,
    IProtocol,
)
from twisted.internet.protocol import Protocol, ServerFactory, connectionDone
from twisted.python.failure import Failure

from gossipchat.errors import PeerError, UsageError
from gossipchat.names import Address
from gossipchat.transport.common import Common
from gossipchat.transport.config import Config
from gossipchat.transport.connections import source_of, tune
from gossipchat.transport.port.udp import bind_datagram_socket, speak_both

TLS_HANDSHAKE = 0x16
"""The first byte of every TLS connection; no type of memberlist's."""
BACKLOG = 128
CALLERS_A_TURN = 4
"""At 0.2 ms each, and a millisecond for a TLS handshake in the next turn."""
MAX_TRIES = 32
"""A number that is free for TCP may be taken for UDP; so many are tried."""

Accept = Callable[[Address], IProtocol]
"""Makes the protocol for one caller."""


def bind_both(
    reactor: Any, factory: ServerFactory, address: Address, config: Config
) -> tuple[IListeningPort, socket.socket, Address]:
    """
    Listen with TCP and UDP on one number; port 0: on any that is free for both.

    Returns the TCP port, the UDP socket and the address really bound. Raises
    UsageError with the remedy when that can't be.
    """
    tries = 1 if address.port else MAX_TRIES
    while True:
        tries -= 1
        try:
            return _bind_once(reactor, factory, address, config)
        except OSError as problem:
            if not tries or problem.errno != errno.EADDRINUSE:
                raise cannot_listen(address, problem) from None


def _bind_once(
    reactor: Any, factory: ServerFactory, address: Address, config: Config
) -> tuple[IListeningPort, socket.socket, Address]:
    listening: Any = CalmPort(address.port, factory, BACKLOG, address.host, reactor)
    try:
        listening.startListening()
    except CannotListenError as problem:
        raise problem.socketError from None
    bound = Address(address.host, source_of(listening.getHost()).port)
    try:
        udp = bind_datagram_socket(bound, config.receive_buffer_bytes)
    except OSError:
        listening.stopListening()
        raise
    return listening, udp, bound


def cannot_listen(address: Address, problem: OSError) -> UsageError:
    """What a person reads, with what to do."""
    match problem.errno:
        case errno.EADDRINUSE:
            return UsageError(
                f"port {address.port} at {address.host} is taken: choose another with"
                " --listen HOST:PORT, or stop what uses it"
            )
        case errno.EACCES | errno.EPERM:
            return UsageError(
                f"not permitted to listen on {address}: choose a port above 1023"
                " with --listen HOST:PORT"
            )
        case errno.EADDRNOTAVAIL:
            return UsageError(
                f"{address.host} is not an address of this machine: choose one that"
                " is with --listen HOST:PORT, or 0.0.0.0 for all"
            )
        case _:
            return UsageError(
                f"can't listen on {address}: {problem.strerror or problem}; choose"
                " another with --listen HOST:PORT"
            )


class CalmPort(tcp.Port):
    """
    Takes in few callers a turn. Twisted's own port takes 100, and 20 more each time
    that was not enough: under a flood of connections that is 0.1 s and more a turn.
    """

    @property
    def numberAccepts(self) -> int:  # noqa: N802
        return CALLERS_A_TURN

    @numberAccepts.setter
    def numberAccepts(self, wanted: int) -> None:  # noqa: N802
        """Twisted adapts it; we don't."""

    def createInternetSocket(self) -> socket.socket:  # noqa: N802
        made: socket.socket = super().createInternetSocket()  # type: ignore[no-untyped-call]
        speak_both(made)
        return made


class Doors(ServerFactory):
    """Lets callers in: a TLS link or a memberlist stream, by the first byte."""

    noisy = False

    def __init__(
        self, common: Common, accept_link: Accept, accept_stream: Accept
    ) -> None:
        self.common = common
        self.accept_link = accept_link
        self.accept_stream = accept_stream

    def buildProtocol(self, addr: IAddress | None) -> Protocol:
        return Door(self)


class Door(Protocol):
    """A caller that has not said anything yet."""

    transport: Any

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._common = doors.common
        self._cancel: Callable[[], None] = lambda: None

    def connectionMade(self) -> None:
        tune(self.transport)
        self._common.counters["connections.accepted"] += 1
        self._common.connections.opened(self)
        self._common.strangers.take(self)
        timeout = self._common.config.first_byte_timeout
        self._cancel = self._common.turns.later(timeout, self._silent)

    def dataReceived(self, data: bytes) -> None:
        self._leave()
        tls = data[0] == TLS_HANDSHAKE
        accept = self._doors.accept_link if tls else self._doors.accept_stream
        inside = accept(source_of(self.transport.getPeer()))
        self.transport.protocol = inside
        inside.makeConnection(self.transport)
        inside.dataReceived(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._leave()

    def abort(self) -> None:
        """Cut it now."""
        self._cancel()
        self.transport.abortConnection()

    def _silent(self) -> None:
        self._common.counters["connections.silent"] += 1
        limit = self._common.config.first_byte_timeout
        self._common.listener.dropped(
            source_of(self.transport.getPeer()),
            PeerError(f"a connection that said nothing for {limit:g} s"),
        )
        self.abort()

    def _leave(self) -> None:
        self._cancel()
        self._common.strangers.leave(self)
        self._common.connections.closed(self)
