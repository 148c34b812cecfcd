"""
Those who want to be called with each new thing, and how they stop.
"""

from collections.abc import Callable
from typing import Generic, TypeVar

from twisted.logger import Logger

log = Logger()
Thing = TypeVar("Thing")


class Watchers(Generic[Thing]):
    """Calls everybody who watches, in the order in which they came."""

    def __init__(self) -> None:
        self._watching: dict[object, Callable[[Thing], None]] = {}

    def __len__(self) -> int:
        return len(self._watching)

    def add(self, watcher: Callable[[Thing], None]) -> Callable[[], None]:
        """Call *watcher* from now on; what is returned ends it (twice is fine)."""
        ticket = object()
        self._watching[ticket] = watcher
        return lambda: self._watching.pop(ticket, None) and None

    def tell(self, thing: Thing) -> None:
        """A watcher that raises is dropped and logged: the others still hear it."""
        for ticket, watcher in list(self._watching.items()):
            try:
                watcher(thing)
            except Exception:
                self._watching.pop(ticket, None)
                log.failure("a watcher raised and hears no more")
