"""
All links of a node, those that are still being made included.
"""

from collections.abc import Callable, Iterable
from itertools import count

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from twisted.internet import error
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IProtocol
from twisted.python.failure import Failure

from gossipchat.errors import DecodeError, PeerError, Unreachable
from gossipchat.names import Address, AuthorKey, NodeName
from gossipchat.transport.common import Common
from gossipchat.transport.connections import Outgoing, why_unreachable
from gossipchat.transport.links.hearing import Hearing
from gossipchat.transport.links.link import Link, Phase
from gossipchat.transport.links.tls import LinkTLSFactory, make_context
from gossipchat.transport.links.watch import Watch
from gossipchat.transport.places import Places
from gossipchat.wire.ours.frames import Frame

ASK_AGAIN = (1.0, 1.0)
"""Seconds until a dial that nothing has answered is begun anew, and again. The kernel
would ask later each time, and hear as much later of the end of a cut."""


class Links:
    """Makes links, knows them by number, and tells the listener of them."""

    def __init__(self, common: Common, key: Ed25519PrivateKey, name: NodeName) -> None:
        self.config = config = common.config
        self.turns = common.turns
        self.wall_ms = common.wall_ms
        self.seconds: Callable[[], float] = common.reactor.seconds
        self.hearing = Hearing(common.turns, self.seconds, self._heard)
        self.own_key = AuthorKey(key.public_key().public_bytes_raw())
        self.name = name
        self.cluster_keys: tuple[bytes, ...] = ()
        self._common = common
        self._listener = common.listener
        self._counters = common.counters
        self._unproven = Places(
            config.max_unproven_links, common.counters, "links.evicted"
        )
        self._numbers = count(1)
        self._links: dict[Link, None] = {}
        self._open: dict[int, Link] = {}
        self._frames: list[tuple[int, Frame]] = []
        """What came in this turn and has not been told."""
        self._watch = Watch(common.turns, self._silent)
        self._dials: dict[AuthorKey, Link] = {}
        """Those under way."""
        self._proving: dict[Link, Deferred[None]] = {}
        self._stopped = False
        context = make_context(key)
        limits = (config.max_handshake_bytes, config.dead_peer_timeout)
        self._as_dialler = LinkTLSFactory(context, True, common.reactor, *limits)
        self._as_dialled = LinkTLSFactory(context, False, common.reactor, *limits)

    def __len__(self) -> int:
        return len(self._open)

    # --- what the transport asks ------------------------------------------------

    def accept(self, source: Address) -> IProtocol:
        """The protocol for a caller that speaks TLS."""
        link = Link(self, next(self._numbers), source)
        self._begin(link)
        self._common.strangers.take(link)
        self._unproven.take(link)
        return self._as_dialled.around(link)

    def dial(self, peer: AuthorKey, address: Address) -> None:
        """``link_opened`` or ``dial_failed`` follows; once, if one was under way."""
        if peer == self.own_key:
            why = f"{address} would be a link of this node to itself"
            self.turns.soon(lambda: self._listener.dial_failed(peer, why))
            return
        if peer in self._dials:
            return
        link = self._dials[peer] = Link(self, next(self._numbers), address, peer)
        self._dial(link)

    def prove(self, peer: AuthorKey, address: Address) -> Deferred[None]:
        """Dial; what fires or fails stands in for ``dial_failed``."""
        link = Link(self, next(self._numbers), address, peer)
        proven = self._proving[link] = Deferred()
        self._dial(link)
        return proven

    def _dial(self, link: Link) -> None:
        self._begin(link)
        called = Outgoing(self._as_dialler.around(link), lambda why: failed(why))
        waits = iter(ASK_AGAIN)

        def connect() -> None:
            # in the end the link's own deadline comes first
            wait = next(waits, 2 * self.config.proof_timeout)
            link.connector = self._common.reactor.connectTCP(
                *link.address, called, timeout=wait
            )

        def failed(reason: Failure) -> None:
            if reason.check(error.TimeoutError) and link.phase is Phase.HANDSHAKE:
                connect()
            else:
                link.not_connected(why_unreachable(link.address, reason))

        connect()

    def send_frames(self, number: int, frames: Iterable[Frame]) -> bool:
        """True: it takes more; else ``drained`` follows. One that is gone: neither."""
        link = self._open.get(number)
        return link is not None and link.send(frames)

    def end_link(self, number: int, reason: str) -> None:
        """Send CLOSE(*reason*) and end it; no ``link_ended`` follows."""
        link = self._open.pop(number, None)
        if link is not None:
            link.end(reason)

    def change_keys(self, keys: tuple[bytes, ...]) -> None:
        """The ring's keys, the primary first. Links proven by others are ended."""
        self.cluster_keys = keys
        for link in list(self._open.values()):
            if link.key_used not in keys:
                link.end_ourselves("key")

    def stop(self, reason: str) -> None:
        """End all links; the listener hears no more."""
        self._stopped = True
        for link in list(self._links):
            link.end(reason)
        self._open.clear()
        self._proving.clear()

    def _begin(self, link: Link) -> None:
        self._links[link] = None
        self._common.connections.opened(link)

    # --- what a link says -------------------------------------------------------

    def opened(self, link: Link) -> None:
        self._leave_places(link)
        self._forget_dial(link)
        self._open[link.number] = link
        self._counters["links.opened"] += 1
        assert link.peer is not None  # noqa: S101  it is proven
        proven = self._proving.pop(link, None)
        if proven is not None:
            proven.callback(None)
        self._listener.link_opened(link.number, link.peer, link.peer_name, link.dialled)
        self._end_dial(link)

    def _end_dial(self, link: Link) -> None:
        """*link* works: a dial to the same peer that nobody has answered ends."""
        dial = self._dials.get(link.peer) if link.peer is not None else None
        if dial is not None and dial.transport is None:
            dial.give_up(PeerError(f"a link to {dial.address} works by now"))

    def wrote(self, link: Link) -> None:
        self._watch.wrote(link)

    def _silent(self, link: Link) -> None:
        if link.number in self._open:
            self._counters["links.silent"] += 1
            self._listener.link_silent(link.number)

    def failed(self, link: Link, problem: PeerError) -> None:
        self._forget_dial(link)
        if self._stopped:
            return
        proven = self._proving.pop(link, None)
        if proven is not None:
            proven.errback(problem)
        elif link.dialled and link.peer is not None:
            self._counters["dials.failed"] += 1
            self._listener.dial_failed(link.peer, str(problem))
        else:
            self._counters["links.refused"] += 1
            if not isinstance(problem, Unreachable):
                # who merely hung up sent nothing wrong: it froze, or found another way
                self._listener.dropped(link.address, problem)

    def received(self, link: Link, frame: Frame) -> None:
        if link.number in self._open:
            self._counters["frames.received"] += 1
            if link.peer in self._dials and not link.path().repeats:
                self._end_dial(link)
            self._frames.append((link.number, frame))

    def _heard(self) -> None:
        """Tell what came in this turn."""
        frames, self._frames = self._frames, []
        if frames and not self._stopped:
            self._listener.frames_received(tuple(frames))

    def clock_read(self, link: Link, ahead: float) -> None:
        if link.number in self._open and link.peer is not None:
            self._listener.clock_read(link.peer, ahead)

    def drained(self, link: Link) -> None:
        if link.number in self._open:
            self._listener.drained(link.number)

    def ended(self, link: Link, reason: str | None) -> None:
        if self._open.pop(link.number, None) is not None:
            self._heard()
            self._listener.link_ended(link.number, reason)

    def nonsense(self, link: Link, problem: DecodeError) -> None:
        self._counters["frames.dropped"] += 1
        self._listener.dropped(link.address, problem)

    def gone(self, link: Link) -> None:
        self._watch.leave(link)
        self._leave_places(link)
        self._links.pop(link, None)
        self._common.connections.closed(link)

    def _forget_dial(self, link: Link) -> None:
        """*link* is no dial any more."""
        if link.peer is not None and self._dials.get(link.peer) is link:
            del self._dials[link.peer]

    def _leave_places(self, link: Link) -> None:
        self._common.strangers.leave(link)
        self._unproven.leave(link)
