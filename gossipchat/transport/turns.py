"""
Later turns of the reactor, all of which a stop can take back.
"""

from collections.abc import Callable

from twisted.internet.interfaces import IDelayedCall, IReactorTime


class Turns:
    """Calls for later. After :meth:`stop` none comes any more."""

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._waiting: dict[object, IDelayedCall] = {}
        self._stopped = False

    def soon(self, call: Callable[[], object]) -> Callable[[], None]:
        """*call* in the reactor's next turn."""
        return self.later(0, call)

    def later(self, delay: float, call: Callable[[], object]) -> Callable[[], None]:
        """*call* in *delay* seconds. Returns what takes it back (at any time)."""
        token = object()

        def due() -> None:
            del self._waiting[token]
            call()

        def take_back() -> None:
            waiting = self._waiting.pop(token, None)
            if waiting is not None:
                waiting.cancel()

        if not self._stopped:
            self._waiting[token] = self._clock.callLater(delay, due)
        return take_back

    def stop(self) -> None:
        """Take back all that waits, and whatever is asked for from now on."""
        self._stopped = True
        for waiting in self._waiting.values():
            waiting.cancel()
        self._waiting.clear()
