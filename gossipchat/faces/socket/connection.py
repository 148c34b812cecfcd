"""
One program that asks: its requests under way, and the answers on their way.

Whatever it sends or leaves unread, what it makes the node remember is bounded.
"""

import json
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import (
    IHalfCloseableProtocol,
    IPushProducer,
    IReactorTime,
    IWriteDescriptor,
)
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure
from zope.interface import implementer

from gossipchat import __version__
from gossipchat.errors import NotThere
from gossipchat.faces.socket.commands import STREAMS, answer
from gossipchat.faces.socket.objects import Object
from gossipchat.faces.socket.requests import (
    MAX_NUMBER,
    VERSION,
    Request,
    read_number,
    read_object,
    read_request,
)
from gossipchat.faces.socket.streams import Stream
from gossipchat.faces.socket.users import Guest
from gossipchat.node.api import (
    GossipChatError,
    IChatNode,
    Refused,
    StoreError,
    TooFast,
    UsageError,
)

log = Logger()

MAX_LINE_BYTES = 256 * 1024
"""Of one request; a longer one ends the connection."""

MAX_ASKS = 512
"""Questions under way on one connection; above it nothing more is read from it."""

MAX_STREAMS = 16
"""Streams under way on one connection; the next is refused."""


@implementer(IHalfCloseableProtocol)
class Connection(LineReceiver):
    """One program that asks."""

    transport: Any  # none of Twisted's interfaces has all that a socket can
    delimiter = b"\n"
    MAX_LENGTH = MAX_LINE_BYTES

    def __init__(
        self, node: IChatNode, wall_ms: Callable[[], int], reactor: IReactorTime
    ) -> None:
        self._node = node
        self._reactor = reactor
        self._wall_ms = wall_ms
        self._guest = Guest(node)
        self._asks: dict[int, Request] = {}
        self._streams: dict[int, Stream] = {}
        self._broken_chain: int | None = None
        self._gone = False
        self._last = False
        self._sent_ms = 0
        """When something was last written at once, by the machine's clock."""
        self.full = False
        self.ended: Deferred[None] = Deferred()
        """Fires when the connection is closed."""

    def connectionMade(self) -> None:
        """Say who is here."""
        self.transport.registerProducer(_Outlet(self), True)
        self.send(
            {
                "gossipchat": __version__,
                "v": VERSION,
                "name": self._node.name,
                "id": self._node.key.hex(),
                "nick": self._node.nick,
            }
        )

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Forget everything that was under way."""
        self._gone = True
        self._drop_streams()
        self._guest.gone()
        self.ended.callback(None)

    def readConnectionLost(self) -> None:
        """Nothing more is asked: answer what has been, then close."""
        self._last = True
        for number, stream in list(self._streams.items()):
            if stream.endless:
                del self._streams[number]
                stream.stop()
        self._close_if_done()

    def writeConnectionLost(self) -> None:
        """Nobody reads any more."""
        self.transport.abortConnection()

    def _close_if_done(self) -> None:
        if self._last and not self._asks and not self._streams:
            self.close()

    def send(self, message: Object) -> None:
        """Write one line: at once, but for those that follow in the same millisecond;
        these go together in the reactor's next turn."""
        if self._gone:
            return
        self.transport.write(json.dumps(message).encode("ascii") + b"\n")
        now_ms = self._wall_ms()
        if now_ms != self._sent_ms:
            self._sent_ms = now_ms
            self._send_now()

    def _send_now(self) -> None:
        """Hand to the kernel what it takes: a turn of the reactor is half a
        millisecond. An error shows again in that turn, and ends the connection."""
        socket: Any = self.transport
        is_socket: bool = IWriteDescriptor.providedBy(self.transport)
        if is_socket and socket.connected and not socket.disconnecting:
            socket.doWrite()

    def close(self) -> None:
        """Close once what was sent has been taken."""
        self._drop_streams()
        self.transport.unregisterProducer()
        self.transport.loseConnection()

    def cut(self) -> None:
        """Close at once."""
        if not self._gone:
            self.transport.abortConnection()

    # --- what comes ---------------------------------------------------------

    def lineReceived(self, line: bytes) -> None:
        """One request."""
        number = None
        try:
            asked = read_object(line)
            number = read_number(asked)
            self._begin(read_request(number, asked))
        except UsageError:
            self._send_error(number, Failure())

    def lineLengthExceeded(self, line: bytes) -> None:
        """No request is that long."""
        text = f"a request has {MAX_LINE_BYTES} bytes at most"
        self._send_error(None, Failure(UsageError(text)))
        self.close()

    def _begin(self, request: Request) -> None:
        number = request.number
        if number in self._asks or number in self._streams:
            raise UsageError(f"request {number} is still under way")
        if request.do == "stop":
            self._stop(request)
        elif request.do in STREAMS:
            self._begin_stream(request)
        else:
            self._begin_ask(request)

    def _begin_ask(self, request: Request) -> None:
        number = request.number
        chain = request.number_of("chain", 0, MAX_NUMBER)
        if chain is not None and chain == self._broken_chain:
            raise Refused("an earlier request of this chain was refused")
        self._asks[number] = request
        answered = answer(self._node, request, self._guest)
        answered.addCallback(lambda ok: self.send({"id": number, "ok": ok}))
        answered.addErrback(lambda failure: self._refused(number, chain, failure))
        answered.addBoth(lambda _: self._ask_done(number))
        self._govern()

    def _refused(self, number: int, chain: int | None, failure: Failure) -> None:
        if chain is not None:
            self._broken_chain = chain
        self._send_error(number, failure)

    def _ask_done(self, number: int) -> None:
        del self._asks[number]
        self._govern()
        self._close_if_done()

    def _begin_stream(self, request: Request) -> None:
        number = request.number
        if len(self._streams) >= MAX_STREAMS:
            raise Refused(
                f"{MAX_STREAMS} streams are under way here: stop one, or connect once"
                " more"
            )
        channel = StreamChannel(self, number)
        stream = STREAMS[request.do](self._node, request, channel, self._wall_ms)
        self._streams[number] = stream
        stream.start()

    def _stop(self, request: Request) -> None:
        which = request.number_of("which", 0, MAX_NUMBER)
        stream = None if which is None else self._streams.pop(which, None)
        if stream is not None:
            stream.stop()
            self.send({"id": which, "end": True})
        self.send({"id": request.number, "ok": {"stopped": stream is not None}})

    # --- what goes ----------------------------------------------------------

    def stream_ended(self, number: int, failure: Failure | None) -> None:
        """Stream *number* has sent all, or failed."""
        self._streams.pop(number, None)
        if failure is None:
            self.send({"id": number, "end": True})
        else:
            self._send_error(number, failure)
        self._close_if_done()

    def fill(self, full: bool) -> None:
        """Whether the client leaves unread what was sent to it."""
        self.full = full
        self._govern()
        if not full:
            for stream in list(self._streams.values()):
                stream.resume()

    def _govern(self) -> None:
        """Read no more requests than can be answered and are fetched."""
        busy = self.full or len(self._asks) >= MAX_ASKS
        if self._gone or busy == self.paused:
            return
        if busy:
            self.pauseProducing()  # type: ignore[no-untyped-call]
        else:
            self.resumeProducing()  # type: ignore[no-untyped-call]

    def soon(self, call: Callable[[], None]) -> None:
        """*call* in the reactor's next turn."""
        self._reactor.callLater(0, call)

    def _send_error(self, number: int | None, failure: Failure) -> None:
        self.send({"id": number, "error": error_object(failure)})

    def _drop_streams(self) -> None:
        streams, self._streams = self._streams, {}
        for stream in streams.values():
            stream.stop()


