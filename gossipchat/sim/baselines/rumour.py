"""
Rumour spreading as Demers et al. simulated it (PODC 1987, Table 1).

Push, feedback, counter: in each cycle every site that spreads the rumour tells one
random other site; one that tells k in a row who knew already stops. It calibrates the
simulator's chance against a table that everybody knows.
"""

from random import Random
from typing import NamedTuple


class Spreading(NamedTuple):
    """What became of a rumour."""

    residue: float
    """The share of sites that never heard it."""
    traffic: float
    """Tellings a site."""
    last: int
    """Cycles until the last site heard it that ever did."""


def spread_rumour(chance: Random, sites: int, k: int) -> Spreading:
    """Start at one of *sites*; the counter is reset by a telling that was news."""
    useless, knows = {0: 0}, [False] * sites
    knows[0] = True
    told, cycle, last = 0, 0, 0
    while useless:
        cycle += 1
        news: dict[int, int] = {}
        for site in list(useless):
            other = chance.randrange(sites - 1)
            other += other >= site
            told += 1
            if knows[other] and other not in news:
                useless[site] += 1
                if useless[site] == k:
                    del useless[site]
            else:  # news to it at the cycle's start, whoever else tells it in this one
                knows[other], last = True, cycle
                useless[site] = news[other] = 0
        useless.update(news)
    return Spreading(knows.count(False) / sites, told / sites, last)
