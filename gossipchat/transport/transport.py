"""
The shell's network in one piece: one port, packets, streams and links.

Whoever drives a node uses this class and no other of the room.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.interfaces import IListeningPort
from twisted.internet.task import deferLater

from gossipchat.errors import UsageError
from gossipchat.names import Address, AuthorKey, NodeName
from gossipchat.transport.common import Common
from gossipchat.transport.config import Config
from gossipchat.transport.links.links import Links
from gossipchat.transport.links.proof import OPEN_KEY
from gossipchat.transport.links.pulse import wall_ms
from gossipchat.transport.listener import Listener
from gossipchat.transport.port.port import Doors, bind_both
from gossipchat.transport.port.udp import Datagrams
from gossipchat.transport.streams.asking import Asking
from gossipchat.transport.streams.streams import Streams
from gossipchat.wire.layers.keyring import KeyRing
from gossipchat.wire.memberlist.messages import Message
from gossipchat.wire.ours.frames import Frame

DEFAULTS = Config()


class Transport:
    """
    Everything a node says and hears over the network.

    Args:
        reactor: a real one (TCP, readers, clock, thread pool).
        key: this node's identity; its TLS certificate is made of it.
        keyring: the cluster's keys, shared with whoever changes them (who then calls
            :meth:`keys_changed`); None: the cluster is open.
        label: the cluster's label; empty: none.
        listener: is told of all that comes in.
        name: what this node calls itself in its proofs; may be set later, until the
            first link.
        wall_ms: the machine's clock, in milliseconds since 1970 UTC.
    """

    def __init__(
        self,
        reactor: Any,
        key: Ed25519PrivateKey,
        keyring: KeyRing | None,
        label: bytes,
        listener: Listener,
        config: Config = DEFAULTS,
        name: NodeName | None = None,
        wall_ms: Callable[[], int] = wall_ms,
    ) -> None:
        self._common = Common.make(reactor, keyring, label, listener, config, wall_ms)
        self.counters = self._common.counters
        """What came and went, by kind; only ever grows."""
        self._asking = Asking(self._common)
        self._links = Links(self._common, key, name or NodeName(""))
        self._streams = Streams(self._common)
        self._doors = Doors(self._common, self._links.accept, self._streams.accept)
        self._listening: IListeningPort | None = None
        self._datagrams: Datagrams | None = None
        self._stopped: Deferred[None] | None = None
        self.keys_changed()

    # --- life -------------------------------------------------------------------

    @property
    def name(self) -> NodeName:
        """What this node calls itself in its proofs."""
        return self._links.name

    @name.setter
    def name(self, name: NodeName) -> None:
        self._links.name = name

    def start(self, address: Address) -> Address:
        """
        Bind UDP and TCP to *address* (port 0: any that is free for both).

        Returns the address really bound, from when on all is open. Raises UsageError
        with the remedy when it can't be bound; then nothing is open.
        """
        if self._listening is not None or self._stopped is not None:
            raise UsageError("a transport is started once")
        reactor, config = self._common.reactor, self._common.config
        self._listening, udp, bound = bind_both(reactor, self._doors, address, config)
        self._datagrams = Datagrams(self._common, udp)
        return bound

    def stop(self, reason: str = "leaving") -> Deferred[None]:
        """
        End all links with CLOSE(*reason*), cut the rest, free the port.

        Fires when the port is free and no connection is left, which takes
        ``close_grace`` at most. The listener hears no more from now on; streams that
        we opened fail. A second call fires with the first.
        """
        if self._stopped is None:
            self._stopped = Deferred.fromCoroutine(self._stop(reason))
            return self._stopped
        again: Deferred[None] = Deferred()
        self._stopped.chainDeferred(again)
        return again

    async def _stop(self, reason: str) -> None:
        if self._datagrams is not None:
            self._datagrams.stop()
        listening = self._listening
        closed = maybeDeferred(listening.stopListening) if listening else None
        self._asking.stop()
        self._links.stop(reason)
        common = self._common
        common.strangers.abort_all()
        gone = common.connections.when_gone()
        grace = common.reactor.callLater(
            common.config.close_grace, common.connections.abort_all
        )
        await gone
        if grace.active():
            grace.cancel()
        common.turns.stop()
        if closed is not None:
            await closed
        await deferLater(common.reactor, 0)

    # --- packets ----------------------------------------------------------------

    @property
    def packet_budget(self) -> int:
        """Bytes for the parts of one packet (``wire.packet.Packets.budget``)."""
        return self._common.layers.packets().budget

    def send_packet(
        self, to: Address, parts: Sequence[bytes], crc: bool = False
    ) -> None:
        """Send *parts* as one datagram; whether it arrives is nobody's promise."""
        if self._datagrams is not None:
            self._datagrams.send(to, parts, crc)

    def drain_udp(self) -> None:
        """
        Hand over every datagram that has arrived by now, before this returns: the
        one case in which the listener is called from inside a call.
        """
        if self._datagrams is not None:
            self._datagrams.drain()

    # --- streams ----------------------------------------------------------------

    def open_stream(
        self, to: Address, message: Message, timeout: float
    ) -> Deferred[Message]:
        """
        Dial *to*, send *message* (Ping or PushPull), fire with the one answer.

        Fails within *timeout* seconds with PeerError (an Err's words, nonsense), or
        its kind Unreachable, whose ``refused`` tells that nothing listens there.
        """
        return self._asking.ask(to, message, timeout)

    def answer_stream(self, stream: int, message: Message) -> None:
        """Send *message* on a stream from inside ``stream_received``."""
        self._streams.answer(stream, message)

    # --- links ------------------------------------------------------------------

    def dial(self, peer: AuthorKey, address: Address) -> None:
        """
        Open a link to *peer*: exactly one ``link_opened`` or ``dial_failed``.

        While a dial to it is under way there is none for this one.
        """
        self._links.dial(peer, address)

    def prove(self, peer: AuthorKey, address: Address) -> Deferred[None]:
        """
        Fires when whoever is at *address* has proven to be *peer*, and to hold the
        cluster key; fails with PeerError. The link that is open then is like any
        other: ``link_opened`` follows.
        """
        return self._links.prove(peer, address)

    def send_frames(self, link: int, frames: Iterable[Frame]) -> bool:
        """
        Write *frames* to the link. True: there is room for more; else ``drained``
        follows (once for all of several), unless the link is gone.
        """
        return self._links.send_frames(link, frames)

    def end_link(self, link: int, reason: str) -> None:
        """Send CLOSE(*reason*), then close. No ``link_ended`` follows."""
        self._links.end_link(link, reason)

    def keys_changed(self) -> None:
        """The key ring is another: end the links that were proven by a key gone."""
        keyring = self._common.layers.keyring
        self._links.change_keys((OPEN_KEY,) if keyring is None else keyring.keys)

    # --- how it is --------------------------------------------------------------

    @property
    def links(self) -> int:
        """Links that are open."""
        return len(self._links)
