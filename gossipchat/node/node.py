"""
One running node: what is opened in which order, and closed in the other.

    home -> store -> ports -> peer -> faces -> seeds

Everything that can fail at a start is done before the reactor runs and raises
one sentence; nothing is opened or bound before the service starts, because
twistd forks in between.
"""

import os
import time
from collections.abc import Callable, Sequence
from random import SystemRandom
from typing import Any

from twisted.application.service import IService, Service
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger

from gossipchat.errors import GossipChatError
from gossipchat.names import Address
from gossipchat.node.api import IChatNode
from gossipchat.node.birth import peer_of
from gossipchat.node.door import ChatNode
from gossipchat.node.driver import Driver
from gossipchat.node.home import DATABASE, SOCKET, Home
from gossipchat.node.journal import Journal, SeedUnresolved
from gossipchat.node.life import Launch, end_on_signals, say_up
from gossipchat.node.seeds import Seeds
from gossipchat.node.settings import NodeSettings
from gossipchat.peer.core import REACHABLE
from gossipchat.peer.events import LeaveAsked, Started
from gossipchat.store.store import Store
from gossipchat.swim.events import JoinAsked, Joined, LeaveDone
from gossipchat.transport.addresses import advertised, resolve, resolve_now
from gossipchat.transport.transport import Transport

log = Logger()

LONGEST_LEAVE = 4.0
"""Seconds that the news of our leaving may take; a stop takes 5 in all."""

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
        self._journal = Journal()
        self._faces: list[IService] = []
        self._waiting_to_leave: list[Deferred[None]] = []
        self._left = False
        self._ending = False

    # --- start --------------------------------------------------------------

    def startService(self) -> None:
        """Open all that a node needs; ends the process with a sentence if it can't."""
        super().startService()  # type: ignore[no-untyped-call]
        try:
            self._open()
        except GossipChatError as problem:
            raise self._launch.failed(str(problem)) from None
        self._reactor.callWhenRunning(self._up)

    def _open(self) -> None:
        settings = self._settings
        home = Home(settings.data)
        home.open()
        identity = home.identity()
        keyring = home.keyring(settings.keyring)
        settings.require_key()
        self._store = Store(settings.data / DATABASE)
        opening = self._store.open()
        self._driver = Driver(self._reactor, wall_ms, self._hear, self._crashed)
        self._transport = Transport(
            self._reactor,
            identity.signing,
            keyring,
            settings.label.encode(),
            self._driver,
            settings.of_room("transport"),
        )
        bound = self._transport.start(resolve_now(*settings.listen))
        wanted = settings.advertise and resolve_now(*settings.advertise)
        self._address = advertised(bound, wanted)
        budget = self._transport.packet_budget
        self._peer = peer_of(
            settings, identity, self._address, opening, budget, wall_ms()
        )
        self._transport.name = self._peer.swim.me.name
        self._driver.connect(self._peer, self._transport, self._store)
        self._home = home
        self._open_door()
        self._seek(opening.members)

    def _open_door(self) -> None:
        self.door = ChatNode(
            self._reactor,
            self._peer,
            self._driver,
            self._store,
            self._settings.nick,
            self._leave_for_good,
        )
        for make in self._face_makers:
            face = make(self.door)
            face.startService()
            self._faces.append(face)

    def _seek(self, members: Sequence[Any]) -> None:
        own = self._peer.swim.me.name
        self._seeds = Seeds(
            self._reactor,
            SystemRandom(),
            self._settings.seeds,
            [member.address for member in members if member.name != own],
            lambda host, port: resolve(self._reactor, host, port),
            lambda address: self._driver.feed(JoinAsked(address)),
            self._lives_at,
            lambda seed, why: self._journal.write(SeedUnresolved(seed, why)),
        )

    def _up(self) -> None:
        end_on_signals(self._reactor, self._end)
        self._driver.feed(Started())
        self._seeds.start()
        places = sorted(self.door.faces.items())
        faces = " ".join(f"{name}={where}" for name, where in places)
        name, api = self._peer.swim.me.name, self._settings.data / SOCKET
        say_up(f"gossipchat up: {name} {self._address} api={api} {faces}")
        self._launch.succeeded()

    # --- life ---------------------------------------------------------------

    def _hear(self, happening: object) -> None:
        self._journal.write(happening)
        match happening:
            case Joined():
                self._seeds.joined()
            case LeaveDone():
                self._news_is_out()
        self.door.hear(happening)

    def _lives_at(self, address: Address) -> bool:
        return any(
            member.address == address and member.status in REACHABLE
            for member in self._peer.swim.members()
        )

    def _crashed(self) -> None:
        log.critical("an own room broke: the node ends, what was said is on disk")
        self._reactor.addSystemEventTrigger("after", "shutdown", os._exit, 1)
        self._news_is_out()  # there is nobody left who could tell it
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
        left = self._leave()
        # a moment later, so that whoever asked gets the answer
        left.addCallback(lambda _: self._reactor.callLater(0.05, self._end))
        return left.addCallback(lambda _: None)

    def _leave(self) -> Deferred[None]:
        """Tell the others; fires when the news is out, or after LONGEST_LEAVE."""
        told: Deferred[None] = Deferred()
        if self._left:
            told.callback(None)
            return told
        self._waiting_to_leave.append(told)
        if len(self._waiting_to_leave) == 1:
            self._seeds.stop()
            late = self._reactor.callLater(LONGEST_LEAVE, self._news_is_out)
            told.addCallback(lambda _: (late.active() and late.cancel()) or None)
            self._driver.feed(LeaveAsked())
        return told

    def _news_is_out(self) -> None:
        self._left = True
        waiting, self._waiting_to_leave = self._waiting_to_leave, []
        for told in waiting:
            told.callback(None)

    async def _close(self) -> None:
        self._ending = True
        await self._driver.settled()
        await self._leave()
        for face in reversed(self._faces):
            await maybeDeferred(face.stopService)
        self._driver.stop()
        await self._transport.stop()
        await deferToThreadPool(
            self._reactor, self._reactor.getThreadPool(), self._store.close
        )
        self._home.close()


def wall_ms() -> int:
    """The machine's clock, in milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000
