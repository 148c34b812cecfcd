"""
Who is called dead and is not; and the price of being careful.

Members of each kind play on the same simulated network with the same seeds:

    grid C      C members stand still together for 16 s, run for a millisecond, and so
                on (Lifeguard's interval experiment): verdicts about the others
    pause S     one member after the other stands still for S seconds: how often it was
                buried, how often told (suspected)
    loss P      P % of all packets vanish for a minute
    deaf P      a quarter of the members gets P % of its packets not, but is heard
    slow P      a quarter of the members runs P % of the time: P ms of every 100

*False*: about members that ran all of the ten seconds before the verdict and are not
one of the C. *Raised by the healthy*: nor was who said so first. The picture: p99 of
the time until all know of a death (x), false deaths on the grid (y), 95 % bounds.
Beside SWIM, memberlist and Lifeguard's parts, --teams may name our own detector with a
rule left out: *rules* for each of them.

    python bench/false_alarms.py                    # 32 members: some minutes
    python bench/false_alarms.py --size 128 --seeds 3 --kinds grid,crash

It writes after each seed; --add goes on with what is there, other teams' included.

With --real the members are processes on machines of their own, alone or beside Serf's
agents and kinship's: a minute each of members that are frozen, slow or deaf, and of
loss. Where there can be none (or with --loopback) they are in one network on loopback:
frozen and slow, no more.

    sudo python bench/false_alarms.py --real --size 16 --lasts 60 --seeds 2 --with serf
"""

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from lab import asked, real_alarms, sweep
from lab.chances import bounds, count_bounds, percentile
from lab.contestants import chosen, contestants, lifeguards, without_rules
from lab.paper import RESULTS, draw_bars, table, write
from lab.spots import Spot, draw_spots

from gossipchat.sim.arena.arena import Team
from gossipchat.sim.arena.scenarios import (
    Alarms,
    Detection,
    crash,
    lifeguard_grid,
    lossy,
    pauses,
)

PAUSED, AWAKE = 16.384, 0.001
"""Seconds: the cell of Lifeguard's grid in which slow members do most harm."""

GRID = (1, 8, 16, 32)
PAUSES = (1, 2, 3, 5)
LOSSES = (10, 25, 40)
DEAF = (25, 40)
SLOW = (20, 5)
SLICE = 0.1
"""Seconds: of each, slow members run in that share."""
CRASHES = 5
"""Crashes played for each seed of the grid, for the picture's x."""


@dataclass(frozen=True)
class Run:
    """What is to be played: *kind* with its number, by the *team* of that name."""

    team: str
    size: int
    kind: str
    number: int
    seed: int
    lasts: float

    @property
    def label(self) -> str:
        return f"{self.kind} {self.number}"


