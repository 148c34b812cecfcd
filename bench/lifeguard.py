"""
Lifeguard's table on a part of its grid: false positives of each of its parts.

128 members, C of them sick at once: for D seconds, then well for I, and so on until two
minutes are over (arXiv:1707.00788, section V, the interval experiments). *Held*: their
messages alone stand still, out and in, their clocks go on, and what waits, as much as
the kernel has room for, is read when they wake. *Still*: the whole process stands
still. Five variants of memberlist's model with the paper's α = 5, the same seeds.

D is by default what of the paper's can do harm: the least suspicion lasts 10.5 s among
128, and who reads all on waking reads a refutation before that if D is 8.192 s or less.
Lifeguard's longest lasts 63 s: so the two minutes, and D = 32.768 s.

*False deaths*: of members that are not sick, each once; in brackets those that one
first declared which is not sick either, and the verdicts of all who believed them, as
the paper counts. *At the healthy*: of these, those that members held who are not sick.

    python bench/lifeguard.py --sick 1,8          # minutes
    python bench/lifeguard.py --sick 16,32 --add  # to the same table
"""

import argparse
import gc
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import product

from lab import asked, sweep
from lab.contestants import lifeguards
from lab.paper import RESULTS, draw_bars, table, write

from gossipchat.sim.arena.scenarios import Held, lifeguard_grid

NAME = "lifeguard"

ROOM = 425_984
"""Bytes of the kernel's buffer: memberlist asks for 2 MiB, and Linux grants twice its
``net.core.rmem_max`` of 212,992."""

PAPER = {
    "SWIM": (100.0, 100.0),
    "LHA-Probe": (67.7, 32.9),
    "LHA-Suspicion": (3.0, 6.7),
    "Buddy": (94.0, 44.6),
    "Lifeguard": (1.53, 1.89),
}
"""Of SWIM's false positives on the whole grid, %: all, and raised by the healthy."""


@dataclass(frozen=True)
class Cell:
    """What is to be played; durations are seconds."""

    way: str
    sick: int
    paused: float
    awake: float
    variant: str
    seed: int
    size: int
    lasts: float
    reading: float = 0.0


@dataclass(frozen=True)
class Harm:
    """What came of it: false deaths, who raised them, how many believed them."""

    deaths: int
    raised_by_healthy: int
    verdicts: int
    at_healthy: int = 0


def play(cell: Cell) -> Harm:
    """One run; what it leaves is cleared away after it, which is faster."""
    gc.collect()
    gc.disable()
    alarms = lifeguard_grid(
        lifeguards()[cell.variant],
        cell.size,
        cell.seed,
        cell.sick,
        cell.paused,
        cell.awake,
        cell.lasts,
        held=Held(cell.reading, ROOM) if cell.way == "held" else None,
    )
    return Harm(
        alarms.deaths, alarms.raised_by_healthy, alarms.verdicts, alarms.at_healthy
    )


def main() -> None:
    """Run, print, write bench/results/lifeguard.{json,md}."""
    options = _options()
    first, variants = options.first_seed, options.variants
    cells = [
        Cell(way, sick, paused, awake, *who, *where)
        for way, sick, paused, awake in product(
            options.ways,
            options.sick,
            options.paused,
            options.awake,
        )
        for who in product(variants, range(first, first + options.seeds))
        for where in [(options.size, options.lasts, options.reading / 1000)]
    ]
    played = _earlier() if options.add else {}
    wanted = [cell for cell in cells if cell not in played]
    found = sweep.sweep(play, wanted, options.workers, options.dask)
    played |= zip(wanted, found, strict=True)
    outcomes = [asdict(cell) | asdict(harm) for cell, harm in played.items()]
    text = _shares(played) + "\n" + _by_cell(played)
    write(NAME, {"outcomes": outcomes}, text)
    title = f"Part of SWIM's false positives, {options.size} members"
    draw_bars(NAME, title, _variants(played), _bars(played), "%")
    print(text, end="")


