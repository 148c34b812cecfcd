"""
How sure a figure is: percentiles, and 95 % bounds of them and of counts.
"""

from collections.abc import Callable, Sequence
from math import ceil, inf, sqrt
from random import Random

RESAMPLED = 1000
"""Draws of a bootstrap."""

Span = tuple[float, float]


def percentile(values: Sequence[float], share: float) -> float:
    """The least of *values* that *share* (0 to 1) of them do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)] if ordered else inf


def bounds(values: Sequence[float], figure: Callable[[Sequence[float]], float]) -> Span:
    """95 % of what *figure* would be, had other seeds been drawn (bootstrap)."""
    chance = Random(1)
    found = [figure(chance.choices(values, k=len(values))) for _ in range(RESAMPLED)]
    return percentile(found, 0.025), percentile(found, 0.975)


def count_bounds(count: int) -> Span:
    """
    95 % of the expectations that *count* of rare events may come from.

    Poisson, exact to a few per cent by Byar's approximation; 0: up to 3.69.
    """
    least = 0.0
    if count:
        least = count * (1 - 1 / (9 * count) - 1.96 / (3 * sqrt(count))) ** 3
    more = count + 1
    most = more * (1 - 1 / (9 * more) + 1.96 / (3 * sqrt(more))) ** 3
    return max(0.0, least), most
