"""
One running node: a member, its door and faces, and the life of its process.

Everything that can fail at a start is done before the reactor runs and raises
one sentence; nothing is opened or bound before the service starts, because
twistd forks in between.
"""

import gc
from collections.abc import Callable, Sequence
from typing import Any

from twisted.application.service import IService, Service
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.logger import Logger

from gossipchat.errors import GossipChatError
from gossipchat.node.api import IChatNode
from gossipchat.node.door.door import ChatNode
from gossipchat.node.home import SOCKET
from gossipchat.node.life import (
    Launch,
    end_badly,
    end_on_signals,
    end_with_starter,
    say_up,
)
from gossipchat.node.running import Running
from gossipchat.node.settings import NodeSettings
from gossipchat.swim.events import NameLost
from gossipchat.transport.addresses.addresses import resolve_now
from gossipchat.transport.links.pulse import wall_ms

log = Logger()

FaceMaker = Callable[[IChatNode], IService]


class NodeService(Service):
    """
    The node that *settings* describe.

    Args:
        faces: each is made with the node's door when that is there, started
            with the node and stopped before it.
    """

    def __init__(
        self, settings: NodeSettings, reactor: Any, faces: Sequence[FaceMaker] = ()
    ) -> None:
        self._settings = settings
        self._reactor = reactor
        self._face_makers = faces
        self._launch = Launch()
        self._faces: list[IService] = []
        self._ending = False

    # --- start --------------------------------------------------------------

    def startService(self) -> None:
        """Open all that a node needs; ends the process with a sentence if it can't."""
        super().startService()  # type: ignore[no-untyped-call]
        self._launch.started()
        try:
            self._open()
        except GossipChatError as problem:
            raise self._launch.failed(str(problem)) from None
        self._reactor.callWhenRunning(self._up)

    def _open(self) -> None:
        settings = self._settings
        settings.require_key()
        self._running = Running(settings, self._reactor, self._hear, self._crashed)
        wanted = settings.advertise and resolve_now(*settings.advertise)
        self._running.open(resolve_now(*settings.listen), wanted)
        self.door = ChatNode(
            self._reactor,
            self._running.peer,
            self._running.driver,
            self._running.store,
            settings.nick,
            self._leave_for_good,
            wall_ms,
        )
        for make in self._face_makers:
            face = make(self.door)
            face.startService()
            self._faces.append(face)

    def _up(self) -> None:
        end_on_signals(self._reactor, self._end)
        end_with_starter(self._reactor, self._end)
        self._running.start()
        places = sorted(self.door.faces.items())
        faces = " ".join(f"{name}={where}" for name, where in places)
        name, api = self.door.name, self._settings.data / SOCKET
        say_up(f"gossipchat up: {name} {self._running.address} api={api} {faces}")
        self._launch.succeeded()
        # what is there now stays: looking through it all would take 40 ms each time
        gc.freeze()

    # --- life ---------------------------------------------------------------

    def _hear(self, happening: object) -> None:
        self.door.hear(happening)
        if isinstance(happening, NameLost):
            self._fail(happening.what)

    def _crashed(self) -> None:
        self._fail("an own room broke: the node ends, what was said is on disk")

    def _fail(self, why: str) -> None:
        """End the process with exit status 1, and *why* as its last line."""
        log.critical("{why}", why=why)
        self._reactor.addSystemEventTrigger("after", "shutdown", end_badly, why)
        self._end()

    # --- end ----------------------------------------------------------------

    def stopService(self) -> Deferred[None]:
        """Leave if we have not yet, then close all; fires when all is closed."""
        super().stopService()  # type: ignore[no-untyped-call]
        return Deferred.fromCoroutine(self._close())

    def _end(self) -> None:
        """End the process; the reactor calls ``stopService`` first."""
        if not self._ending:
            self._ending = True
            self._reactor.callLater(0, self._reactor.stop)

    def _leave_for_good(self) -> Deferred[None]:
        left = self._running.leave()
        # a moment later, so that whoever asked gets the answer
        left.addCallback(lambda _: self._reactor.callLater(0.05, self._end))
        return left.addCallback(lambda _: None)

    async def _close(self) -> None:
        self._ending = True
        await self._running.driver.settled()
        await self._running.leave()
        for face in reversed(self._faces):
            try:
                await maybeDeferred(face.stopService)
            except Exception:  # its folder may be gone; the rest shall be closed
                log.failure("a face could not be closed")
        await self._running.close()