def _options() -> argparse.Namespace:
    parser = asked.parser(__doc__)
    asked.add_sim(parser)
    ways = asked.several(asked.one_of(("held", "still")))
    variants = asked.several(asked.one_of(PAPER))
    counts, times = asked.several(asked.count()), asked.several(asked.amount(0.0001))
    parser.add_argument("--size", type=asked.count(3), default=128, help="members")
    parser.add_argument(
        "--variants", type=variants, default=",".join(PAPER), help="who plays"
    )
    parser.add_argument(
        "--ways", type=ways, default="held", help="of being sick: held,still"
    )
    parser.add_argument(
        "--sick", type=counts, default="1,8,16,32", help="how many at once"
    )
    parser.add_argument(
        "--paused", type=times, default="16.384,32.768", help="D, seconds"
    )
    parser.add_argument(
        "--awake", type=times, default="0.001,0.016,0.256", help="I, seconds"
    )
    parser.add_argument(
        "--lasts", type=asked.amount(1), default=120.0, help="of each run, s"
    )
    parser.add_argument(
        "--reading",
        type=asked.amount(),
        default=0.0,
        help="of one packet that waited, ms",
    )
    asked.add_more(parser)
    asked.add_sweep(parser, seeds=2)
    options = asked.read(parser)
    if max(options.sick) > options.size:
        parser.error(f"--sick: of {options.size} members at most so many can be")
    return options


Played = dict[Cell, Harm]


def _earlier() -> Played:
    path = RESULTS / f"{NAME}.json"
    if not path.exists():
        return {}
    told = json.loads(path.read_text(encoding="utf-8"))
    cells, harms = Cell.__dataclass_fields__, Harm.__dataclass_fields__
    return {
        Cell(**{name: one[name] for name in cells}): Harm(
            **{name: one[name] for name in harms if name in one}
        )
        for one in told["outcomes"]
    }


def _shares(played: Played) -> str:
    """A row for each variant: its share of SWIM's, the paper's and ours."""
    ways = list(dict.fromkeys(cell.way for cell in played))
    rows = []
    for variant in _variants(played):
        paper, by_healthy = PAPER[variant]
        row = [variant, f"{paper:g} %", f"{by_healthy:g} %"]
        for way in ways:
            ours = _sum(played, way, variant)
            swim = _sum(_beside(played, variant), way, "SWIM")
            row += [_part(ours.deaths, swim.deaths)]
            row += [_part(ours.verdicts, swim.verdicts)]
            row += [_part(ours.at_healthy, swim.at_healthy)]
        rows.append(row)
    head = ["of SWIM's", "paper", "paper, by the healthy"]
    told = ("deaths", "verdicts", "at the healthy")
    head += [f"{way}: {what}" for way in ways for what in told]
    return table(head, rows)


def _variants(played: Played) -> list[str]:
    """Who played, in the paper's order."""
    there = {cell.variant for cell in played}
    return [variant for variant in PAPER if variant in there]


def _beside(played: Played, variant: str) -> Played:
    """The runs whose like *variant* has played."""
    return {
        cell: harm
        for cell, harm in played.items()
        if replace(cell, variant=variant) in played
    }


def _bars(played: Played) -> dict[str, list[float]]:
    variants = _variants(played)
    bars = {"the paper, its whole grid": [PAPER[one][0] for one in variants]}
    for way in dict.fromkeys(cell.way for cell in played):
        ours = [_sum(played, way, variant) for variant in variants]
        swims = [_sum(_beside(played, one), way, "SWIM") for one in variants]
        for what in ("deaths", "verdicts"):
            bars[f"here, {way}: {what}"] = [
                100 * getattr(mine, what) / max(1, getattr(theirs, what))
                for mine, theirs in zip(ours, swims, strict=True)
            ]
    return bars


def _part(ours: int, swims: int) -> str:
    return f"{100 * ours / swims:.1f} % ({ours})" if swims else str(ours)


def _by_cell(played: Played) -> str:
    places = dict.fromkeys((c.way, c.sick, c.paused, c.awake) for c in played)
    rows = []
    for place in places:
        way, sick, paused, awake = place
        row = [f"{way}, C = {sick}, D = {paused:g} s, I = {1000 * awake:g} ms"]
        there = {
            c.variant for c in played if (c.way, c.sick, c.paused, c.awake) == place
        }
        for variant in _variants(played):
            if variant not in there:
                row.append("not played")
                continue
            harm = _sum(played, way, variant, place)
            verdicts = f"{harm.verdicts}, {harm.at_healthy} at the healthy"
            row.append(f"{harm.deaths} ({harm.raised_by_healthy}; {verdicts})")
        rows.append(row)
    return table(["false deaths", *_variants(played)], rows)


def _sum(
    played: Played,
    way: str,
    variant: str,
    place: Sequence[object] | None = None,
) -> Harm:
    harms = [
        harm
        for cell, harm in played.items()
        if (cell.way, cell.variant) == (way, variant)
        and place in (None, (cell.way, cell.sick, cell.paused, cell.awake))
    ]
    return Harm(
        sum(harm.deaths for harm in harms),
        sum(harm.raised_by_healthy for harm in harms),
        sum(harm.verdicts for harm in harms),
        sum(harm.at_healthy for harm in harms),
    )


if __name__ == "__main__":
    main()
