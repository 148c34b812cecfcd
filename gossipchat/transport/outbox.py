"""
When a link may be given more.
"""

from collections.abc import Callable

from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

from gossipchat.transport.turns import Turns


@implementer(IPushProducer)
class Outbox:
    """
    Says *drained* once for all that was sent before, always in a later turn: the
    next one while the connection's buffer (64 KiB) is not full, else when it has
    run empty. So a slow neighbour costs one buffer and what was sent last.
    """

    def __init__(self, turns: Turns, drained: Callable[[], None]) -> None:
        self._turns = turns
        self._drained = drained
        self._full = False
        self._owed = False

    def sent(self) -> None:
        """Something was written."""
        if not self._owed:
            self._owed = True
            if not self._full:
                self._turns.soon(self._say)

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