class StreamChannel:
    """Where stream *number* of a connection sends its items."""

    def __init__(self, connection: Connection, number: int) -> None:
        self._connection = connection
        self._number = number

    @property
    def full(self) -> bool:
        """See ``Channel``."""
        return self._connection.full

    def item(self, item: Object) -> None:
        """See ``Channel``."""
        self._connection.send({"id": self._number, "item": item})

    def soon(self, call: Callable[[], None]) -> None:
        """See ``Channel``."""
        self._connection.soon(call)

    def end(self) -> None:
        """See ``Channel``."""
        self._connection.stream_ended(self._number, None)

    def fail(self, failure: Failure) -> None:
        """See ``Channel``."""
        self._connection.stream_ended(self._number, failure)


@implementer(IPushProducer)
class _Outlet:
    """Told by the transport when the client doesn't read, and when it does again."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def pauseProducing(self) -> None:
        self._connection.fill(True)

    def resumeProducing(self) -> None:
        self._connection.fill(False)

    def stopProducing(self) -> None:
        self._connection.fill(True)


def error_object(failure: Failure) -> Object:
    """What went wrong, in the words of docs/socket.md; surprises are logged."""
    problem = failure.value
    match problem:
        case NotThere():
            kind = "unknown"
        case TooFast():
            after = round(problem.retry_after, 3)
            return {"kind": "too fast", "text": str(problem), "retry_after": after}
        case Refused():
            kind = "refused"
        case UsageError():
            kind = "usage"
        case StoreError():
            kind = "store"
        case GossipChatError():
            kind = "internal"
        case _:
            log.failure("a request broke the face", failure=failure)
            text = "something broke in the node; its log says what"
            return {"kind": "internal", "text": text}
    return {"kind": kind, "text": str(problem)}
