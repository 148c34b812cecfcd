"""A machine that comes into another network takes its node along."""

from twisted.internet.task import Clock

from gossipchat.errors import UsageError
from gossipchat.names import Address
from gossipchat.node.care.whereabouts import INTERVAL, Whereabouts
from gossipchat.transport.addresses.addresses import is_own

HOME, AWAY, VPN = (Address(f"192.0.2.{number}", 7946) for number in (1, 2, 3))


class Machine:
    """Has some addresses, and reaches the outside by the last one."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.has = [HOME]
        self.told: list[Address] = []
        self.watch = Whereabouts(
            self.clock, HOME, self.is_own, self.find, self.told.append
        )
        self.watch.start()

    def is_own(self, host: str) -> bool:
        return host in [address.host for address in self.has]

    def find(self) -> Address:
        if not self.has:
            raise UsageError("no way to anywhere")
        return self.has[-1]

    def comes_to(self, *addresses: Address) -> list[Address]:
        self.has = list(addresses)
        self.clock.advance(INTERVAL)
        return self.told


def test_an_address_that_is_gone_is_replaced_by_the_one_of_the_new_network() -> None:
    """Once; and not by none, while there is no network."""
    machine = Machine()
    assert machine.comes_to() == []
    assert machine.comes_to(AWAY) == [AWAY]
    assert machine.comes_to(AWAY) == [AWAY]
    assert machine.comes_to(HOME) == [AWAY, HOME]


def test_another_way_to_the_outside_is_no_reason_to_move() -> None:
    """The others may not be at the other end of a VPN."""
    machine = Machine()
    assert machine.comes_to(HOME, VPN) == []
    machine.watch.stop()
    assert machine.comes_to(AWAY) == []


def test_an_address_is_a_machines_own_or_not() -> None:
    """Of both kinds."""
    assert is_own("127.0.0.1")
    assert not is_own("192.0.2.1")
    assert not is_own("2001:db8::1")
