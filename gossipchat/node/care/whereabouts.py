"""
Where this machine is: a node that listens on all addresses tells others one of them,
and that one may go while it runs, as when a laptop comes into another network.
"""

from collections.abc import Callable

from twisted.internet.interfaces import IDelayedCall, IReactorTime

from gossipchat.errors import UsageError
from gossipchat.names import Address

INTERVAL = 5.0
"""Seconds from one look to the next."""


class Whereabouts:
    """
    Looks now and then whether our address is still ours.

    As long as it is, it stays: a new way to the outside (a VPN) is no reason to move,
    for the others may not be there.

    Args:
        address: what others were told.
        is_own: whether a host is an address of this machine.
        find: the address by which it reaches the outside; raises UsageError.
        moved: takes the new address.
    """

    def __init__(
        self,
        reactor: IReactorTime,
        address: Address,
        is_own: Callable[[str], bool],
        find: Callable[[], Address],
        moved: Callable[[Address], None],
    ) -> None:
        self._reactor = reactor
        self._address = address
        self._is_own = is_own
        self._find = find
        self._moved = moved
        self._timer: IDelayedCall | None = None

    def start(self) -> None:
        """Look from now on."""
        self._timer = self._reactor.callLater(INTERVAL, self._look)

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self.start()
        if self._is_own(self._address.host):
            return
        try:
            found = self._find()
        except UsageError:
            return  # no network: wait for one
        if found != self._address:
            self._address = found
            self._moved(found)
