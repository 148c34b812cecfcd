"""
Names to addresses, and which of a machine's addresses to tell others.
"""

import ipaddress
import socket
from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.interfaces import (
    IAddress,
    IHostResolution,
    IReactorPluggableNameResolver,
    IResolutionReceiver,
)
from zope.interface import implementer

from gossipchat.errors import UsageError
from gossipchat.names import Address

ANYWHERE = {4: "192.0.2.1", 6: "2001:db8::1"}
"""Addresses of nobody (RFC 5737, RFC 3849): by which way would they be reached?"""

RouteTo = Callable[[str], str | None]
"""The own address from which the system would reach a host; None: no way there."""


def ip_address(host: str) -> str | None:
    """
    The canonical text of an IP literal; None when *host* is a name.

    A v4-mapped address becomes IPv4: two spellings of one address would be two
    members' addresses to memberlist, which compares bytes.
    """
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return str(address)


def resolve(
    reactor: IReactorPluggableNameResolver, host: str, port: int
) -> Deferred[tuple[Address, ...]]:
    """
    The addresses of *host*, in the resolver's order, without repeats.

    IP literals need no look-up; names are looked up off the reactor's thread.
    Fails with UsageError when the name has no address.
    """
    literal = ip_address(host)
    if literal is not None:
        return succeed((Address(literal, port),))
    receiver = _Receiver(host, port)
    try:
        reactor.nameResolver.resolveHostName(receiver, host, port)
    except UnicodeError:  # IDNA refuses it: labels above 63 characters and the like
        return fail(unknown_host(host))
    return receiver.found


def resolve_now(host: str, port: int) -> Address:
    """
    The first address of *host*, for the start, when there is no reactor to hold up.

    Raises UsageError when the name has none.
    """
    literal = ip_address(host)
    if literal is None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise unknown_host(host) from None
        literal = ip_address(str(found[0][4][0]))
    if literal is None:
        raise unknown_host(host)
    return Address(literal, port)


def unknown_host(host: str) -> UsageError:
    """What a person reads of a name that leads nowhere."""
    return UsageError(
        f"no address is known for {host!r}: check the spelling and the name service,"
        " or write an IP address"
    )


@implementer(IResolutionReceiver)
class _Receiver:
    """Gathers what a resolver finds."""

    def __init__(self, host: str, port: int) -> None:
        self.found: Deferred[tuple[Address, ...]] = Deferred()
        self._host = host
        self._port = port
        self._addresses: dict[Address, None] = {}

    def resolutionBegan(self, resolutionInProgress: IHostResolution) -> None:  # noqa: N802, N803
        """Nothing to do: it can't be cancelled anyway."""

    def addressResolved(self, address: IAddress) -> None:  # noqa: N802
        if isinstance(address, IPv4Address | IPv6Address):
            host = ip_address(address.host)
            if host is not None:
                self._addresses[Address(host, self._port)] = None

    def resolutionComplete(self) -> None:  # noqa: N802
        if self._addresses:
            self.found.callback(tuple(self._addresses))
        else:
            self.found.errback(unknown_host(self._host))


def is_own(host: str) -> bool:
    """Whether *host*, an IP address, is one of this machine's now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((host, 0))
    except OSError:
        return False
    return True


def route_to(host: str) -> str | None:
    """The own address from which the system would reach *host*; nothing is sent."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((host, 9))
            name: Sequence[Any] = probe.getsockname()
    except OSError:
        return None
    return ip_address(str(name[0]))


def advertised(
    bound: Address, wanted: Address | None = None, route: RouteTo = route_to
) -> Address:
    """
    The address to tell others.

    *wanted* if given (its port 0 means the bound one); else *bound*, unless that is
    all addresses (``0.0.0.0``, ``::``): then the one by which this machine reaches
    the outside, or UsageError when there is no such.
    """
    if wanted is not None:
        host, port = wanted.host, wanted.port or bound.port
        if ipaddress.ip_address(host).is_unspecified:
            raise UsageError(
                f"--advertise {wanted}: others can't reach {host}:"
                " name the one address by which they reach this machine"
            )
        return Address(host, port)
    if not ipaddress.ip_address(bound.host).is_unspecified:
        return bound
    versions = (4,) if ipaddress.ip_address(bound.host).version == 4 else (6, 4)
    for version in versions:
        own = route(ANYWHERE[version])
        if own is not None and not ipaddress.ip_address(own).is_loopback:
            return Address(own, bound.port)
    raise UsageError(
        f"listening on {bound}, and which address others can reach is not obvious:"
        f" name it with --advertise HOST:{bound.port}"
    )
