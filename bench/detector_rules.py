"""
What each rule of the failure detector brings: all of them, none, and each left out.

Simulated, in the arena (our own core, packets as on the wire, a kernel, 2 ± 1 ms, 1 %
lost): a machine vanishes, a process stands still ten times, packets are lost for a
minute. The same seeds for every variant.

    python bench/detector_rules.py --size 32 --seeds 20
"""

import argparse
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import inf

from lab import asked, sweep
from lab.chances import percentile
from lab.contestants import RULES
from lab.paper import draw_bars, table, write

from gossipchat.sim.arena.ours import OurTeam
from gossipchat.sim.arena.scenarios import Alarms, Detection, crash, lossy, pauses
from gossipchat.swim.config import SwimConfig

VARIANTS = {"all rules": lambda lan: lan, **RULES}

FEW = 16
"""Members that are plagued by loss and pauses."""


@dataclass(frozen=True)
class Run:
    """What is to be played: *what* is ``crash``, ``loss`` or ``pause``."""

    variant: str
    what: str
    size: int
    seed: int
    amount: float
    """The share that is lost, or the seconds of a pause."""


def play(run: Run) -> Detection | Alarms:
    """One run."""
    team = OurTeam(VARIANTS[run.variant](SwimConfig.lan()))
    match run.what:
        case "crash":
            return crash(team, run.size, run.seed, "vanished")
        case "loss":
            return lossy(team, run.size, run.seed, run.amount)
        case _:
            return pauses(team, run.size, run.seed, run.amount)


def main() -> None:
    """Play, print, write bench/results/detector_rules-SIZE.{json,md,svg}."""
    options = _options()
    variants = [options.only] if options.only else list(VARIANTS)
    plan = [
        ("crash", options.size, options.seeds, 0.0),
        ("loss", FEW, options.long, options.loss),
        ("pause", FEW, options.long, options.pause),
    ]
    runs = [
        Run(variant, what, size, options.first_seed + seed, amount)
        for variant in variants
        for what, size, seeds, amount in plan
        for seed in range(seeds)
    ]
    found = sweep.sweep(play, runs, options.workers, options.dask)
    played = list(zip(runs, found, strict=True))
    name = f"detector_rules-{options.size}"
    outcomes = [asdict(run) | {"outcome": asdict(one)} for run, one in played]
    text = _table(played, options)
    write(name, {"outcomes": outcomes}, text)
    times = [_lasts(played, variant) for variant in variants]
    bars = {
        f"p{100 * share:.0f}": [min(60.0, percentile(one, share)) for one in times]
        for share in (0.5, 0.99)
    }
    title = f"Until the last of {options.size} knows that a machine vanished"
    draw_bars(name, title, variants, bars, "seconds")
    print(text, end="")


def _options() -> argparse.Namespace:
    parser = asked.parser(__doc__)
    asked.add_sim(parser)
    parser.add_argument(
        "--size", type=asked.count(3), default=32, help="members of the crashes"
    )
    parser.add_argument(
        "--long",
        type=asked.count(),
        default=2,
        help=f"runs of loss and pauses, {FEW} members",
    )
    parser.add_argument(
        "--loss", type=asked.amount(0, 0.95), default=0.4, help="share, for a minute"
    )
    parser.add_argument(
        "--pause", type=asked.amount(0, 15), default=2.0, help="seconds, ten a run"
    )
    parser.add_argument("--only", choices=VARIANTS, help="one variant")
    asked.add_sweep(parser, seeds=20)
    return asked.read(parser)


Played = Sequence[tuple[Run, Detection | Alarms]]


def _table(played: Played, options: argparse.Namespace) -> str:
    """A row for each variant."""
    head = [
        f"n = {options.size}, p50 / p99 s",
        "first suspects",
        "first knows",
        "last knows",
        "wrong verdicts",
        f"at {options.loss:.0%} loss",
        f"buried by a pause of {options.pause:g} s",
    ]
    variants = dict.fromkeys(run.variant for run, _ in played)
    return table(head, [[variant, *_cells(played, variant)] for variant in variants])


def _cells(played: Played, variant: str) -> list[str]:
    crashes = _crashes(played, variant)
    lost = _alarms(played, variant, "loss")
    still = _alarms(played, variant, "pause")
    return [
        _spread([one.suspected for one in crashes]),
        _spread([one.first for one in crashes]),
        _spread([one.last for one in crashes]),
        str(sum(one.wrong for one in crashes)),
        str(sum(one.verdicts for one in lost)),
        f"{sum(one.buried for one in still)} of {sum(one.pauses for one in still)}",
    ]


def _crashes(played: Played, variant: str) -> list[Detection]:
    return [
        one
        for run, one in played
        if run.variant == variant and isinstance(one, Detection)
    ]


def _alarms(played: Played, variant: str, what: str) -> list[Alarms]:
    return [
        one
        for run, one in played
        if (run.variant, run.what) == (variant, what) and isinstance(one, Alarms)
    ]


def _lasts(played: Played, variant: str) -> list[float]:
    return [_time(one.last) for one in _crashes(played, variant)]


def _spread(times: Sequence[float | None]) -> str:
    """Median and 99th percentile."""
    known = [_time(time) for time in times]
    middle, high = percentile(known, 0.5), percentile(known, 0.99)
    return f"{middle:.2f} / {high:.2f}"


def _time(time: float | None) -> float:
    """What never came, came after infinity."""
    return inf if time is None else time


if __name__ == "__main__":
    main()
