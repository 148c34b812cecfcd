"""
The UDP half of the port: datagrams in and out, decoded and encoded.

The socket is our own reader, not ``reactor.listenUDP``: Twisted's reads 256 KiB in
one turn (10,000 small datagrams, 0.1 s of work), counts empty datagrams as nothing,
and offers no way to read until the socket is empty.
"""

import socket
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from twisted.internet.interfaces import IReadDescriptor
from twisted.python.failure import Failure
from zope.interface import implementer

from gossipchat.errors import DecodeError, PeerError
from gossipchat.names import Address
from gossipchat.transport.addresses.addresses import ip_address
from gossipchat.transport.common import Common

MAX_DATAGRAM_BYTES = 65_535
DATAGRAMS_A_TURN = 64
LONGEST_TURN = 0.004
"""Seconds: at 20 to 100 µs each, 64 may take longer, on a busy machine above all."""
COMPLAINTS_A_SECOND = 50
"""Datagrams that can't be read, of which the listener is told; the rest is counted. A
flood of them must not hold up the pings that wait behind it in the socket."""
MAX_DRAINED = 16_384
"""More than a 4 MiB buffer can hold; a flood must not make a drain endless."""


def bind_datagram_socket(address: Address, receive_buffer_bytes: int) -> socket.socket:
    """
    A non-blocking UDP socket on *address*, its receive buffer as large as the
    system allows. Raises OSError when it can't be bound.
    """
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_DGRAM)
    try:
        bound.setblocking(False)
        speak_both(bound)
        bound.bind((address.host, address.port))
        _ask_for_buffer(bound, receive_buffer_bytes)
    except BaseException:
        bound.close()
        raise
    return bound


def speak_both(unbound: socket.socket) -> None:
    """``[::]`` means IPv4 too, on systems as well that don't think so by themselves."""
    if unbound.family == socket.AF_INET6:
        with suppress(OSError):
            unbound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)


def _ask_for_buffer(bound: socket.socket, wanted: int) -> None:
    """Linux grants silently what it allows; others refuse, so ask for less."""
    before = bound.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
    while wanted > before:
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, wanted)
        except OSError:
            wanted //= 2
        else:
            return


@implementer(IReadDescriptor)
class Datagrams:
    """The bound UDP socket, read by the reactor until :meth:`stop`."""

    def __init__(self, common: Common, bound: socket.socket) -> None:
        self._reactor = common.reactor
        self._listener = common.listener
        self._counters = common.counters
        self._packets = common.layers.packets()
        self._socket = bound
        self._speaks_v6 = bound.family == socket.AF_INET6
        self._stopped = False
        self._complaints = 0
        self._complained_since = 0.0
        self._reactor.addReader(self)

    def send(self, to: Address, parts: Sequence[bytes], crc: bool) -> None:
        """
        Send *parts* as one datagram. What the system refuses (no way there, its
        buffer full, a firewall) is counted and forgotten: UDP promises nothing.
        """
        if self._stopped:
            return
        host = to.host
        if self._speaks_v6 and ":" not in host:
            host = f"::ffff:{host}"
        try:
            self._socket.sendto(self._packets.seal(parts, crc), (host, to.port))
        except (OSError, OverflowError):  # OverflowError: a port above 65535
            self._counters["packets.unsent"] += 1
        else:
            self._counters["packets.sent"] += 1

    def drain(self) -> None:
        """Read and hand over all that has arrived by now."""
        self._read(MAX_DRAINED, float("inf"))

    def stop(self) -> None:
        """Close the socket; its port is free when this returns."""
        if not self._stopped:
            self._stopped = True
            self._reactor.removeReader(self)
            self._socket.close()

    # what the reactor calls

    def fileno(self) -> int:
        return self._socket.fileno()

    def doRead(self) -> None:  # noqa: N802
        self._read(DATAGRAMS_A_TURN, self._reactor.seconds() + LONGEST_TURN)

    def connectionLost(self, reason: Failure) -> None:
        """The reactor lets go of us (it stops, or the descriptor went bad)."""
        self.stop()

    def logPrefix(self) -> str:  # noqa: N802
        return "gossipchat UDP"

    def _read(self, most: int, until: float) -> None:
        for number in range(most):
            if self._stopped:  # a callback may have stopped us
                return
            if number % 4 == 3 and self._reactor.seconds() >= until:
                return
            try:
                datagram, source = self._socket.recvfrom(MAX_DATAGRAM_BYTES)
            except BlockingIOError:
                return
            except OSError:
                self._counters["packets.unread"] += 1
                return
            self._received(datagram, source)

    def _received(self, datagram: bytes, where: tuple[Any, ...]) -> None:
        self._counters["packets.received"] += 1
        source = Address(ip_address(where[0]) or where[0], where[1])
        try:
            opened = self._packets.open(datagram)
        except DecodeError as problem:
            self._drop(source, problem)
            return
        except Exception as surprise:  # the reactor would drop a reader that raises
            self._drop(source, PeerError(f"a packet broke its reader: {surprise!r}"))
            return
        for refused in opened.refused:
            self._drop(source, refused)
        if opened.messages:
            self._listener.packet_received(source, opened.messages)

    def _drop(self, source: Address, problem: PeerError) -> None:
        self._counters["packets.dropped"] += 1
        now = self._reactor.seconds()
        if now - self._complained_since >= 1:
            self._complaints, self._complained_since = 0, now
        if self._complaints < COMPLAINTS_A_SECOND:
            self._complaints += 1
            self._listener.dropped(source, problem)
