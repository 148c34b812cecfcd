"""
What a node holds of one feed, and whether a run fits to it.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from gossipchat.errors import UsageError
from gossipchat.feeds.entry import GENESIS
from gossipchat.feeds.ranges import Ranges
from gossipchat.feeds.run import Run, hashes
from gossipchat.names import FeedId

MAX_SEGMENTS = 8


@dataclass(frozen=True, slots=True)
class Segment:
    """Entries *first* to *last* without a gap, and the hashes at its two ends."""

    first: int
    last: int
    prev: bytes
    """The hash of the entry before *first*, which is not held (or does not exist)."""
    tip: bytes
    """The hash of entry *last*."""


class Verdict(Enum):
    """What a run is to a feed."""

    NEW = "new"
    KNOWN = "known"
    FORKED = "forked"
    TOO_SCATTERED = "too scattered"


class Feed:
    """
    The segments that a node holds of one feed: normally one, at most 8.

    Only the hashes at the segments' edges are kept. That is enough to chain what
    is new to what is held; what lies inside a segment can no longer be compared.
    """

    def __init__(
        self,
        id: FeedId,
        segments: Iterable[Segment] = (),
        floor: int = 0,
        signed: FeedId | None = None,
    ) -> None:
        """*segments* in any order; neighbours are joined (see ``Segment``)."""
        self.id = id
        self.signed = signed or id
        """What its runs are sealed for: another feed when this is a branch of it."""
        self.floor = floor
        """Nothing at or below it is wanted any more; 0: everything is."""
        self._segments: list[Segment] = []
        for segment in sorted(segments, key=lambda segment: segment.first):
            self._insert(segment)

    @property
    def segments(self) -> tuple[Segment, ...]:
        """Ascending, never touching."""
        return tuple(self._segments)

    @property
    def ranges(self) -> Ranges:
        """The numbers that are held."""
        return Ranges((segment.first, segment.last) for segment in self._segments)

    def judge(self, run: Run, tip: bytes) -> Verdict:
        """
        What *run*, whose seal was found good and its last hash *tip*, is to us.

        FORKED means that its author sealed two different entries under one id, and
        is certain: the run ends at an edge of a segment with another hash than
        ours, or next to one without chaining to it, or lies across one (an author
        never seals an entry in two runs). A fork wholly inside a segment cannot
        be seen from the edges and is KNOWN.
        """
        if run.last <= self.floor:
            return Verdict.KNOWN
        place = self._place(run.first)
        below = self._segments[place - 1] if place else None
        above = self._segments[place] if place < len(self._segments) else None
        if below and run.first <= below.last:
            return _judge_held(below, run, tip)
        if above and run.last >= above.first:
            return Verdict.FORKED
        joins = 0
        if below and below.last + 1 == run.first:
            joins += 1
            if below.tip != run.prev:
                return Verdict.FORKED
        if above and run.last + 1 == above.first:
            joins += 1
            if above.prev != tip:
                return Verdict.FORKED
        if len(self._segments) + 1 - joins > MAX_SEGMENTS:
            return Verdict.TOO_SCATTERED
        return Verdict.NEW

    def proves(self, run: Run, tip: bytes) -> bool:
        """
        Whether *run*, judged KNOWN, is surely what is held (or wanted no more):
        it ends where a segment ends, with the same hash.
        """
        ends = any(
            segment.last == run.last and segment.tip == tip
            for segment in self._segments
        )
        return ends or run.last <= self.floor

    def holds(self, seq: int) -> bool:
        """Whether number *seq* is held."""
        place = self._place(seq)
        return bool(place) and seq <= self._segments[place - 1].last

    def tip_at(self, seq: int) -> bytes | None:
        """The hash of entry *seq*, if a segment ends there; GENESIS for 0."""
        if seq == 0:
            return GENESIS
        place = self._place(seq)
        ends = place and self._segments[place - 1].last == seq
        return self._segments[place - 1].tip if ends else None

    def lose(self, first: int, last: int, prev: bytes, tip: bytes) -> bool:
        """
        Hold *first* to *last* no more; *prev* comes before them, *tip* is their
        last hash. False: they were not held, all of them in one segment.
        """
        place = self._place(first) - 1
        if place < 0 or self._segments[place].last < last:
            return False
        whole = self._segments[place]
        left = []
        if whole.first < first:
            left.append(Segment(whole.first, first - 1, whole.prev, prev))
        if last < whole.last:
            left.append(Segment(last + 1, whole.last, tip, whole.tip))
        self._segments[place : place + 1] = left
        return True

    def raise_floor(self, floor: int, tip: bytes) -> None:
        """Hold nothing up to *floor*, whose hash is *tip*, and want none of it."""
        self.floor = max(self.floor, floor)
        kept = []
        for segment in self._segments:
            if segment.first <= floor < segment.last:
                kept.append(Segment(floor + 1, segment.last, tip, segment.tip))
            elif segment.first > floor:
                kept.append(segment)
        self._segments = kept

    def cut(self, first: int, prev: bytes) -> Segment | None:
        """
        Give up the rest of its segment from *first* on, which *prev* comes before.

        Returns what was given up; None when *first* is not held.
        """
        place = self._place(first) - 1
        if place < 0 or self._segments[place].last < first:
            return None
        whole = self._segments[place]
        self.lose(first, whole.last, prev, whole.tip)
        return Segment(first, whole.last, prev, whole.tip)

    def add(self, segment: Segment) -> None:
        """Hold *segment*, which is not held and chains where it touches."""
        self._insert(segment)

    def take(self, run: Run, tip: bytes) -> None:
        """Hold *run*. Raises UsageError, and changes nothing, unless it is NEW."""
        verdict = self.judge(run, tip)
        if verdict is not Verdict.NEW:
            raise UsageError(f"{run.first} to {run.last} of a feed: {verdict.value}")
        self._insert(Segment(run.first, run.last, run.prev, tip))

    def drop(self, run: Run) -> None:
        """
        Undo ``take(run, …)``: it could not be written.

        What was taken before or after it stays. Does nothing when it is not held.
        """
        if self.holds(run.first):
            self.lose(run.first, run.last, run.prev, hashes(run)[-1])

    def _place(self, first: int) -> int:
        """How many segments begin at or below *first*: all, where that is new."""
        if not self._segments or first >= self._segments[-1].first:
            return len(self._segments)
        return bisect_right(self._segments, first, key=lambda segment: segment.first)

    def _insert(self, new: Segment) -> None:
        place = self._place(new.first)
        start = end = place
        if place and self._segments[place - 1].last + 1 == new.first:
            below = self._segments[place - 1]
            new = Segment(below.first, new.last, below.prev, new.tip)
            start -= 1
        if place < len(self._segments) and self._segments[place].first == new.last + 1:
            above = self._segments[place]
            new = Segment(new.first, above.last, new.prev, above.tip)
            end += 1
        self._segments[start:end] = [new]


def _judge_held(segment: Segment, run: Run, tip: bytes) -> Verdict:
    """*run* begins inside *segment*."""
    if run.last > segment.last:
        return Verdict.FORKED
    if run.first == segment.first and run.prev != segment.prev:
        return Verdict.FORKED
    if run.last == segment.last and tip != segment.tip:
        return Verdict.FORKED
    return Verdict.KNOWN
