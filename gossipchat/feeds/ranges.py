"""
Sets of sequence numbers, as the few ranges that they are.
"""

from collections.abc import Iterable

Bounds = tuple[tuple[int, int], ...]
"""Inclusive (low, high) pairs, ascending, neither overlapping nor touching."""


class Ranges:
    """
    An immutable set of whole numbers; what it costs grows with its gaps only.

    A pair whose low is above its high holds nothing. Equal sets are equal, and
    may be keys.
    """

    __slots__ = ("bounds",)

    bounds: Bounds

    def __init__(self, bounds: Iterable[tuple[int, int]] = ()) -> None:
        """*bounds* in any order, overlapping or not."""
        self.bounds = _merged(tuple(bounds))

    @classmethod
    def _of(cls, bounds: Bounds) -> "Ranges":
        """Exactly *bounds*, which are in order as they are."""
        made = object.__new__(cls)
        made.bounds = bounds
        return made

    def with_(self, lo: int, hi: int) -> "Ranges":
        """This set and all of *lo* to *hi*."""
        return Ranges((*self.bounds, (lo, hi)))

    def union(self, other: "Ranges") -> "Ranges":
        """What is in either."""
        ours, theirs = self.bounds, other.bounds
        if not theirs or ours == theirs:
            return self
        if not ours:
            return other
        low, high = ours[-1]
        if len(theirs) == 1 and low <= theirs[0][0] <= high + 1:  # as nearly always
            return Ranges._of((*ours[:-1], (low, max(high, theirs[0][1]))))
        return Ranges((*ours, *theirs))

    def minus(self, other: "Ranges") -> "Ranges":
        """What is in this one alone."""
        ours, theirs = self.bounds, other.bounds
        if not ours or not theirs:
            return self
        if theirs[-1][1] < ours[0][0] or ours[-1][1] < theirs[0][0]:
            return self
        left: list[tuple[int, int]] = []
        holes = iter(theirs)
        hole = next(holes, None)
        for lo, hi in ours:
            while hole is not None and hole[0] <= hi:
                if hole[1] >= lo:
                    left.append((lo, hole[0] - 1))
                    lo = hole[1] + 1
                if hole[1] > hi:
                    break  # it may cover what comes next, too
                hole = next(holes, None)
            left.append((lo, hi))
        return Ranges._of(tuple([pair for pair in left if pair[0] <= pair[1]]))

    def within(self, lo: int, hi: int) -> "Ranges":
        """What is in both this set and *lo* to *hi*."""
        bounds = self.bounds
        if not bounds or (lo <= bounds[0][0] and bounds[-1][1] <= hi):
            return self
        cut = [(max(low, lo), min(high, hi)) for low, high in bounds]
        return Ranges._of(tuple([pair for pair in cut if pair[0] <= pair[1]]))

    def first_pairs(self, most: int) -> "Ranges":
        """The lowest *most* ranges of it."""
        return Ranges._of(self.bounds[:most])

    @property
    def count(self) -> int:
        """How many numbers."""
        return sum(high - low + 1 for low, high in self.bounds)

    @property
    def lowest(self) -> int:
        """0 when empty: sequence numbers begin at 1."""
        return self.bounds[0][0] if self.bounds else 0

    @property
    def highest(self) -> int:
        """0 when empty."""
        return self.bounds[-1][1] if self.bounds else 0

    def __contains__(self, number: int) -> bool:
        return any(low <= number <= high for low, high in self.bounds)

    def __bool__(self) -> bool:
        return bool(self.bounds)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ranges) and self.bounds == other.bounds

    def __hash__(self) -> int:
        return hash(self.bounds)

    def __repr__(self) -> str:
        return f"Ranges({self.bounds})"


def _merged(bounds: Bounds) -> Bounds:
    if len(bounds) == 1:  # as nearly always
        return bounds if bounds[0][0] <= bounds[0][1] else ()
    merged: list[tuple[int, int]] = []
    for low, high in sorted(pair for pair in bounds if pair[0] <= pair[1]):
        if merged and low <= merged[-1][1] + 1:
            if high > merged[-1][1]:
                merged[-1] = (merged[-1][0], high)
        else:
            merged.append((low, high))
    return tuple(merged)
