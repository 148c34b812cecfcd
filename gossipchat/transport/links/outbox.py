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
    After a small write there is room at once, unless the connection's buffer
    (64 KiB) is full or another one was just before. Otherwise *drained* is said
    once for all that was sent before, in a later turn: the next one after a large
    write, and when a full buffer has run empty. So a slow neighbour costs one buffer
    and what was sent last.

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

    @property
    def is_full(self) -> bool:
        """Whether the connection's buffer has more than it should."""
        return self._full

    def sent(self, size: int) -> bool:
        """So many bytes were written. True: there is room for more; else wait."""
        now = self._seconds()
        large, quick = size >= LARGE_BYTES, now - self._sent_at < TICK
        self._sent_at = now
        if not (large or quick or self._owed or self._full):
            return True
        if not self._owed:
            self._owed = True
            if not self._full:
                self._turns.later(0 if large else TICK, self._say)
        return False

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
