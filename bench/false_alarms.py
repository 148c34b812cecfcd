"""
Who is called dead and is not; and the price of being careful.

Members of each kind play on the same simulated network with the same seeds:

    grid C      C members stand still together for 16 s, run for a millisecond, and so
                on (Lifeguard's interval experiment): verdicts about the others
    pause S     one member after the other stands still for S seconds: how often it was
                buried, how often told (suspected)
    loss P      P % of all packets vanish for a minute
    deaf P      a quarter of the members gets P % of its packets not, but is heard

*False*: about members that ran all of the ten seconds before the verdict and are not
one of the C. *Raised by the healthy*: nor was who said so first. The picture: p99 of
the time until all know of a death (x), false deaths on the grid (y), 95 % bounds.

    python bench/false_alarms.py                    # 32 members: some minutes
    python bench/false_alarms.py --size 128 --seeds 3 --kinds grid,crash

It writes after each seed, and --add goes on with what is there.

With --real the members are processes on machines of their own, alone or beside Serf's
agents and kinship's: a minute each of members that are frozen, slow or deaf, and of
loss.

    sudo python bench/false_alarms.py --real --size 16 --lasts 60 --seeds 2 --with serf
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from lab import real_alarms, sweep
from lab.chances import bounds, count_bounds, percentile
from lab.contestants import chosen, contestants, lifeguards
from lab.paper import RESULTS, table, write
from lab.pictures import Spot, draw_spots

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
CRASHES = 5
"""Crashes played for each seed of the grid, for the picture's x."""


@dataclass(frozen=True)
class Run:
    """What is to be played: *kind* with its number."""

    team: Team
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
    match run.kind:
        case "grid":
            return lifeguard_grid(
                run.team, run.size, run.seed, run.number, PAUSED, AWAKE, run.lasts
            )
        case "pause":
            return pauses(run.team, run.size, run.seed, run.number)
        case "loss":
            return lossy(run.team, run.size, run.seed, run.number / 100)
        case "deaf":
            share = run.number / 100
            return lossy(run.team, run.size, run.seed, share, one_way=run.size // 4)
        case _:
            return crash(run.team, run.size, run.seed)


def main() -> None:
    """Run, print, write bench/results/false_alarms.*."""
    options = _options()
    if options.real:
        real_alarms.play_all(options)
        return
    teams = chosen(options.teams, contestants() | lifeguards())
    runs = [
        Run(team, options.size, kind, number, options.first_seed + seed, options.lasts)
        for team in teams
        for kind, number, times in _plan(options)
        for seed in range(times)
    ]
    played = _earlier(options, teams) if options.add else {}
    for seed in sorted({run.seed for run in runs}):
        wanted = [run for run in runs if run.seed == seed and run not in played]
        found = sweep.sweep(play, wanted, options.workers, options.dask)
        played |= zip(wanted, found, strict=True)
        text = _tell(options, teams, list(played.items()))
    print(text, end="")


def _tell(options: argparse.Namespace, teams: Sequence[Team], played: "Played") -> str:
    """Write what is known so far: a run that is cut short has its outcome, too."""
    text = _table(played, teams)
    outcomes = [
        {"team": run.team.name, "what": run.label, "seed": run.seed}
        | {"lasts": run.lasts, "outcome": asdict(outcome)}
        for run, outcome in played
    ]
    name = f"false_alarms-{options.size}"
    write(name, {"size": options.size, "outcomes": outcomes}, text)
    if "grid" in options.kinds and "crash" in options.kinds:
        draw_spots(
            name,
            f"Fast or careful: n = {options.size}, {options.seeds} seeds",
            {team.name: _spot(played, team.name) for team in teams},
            "all know of a death: p99, seconds",
            "false deaths on the grid",
        )
    return text


def _earlier(
    options: argparse.Namespace, teams: Sequence[Team]
) -> dict[Run, Alarms | Detection]:
    """What bench/results has of these teams."""
    path = RESULTS / f"false_alarms-{options.size}.json"
    if not path.exists():
        return {}
    known = {team.name: team for team in teams}
    earlier: dict[Run, Alarms | Detection] = {}
    for one in json.loads(path.read_text(encoding="utf-8"))["outcomes"]:
        if one["team"] not in known or "outcome" not in one:
            continue
        kind, number = one["what"].split()
        made = Detection if kind == "crash" else Alarms
        run = Run(
            known[one["team"]],
            options.size,
            kind,
            int(number),
            one["seed"],
            one["lasts"],
        )
        earlier[run] = made(**one["outcome"])
    return earlier


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--sim", action="store_true", help="in the simulator: the default"
    )
    parser.add_argument("--size", type=int, default=32, help="members")
    parser.add_argument(
        "--lasts", type=float, default=49.0, help="seconds of each cell of the grid"
    )
    kinds = "grid,crash,pause,loss,deaf"
    parser.add_argument("--kinds", default=kinds, help=f"of {kinds}")
    known = ", ".join(contestants() | lifeguards())
    parser.add_argument("--teams", default="all", help=f"all, or of: {known}")
    parser.add_argument(
        "--add", action="store_true", help="to what bench/results has of it"
    )
    real_alarms.add_options(parser)
    sweep.add_options(parser)
    parser.set_defaults(seeds=2)
    return parser.parse_args()


