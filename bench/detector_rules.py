"""
What each rule of the failure detector brings: all of them, none, and each left out.

Simulated, in the arena (our own core, packets as on the wire, a kernel): a machine
vanishes, a process stands still, packets are lost. The same seeds for every variant.

    python bench/detector_rules.py --size 32 --seeds 20
"""

import argparse
import statistics
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.lab import paper
from bench.lab.progress import Progress
from gossipchat.sim.arena.ours import OurTeam
from gossipchat.sim.arena.scenarios import crash, lossy, pauses
from gossipchat.swim.config import SwimConfig

VARIANTS: dict[str, Callable[[SwimConfig], SwimConfig]] = {
    "all rules": lambda lan: lan,
    "no even probing": lambda lan: replace(lan, even_probing=False),
    "no path timeouts": lambda lan: replace(lan, path_timeout_most=0.0),
    "accused after a period": lambda lan: replace(lan, accuse_after=0.0),
    "no court": lambda lan: replace(lan, court_judges=0),
    "deaths wait for ticks": lambda lan: replace(lan, tell_deaths_at_once=False),
    "nobody is cut off": lambda lan: replace(lan, cut_off_after=0),
    "none (memberlist's)": lambda lan: lan.as_memberlist(),
}

NEVER = float("inf")


@dataclass(frozen=True)
class Outcome:
    """One variant over all seeds."""

    variant: str
    suspected: list[float]
    first: list[float]
    last: list[float]
    """Seconds from the end of a machine; infinite: not within a minute."""
    wrong: int
    """Verdicts about others in those runs."""
    lost: int
    """Verdicts about healthy members while packets were lost."""
    buried: int
    paused: int


def play(variant: str, options: argparse.Namespace) -> Outcome:
    """All scenarios of one variant."""
    team = OurTeam(VARIANTS[variant](SwimConfig.lan()))
    seeds = range(options.seeds)
    crashes = [crash(team, options.size, seed, "vanished") for seed in seeds]
    few = range(options.long)
    alarms = [lossy(team, 16, seed, options.loss) for seed in few]
    stills = [pauses(team, 16, seed, options.pause) for seed in few]

    def times(name: str) -> list[float]:
        return [
            NEVER if getattr(one, name) is None else getattr(one, name)
            for one in crashes
        ]

    return Outcome(
        variant,
        times("suspected"),
        times("first"),
        times("last"),
        sum(one.wrong for one in crashes),
        sum(one.verdicts for one in alarms),
        sum(one.buried for one in stills),
        sum(one.pauses for one in stills),
    )


def spread(times: list[float]) -> str:
    """Median, 99th percentile (the nearest), most."""
    ordered = sorted(times)
    high = ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]
    return f"{statistics.median(ordered):.2f} / {high:.2f}"


def main() -> None:
    """Play, print, write bench/results/detector_rules-SIZE.{json,md}."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", type=int, default=32, help="members of the crashes")
    parser.add_argument("--seeds", type=int, default=20, help="crashes of each variant")
    parser.add_argument(
        "--long", type=int, default=2, help="runs of loss and of pauses (16 members)"
    )
    parser.add_argument("--loss", type=float, default=0.4, help="share, for a minute")
    parser.add_argument("--pause", type=float, default=2.0, help="seconds, ten a run")
    parser.add_argument("--only", help="one variant")
    options = parser.parse_args()
    variants = [options.only] if options.only else list(VARIANTS)
    progress, outcomes = Progress(len(variants)), []
    for variant in variants:
        tell = progress.part(variant)
        outcomes.append(play(variant, options))
        tell(1, 1)
    head = [
        f"n = {options.size}, p50 / p99 s",
        "first suspects",
        "first knows",
        "last knows",
        "wrong verdicts",
        f"at {options.loss:.0%} loss",
        f"buried by a pause of {options.pause:g} s",
    ]
    rows = [
        [
            one.variant,
            spread(one.suspected),
            spread(one.first),
            spread(one.last),
            str(one.wrong),
            str(one.lost),
            f"{one.buried} of {one.paused}",
        ]
        for one in outcomes
    ]
    text = paper.table(head, rows)
    name = f"detector_rules-{options.size}"
    paper.write(name, {"outcomes": [asdict(one) for one in outcomes]}, text)
    print(text, end="")


if __name__ == "__main__":
    main()
