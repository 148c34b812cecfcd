"""
64 unsigned bits in a column of 64 signed ones, in the same order.
"""

_SHIFT = 2**63


def column(unsigned: int) -> int:
    """0 to 2**64 - 1 as SQLite can hold and sort it."""
    return unsigned - _SHIFT


def unsigned(column: int) -> int:
    """What ``column`` was made from."""
    return column + _SHIFT
