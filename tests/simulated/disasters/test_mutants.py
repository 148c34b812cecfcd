"""The checks have teeth: a node with one rule broken does not get past them."""

import pytest

from gossipchat.sim.disasters.disaster import Disaster
from tests.simulated.disasters.mutants import MUTANTS

WITHIN = 200
"""Seeds within which each must be caught."""


@pytest.mark.parametrize("name", MUTANTS)
def test_a_broken_rule_is_noticed(name: str) -> None:
    """Some seed of 200 breaks a promise: usually the one that did so before."""
    mutant = MUTANTS[name]
    for seed in (mutant.caught, *range(WITHIN)):
        play = Disaster(seed, species=mutant.species, **mutant.settings)
        if play.play():
            return
    raise AssertionError(f"{WITHIN} seeds, and nobody noticed")
