"""
The hybrid logical clock: wall time while that moves on, a counter where it does not.

Source: Kulkarni et al., "Logical Physical Clocks" (2014), with the 48 + 16 bits
that its section 6.2 proposes: milliseconds, and a counter that spills over into them.
"""

from gossipchat.feeds.entry import MAX_WALL_MS

COUNTER_BITS = 16

AHEAD_MS = 24 * 3600 * 1000
"""What is dated further ahead than this moves no clock."""


class HybridClock:
    """
    Gives each own entry a time above all that this node has written or read.

    Whoever calls ``witness`` decides what may move the clock (chat ignores what is
    dated too far ahead); what lies beyond the year 9999 never does, so the clock
    cannot be driven to its end.
    """

    def __init__(self, value: int = 0, own: int = 0) -> None:
        """*value*: the highest on disk; *own*: of own entries, where that differs."""
        self.value = 0
        self.read = 0
        """The highest that others' entries, or the disk, have told."""
        self.witness(value)
        self._set = own
        """What our own wall clock has set the time to."""
        self.value = max(self.value, own)

    def tick(self, wall_ms: int) -> int:
        """The time of the next own entry: strictly increasing, at least *wall_ms*."""
        wall = min(max(wall_ms, 0), MAX_WALL_MS) << COUNTER_BITS
        self.value += 1
        if wall > self.value:
            self.value = self._set = wall
        return self.value

    def set_right(self, wall_ms: int) -> None:
        """
        Our clock and others' say that it is *wall_ms*: if ours alone has led to a time
        more than a day ahead of that, and of all that was read, it was wrong, and
        nobody would show what we say from there on. So that counts no more.
        """
        latest_ms = max(wall_ms, milliseconds(self.read)) + AHEAD_MS
        if milliseconds(self._set) > latest_ms:
            self.value, self._set = self.read, 0

    def witness(self, hlc: int) -> None:
        """An entry of time *hlc* was read: the next own one comes after it."""
        if hlc >> COUNTER_BITS <= MAX_WALL_MS:
            self.read = max(self.read, hlc)
            self.value = max(self.value, hlc)

    def take_back(self, before: int) -> None:
        """
        Nothing written since the time was *before* has left this node: undo that.

        What was read since stays. Else a wall clock that was wrong for a moment
        would make all that others say look old.
        """
        self.value = max(before, self.read)
        self._set = min(self._set, self.value)


def milliseconds(hlc: int) -> int:
    """The wall part of *hlc*: milliseconds since 1970 UTC."""
    return hlc >> COUNTER_BITS
