"""
Random disasters: five nodes say and answer while machines crash, restart, stand still,
lose power, are cut off, restored from old copies, run twice or end for good, disks
fill, fail and get slow, clocks are wrong and somebody forges. Then all is well again,
and every promise must have been kept.

``GOSSIPCHAT_SEED=17 pytest …`` replays one seed; ``make chaos`` plays new ones.
"""

import pytest

from gossipchat.sim.disasters.disaster import Disaster
from gossipchat.sim.disasters.mishaps import (
    FIRST_SCRIPT,
    FOURTH_SCRIPT,
    SECOND_SCRIPT,
    Mishap,
)
from tests.simulated.seeds import seeds

FOUND = (
    13,  # a line was shown unmarked before the one its author had said before
    63,  # a wrong clock on a full disk: all that others said looked old
    341,  # a disk was full for a moment: an answer was shown before its question
)
"""Seeds of the first script that have found something, for ever."""

FOUND_SINCE = (
    909000011,  # who was asleep learnt late of a link that a power cut had ended
    909000029,  # the same
    909000039,  # the same
)
"""Those of the second script, which ``make chaos`` found."""

FOUND_WITH_COPIES = (
    2,  # whom a copy had stood for was a suspect for half a minute after its end
    6,  # the same
    23,  # the same
    26,  # and was called dead
    425,  # was called dead, for what it said while its copy lived was forgotten
    457,  # was a suspect for that
)
"""Those of the fourth script, in which folders run twice."""


@pytest.mark.parametrize("seed", seeds(100))
def test_every_promise_is_kept(seed: int) -> None:
    broken = Disaster(seed).play()
    assert not broken, "\n".join(map(str, broken))


@pytest.mark.parametrize(
    ("script", "seed"),
    [
        *((FIRST_SCRIPT, seed) for seed in FOUND),
        *((SECOND_SCRIPT, seed) for seed in FOUND_SINCE),
        *((FOURTH_SCRIPT, seed) for seed in FOUND_WITH_COPIES),
    ],
)
def test_what_was_cured_stays_so(script: dict[Mishap, int], seed: int) -> None:
    """With what could happen at that time."""
    broken = Disaster(seed, script=script).play()
    assert not broken, "\n".join(map(str, broken))
