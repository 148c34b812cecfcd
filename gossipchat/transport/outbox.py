"""
When a link may be given more.
"""

from collections.abc import Callable

from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

from gossipchat.transport.turns import Turns

TICK = 0.01
"""Seconds from one small write to the next, where they would follow each other at
once: what comes meanwhile goes in one."""

LARGE_BYTES = 16 * 1024
"""A write of so much need not wait for company."""

LONG_AGO = float("-inf")


@implementer(IPushProducer)
class Outbox:
    """
    Says *drained* once for all that was sent before, always in a later turn: the
    next one while the connection's buffer (64 KiB) is not full, else when it has
    run empty. So a slow neighbour costs one buffer and what was sent last.

    Small writes that follow each other quickly are a TICK apart, since each costs
    both ends more than what is in it; after a quiet time one goes at once.
    """

    def __init__(
        self,
        turns: Turns,
        seconds: Callable[[], float],
        drained: Callable[[], None],
    ) -> None:
        self._turns = turns
        self._seconds = seconds
        self._drained = drained
        self._sent_at = LONG_AGO
        self._full = False
        self._owed = False

    def sent(self, size: int) -> None:
        """So many bytes were written."""
        now = self._seconds()
        quick = now - self._sent_at < TICK and size < LARGE_BYTES
        self._sent_at = now
        if not self._owed:
            self._owed = True
            if not self._full:
                self._turns.later(TICK if quick else 0, self._say)

    def close(self) -> None:
        """Say nothing any more."""
        self._owed = False

    def pauseProducing(self) -> None:
        self._full = True

    def resumeProducing(self) -> None:
        self._full = False
        if self._owed:
            self._turns.soon(self._say)

    def stopProducing(self) -> None:
        """The connection is gone; its ``connectionLost`` follows."""

    def _say(self) -> None:
        if self._owed and not self._full:
            self._owed = False
            self._drained()
