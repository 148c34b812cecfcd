"""
The TCP connections that are open or being opened, so that a stop leaves none.
"""

import os
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

from twisted.internet import error
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IAddress, IConnector, IProtocol
from twisted.internet.protocol import ClientFactory
from twisted.python.failure import Failure

from gossipchat.errors import Unreachable
from gossipchat.names import Address
from gossipchat.transport.addresses.addresses import ip_address

SEND_BUFFER_BYTES = 65_536
"""What the kernel takes of us beyond what is on its way (where it can be told)."""


class Abortable(Protocol):
    def abort(self) -> None:
        """Cut it now."""


class Connections:
    """All that must be gone before the transport has stopped."""

    def __init__(self) -> None:
        self._open: dict[Abortable, None] = {}
        self._gone: Deferred[None] | None = None

    def __len__(self) -> int:
        return len(self._open)

    def opened(self, connection: Abortable) -> None:
        self._open[connection] = None

    def closed(self, connection: Abortable) -> None:
        """Any number of times."""
        self._open.pop(connection, None)
        if not self._open and self._gone is not None:
            gone, self._gone = self._gone, None
            gone.callback(None)

    def when_gone(self) -> Deferred[None]:
        """Fires when none is left. To be asked for once."""
        if not self._open:
            return succeed(None)
        self._gone = Deferred()
        return self._gone

    def abort_all(self) -> None:
        for connection in list(self._open):
            connection.abort()


class Outgoing(ClientFactory):
    """One connection that we open: *protocol* speaks on it, or *failed* is called."""

    noisy = False

    def __init__(
        self, protocol: IProtocol, failed: Callable[[Failure], object]
    ) -> None:
        self._protocol = protocol
        self._failed = failed

    def buildProtocol(self, addr: IAddress | None) -> Any:
        return self._protocol

    def clientConnectionFailed(self, connector: IConnector, reason: Failure) -> None:
        self._failed(reason)


def why_unreachable(to: Address, reason: Failure) -> Unreachable:
    """A failed connection in a sentence; refused or not is kept apart."""
    if reason.check(error.ConnectionRefusedError):
        return Unreachable(
            f"{to} refused the connection: nothing listens there", refused=True
        )
    if reason.check(error.TimeoutError):
        return Unreachable(f"{to} did not answer in time")
    code = getattr(reason.value, "osError", None)
    detail = os.strerror(code) if isinstance(code, int) else str(reason.value)
    return Unreachable(f"{to} can't be reached: {detail}")


def source_of(peer: Any) -> Address:
    """Where a connection comes from; *peer* is an address of Twisted's."""
    return Address(ip_address(peer.host) or peer.host, peer.port)


def tune(transport: Any, dead_peer_timeout: float | None = None) -> None:
    """
    No waiting for fuller packets; for a link also: break when nothing has been
    acknowledged for *dead_peer_timeout* seconds, and let the kernel hold little
    that it can't send, for what waits there can't be overtaken any more. (The kernel
    need not ask whether the peer is there: ``Pulse`` says something now and then, and
    one lost question of the kernel's would end the link.)
    """
    transport.setTcpNoDelay(True)
    if dead_peer_timeout is None:
        return
    seconds = int(dead_peer_timeout)
    wanted = {
        "TCP_USER_TIMEOUT": seconds * 1000,
        "TCP_NOTSENT_LOWAT": SEND_BUFFER_BYTES,
    }
    handle = transport.getHandle()
    for name, value in wanted.items():
        option = getattr(socket, name, 25 if name == "TCP_NOTSENT_LOWAT" else None)
        _try_option(handle, option, value)


def _try_option(handle: Any, option: int | None, value: int) -> None:
    """Not every system has every option, and none of them is vital."""
    if option is None or not isinstance(handle, socket.socket):
        return
    with suppress(OSError):
        handle.setsockopt(socket.IPPROTO_TCP, option, value)
