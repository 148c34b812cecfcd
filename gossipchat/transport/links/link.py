"""
One link: TLS, the two proofs, then frames, then CLOSE.

The dialler proves first, the dialled side answers a right proof with its own: a
stranger gets nothing that was made with the cluster key.
"""

from collections.abc import Iterable
from enum import Enum
from typing import Any

from twisted.internet.interfaces import IConnector, IHandshakeListener
from twisted.internet.protocol import Protocol as TwistedProtocol
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from gossipchat.errors import DecodeError, PeerError, Unreachable
from gossipchat.names import Address, AuthorKey, NodeName
from gossipchat.transport.links.inbox import Inbox
from gossipchat.transport.links.outbox import Outbox
from gossipchat.transport.links.owner import Owner
from gossipchat.transport.links.proof import (
    PROOF_VERSION,
    close_in_words,
    key_proven,
    not_proven,
    prove,
)
from gossipchat.transport.links.pulse import Pulse
from gossipchat.transport.links.tls import LinkTLS, exporter, raw_key
from gossipchat.transport.links.watch import CLEAR, Path
from gossipchat.wire.ours.frame_codec import encode_frame
from gossipchat.wire.ours.frames import Clock, Close, Frame, Proof

MAX_REASON_CHARACTERS = 80

HANDED_OVER = ("replaced", "silent")
"""Why a link ends when another takes over, or shall."""


class Phase(Enum):
    """Where a link is; only forward."""

    HANDSHAKE = 0
    PROVING = 1
    OPEN = 2
    ENDED = 3
    """CLOSE was sent or received, or we gave up; the connection may still be there."""


