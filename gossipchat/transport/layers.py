"""
The cluster's layers (label, key ring, compression) around packets and streams, and
the thread for what would hold up the reactor.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, DeferredSemaphore, execute
from twisted.internet.threads import deferToThreadPool

from gossipchat.transport.config import Config
from gossipchat.wire.keyring import KeyRing
from gossipchat.wire.messages import Message, PushPull
from gossipchat.wire.packet import Packets
from gossipchat.wire.streams import StreamReader, encode_stream

LARGE_PUSH_PULL = 256
"""Members in a push/pull from which encoding it (2 ms) goes to the thread."""

Result = TypeVar("Result")


class Layers:
    """Encoders and decoders for one cluster."""

    def __init__(
        self, reactor: Any, keyring: KeyRing | None, label: bytes, config: Config
    ) -> None:
        self.keyring = keyring
        self._reactor = reactor
        self._label = label
        self._config = config
        # One at a time: threads share one interpreter, and a stranger's bombs must
        # wait behind each other, not beside the reactor.
        self._one = DeferredSemaphore(1)

    def packets(self) -> Packets:
        return Packets(self.keyring, self._label, self._config.compress_packets)

    def stream_reader(self, *, answering: bool = False) -> StreamReader:
        """A reader for one stream; *answering*: for the answer to ours."""
        return StreamReader(self.keyring, self._label, answering)

    def finish(
        self, finish: Callable[[], Message], *, heavy: bool
    ) -> Deferred[Message]:
        """What a reader's *finish* gives, by the thread if that is *heavy*."""
        return self._in_thread(finish) if heavy else execute(finish)

    def encode_stream(self, message: Message, *, answer: bool) -> Deferred[bytes]:
        """*message* as a stream's bytes, by the thread if it is large."""

        def encode() -> bytes:
            return encode_stream(message, self.keyring, self._label, answer)

        if isinstance(message, PushPull) and len(message.nodes) >= LARGE_PUSH_PULL:
            return self._in_thread(encode)
        return execute(encode)

    def _in_thread(self, work: Callable[[], Result]) -> Deferred[Result]:
        return self._one.run(
            deferToThreadPool, self._reactor, self._reactor.getThreadPool(), work
        )
