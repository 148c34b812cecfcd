"""
Which seeds tests on simulated clusters play: the same few in each run.

``GOSSIPCHAT_SEED=17 pytest …`` replays one, ``GOSSIPCHAT_SEEDS=200 pytest …`` plays so
many: few gate a change, for ``test_disasters`` plays a hundred with all rules at once.
"""

import os


def seeds(most: int) -> list[int]:
    """0 to *most* - 1, unless the environment asks for others."""
    one = os.environ.get("GOSSIPCHAT_SEED")
    many = int(os.environ.get("GOSSIPCHAT_SEEDS", most))
    return [int(one)] if one else list(range(many))
