"""Names to addresses, and the one to tell others."""

from collections.abc import Sequence
from typing import Any

import pytest
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IAddress

from gossipchat.errors import UsageError
from gossipchat.names import Address
from gossipchat.transport.addresses.addresses import (
    advertised,
    ip_address,
    resolve,
    resolve_now,
)


class Resolver:
    """A reactor whose resolver knows some names, or breaks on odd ones."""

    def __init__(self, *found: IAddress) -> None:
        self.nameResolver = self
        self.asked: list[str] = []
        self._found = found

    def resolveHostName(
        self,
        receiver: Any,
        name: str,
        port: int = 0,
        types: Sequence[type] | None = None,
        semantics: str = "TCP",
    ) -> None:
        name.encode("idna")
        self.asked.append(name)
        receiver.resolutionBegan(self)
        for address in self._found:
            receiver.addressResolved(address)
        receiver.resolutionComplete()


def outcome(resolver: Resolver, host: str) -> Any:
    """What resolving *host* comes to, at once."""
    reactor: Any = resolver
    outcomes: list[Any] = []
    resolve(reactor, host, 7946).addBoth(outcomes.append)
    return outcomes[0]


def test_a_literal_needs_no_look_up() -> None:
    """IPv4 or IPv6, it is what it says."""
    resolver = Resolver()
    assert outcome(resolver, "127.0.0.1") == (Address("127.0.0.1", 7946),)
    assert outcome(resolver, "0::1") == (Address("::1", 7946),)
    assert resolver.asked == []


def test_a_name_brings_all_its_addresses() -> None:
    """In the resolver's order, without repeats."""
    resolver = Resolver(
        IPv6Address("TCP", "2001:db8::7", 7946),
        IPv4Address("TCP", "192.0.2.7", 7946),
        IPv4Address("TCP", "192.0.2.7", 7946),
    )
    assert outcome(resolver, "seed.example") == (
        Address("2001:db8::7", 7946),
        Address("192.0.2.7", 7946),
    )


@pytest.mark.parametrize("name", ["sed.example", "x" * 70], ids=["unknown", "too long"])
def test_a_name_without_address_is_told(name: str) -> None:
    """The second makes the resolver itself raise."""
    failure = outcome(Resolver(), name)
    assert failure.check(UsageError)
    assert f"no address is known for {name!r}" in str(failure.value)


def test_a_mapped_address_is_its_ipv4_address() -> None:
    """Two spellings of one address would be two addresses to memberlist."""
    assert ip_address("::ffff:192.0.2.1") == "192.0.2.1"


def test_a_name_is_no_address() -> None:
    """It has to be looked up."""
    assert ip_address("localhost") is None


def test_at_the_start_a_literal_is_taken_as_it_is() -> None:
    """Without a look-up."""
    assert resolve_now("::1", 7946) == Address("::1", 7946)


def test_at_the_start_localhost_is_found() -> None:
    """It is in every hosts file."""
    assert resolve_now("localhost", 1).host in ("127.0.0.1", "::1")


def test_at_the_start_a_wrong_name_is_told() -> None:
    """.invalid never exists (RFC 2606)."""
    with pytest.raises(UsageError, match="no address is known for"):
        resolve_now("x" * 70 + ".invalid", 1)


ALL = "0.0.0.0"  # noqa: S104


def no_route(host: str) -> str | None:
    return None


def test_the_bound_address_is_told_to_others() -> None:
    """Unless something else is wanted."""
    bound = Address("192.0.2.9", 7946)
    assert advertised(bound, None, no_route) == bound


def test_what_is_wanted_is_told_to_others() -> None:
    """Port 0 stands for the one that was bound."""
    bound = Address(ALL, 7946)
    assert advertised(bound, Address("198.51.100.1", 0)) == ("198.51.100.1", 7946)
    assert advertised(bound, Address("198.51.100.1", 5)) == ("198.51.100.1", 5)


def test_of_all_addresses_the_one_that_leads_outside_is_told() -> None:
    """By the system's routing table."""
    routes = {"192.0.2.1": "10.0.0.5", "2001:db8::1": "2001:db8::5"}
    assert advertised(Address(ALL, 7), None, routes.get) == ("10.0.0.5", 7)
    assert advertised(Address("::", 7), None, routes.get) == ("2001:db8::5", 7)


def test_without_ipv6_outside_the_ipv4_address_is_told() -> None:
    """``::`` takes IPv4 callers too."""
    routes = {"192.0.2.1": "10.0.0.5"}
    assert advertised(Address("::", 7), None, routes.get) == ("10.0.0.5", 7)


@pytest.mark.parametrize("bound", [Address(ALL, 7946), Address("::", 7946)])
def test_without_a_way_outside_a_person_must_say(bound: Address) -> None:
    """A loopback address would be a lie."""
    for route in (no_route, {"192.0.2.1": "127.0.0.1"}.get):
        with pytest.raises(UsageError, match="--advertise HOST:7946"):
            advertised(bound, None, route)


def test_all_addresses_can_not_be_advertised() -> None:
    """Nobody can dial 0.0.0.0."""
    with pytest.raises(UsageError, match="can't reach"):
        advertised(Address(ALL, 1), Address(ALL, 1))