def play(run: Run) -> Alarms | Detection:
    """One run."""
    team = _known()[run.team]
    match run.kind:
        case "grid":
            return lifeguard_grid(
                team, run.size, run.seed, run.number, PAUSED, AWAKE, run.lasts
            )
        case "pause":
            return pauses(team, run.size, run.seed, run.number)
        case "loss":
            return lossy(team, run.size, run.seed, run.number / 100)
        case "deaf":
            share = run.number / 100
            return lossy(team, run.size, run.seed, share, one_way=run.size // 4)
        case "slow":
            awake = SLICE * run.number / 100
            how = (run.size // 4, SLICE - awake, awake, 60.0)
            return lifeguard_grid(team, run.size, run.seed, *how)
        case _:
            return crash(team, run.size, run.seed)


def main() -> None:
    """Run, print, write bench/results/false_alarms.*."""
    options = _options()
    if options.real:
        real_alarms.play_all(options)
        return
    usual = contestants() | lifeguards()
    names = [team.name for team in chosen(options.teams, usual, without_rules())]
    runs = [
        Run(name, options.size, kind, number, options.first_seed + seed, options.lasts)
        for name in names
        for kind, number, times in _plan(options)
        for seed in range(times)
    ]
    name = f"false_alarms-{options.size}" + (f"-{options.name}" if options.name else "")
    played = _earlier(name) if options.add else {}
    text = ""
    for seed in sorted({run.seed for run in runs}):
        wanted = [run for run in runs if run.seed == seed and run not in played]
        found = sweep.sweep(play, wanted, options.workers, options.dask)
        played |= zip(wanted, found, strict=True)
        text = _tell(name, options.size, list(played.items()))
    print(text, end="")


def _tell(name: str, size: int, played: "Played") -> str:
    """Write what is known so far: a run that is cut short has its outcome, too."""
    there = {run.team for run, _ in played}
    teams = [team for team in _known() if team in there]
    text = _tables(played, teams)
    outcomes = [
        {"team": run.team, "what": run.label, "seed": run.seed}
        | {"lasts": run.lasts, "outcome": asdict(outcome)}
        for run, outcome in played
    ]
    write(name, {"size": size, "outcomes": outcomes}, text)
    spots = {team: spot for team in teams if (spot := _spot(played, team))}
    if spots:
        draw_spots(
            name,
            f"Fast or careful: n = {size}",
            spots,
            "all know of a death: p99, seconds",
            "false deaths in one run of each cell of the grid",
        )
    elif troubles := _troubles(played):
        bars = {team: _false_deaths(played, team, troubles) for team in teams}
        title = f"Healthy members called dead: n = {size}"
        unit = "false deaths in one run"
        draw_bars(name, title, troubles, bars, f"{unit}; none in any other trouble")
    return text


def _known() -> dict[str, Team]:
    return contestants() | lifeguards() | without_rules()


def _earlier(name: str) -> dict[Run, Alarms | Detection]:
    """What bench/results has of that *name*."""
    path = RESULTS / f"{name}.json"
    if not path.exists():
        return {}
    known, told = _known(), json.loads(path.read_text(encoding="utf-8"))
    earlier: dict[Run, Alarms | Detection] = {}
    for one in told["outcomes"]:
        if one["team"] not in known:
            continue
        kind, number = one["what"].split()
        made = Detection if kind == "crash" else Alarms
        what = (kind, int(number), one["seed"], one["lasts"])
        earlier[Run(one["team"], told["size"], *what)] = made(**one["outcome"])
    return earlier


def _options() -> argparse.Namespace:
    parser = asked.parser(__doc__)
    asked.add_sim(parser, otherwise=True)
    parser.add_argument("--size", type=asked.count(4), default=32, help="members")
    parser.add_argument(
        "--lasts",
        type=asked.amount(1),
        default=49.0,
        help="seconds of each cell of the grid",
    )
    kinds = ("grid", "crash", "pause", "loss", "deaf", "slow")
    told = ", ".join(kinds)
    known_kinds = asked.several(asked.one_of(kinds))
    parser.add_argument("--kinds", type=known_kinds, default=",".join(kinds), help=told)
    known = ", ".join(_known())
    parser.add_argument("--teams", default="all", help=f"all, rules, or of: {known}")
    asked.add_more(parser)
    asked.add_name(parser)
    real_alarms.add_options(parser)
    asked.add_sweep(parser, seeds=2)
    return asked.read(parser)


def _plan(options: argparse.Namespace) -> list[tuple[str, int, int]]:
    """Kind, its number, how many seeds."""
    numbers: dict[str, Sequence[int]] = {
        "grid": [sick for sick in GRID if sick <= options.size // 4],
        "crash": (0,),
        "pause": PAUSES,
        "loss": LOSSES,
        "deaf": DEAF,
        "slow": SLOW,
    }
    return [
        (kind, number, options.seeds * (CRASHES if kind == "crash" else 1))
        for kind in options.kinds
        for number in numbers[kind]
    ]


Played = Sequence[tuple[Run, Alarms | Detection]]


def _alarms(played: Played, team: str, label: str) -> list[Alarms]:
    return [
        outcome
        for run, outcome in played
        if isinstance(outcome, Alarms) and (run.team, run.label) == (team, label)
    ]


TITLES = {
    "grid": "C members stand still at once",
    "pause": "one stands still for S seconds",
    "loss": "% of all packets lost",
    "deaf": "% lost on the way to a quarter",
    "slow": "a quarter runs % of the time",
}
NOTE = """
false deaths (raised by the healthy; verdicts of all), summed over the seeds; of pauses:
buried and told, of how many.
"""


def _tables(played: Played, teams: Sequence[str]) -> str:
    """For each kind of trouble a row for each team, then how fast deaths are known."""
    texts = [
        _table(played, teams, kind)
        for kind in TITLES
        if any(run.kind == kind for run, _ in played)
    ]
    if any(run.kind == "crash" for run, _ in played):
        texts.append(_times(played, teams))
    return "\n".join(texts) + NOTE


def _table(played: Played, teams: Sequence[str], kind: str) -> str:
    labels = list(dict.fromkeys(run.label for run, _ in played if run.kind == kind))
    rows = []
    for team in teams:
        alarms = [_alarms(played, team, label) for label in labels]
        cells = map(_cell, labels, alarms)
        rows.append([team, *cells, "/".join(_unlike(len(one) for one in alarms))])
    return table([TITLES[kind], *labels, "seeds"], rows)


def _unlike(counts: Iterable[int]) -> list[str]:
    return [str(count) for count in dict.fromkeys(counts)]


def _troubles(played: Played) -> list[str]:
    """What somebody well was called dead in; all that was played, if nobody was."""
    alarms = [(run.label, one) for run, one in played if isinstance(one, Alarms)]
    harmful = [label for label, one in alarms if one.deaths]
    return list(dict.fromkeys(harmful or [label for label, _ in alarms]))


def _false_deaths(played: Played, team: str, labels: Sequence[str]) -> list[float]:
    """In one run of each of *labels*, on average."""
    runs = [_alarms(played, team, label) for label in labels]
    return [sum(one.deaths for one in some) / max(1, len(some)) for some in runs]


def _cell(label: str, alarms: Sequence[Alarms]) -> str:
    if not alarms:
        return ""
    if label.startswith("pause"):
        told = sum(one.told for one in alarms), sum(one.pauses for one in alarms)
        return f"{sum(one.buried for one in alarms)}, {told[0]} of {told[1]}"
    deaths = sum(one.deaths for one in alarms)
    raised = sum(one.raised_by_healthy for one in alarms)
    return f"{deaths} ({raised}; {sum(one.verdicts for one in alarms)})"


def _lasts(played: Played, team: str) -> list[float]:
    """Seconds until all knew of a death; never is a minute."""
    return [
        60.0 if outcome.last is None else outcome.last
        for run, outcome in played
        if isinstance(outcome, Detection) and run.team == team
    ]


def _times(played: Played, teams: Sequence[str]) -> str:
    rows = []
    for team in teams:
        lasts = _lasts(played, team)
        cells = [f"{percentile(lasts, share):.1f}" for share in (0.5, 0.99)]
        rows.append([team, *(cells if lasts else ["", ""]), str(len(lasts))])
    return table(["all know of a death, s", "p50", "p99", "deaths"], rows)


def _spot(played: Played, team: str) -> Spot | None:
    """None: it has not played both a grid and crashes."""

    def p99(times: Sequence[float]) -> float:
        return percentile(times, 0.99)

    lasts = _lasts(played, team)
    grid = [
        (run.number, outcome.deaths)
        for run, outcome in played
        if isinstance(outcome, Alarms) and (run.team, run.kind) == (team, "grid")
    ]
    if not lasts or not grid:
        return None
    seeds = len(grid) / len({number for number, _ in grid})
    false = sum(deaths for _, deaths in grid)
    least, most = count_bounds(false)
    spread = (least / seeds, most / seeds)
    return Spot(p99(lasts), bounds(lasts, p99), false / seeds, spread, len(grid))


if __name__ == "__main__":
    main()
