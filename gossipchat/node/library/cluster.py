"""
The library's face: membership, tags, events and broadcast for Twisted programs.

    cluster = Cluster("10.0.0.2:7946", seeds=["10.0.0.1:7946"], tags={"role": "web"})
    await cluster.start()
    async for change in cluster.changes():
        ...

It installs no signal handlers, prints nothing (it logs through ``twisted.logger``) and
never stops the reactor. docs/library.md has it all.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any, Self, cast

from twisted.internet.defer import Deferred, execute
from twisted.logger import Logger

from gossipchat.chat.events import Line
from gossipchat.errors import UsageError
from gossipchat.names import Address, AuthorKey, EntryId, NodeName, split_host_port
from gossipchat.node.api import IMembership, Stop, UserEvent
from gossipchat.node.door.membership import Membership
from gossipchat.node.library.casts import Cast, cast_asked
from gossipchat.node.library.changes import Change
from gossipchat.node.library.following import Following
from gossipchat.node.library.hearing import Hearing
from gossipchat.node.library.queries import Answerer
from gossipchat.node.library.surroundings import Surroundings
from gossipchat.node.running import Running
from gossipchat.swim.events import Member, NameLost, QueryReply
from gossipchat.transport.addresses.addresses import resolve
from gossipchat.transport.links.pulse import wall_ms

log = Logger()


class Cluster:
    """
    This program as a member of a cluster.

    Args:
        listen: HOST:PORT of UDP and TCP, port 0 for any free one.
        seeds: HOST:PORT of any members; tried for ever, names looked up each time.
        name: unique in the cluster; None: HOST-xxxx.
        keyring: the cluster's keys, primary first, as base64; or the path of a key
            ring file, which is kept up to date; None: the cluster is open.
        tags: what all members can read of this one, 512 bytes in all.
        data: a folder for identity, log and the members known; None: a folder in
            /tmp that is removed at the end, so this member is somebody new each time.
        advertise: HOST:PORT that others are told, if not *listen*.
        label: memberlist's label.
        profile: timings: ``lan``, ``wan`` or ``local``.
        overrides: single settings by room and name (docs/settings.md).
        open: beyond loopback without keys.
        reactor: None: the global one.

    Raises UsageError for what cannot be so, before anything is opened.
    """

    def __init__(
        self,
        listen: str = "127.0.0.1:0",
        seeds: Sequence[str] = (),
        name: str | None = None,
        keyring: Sequence[str] | Path | None = None,
        tags: Mapping[str, str] | None = None,
        data: Path | str | None = None,
        *,
        advertise: str | None = None,
        label: str = "",
        profile: str = "lan",
        overrides: Mapping[str, Mapping[str, object]] | None = None,
        open: bool = False,
        reactor: Any = None,
    ) -> None:
        self._around = Surroundings.checked(
            listen, seeds, name, keyring, tags, data, advertise, label, profile,
            overrides, open,
        )  # fmt: skip
        self._reactor = reactor
        self._seeds = tuple(seeds)
        self._running: Running | None = None
        self._membership: Membership | None = None
        self._ended: Deferred[None] | None = None
        self._started = False
        self._asks = count(1)
        self._hearing = Hearing(
            lambda event: self._up.driver.feed(event),
            lambda address: self._up.join(address),
            lambda key: self._up.peer.name_of(key),
        )

    # --- life ---------------------------------------------------------------

    def start(self) -> Deferred[None]:
        """
        Fires when this member can be reached and looks for its seeds. Fails with a
        GossipChatError (a port that is taken, a folder in use); nothing is open then.
        """
        return Deferred.fromCoroutine(self._start())

    async def _start(self) -> None:
        if self._started:
            raise UsageError("a Cluster is started once: make another")
        self._started = True
        if self._reactor is None:
            from twisted.internet import reactor

            self._reactor = reactor
        around = self._around
        try:
            listen = await self._resolved(around.listen)
            wanted = around.advertise and await self._resolved(around.advertise)
            if self._ended is not None:
                raise UsageError("this Cluster was ended before it was up")
            around.make_folder()
            running = self._running = Running(
                around.settings,
                self._reactor,
                self._hear,
                self._crashed,
                around.keyring,
            )
            running.open(listen, wanted or None)
            self._membership = Membership(
                self._reactor, running.peer, running.driver, wall_ms
            )
            self._membership.watch_events(self._hearing.events.tell)
            running.start()
        except BaseException:
            await self._end(say_goodbye=False)
            raise

    async def _resolved(self, where: tuple[str, int]) -> Address:
        return (await resolve(self._reactor, *where))[0]

    def join(self, *seeds: str) -> Deferred[int]:
        """
        Ask *seeds* (none: those of the start) to let us join, now and once.

        Fires with how many have answered; fails with Refused when none did.
        """
        return Deferred.fromCoroutine(self._join(seeds or self._seeds))

    async def _join(self, seeds: Sequence[str]) -> int:
        if not seeds:
            raise UsageError("join: there are no seeds")
        addresses: list[Address] = []
        for seed in seeds:
            addresses += await resolve(self._reactor, *split_host_port(seed))
        return await self._hearing.joins.join(addresses)

    def leave(self) -> Deferred[None]:
        """
        Say goodbye, then close all: others see us as left. Fires when all is closed,
        5 s at most; a second call fires with the first.
        """
        return self._ending(say_goodbye=True)

    def stop(self) -> Deferred[None]:
        """Close all without a word: others will find that we have failed."""
        return self._ending(say_goodbye=False)

    def _ending(self, say_goodbye: bool) -> Deferred[None]:
        if self._ended is None:
            self._started = True
            self._ended = Deferred.fromCoroutine(self._end(say_goodbye))
            return self._ended
        again: Deferred[None] = Deferred()
        self._ended.chainDeferred(again)
        return again

    async def _end(self, say_goodbye: bool) -> None:
        running = self._running
        if running is not None:
            if say_goodbye and self._membership is not None:
                await running.driver.settled()
                await running.leave()
            await running.close()
            self._running = None
        self._hearing.stop()
        self._around.remove_folder()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.leave()

    # --- who is here --------------------------------------------------------

    @property
    def name(self) -> NodeName:
        """What this member is called, once it is started."""
        return self._up.peer.swim.me.name

    @property
    def key(self) -> AuthorKey:
        """Its identity, once it is started."""
        return self._up.peer.swim.me.key

    @property
    def address(self) -> Address:
        """Where others reach it, once it is started."""
        return self._up.address

    @property
    def membership(self) -> IMembership:
        """All that can be asked: keys, reachability, round trips, forgetting, too."""
        return cast(IMembership, self._up and self._membership)

    def members(self) -> list[Member]:
        """All that are known, this one and the dead included, by name."""
        return self.membership.members()

    def subscribe(self, watcher: Callable[[Change], None]) -> Stop:
        """Call *watcher* with each join, failure, leave and update from now on."""
        return self._hearing.changes.add(watcher)

    def changes(self) -> Following[Change]:
        """The same for ``async for``."""
        return self._hearing.follow(self._hearing.changes)

    def set_tags(
        self, put: Mapping[str, str], drop: Sequence[str] = ()
    ) -> Deferred[dict[str, str]]:
        """Change our tags. Fires with all of them; fails above 512 bytes."""
        return self.membership.set_tags(put, drop)

    # --- what is told and asked ---------------------------------------------

    def event(
        self, name: str, payload: bytes = b"", coalesce: bool = True
    ) -> Deferred[UserEvent]:
        """
        Tell all members, Serf agents too: fast, to whoever is there now, and no more
        than fits into a packet. Fires once it is on its way.
        """
        return self.membership.event(name, payload, coalesce)

    def subscribe_events(self, watcher: Callable[[UserEvent], None]) -> Stop:
        """Call *watcher* with each user event from now on, our own included."""
        return self._hearing.events.add(watcher)

    def events(self) -> Following[UserEvent]:
        """The same for ``async for``."""
        return self._hearing.follow(self._hearing.events)

    def query(
        self, name: str, payload: bytes = b"", timeout: float | None = None
    ) -> Deferred[list[QueryReply]]:
        """
        Ask all members. Fires with all acks and answers after *timeout* seconds
        (None: Serf's default); ``membership.query`` tells each as it comes.
        """
        replies: list[QueryReply] = []
        asked = self.membership.query(name, payload, timeout, replies.append)
        return asked.addCallback(lambda _: replies)

    def answer(self, name: str, answerer: Answerer) -> Stop:
        """
        Answer the query *name*: *answerer* gets an ``Asked``, and returns bytes or
        None (no answer), or something to await that gives them.
        """
        return self._hearing.answerers.add(name, answerer)

    def broadcast(self, payload: bytes, topic: str = "") -> Deferred[EntryId]:
        """
        Tell all members that are gossipchat, through the log: each gets it once,
        even one that is away now. Fires once it is on our disk.
        """
        return execute(
            cast_asked, ("cast", next(self._asks)), topic, payload
        ).addCallback(lambda asked: self._up.driver.say(asked))

    def subscribe_broadcasts(self, watcher: Callable[[Cast], None]) -> Stop:
        """Call *watcher* with each broadcast from now on, our own included."""
        return self._hearing.casts.add(watcher)

    def broadcasts(self) -> Following[Cast]:
        """The same for ``async for``."""
        return self._hearing.follow(self._hearing.casts)

    # --- what we hear -------------------------------------------------------

    def _hear(self, happening: object) -> None:
        if self._membership is None:
            return
        if not isinstance(happening, Line):
            self._membership.hear(happening)
        self._hearing.hear(happening)
        if isinstance(happening, NameLost):
            log.critical("{what}", what=happening.what)
            self._reactor.callLater(0, self.stop)

    def _crashed(self) -> None:
        log.critical("an own room broke: this member is gone")
        self._reactor.callLater(0, self.stop)

    @property
    def _up(self) -> Running:
        if self._running is None or self._membership is None:
            gone = "is gone" if self._ended else "is not started"
            raise UsageError(f"this Cluster {gone}")
        return self._running
