"""
What comes over a link, handed over one frame a turn.

The reactor has other work between any two frames (pings above all), and while
something waits here nothing more is read: a neighbour that sends faster than we
take is slowed by TCP, and costs at most one read of the socket and one frame.
"""

from collections import deque
from collections.abc import Callable
from typing import Protocol

from gossipchat.errors import DecodeError
from gossipchat.transport.turns import Turns
from gossipchat.wire.frame_codec import FrameReader
from gossipchat.wire.frames import Frame

SLICE_BYTES = 8192
"""Decoded at most in one go: 1,400 of the smallest frames, a few milliseconds."""


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

    def __init__(self, taker: Taker, turns: Turns) -> None:
        self._taker = taker
        self._turns = turns
        self._reader = FrameReader()
        self._may_open_up = False
        self._bytes: deque[bytes] = deque()
        self._frames: deque[Frame] = deque()
        self._holding = False
        self._turn_asked = False
        self._closed = False
        self._when_empty: Callable[[], None] | None = None

    def feed(self, data: bytes) -> None:
        """Take in *data*; if nothing waits, hand over its first frame at once."""
        if self._closed:
            return
        self._bytes.append(data)
        if not self._turn_asked:
            self._hand_over_one()

    def open_up(self) -> None:
        """The peer has proven itself: frames may have their full size from now on."""
        self._may_open_up = True

    def close(self) -> None:
        """Forget what waits, and all that still comes."""
        self._closed = True
        self._bytes.clear()
        self._frames.clear()
        self._when_empty = None
        self._hold(False)

    def finish(self, when_empty: Callable[[], None]) -> None:
        """Nothing more will come: call *when_empty* after the last frame."""
        self._when_empty = when_empty
        if not self._turn_asked:
            self._hand_over_one()

    def _hand_over_one(self) -> None:
        self._turn_asked = False
        try:
            self._decode()
        except DecodeError as problem:
            self.close()
            self._taker.broken(problem)
            return
        if self._frames:
            self._taker.take(self._frames.popleft())
        self._go_on()

    def _go_on(self) -> None:
        if self._closed:  # by whoever took the frame
            return
        if self._frames or self._bytes or self._may_open_up:
            self._turn_asked = True
            self._turns.soon(self._hand_over_one)
            self._hold(True)
        elif self._when_empty is not None:
            self._when_empty()
        else:
            self._hold(False)

    def _decode(self) -> None:
        """Feed the reader until at least one frame is whole or nothing is left."""
        if self._may_open_up:
            self._may_open_up = False
            self._frames.extend(self._reader.open_up())
        while self._bytes and not self._frames:
            data = self._bytes.popleft()
            if len(data) > SLICE_BYTES:
                self._bytes.appendleft(data[SLICE_BYTES:])
            self._frames.extend(self._reader.feed(data[:SLICE_BYTES]))

    def _hold(self, on: bool) -> None:
        if on != self._holding:
            self._holding = on
            self._taker.hold(on)
