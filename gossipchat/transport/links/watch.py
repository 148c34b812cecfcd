"""
Whether what was written to links gets through, as the kernel knows it.

When the network is cut TCP repeats what is not acknowledged, and waits twice as long
each time. After the heal a link may so be silent for as long again as the cut was, with
all that it was handed before. So its owner is told of such a link, and makes another.
"""

import socket
import struct
import sys
from collections.abc import Callable, Hashable
from typing import Any, NamedTuple, Protocol

from gossipchat.transport.turns import Turns

LOOK = 0.5
"""Seconds from one look at the links on which something was written to the next."""

REPEATS = 2
"""Unanswered in a row, these make a link silent. The first comes a round trip and at
least 0.2 s after what it repeats, the second twice as long after the first."""

TCP_INFO_BYTES = 28
"""Linux's ``struct tcp_info`` up to ``tcpi_unacked``; its start has never changed."""


class Path(NamedTuple):
    """What TCP makes of the way to the other side."""

    repeats: int
    """How often in a row it has said the same again, and got no answer."""
    unanswered: int
    """Packets that were sent and are not acknowledged."""


CLEAR = Path(0, 0)


def path_of(connection: Any) -> Path:
    """That of *connection*, one of Twisted's; CLEAR where the system does not tell."""
    handle = connection.getHandle()
    if sys.platform != "linux" or not isinstance(handle, socket.socket):
        return CLEAR
    try:
        told = handle.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TCP_INFO_BYTES)
    except OSError:
        return CLEAR
    return Path(told[2], struct.unpack_from("=I", told, 24)[0])


class Watched(Protocol, Hashable):
    """A link."""

    def path(self) -> Path:
        """How it is with it."""


class Watch:
    """
    Looks after links on which something was written, until it is acknowledged.

    Args:
        silent: is called at each look with each link that is silent.
    """

    def __init__(self, turns: Turns, silent: Callable[[Any], object]) -> None:
        self._turns = turns
        self._silent = silent
        self._links: dict[Watched, None] = {}
        self._looking = False

    def wrote(self, link: Watched) -> None:
        """Something was written to *link*."""
        self._links[link] = None
        self._look_later()

    def leave(self, link: Watched) -> None:
        """*link* is gone."""
        self._links.pop(link, None)

    def _look_later(self) -> None:
        if not self._looking:
            self._looking = True
            self._turns.later(LOOK, self._look)

    def _look(self) -> None:
        self._looking = False
        for link in list(self._links):
            path = link.path()
            if not path.unanswered:
                self.leave(link)
            elif path.repeats >= REPEATS:
                self._silent(link)
        if self._links:
            self._look_later()
