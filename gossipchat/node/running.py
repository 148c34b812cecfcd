"""
A member that runs: what is opened in which order, and closed in the other.

    home -> store -> ports -> peer -> driver -> seeds

A node is this with a process of its own around it (``node``), a library's member is
this inside of somebody else's program (``cluster``).
"""

from collections.abc import Callable
from pathlib import Path
from random import SystemRandom
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger
from twisted.python.failure import Failure

from gossipchat.chat.events import Line
from gossipchat.names import Address
from gossipchat.node.birth import peer_of
from gossipchat.node.care.clocks import Clocks
from gossipchat.node.care.keys import KeyKeeper
from gossipchat.node.care.salvage import Salvager
from gossipchat.node.care.seeds import Seeds
from gossipchat.node.care.upkeep import Upkeep
from gossipchat.node.care.whereabouts import Whereabouts
from gossipchat.node.driver.driver import Driver
from gossipchat.node.driver.journal import Journal, StoreSetAside
from gossipchat.node.home import DATABASE, Home
from gossipchat.node.settings import NodeSettings
from gossipchat.peer.events import LeaveAsked, Started
from gossipchat.store.file.wreck import Wreck
from gossipchat.store.reading.opening import Opening
from gossipchat.store.store import Store
from gossipchat.swim.events import (
    AddressChanged,
    JoinAsked,
    Joined,
    JoinFailed,
    LeaveDone,
    NameLost,
)
from gossipchat.transport.addresses.addresses import advertised, is_own
from gossipchat.transport.addresses.lookups import LookUps
from gossipchat.transport.links.pulse import wall_ms
from gossipchat.transport.transport import Transport
from gossipchat.wire.layers.keyring import KeyRing

log = Logger()

LONGEST_LEAVE = 4.0
"""Seconds that the news of our leaving may take; a stop takes 5 in all."""

JOIN_GRACE = 0.5
"""Seconds that a goodbye waits for joins under way: who is just taking us in must not
be left to find that we have failed."""


