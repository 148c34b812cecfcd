"""
How much the store does at a time, and how long it waits in between.
"""

from random import randint

MAX_WAITING = 16_384
"""Jobs behind which small facts are not put any more. Others bound themselves."""

MAX_GROUP = 1024
"""Jobs in one commit: what waits behind them is never far away."""

CHECKPOINT_BYTES = 4 << 20
"""About so much new log is folded into the database, beside the writing."""

MAX_LOG_BYTES = 64 << 20
"""Above this (it was written to without a pause) writing stops for a moment while
the log is folded in whole and begins anew."""

PROBE_SECONDS = 5.0
"""After a failure, with nothing to write, the disk is tried this often."""

REST_SECONDS = 1.0
"""After so long without writing, the words of the last few entries are indexed."""

BREATH_SECONDS = 0.02
"""Between two steps of indexing, while there is much to index."""


def around(amount: int) -> int:
    """
    *amount*, give or take half.

    All nodes write the same. Those on one machine would else index and fold in the
    same moment, and all that is said would wait for that.
    """
    return randint(amount // 2, amount + amount // 2)