@implementer(IHandshakeListener)
class Link(TwistedProtocol):
    """One end of one link, on top of :class:`LinkTLS`."""

    transport: Any

    def __init__(
        self,
        owner: Owner,
        number: int,
        address: Address,
        expected: AuthorKey | None = None,
    ) -> None:
        self.number = number
        self.address = address
        self.dialled = expected is not None
        """By us; otherwise the other side called."""
        self.peer = expected
        """Whom we dial; the caller's key once TLS has proven it."""
        self.peer_name = NodeName("")
        self.key_used: bytes | None = None
        """The cluster key that the peer has proven to hold."""
        self.connector: IConnector | None = None
        """Of a dial, until it is connected."""
        self.phase = Phase.HANDSHAKE
        self._owner = owner
        self._inbox = Inbox(self, owner.hearing)
        self._outbox = Outbox(owner.turns, owner.seconds, self._drained)
        self._pulse = Pulse(
            owner.turns,
            owner.seconds,
            owner.wall_ms,
            lambda frame: self._write([frame]),
            lambda ahead: owner.clock_read(self, ahead),
        )
        self._exported = b""
        self._cancel = owner.turns.later(owner.config.proof_timeout, self._too_slow)
        self._settled = False
        """Whether opened or failed has been said."""
        self._lost = False

    # --- what the transport asks ------------------------------------------------

    def send(self, frames: Iterable[Frame]) -> bool:
        """Write *frames*, if open. True: it takes more; else ``drained`` follows."""
        if self.phase is not Phase.OPEN:
            return False
        more = self._outbox.sent(self._write(frames))
        self._owner.wrote(self)
        return more

    def path(self) -> Path:
        """How it is with what was written."""
        return CLEAR if self._lost else self.transport.path()

    def end(self, reason: str) -> None:
        """
        Send CLOSE(*reason*) and close. ``ended`` is not said.

        If nothing gets through it is cut, with all that it was handed: whoever lacks
        that asks for it over another link, and it must not come as well.
        """
        if self.phase is Phase.OPEN and reason in HANDED_OVER and self._is_stuck():
            self._cut()
        elif self.phase is Phase.OPEN:
            self._close(reason)
        elif self.phase is not Phase.ENDED:
            self.give_up(PeerError("this node has stopped"))

    def end_ourselves(self, reason: str) -> None:
        """The same, but ``ended`` is said, in a turn of its own."""
        if self.phase is Phase.OPEN:
            self._close(reason)
            self._owner.turns.soon(lambda: self._owner.ended(self, reason))

    def give_up(self, problem: PeerError, reason: str | None = None) -> None:
        """End it before it opened; with *reason*, tell the peer by a CLOSE."""
        self._fail(problem)
        if self.phase is Phase.PROVING and reason is not None:
            self._close(reason)
        else:
            self.abort()

    def abort(self) -> None:
        """Cut the connection now. Nothing is said but ``failed`` and ``gone``."""
        self._fail(PeerError(f"{self.address} had to make room before it was proven"))
        self._end_phase()
        if self.transport is not None:
            self.transport.abortConnection()
        elif self.connector is not None:
            self.connector.disconnect()

    def not_connected(self, problem: PeerError) -> None:
        """The dial found nobody."""
        self._fail(problem)
        self._end_phase()
        self._owner.gone(self)

    # --- what Twisted calls -----------------------------------------------------

    def handshakeCompleted(self) -> None:
        shown = raw_key(self.transport.getPeerCertificate())
        if shown is None or shown == self._owner.own_key:
            self.give_up(PeerError(f"{self.address} is this node itself"))
        elif self.dialled and shown != self.peer:
            self.give_up(
                PeerError(
                    f"{self.address} is not the member that was meant: it shows the"
                    f" key {shown.hex()[:16]}…, not {(self.peer or b'').hex()[:16]}…"
                )
            )
        else:
            self.peer = shown
            self.phase = Phase.PROVING
            self._exported = exporter(self.transport.getHandle())
            if self.dialled:
                self._prove(shown)

    def dataReceived(self, data: bytes) -> None:
        self._inbox.feed(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._lost = True
        if self.phase is Phase.OPEN:
            # Frames that came before the end are still good, a CLOSE above all.
            self._inbox.finish(self._broke)
        else:
            why = f"{self.address} hung up before the link was proven"
            self._fail(Unreachable(why))
            self._end_phase()
        self._cancel()
        self._owner.gone(self)

    # --- what the inbox calls ---------------------------------------------------

    def take(self, frame: Frame) -> None:
        """A frame came."""
        match frame:
            case Close(reason) if self.phase is Phase.OPEN:
                self._end_phase()
                if self.path().unanswered:
                    self._cut()  # nobody listens any more
                else:
                    self._hang_up()
                self._owner.ended(self, reason[:MAX_REASON_CHARACTERS])
            case Clock() if self.phase is Phase.OPEN:
                self._pulse.hear(frame)
            case _ if self.phase is Phase.OPEN:
                self._owner.received(self, frame)
            case Proof() if self.phase is Phase.PROVING:
                self._check(frame)
            case Close(reason) if self.phase is Phase.PROVING:
                self.give_up(PeerError(close_in_words(self.address, reason)))
            case _ if self.phase is Phase.PROVING:
                self.give_up(DecodeError("first frame", frame, "a proof"))
            case _:
                pass  # it came too late

    def broken(self, problem: DecodeError) -> None:
        """What came is no frame."""
        if self.phase is Phase.OPEN:
            self._owner.nonsense(self, problem)
            self.end_ourselves("error")
        else:
            self.give_up(problem)

    def hold(self, on: bool) -> None:
        """Stop reading, or go on."""
        if self._lost:
            return
        if on:
            self.transport.pauseProducing()
        else:
            self.transport.resumeProducing()

    # --- proofs -----------------------------------------------------------------

    def _prove(self, peer: AuthorKey) -> None:
        mac = prove(
            self._owner.cluster_keys[0],
            self._exported,
            self._owner.own_key,
            peer,
            dials=self.dialled,
        )
        self._write([Proof(PROOF_VERSION, mac, self._owner.name)])

    def _check(self, proof: Proof) -> None:
        assert self.peer is not None  # noqa: S101  known since the handshake
        self.key_used = key_proven(
            self._owner.cluster_keys,
            proof.mac,
            self._exported,
            self.peer,
            self._owner.own_key,
            dials=not self.dialled,
        )
        if self.key_used is None:
            self.give_up(PeerError(not_proven(self.address, proof)), "key")
            return
        if not self.dialled:
            self._prove(self.peer)
        self._open(proof.name)

    def _open(self, name: NodeName) -> None:
        self.phase = Phase.OPEN
        self.peer_name = name
        self._settled = True
        self._cancel()
        self._exported = b""
        self._inbox.open_up()
        tls: LinkTLS = self.transport
        tls.unproven = False
        self.transport.registerProducer(self._outbox, True)
        self._owner.opened(self)
        if self.phase is Phase.OPEN:
            self._pulse.start(self._owner.config.clock_interval, self.dialled)

    def _too_slow(self) -> None:
        verb = "answer" if self.transport is None else "prove itself"
        limit = self._owner.config.proof_timeout
        self.give_up(PeerError(f"{self.address} did not {verb} within {limit:g} s"))

    # --- the end ----------------------------------------------------------------

    def _close(self, reason: str) -> None:
        self._write([Close(reason)])
        self._end_phase()
        self._hang_up()

    def _end_phase(self) -> None:
        self.phase = Phase.ENDED
        self._outbox.close()
        self._inbox.close()
        self._pulse.stop()

    def _is_stuck(self) -> bool:
        return self._outbox.is_full or self.path().repeats > 0

    def _cut(self) -> None:
        """Now, with all that waits here and in the kernel."""
        self._end_phase()
        self._cancel()
        self.transport.abortConnection()

    def _hang_up(self) -> None:
        """
        Close once all is written and the peer has agreed, within the grace. What
        the peer still sends is read and forgotten: closing a socket with unread
        bytes would destroy our CLOSE on its way.
        """
        if self._lost:
            return
        self._cancel()
        self._cancel = self._owner.turns.later(
            self._owner.config.close_grace, self.transport.abortConnection
        )
        self.transport.unregisterProducer()
        self.transport.loseConnection()

    def _broke(self) -> None:
        self._end_phase()
        self._owner.ended(self, None)

    def _fail(self, problem: PeerError) -> None:
        if not self._settled:
            self._settled = True
            self._cancel()
            self._owner.failed(self, problem)

    def _write(self, frames: Iterable[Frame]) -> int:
        """Returns how many bytes these are."""
        written = b"".join(encode_frame(frame) for frame in frames)
        self.transport.write(written)
        return len(written)

    def _drained(self) -> None:
        if self.phase is Phase.OPEN:
            self._owner.drained(self)
