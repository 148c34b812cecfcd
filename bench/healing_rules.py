"""
What each rule about heals and deaths brings: all of them, and each left out.

Whole peers in virtual time, LAN profile, the same seeds for all variants: cuts of a few
seconds and of half a minute, in halves, one against the rest and three ways; then a
killed process. Beside them the membership alone (no links, 2 ± 1 ms, 1 % loss), in
which verdicts travel by gossip only.

    python bench/healing_rules.py --size 16 --seeds 3
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from math import inf

from lab import asked, sweep
from lab.chances import percentile
from lab.paper import draw_bars, table, write

from gossipchat.sim.arena.ours import OurTeam
from gossipchat.sim.arena.splits import parts
from gossipchat.sim.arena.splits import split as split_team
from gossipchat.sim.world.world import World
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.events import MemberChanged, Status

VARIANTS: dict[str, Callable[[SwimConfig], SwimConfig]] = {
    "all rules": lambda lan: lan,
    "the dead are not contacted": lambda lan: replace(lan, contact_tries=0.0),
    "no one-phase heal": lambda lan: replace(lan, heal=False),
    "no claims over links": lambda lan: replace(lan, claims_by_link=False),
    "hearsay is believed": lambda lan: replace(lan, hearsay=False),
    "no inquest": lambda lan: replace(lan, inquest=False),
    "no proof of death": lambda lan: replace(lan, proof_of_death=False),
    "nobody is cut off": lambda lan: replace(lan, cut_off_after=0),
    "none (memberlist's)": lambda lan: lan.as_memberlist(),
}
WHAT = {
    "short": "after a short cut",
    "long": "after 30 s",
    "killed": "killed: last knows",
    "alone": "short, without links",
}
SHAPES = ("half", "one", "three")
LIMIT = 120.0


@dataclass(frozen=True)
class Run:
    """What is to be played."""

    variant: str
    what: str
    """One of WHAT."""
    shape: str
    size: int
    seed: int


@dataclass(frozen=True)
class Outcome:
    """Virtual seconds until all see all, or all know; infinite: not within LIMIT."""

    took: float
    wrong: int


def play(run: Run) -> Outcome:
    """One run."""
    config = VARIANTS[run.variant](SwimConfig.lan())
    short = 2.5 + 8 * ((run.seed * 0.618) % 1)
    if run.what == "alone":
        heal = split_team(OurTeam(config), run.size, run.seed, run.shape, short)
        return Outcome(heal.all_see, heal.wrong)
    world = World(run.seed, swim_config=config)
    names = world.start_all(run.size)
    world.wait(world.all_see_all, 30)
    world.run(3)
    if run.what == "killed":
        return _kill(world, names)
    for one, other in combinations(parts(world.heap.chance, names, run.shape), 2):
        world.cut(one, other)
    world.run(short if run.what == "short" else 30.0)
    world.heal()
    return _until(world, world.all_see_all, None)


def _kill(world: World, names: Sequence[str]) -> Outcome:
    victim = world.heap.chance.choice(list(names))
    world.crash(victim)

    def known() -> bool:
        dead = Status.DEAD
        return all(node.statuses().get(victim) is dead for node in world.living)

    return _until(world, known, victim)


def _until(world: World, done: Callable[[], bool], victim: str | None) -> Outcome:
    began = world.heap.now
    since = began + world.network.weather.slow_round_trip
    took = world.heap.now - began if world.wait(done, LIMIT) else inf
    world.run(5)
    wrong = sum(
        at > since
        and isinstance(what, MemberChanged)
        and what.member.status is Status.DEAD
        and what.member.name != victim
        for at, _, what in world.happenings
    )
    return Outcome(took, wrong)


def main() -> None:
    """Play, print, write bench/results/healing_rules-SIZE.{json,md,svg}."""
    parser = asked.parser(__doc__)
    asked.add_sim(parser)
    parser.add_argument("--size", type=asked.count(3), default=16, help="members")
    asked.add_sweep(parser)
    options = asked.read(parser)
    seeds = range(options.first_seed, options.first_seed + options.seeds)
    runs = [
        Run(variant, what, shape, options.size, seed)
        for variant in VARIANTS
        for what in WHAT
        for shape in (SHAPES if what != "killed" else SHAPES[:1])
        for seed in seeds
    ]
    found = sweep.sweep(play, runs, options.workers, options.dask)
    played = list(zip(runs, found, strict=True))
    text = rules_table(played)
    name = f"healing_rules-{options.size}"
    outcomes = [asdict(run) | asdict(outcome) for run, outcome in played]
    write(name, {"outcomes": outcomes}, text)
    _draw(name, played)
    print(text, end="")


def rules_table(played: Sequence[tuple[Run, Outcome]]) -> str:
    """Markdown: a row for each variant."""
    head = ["median / most, s; wrong verdicts", *WHAT.values()]
    rows = [
        [variant, *(_cell(_runs(played, variant, what)) for what in WHAT)]
        for variant in VARIANTS
    ]
    return table(head, rows)


def _draw(name: str, played: Sequence[tuple[Run, Outcome]]) -> None:
    """The slowest run of each cell."""
    bars = {
        words: [
            max(min(LIMIT, one.took) for one in _runs(played, variant, what))
            for variant in VARIANTS
        ]
        for what, words in WHAT.items()
    }
    draw_bars(name, "The slowest heal, rule by rule", list(VARIANTS), bars, "seconds")


def _runs(
    played: Sequence[tuple[Run, Outcome]], variant: str, what: str
) -> list[Outcome]:
    return [one for run, one in played if (run.variant, run.what) == (variant, what)]


def _cell(runs: Sequence[Outcome]) -> str:
    times = [one.took for one in runs]
    middle, most = (_seconds(time) for time in (percentile(times, 0.5), max(times)))
    return f"{middle} / {most}; {sum(one.wrong for one in runs)}"


def _seconds(time: float) -> str:
    return "never" if time == inf else f"{time:.1f}"


if __name__ == "__main__":
    main()
