"""
What broadcast asks of ranges beyond what they offer.
"""

from gossipchat.feeds.entry import MAX_SEQ
from gossipchat.feeds.ranges import Ranges
from gossipchat.wire.ours.frames import Holding

MAX_PAIRS = 16
"""Pairs that are remembered, read or said of one feed. A node holds at most 8, but
what is due to a link may have more holes."""

NONE = Ranges()


def span(first: int, last: int) -> Ranges:
    """*first* to *last*."""
    return Ranges(((first, last),))


def covers(ranges: Ranges, wanted: Ranges) -> bool:
    """Whether all of *wanted* is in *ranges*; quick when both are one stretch."""
    if ranges.bounds == wanted.bounds or not wanted.bounds:
        return True
    if len(ranges.bounds) == 1:
        low, high = ranges.bounds[0]
        return low <= wanted.bounds[0][0] and wanted.bounds[-1][1] <= high
    return bool(ranges.bounds) and not wanted.minus(ranges)


def common(one: Ranges, other: Ranges) -> Ranges:
    """What is in both."""
    return one.minus(one.minus(other))


def lowest(ranges: Ranges, most: int, most_pairs: int) -> Ranges:
    """The lowest *most* numbers of it, in at most *most_pairs* ranges."""
    taken: list[tuple[int, int]] = []
    for low, high in ranges.bounds[:most_pairs]:
        if most <= 0:
            break
        taken.append((low, min(high, low + most - 1)))
        most -= high - low + 1
    return Ranges(taken)


def read(holding: Holding) -> Ranges:
    """What a peer said, with what cannot be left out."""
    said = Ranges(holding.ranges[:MAX_PAIRS])
    if said.lowest >= 1 and said.highest <= MAX_SEQ:
        return said
    return said.within(1, MAX_SEQ)