def _plan(options: argparse.Namespace) -> list[tuple[str, int, int]]:
    """Kind, its number, how many seeds."""
    numbers: dict[str, Sequence[int]] = {
        "grid": [sick for sick in GRID if sick <= options.size // 4],
        "crash": (0,),
        "pause": PAUSES,
        "loss": LOSSES,
        "deaf": DEAF,
    }
    return [
        (kind, number, options.seeds * (CRASHES if kind == "crash" else 1))
        for kind in options.kinds.split(",")
        for number in numbers[kind]
    ]


Played = Sequence[tuple[Run, Alarms | Detection]]


def _alarms(played: Played, team: str, label: str) -> list[Alarms]:
    return [
        outcome
        for run, outcome in played
        if isinstance(outcome, Alarms) and (run.team.name, run.label) == (team, label)
    ]


def _table(played: Played, teams: Sequence[Team]) -> str:
    """A row for each thing done, a column for each team."""
    labels = dict.fromkeys(
        run.label for run, outcome in played if isinstance(outcome, Alarms)
    )
    rows = [
        [label, *(_cell(label, _alarms(played, team.name, label)) for team in teams)]
        for label in labels
    ]
    spots = [_spot(played, team.name) for team in teams]
    rows.append(["all know of a death, p99 s", *(f"{spot.x:.1f}" for spot in spots)])
    note = (
        "\ngrid, loss, deaf: false deaths (raised by the healthy; verdicts of all)."
        " pause: buried and told, of pauses.\n"
    )
    return table(["summed over all seeds", *(team.name for team in teams)], rows) + note


def _cell(label: str, alarms: Sequence[Alarms]) -> str:
    if label.startswith("pause"):
        told = sum(one.told for one in alarms), sum(one.pauses for one in alarms)
        return f"{sum(one.buried for one in alarms)}, {told[0]} of {told[1]}"
    deaths = sum(one.deaths for one in alarms)
    raised = sum(one.raised_by_healthy for one in alarms)
    return f"{deaths} ({raised}; {sum(one.verdicts for one in alarms)})"


def _spot(played: Played, team: str) -> Spot:
    def p99(times: Sequence[float]) -> float:
        return percentile(times, 0.99)

    last = [
        60.0 if outcome.last is None else outcome.last
        for run, outcome in played
        if isinstance(outcome, Detection) and run.team.name == team
    ] or [0.0]
    false = sum(
        outcome.deaths
        for run, outcome in played
        if isinstance(outcome, Alarms) and (run.team.name, run.kind) == (team, "grid")
    )
    return Spot(p99(last), bounds(last, p99), false, count_bounds(false))


if __name__ == "__main__":
    main()
