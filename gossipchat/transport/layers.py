"""
The cluster's layers (label, key ring, compression) around packets and streams, and
the threads for what would hold up the reactor.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, DeferredSemaphore, execute
from twisted.internet.threads import deferToThreadPool

from gossipchat.transport.config import Config
from gossipchat.wire.layers.keyring import KeyRing
from gossipchat.wire.memberlist.messages import Message, PushPull
from gossipchat.wire.packet import Packets
from gossipchat.wire.streams import StreamReader, encode_stream

HEAVY_PUSH_PULL = 16
"""Members in a push/pull from which encoding it goes to a thread: some 3 KiB, which
take 1.5 ms to compress."""
LARGE_PUSH_PULL = 512
LARGE_BYTES = 65_536
"""From here on work goes to the lane for large work (0.1 s and more)."""

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
        # One thread for each: they share one interpreter with the reactor, so a
        # stranger's bombs must wait behind each other; and small work must not wait
        # behind bombs.
        self._small = DeferredSemaphore(1)
        self._large = DeferredSemaphore(1)

    def packets(self) -> Packets:
        return Packets(self.keyring, self._label, self._config.compress_packets)

    def stream_reader(self, *, answering: bool = False) -> StreamReader:
        """A reader for one stream; *answering*: for the answer to ours."""
        return StreamReader(self.keyring, self._label, answering)

    def finish(
        self, finish: Callable[[], Message], heavy_bytes: int
    ) -> Deferred[Message]:
        """What a reader's *finish* gives; by a thread, if that is not 0 bytes' work."""
        if not heavy_bytes:
            return execute(finish)
        return self._in_thread(finish, heavy_bytes >= LARGE_BYTES)

    def encode_stream(self, message: Message, *, answer: bool) -> Deferred[bytes]:
        """*message* as a stream's bytes; by a thread, if it has many members."""

        def encode() -> bytes:
            return encode_stream(message, self.keyring, self._label, answer)

        nodes = len(message.nodes) if isinstance(message, PushPull) else 0
        if nodes < HEAVY_PUSH_PULL:
            return execute(encode)
        return self._in_thread(encode, nodes >= LARGE_PUSH_PULL)

    def _in_thread(self, work: Callable[[], Result], large: bool) -> Deferred[Result]:
        lane = self._large if large else self._small
        return lane.run(
            deferToThreadPool, self._reactor, self._reactor.getThreadPool(), work
        )
