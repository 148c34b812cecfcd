"""
What comes over a link, handed over a frame at a time (``hearing`` says when).

While much waits here nothing more is read: a neighbour that sends faster than we
take is slowed by TCP, and costs at most two reads of the socket and one frame.
"""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Protocol

from gossipchat.errors import DecodeError
from gossipchat.transport.links.hearing import Hearing
from gossipchat.wire.ours.frame_codec import FrameReader
from gossipchat.wire.ours.frames import MAX_RUNS_IN_FRAME, Documents, Frame, Runs

SLICE_BYTES = 8192
"""Decoded at most in one go: 1,400 of the smallest frames, a few milliseconds."""

MOST_BYTES = 16384
"""Of more than these that wait to be decoded nothing more is read."""


PIECE_BYTES = 8192
"""Of runs are followed in one go, or one run. Nodes send no more in a frame."""

PIECE_DOCUMENTS = 16
"""The same of documents, each of which has a seal."""


class Taker(Protocol):
    """Whom an inbox belongs to."""

    def take(self, frame: Frame) -> None:
        """One frame, in order."""

    def broken(self, problem: DecodeError) -> None:
        """What came is no frame. Nothing more will be handed over."""

    def hold(self, on: bool) -> None:
        """Stop reading from the network, or go on."""


class Inbox:
    """Bytes in, frames out."""

    def __init__(self, taker: Taker, hearing: Hearing) -> None:
        self._taker = taker
        self._hearing = hearing
        self._reader = FrameReader()
        self._is_stranger = True
        self._may_open_up = False
        self._bytes: deque[bytes] = deque()
        self._frames: deque[Frame] = deque()
        self._holding = False
        self._resting = False
        self._closed = False
        self._when_empty: Callable[[], None] | None = None

    @property
    def has_more(self) -> bool:
        """Whether another turn is needed."""
        waits = self._frames or self._bytes or self._may_open_up or self._when_empty
        return bool(waits) and not self._closed

    def feed(self, data: bytes) -> None:
        """
        Take in *data*; its frames are handed over in later turns. But the proof, a
        stranger's first frame, is at once: what it may send depends on it.
        """
        if self._closed:
            return
        self._bytes.append(data)
        if self._is_stranger:
            self.hand_over()
        if self.has_more:
            self._hold()
            self._hearing.wants(self)

    def open_up(self) -> None:
        """The peer has proven itself: frames may have their full size from now on."""
        self._may_open_up = True
        self._is_stranger = False
        self._hearing.join(self)

    def close(self) -> None:
        """Forget what waits, and all that still comes."""
        self._closed = True
        self._resting = False
        self._bytes.clear()
        self._frames.clear()
        self._when_empty = None
        self._hearing.leave(self)
        self._hold()

    def rest(self, on: bool) -> None:
        """Read nothing from the network, or go on."""
        self._resting = on and not self._closed
        self._hold()

    def finish(self, when_empty: Callable[[], None]) -> None:
        """Nothing more will come: call *when_empty* after the last frame."""
        self._when_empty = when_empty
        self._hearing.wants(self)

    def hand_over(self) -> Frame | None:
        """Give the next frame to the taker; what it was, if there was one."""
        if self._closed:
            return None
        try:
            self._decode()
        except DecodeError as problem:
            self.close()
            self._taker.broken(problem)
            return None
        frame = self._frames.popleft() if self._frames else None
        if frame is not None:
            self._taker.take(frame)
        self._hold()
        if self._when_empty and not (self._frames or self._bytes):
            when_empty, self._when_empty = self._when_empty, None
            when_empty()
        return frame

    def _decode(self) -> None:
        """Feed the reader until at least one frame is whole or nothing is left."""
        if self._may_open_up:
            self._may_open_up = False
            self._frames.extend(self._reader.open_up())
        while self._bytes and not self._frames:
            data = self._bytes.popleft()
            if len(data) > SLICE_BYTES:
                self._bytes.appendleft(data[SLICE_BYTES:])
            for frame in self._reader.feed(data[:SLICE_BYTES]):
                self._frames.extend(in_pieces(frame))

    def _hold(self) -> None:
        """Stop reading from the network, or go on, as things are."""
        on = self._resting or sum(map(len, self._bytes)) > MOST_BYTES
        if on != self._holding:
            self._holding = on
            self._taker.hold(on)


def in_pieces(frame: Frame) -> list[Frame]:
    """
    *frame* as several that say the same, if it holds more than should be checked in
    one go: 64 runs of 256 tiny entries take a tenth of a second.
    """
    match frame:
        case Runs(runs) if 1 < len(runs) <= MAX_RUNS_IN_FRAME:  # more are a fault
            return [Runs(piece) for piece in _pieces(runs)]
        case Documents(documents):
            starts = range(0, len(documents) or 1, PIECE_DOCUMENTS)
            return [Documents(documents[at : at + PIECE_DOCUMENTS]) for at in starts]
    return [frame]


def _pieces(runs: tuple[bytes, ...]) -> Iterator[tuple[bytes, ...]]:
    piece: list[bytes] = []
    room = PIECE_BYTES
    for run in runs:
        if piece and len(run) > room:
            yield tuple(piece)
            piece, room = [], PIECE_BYTES
        piece.append(run)
        room -= len(run)
    yield tuple(piece)
