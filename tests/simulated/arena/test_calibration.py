"""
The simulator's chance and heap against tables that everybody knows.
"""

from random import Random
from statistics import mean

import pytest

from gossipchat.sim.baselines.plumtree import broadcast, overlay
from gossipchat.sim.baselines.rumour import spread_rumour

TABLE_1 = {
    1: (0.18, 1.7, 16.8),
    2: (0.037, 3.3, 16.9),
    3: (0.011, 4.5, 17.4),
    4: (0.0036, 5.6, 17.5),
    5: (0.0012, 6.7, 17.7),
}
"""Demers et al., 1,000 sites: k, residue, traffic, last cycle."""


@pytest.mark.parametrize("k", TABLE_1)
def test_rumours_spread_as_in_demers_first_table(k: int) -> None:
    """Push, feedback, counter: residue, traffic and the last site to hear."""
    chance = Random(k)
    runs = [spread_rumour(chance, 1000, k) for _ in range(40)]
    residue, traffic, last = TABLE_1[k]
    assert mean(run.residue for run in runs) == pytest.approx(
        residue, rel=0.3, abs=0.0004
    )
    assert mean(run.traffic for run in runs) == pytest.approx(traffic, rel=0.04)
    assert mean(run.last for run in runs) == pytest.approx(last, rel=0.06)


def test_a_flood_becomes_a_tree() -> None:
    """Plumtree: 4 payloads a node at fanout 4, then one; 2,000 nodes."""
    nodes = 2000
    links = overlay(Random(1), nodes, degree=5)
    edges = sum(map(len, links.values())) // 2
    flooded = broadcast(links, seed=1).payloads
    assert flooded == 2 * edges - (nodes - 1)
    assert flooded / (nodes - 1) == pytest.approx(4, abs=0.1)
    assert broadcast(links, seed=1).payloads == nodes - 1
    assert broadcast(links, seed=2, source=77).payloads == nodes - 1
