"""
memberlist streams that others open: one message, perhaps one answer, the end.
"""

from collections.abc import Hashable
from itertools import count
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IProtocol
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure

from gossipchat.errors import DecodeError, GossipChatError, PeerError
from gossipchat.names import Address
from gossipchat.transport.common import Common
from gossipchat.wire.memberlist.messages import Err, Message
from gossipchat.wire.streams import StreamReader


class Streams:
    """All inbound streams, and what they hold together."""

    def __init__(self, common: Common) -> None:
        self.common = common
        self._numbers = count(1)
        self._streams: dict[int, Stream] = {}
        self._held_bytes = 0

    def __len__(self) -> int:
        return len(self._streams)

    def accept(self, source: Address) -> IProtocol:
        """The protocol for a caller that speaks memberlist."""
        stream = Stream(self, next(self._numbers), source)
        self._streams[stream.number] = stream
        self.common.strangers.take(stream)
        self.common.connections.opened(stream)
        return stream

    def answer(self, number: Hashable, message: Message) -> None:
        """Send *message* on a stream that is being told of; others are gone."""
        stream = self._streams.get(number)  # type: ignore[call-overload]
        if stream is not None:
            stream.answer(message)

    def hold(self, more: int) -> None:
        """*more* bytes are held: when that is too much, the largest stream goes."""
        self._held_bytes += more
        if self._held_bytes > self.common.config.max_streams_bytes:
            largest = max(self._streams.values(), key=lambda stream: stream.held_bytes)
            self.common.counters["streams.evicted"] += 1
            largest.abort()

    def release(self, stream: "Stream") -> None:
        """*stream* holds nothing any more."""
        self._held_bytes -= stream.held_bytes
        stream.held_bytes = 0

    def gone(self, stream: "Stream") -> None:
        self.release(stream)
        self._streams.pop(stream.number, None)
        self.common.strangers.leave(stream)
        self.common.connections.closed(stream)


class Stream(Protocol):
    """One stream that somebody opened."""

    transport: Any

    def __init__(self, streams: Streams, number: int, source: Address) -> None:
        self.number = number
        self.source = source
        self.held_bytes = 0
        self._streams = streams
        self._common = streams.common
        self._reader: StreamReader | None = streams.common.layers.stream_reader()
        """None as soon as nothing is read or waited for any more."""
        self._whole = False
        self._over = False
        """Cut by us or gone by itself."""
        self._answer: Deferred[bytes] | None = None
        timeout = streams.common.config.stream_timeout
        self._cancel = streams.common.turns.later(timeout, self._too_slow)

    def dataReceived(self, data: bytes) -> None:
        if self._whole or self._reader is None:
            return  # junk behind the message; reading it lets our answer arrive
        self.held_bytes += len(data)
        self._streams.hold(len(data))
        if self._over:
            return  # it was too much
        try:
            self._whole = self._reader.feed(data)
        except DecodeError as problem:
            self._refuse(problem)
            return
        if self._whole:
            heavy_bytes = self.held_bytes if self._reader.heavy else 0
            finished = self._common.layers.finish(self._finish, heavy_bytes)
            finished.addCallbacks(self._received, self._not_received)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._end()
        self._cancel()
        self._streams.gone(self)

    def answer(self, message: Message) -> None:
        """Send *message*; the stream closes when that is done."""
        if self._answer is None and self._whole and not self._over:
            self._answer = self._common.layers.encode_stream(message, answer=True)

    def abort(self) -> None:
        """Cut it now."""
        self._end()
        self.transport.abortConnection()

    def _end(self) -> None:
        self._over = True
        self._let_go()

    def _let_go(self) -> None:
        self._reader = None
        self._streams.release(self)

    def _finish(self) -> Message:
        """By the thread perhaps, and late: a stream that was cut is let go at once."""
        reader = self._reader
        if reader is None:
            raise DecodeError("stream", "nothing", "a peer that waits")
        return reader.finish()

    def _received(self, message: Message) -> None:
        if self._over:
            return
        self._let_go()
        self._common.counters["streams.received"] += 1
        self._common.listener.stream_received(self.number, self.source, message)
        if self._answer is None:
            self._close()
        else:
            self._answer.addCallbacks(self._send, self._close_unanswered)

    def _not_received(self, failure: Failure) -> None:
        failure.trap(DecodeError)
        if not self._over and isinstance(failure.value, DecodeError):
            self._refuse(failure.value)

    def _refuse(self, problem: DecodeError) -> None:
        """Say what memberlist says; to those of another label nothing at all."""
        self._let_go()
        self._common.counters["streams.dropped"] += 1
        self._common.listener.dropped(self.source, problem)
        if problem.where == "label":
            self._close()
            return
        told = self._common.layers.encode_stream(Err(str(problem)), answer=True)
        told.addCallback(self._send)

    def _send(self, data: bytes) -> None:
        if not self._over:
            self.transport.write(data)
            self._close()

    def _close_unanswered(self, failure: Failure) -> None:
        self._close()
        failure.trap(GossipChatError)

    def _close(self) -> None:
        """Close when all is written; cut it when that takes too long."""
        self._cancel()
        timeout = self._common.config.stream_timeout
        self._cancel = self._common.turns.later(timeout, self.abort)
        self.transport.loseConnection()

    def _too_slow(self) -> None:
        self._common.counters["streams.dropped"] += 1
        limit = self._common.config.stream_timeout
        self._common.listener.dropped(
            self.source, PeerError(f"a stream that was not whole after {limit:g} s")
        )
        self.abort()
