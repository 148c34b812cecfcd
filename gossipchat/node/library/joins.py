"""
Joins that somebody waits for.
"""

from collections.abc import Callable

from twisted.internet.defer import Deferred

from gossipchat.errors import Refused
from gossipchat.names import Address
from gossipchat.swim.events import Joined, JoinFailed


class Joins:
    """
    Asks addresses for a join, and tells who has answered.

    Args:
        ask: asks swim for a push/pull with an address.
    """

    def __init__(self, ask: Callable[[Address], None]) -> None:
        self._ask = ask
        self._waiting: dict[Address, list[Deferred[str | None]]] = {}

    async def join(self, addresses: list[Address]) -> int:
        """How many of *addresses* answered. Raises Refused when none did."""
        tries = [self._try(address) for address in dict.fromkeys(addresses)]
        outcomes = [await each for each in tries]
        problems = [why for why in outcomes if why is not None]
        if len(problems) == len(outcomes):
            raise Refused(f"nobody let us join: {'; '.join(problems)}")
        return len(outcomes) - len(problems)

    def hear(self, happening: object) -> None:
        """Something happened in swim."""
        match happening:
            case Joined(address):
                self._settle(address, None)
            case JoinFailed(address, why):
                self._settle(address, why)

    def stop(self) -> None:
        """Nobody will answer any more."""
        for address in list(self._waiting):
            self._settle(address, "this member is gone")

    def _try(self, address: Address) -> Deferred[str | None]:
        fires: Deferred[str | None] = Deferred()
        self._waiting.setdefault(address, []).append(fires)
        self._ask(address)
        return fires

    def _settle(self, address: Address, why: str | None) -> None:
        for fires in self._waiting.pop(address, []):
            fires.callback(why)