class Running:
    """
    The member that *settings* describe.

    Args:
        told: hears every happening and every line; the journal has it already.
        crashed: is called when a room broke: nothing goes on, ``close`` follows.
        keyring: the cluster's keys, if not from a file; changes are not kept then.
    """

    def __init__(
        self,
        settings: NodeSettings,
        reactor: Any,
        told: Callable[[object], None],
        crashed: Callable[[], None],
        keyring: KeyRing | None = None,
    ) -> None:
        self._settings = settings
        self._reactor = reactor
        self._told = told
        self._crashed = crashed
        self._keyring = keyring
        self._journal = Journal(reactor.seconds)
        self._open: list[Callable[[], Any]] = []
        self._joining: set[Address] = set()
        self._goodbye: IDelayedCall | None = None
        self._waiting_to_leave: list[Deferred[None]] = []
        self._left = False
        self._watch: Whereabouts | None = None
        self.driver = Driver(reactor, wall_ms, self._hear, self._broke)

    # --- start --------------------------------------------------------------

    def open(self, listen: Address, advertise: Address | None) -> None:
        """
        Open all that a member needs; blocks for a moment. It is heard of once it
        ``start``s. Raises GossipChatError with a sentence; ``close`` then, too.
        """
        settings = self._settings
        home = Home(settings.data)
        home.open()
        self._open.append(home.close)
        identity = home.identity()
        keyring, path = self._keyring, None
        if keyring is None:
            keyring, path = home.keyring(settings.keyring), settings.keyring_file
        self.store = Store(settings.data / DATABASE, self._store_broke)
        opening = self.store.open(own=identity.key)
        self._aside = opening.aside and StoreSetAside(opening.aside, opening.is_unread)
        self._open.append(lambda: self._in_thread(self.store.close))
        self.transport = Transport(
            self._reactor,
            identity.signing,
            keyring,
            settings.label.encode(),
            self.driver.ears,
            settings.of_room("transport"),
            wall_ms=wall_ms,
        )
        bound = self.transport.start(listen)
        self._open.append(self.transport.stop)
        self.address = advertised(bound, advertise)
        budget = self.transport.packet_budget
        self.peer = peer_of(
            settings, identity, self.address, opening, budget, wall_ms()
        )
        self.transport.name = self.peer.swim.me.name
        keys = KeyKeeper(keyring, path, self._in_thread, self.transport.keys_changed)
        self.driver.connect(self.peer, self.transport, self.store, keys)
        self._open += [keys.idle, self.driver.stop]
        self._upkeep = Upkeep(
            self._reactor,
            self.store,
            opening.last_n,
            self.peer.chat.listener.reread,
            self.driver.feed,
            self._hear,
            settings.of_room("store"),
            wall_ms,
        )
        self._open.append(self._upkeep.stop)
        self._salvage_from(opening.wreck)
        self._seek(opening)
        me = self.peer.swim.me.name
        self._clocks = Clocks(me, self.peer.name_of, self.driver.feed, self._hear)
        if advertise is None and self.address != bound:
            self._mind_address(lambda: advertised(bound))

    def _salvage_from(self, wreck: Path | None) -> None:
        self._salvager: Salvager | None = None
        if wreck is not None:
            holds, feed = self.peer.broadcast.holds, self.driver.feed
            parts = self._reactor, self.store, Wreck(wreck), holds, feed
            self._salvager = Salvager(*parts)
            self._open.append(self._salvager.stop)

    def _mind_address(self, find: Callable[[], Address]) -> None:
        watch = Whereabouts(self._reactor, self.address, is_own, find, self._moved)
        self._watch = watch
        self._open.append(watch.stop)

    def _seek(self, opening: Opening) -> None:
        own = self.peer.swim.me.name
        self._seeds = Seeds(
            self._reactor,
            SystemRandom(),
            self._settings.seeds,
            [one.address for one in opening.members if one.name != own],
            LookUps(self._reactor).find,
            self.join,
            self._lives_at,
            self._hear,
        )
        self._open.append(self._seeds.stop)

    def start(self) -> None:
        """Be a member, and look for the others. The reactor runs."""
        self.driver.feed(Started())
        self._seeds.start()
        self._upkeep.start()
        if self._salvager is not None:
            self._salvager.start()
        if self._watch is not None:
            self._watch.start()
        if self._aside is not None:
            self._hear(self._aside)

    def join(self, address: Address) -> None:
        """Ask whoever is at *address* to let us join, once."""
        self._joining.add(address)
        self.driver.feed(JoinAsked(address))

    # --- life ---------------------------------------------------------------

    def _hear(self, happening: object) -> None:
        if isinstance(happening, Line):  # there may be thousands a second
            self._told(happening)
            return
        self._journal.write(happening)
        self._clocks.hear(happening)
        match happening:
            case Joined(address):
                self._seeds.joined(address)
                self._joined(address)
            case JoinFailed(address, why):
                self._seeds.failed(address, why)
                self._joined(address)
            case LeaveDone() | NameLost():
                self.be_gone()
        self._told(happening)

    def _moved(self, address: Address) -> None:
        self.address = address
        self.driver.feed(AddressChanged(address))

    def _joined(self, address: Address) -> None:
        self._joining.discard(address)
        if self._goodbye is not None and not self._joining:
            self._goodbye.reset(0)

    def _lives_at(self, address: Address) -> bool:
        return self.peer.swim.lives_at(address)

    def _broke(self) -> None:
        self.be_gone()  # there is nobody left who could tell it
        self._crashed()

    def _store_broke(self, problem: BaseException) -> None:
        """On one of its threads, which ends: nobody would be answered any more."""

        def end() -> None:
            log.failure("a thread of the store ended", failure=Failure(problem))
            self._broke()

        self._reactor.callFromThread(end)

    def _in_thread(self, work: Callable[[], None]) -> Deferred[None]:
        return deferToThreadPool(self._reactor, self._reactor.getThreadPool(), work)

    # --- end ----------------------------------------------------------------

    def leave(self) -> Deferred[None]:
        """Tell the others; fires when the news is out, or after LONGEST_LEAVE."""
        told: Deferred[None] = Deferred()
        if self._left:
            told.callback(None)
            return told
        self._waiting_to_leave.append(told)
        if len(self._waiting_to_leave) == 1:
            self._seeds.stop()
            late = self._reactor.callLater(LONGEST_LEAVE, self.be_gone)
            told.addCallback(lambda _: (late.active() and late.cancel()) or None)
            grace = JOIN_GRACE if self._joining else 0.0
            self._goodbye = self._reactor.callLater(grace, self._say_goodbye)
        return told

    def _say_goodbye(self) -> None:
        self._goodbye = None
        self.driver.feed(LeaveAsked())

    def be_gone(self) -> None:
        """There is nothing to tell the others, or it is told."""
        self._left = True
        if self._goodbye is not None:
            self._goodbye.cancel()
            self._goodbye = None
        waiting, self._waiting_to_leave = self._waiting_to_leave, []
        for told in waiting:
            told.callback(None)

    async def close(self) -> None:
        """Close what is open, last things first; what fails keeps nothing else open."""
        while self._open:
            try:
                await maybeDeferred(self._open.pop())
            except Exception:
                log.failure("something could not be closed")
