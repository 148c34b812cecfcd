"""
Streams between hosts: a dial, a question, an answer, as TCP carries them.

What gets lost is sent again, later each time; a dead process refuses, a dead machine
is silent, and a paused one accepts (its kernel does) and answers when it wakes.
"""

from collections.abc import Callable
from enum import Enum
from functools import partial

from gossipchat.sim.network.host import Host

DIAL_AGAIN = 1.0
"""Seconds until a dial that got lost is repeated; twice that the next time."""

SAY_AGAIN = 0.2
"""The same for what is said over a stream that stands."""


class Outcome(Enum):
    """What a call brought, if it brought no answer."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    SILENT = "timed out"
    CLOSED = "closed"


Done = Callable[[object], None]
"""Called once, with the answer or an ``Outcome``."""


class Call:
    """
    One stream. *message* None: only dialled, to see whether anybody accepts.

    *done* is called within *timeout* seconds, unless the caller dies before.
    """

    def __init__(
        self,
        caller: Host,
        called: Host | None,
        message: object,
        size: int,
        timeout: float,
        done: Done,
    ) -> None:
        self._caller = caller
        self._called = called
        self._message = message
        self._size = size
        self._done = done
        self._settled = False
        self._life = caller.life
        self._heap = caller.network.heap
        caller.after(timeout, partial(self._settle, Outcome.SILENT))
        if called is not None:
            self._dial(called)

    def _dial(self, called: Host) -> None:
        network = self._caller.network
        if network.rejects(self._caller.place, called.place):
            delays = network.delay() + network.delay()
            self._heap.after(delays, partial(self._result, Outcome.REFUSED))
        else:
            self._carry(self._caller, called, DIAL_AGAIN, self._knock, new=True)

    def _carry(
        self,
        source: Host,
        target: Host,
        wait: float,
        land: Callable[[], None],
        new: bool = False,
    ) -> None:
        """
        One way, again and again until it gets through, for as long as there is a
        caller; *new*: this opens it.
        """
        if self._settled or self._life != self._caller.life:
            return
        network, ends = source.network, (source.place, target.place)
        if network.gets_through(*ends) if new else network.carries(*ends):
            self._heap.after(network.delay_between(*ends), land)
        else:
            again = partial(self._carry, source, target, 2 * wait, land, new)
            self._heap.after(wait, again)

    def _knock(self) -> None:
        """Our opening is there: the kernel accepts, or refuses for nobody listens."""
        called = self._called
        if called is None or not called.up:
            return
        if called.program is None:
            refused = partial(self._result, Outcome.REFUSED)
            self._carry(called, self._caller, DIAL_AGAIN, refused)
        else:
            self._carry(called, self._caller, DIAL_AGAIN, self._accepted)

    def _accepted(self) -> None:
        if self._called is None or self._settled:
            return
        if self._message is None:
            self._result(Outcome.ACCEPTED)
            return
        self._caller.stream_bytes += self._size
        self._carry(self._caller, self._called, SAY_AGAIN, self._deliver)

    def _deliver(self) -> None:
        called = self._called
        if called is None or not called.up:
            return
        if called.program is None:
            closed = partial(self._result, Outcome.CLOSED)
            self._carry(called, self._caller, SAY_AGAIN, closed)
            return
        asked = partial(called.program.asked, self._caller, self._message, self._reply)
        called.when_awake(asked)

    def _reply(self, answer: object, size: int) -> None:
        if self._called is not None:
            self._called.stream_bytes += size
            back = partial(self._result, answer)
            self._carry(self._called, self._caller, SAY_AGAIN, back)

    def _result(self, answer: object) -> None:
        """It is here; a paused caller sees it when it wakes, a restarted one never."""
        if not self._settled and self._life == self._caller.life:
            self._caller.when_awake(partial(self._settle, answer))

    def _settle(self, answer: object) -> None:
        if not self._settled and self._life == self._caller.life:
            self._settled = True
            self._done(answer)
