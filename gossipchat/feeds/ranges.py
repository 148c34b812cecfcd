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
        self.bounds = _merged(bounds)

    def with_(self, lo: int, hi: int) -> "Ranges":
        """This set and all of *lo* to *hi*."""
        return Ranges((*self.bounds, (lo, hi)))

    def union(self, other: "Ranges") -> "Ranges":
        """What is in either."""
        if not other.bounds or self.bounds == other.bounds:
            return self
        return Ranges((*self.bounds, *other.bounds))

    def minus(self, other: "Ranges") -> "Ranges":
        """What is in this one alone."""
        left: list[tuple[int, int]] = []
        holes = iter(other.bounds)
        hole = next(holes, None)
        for lo, hi in self.bounds:
            while hole is not None and hole[0] <= hi:
                if hole[1] >= lo:
                    left.append((lo, hole[0] - 1))
                    lo = hole[1] + 1
                if hole[1] > hi:
                    break  # it may cover what comes next, too
                hole = next(holes, None)
            left.append((lo, hi))
        return Ranges(left)

    def within(self, lo: int, hi: int) -> "Ranges":
        """What is in both this set and *lo* to *hi*."""
        return Ranges((max(low, lo), min(high, hi)) for low, high in self.bounds)

    def first_pairs(self, most: int) -> "Ranges":
        """The lowest *most* ranges of it."""
        return Ranges(self.bounds[:most])

    def end_from(self, floor: int) -> int:
        """The last of all the numbers after *floor* up to the first one missing."""
        for low, high in self.bounds:
            if low <= floor + 1 <= high:
                return high
        return floor

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


def _merged(bounds: Iterable[tuple[int, int]]) -> Bounds:
    merged: list[tuple[int, int]] = []
    for low, high in sorted(pair for pair in bounds if pair[0] <= pair[1]):
        if merged and low <= merged[-1][1] + 1:
            if high > merged[-1][1]:
                merged[-1] = (merged[-1][0], high)
        else:
            merged.append((low, high))
    return tuple(merged)
