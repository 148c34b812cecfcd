"""
Names looked up for as long as a node runs, in threads of its own.

A name service that is silent takes half a minute and more to give up, and nothing can
call it back. In the reactor's pool such look-ups would hold up all else that needs a
thread, and the end of the process, which waits for them.
"""

import socket
from collections.abc import Callable, Sequence
from threading import Thread

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.interfaces import IReactorFromThreads

from gossipchat.errors import UsageError
from gossipchat.names import Address
from gossipchat.transport.addresses.addresses import ip_address, unknown_host

LookUp = Callable[[str, int], Sequence[str]]
"""The addresses of a host, as text; raises OSError or UnicodeError. It may block."""


def addresses_of(host: str, port: int) -> list[str]:
    """What the system knows of *host*, in its order."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(where[0]) for *_, where in found]


class LookUps:
    """
    Each look-up has a thread that dies with the process. Whoever asks waits for one
    before asking for the same again, so there are no more than names.
    """

    def __init__(
        self, threads: IReactorFromThreads, look_up: LookUp = addresses_of
    ) -> None:
        self._threads = threads
        self._look_up = look_up

    def find(self, host: str, port: int) -> Deferred[tuple[Address, ...]]:
        """
        The addresses of *host*, without repeats; UsageError when it has none.

        An IP literal needs no look-up.
        """
        literal = ip_address(host)
        if literal is not None:
            return succeed((Address(literal, port),))
        found: Deferred[tuple[Address, ...]] = Deferred()

        def work() -> None:
            outcome = self._found(host, port)
            self._threads.callFromThread(answer, outcome)

        def answer(outcome: tuple[Address, ...]) -> None:
            if outcome:
                found.callback(outcome)
            else:
                found.errback(unknown_host(host))

        try:
            Thread(target=work, name="look-up", daemon=True).start()
        except RuntimeError:  # the system has no thread for us now
            return fail(UsageError(f"{host!r} can't be looked up: there is no thread"))
        return found

    def _found(self, host: str, port: int) -> tuple[Address, ...]:
        try:
            texts = [ip_address(text) for text in self._look_up(host, port)]
        except Exception:  # unanswered, this name would never be looked up again
            return ()
        found = (Address(text, port) for text in texts if text is not None)
        return tuple(dict.fromkeys(found))
