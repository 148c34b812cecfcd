"""
What broadcast asks of ranges beyond what they offer.
"""

from gossipchat.feeds.entry import MAX_SEQ
from gossipchat.feeds.ranges import Ranges
from gossipchat.wire.frames import Holding

MAX_PAIRS = 64
"""Pairs that are remembered or read of one feed. Honest nodes speak of at most 8;
each range of a want may be cut by what was sent of it."""

NONE = Ranges()


def span(first: int, last: int) -> Ranges:
    """*first* to *last*."""
    return Ranges(((first, last),))


def covers(ranges: Ranges, first: int, last: int) -> bool:
    """Whether all of *first* to *last* is in *ranges*."""
    return any(low <= first and last <= high for low, high in ranges.bounds)


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
    return Ranges(holding.ranges[:MAX_PAIRS]).within(1, MAX_SEQ)
