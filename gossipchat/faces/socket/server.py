"""
The api.sock: JSON lines between a node and the programs of its own user.

docs/socket.md has every request.
"""

import os
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IAddress, IListeningPort
from twisted.internet.protocol import Factory

from gossipchat.faces.socket.connection import Connection
from gossipchat.node.api import IChatNode, StoreError

MAX_CONNECTIONS = 128
"""At once; who comes then is not let in."""

CLOSE_GRACE = 1.0
"""Seconds that a stop waits for clients to take what they have been sent."""


class SocketFace(Service):
    """
    Answers on *path* from start to stop.

    The data directory's lock says that no other node lives there, so a socket that
    was left behind is removed.

    Args:
        path: at most 107 bytes.
        reactor: None: the global one.
        wall_ms: the machine's clock, in milliseconds since 1970.
    """

    def __init__(
        self,
        node: IChatNode,
        path: Path,
        reactor: Any = None,
        wall_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        if reactor is None:
            from twisted.internet import reactor
        self._reactor: Any = reactor
        self._node = node
        self._path = path
        self._wall_ms = wall_ms
        self._port: IListeningPort | None = None
        self._connections: dict[Connection, None] = {}

    def startService(self) -> None:
        """
        Answer from now on. Only this user can connect.

        Raises StoreError with a sentence when the socket can't be made.
        """
        super().startService()  # type: ignore[no-untyped-call]
        try:
            self._remove_stale()
            self._port = self._listen()
        except (OSError, CannotListenError) as problem:
            why = getattr(problem, "socketError", problem)
            raise StoreError(
                f"can't make the socket {self._path}:"
                f" {getattr(why, 'strerror', None) or why}; see whose directory it is"
            ) from None

    def stopService(self) -> "Deferred[None]":
        """
        Fires when the socket is gone and all connections are closed: those that
        read have got all that was sent to them.
        """
        super().stopService()  # type: ignore[no-untyped-call]
        port, self._port = self._port, None
        closing: list[Deferred[Any]] = []
        if port is not None:
            # Twisted removes the socket, and stumbles when somebody else has
            self._path.touch(mode=0o600)
            closing.append(maybeDeferred(port.stopListening))
        closing += [self._closed(one) for one in list(self._connections)]
        return DeferredList(closing).addCallback(lambda _: None)

    def _closed(self, connection: Connection) -> "Deferred[None]":
        """Fires when *connection* is closed, which it is about now."""
        connection.close()
        late = self._reactor.callLater(CLOSE_GRACE, connection.cut)
        return connection.ended.addCallback(lambda _: late.active() and late.cancel())

    def _remove_stale(self) -> None:
        try:
            mode = self._path.lstat().st_mode
        except FileNotFoundError:
            return
        if not stat.S_ISSOCK(mode):
            raise OSError(0, "something that is no socket is there")
        self._path.unlink()

    def _listen(self) -> IListeningPort:
        before = os.umask(0o177)  # there is no moment in which others could connect
        try:
            port: IListeningPort = self._reactor.listenUNIX(
                os.fspath(self._path), _Entrance(self), MAX_CONNECTIONS, 0o600
            )
            return port
        finally:
            os.umask(before)

    def welcome(self) -> Connection | None:
        """For who comes now; None: there are too many."""
        if len(self._connections) >= MAX_CONNECTIONS:
            return None
        connection = Connection(self._node, self._wall_ms, self._reactor)
        self._connections[connection] = None
        connection.ended.addCallback(lambda _: self._connections.pop(connection))
        return connection


class _Entrance(Factory[Connection]):
    """Builds a connection for each program that comes."""

    noisy = False

    def __init__(self, face: SocketFace) -> None:
        self._face = face

    def buildProtocol(self, addr: IAddress | None) -> Connection | None:
        return self._face.welcome()
