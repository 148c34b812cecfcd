"""
Who knows of a death, and when: killed process, vanished host, frozen process; and
who is called dead when a firewall stands between two that everybody else reaches.

Members of each kind play on the same simulated network (2 ± 1 ms one way, 1 % loss)
with the same seeds: gossipchat's membership alone, those of others, and *whole peers*,
gossipchat with its links, by which a killed process is proven dead. Measured from the
death, in virtual seconds:

    suspected   the first member suspects
    first       the first member knows
    last        the last member knows

and wrong verdicts: members called dead that were well. Of two that a firewall turns
away from each other for 30 s nobody is to know anything but a suspicion at most.

With --real members are processes on machines of their own (network namespaces; needs
root, ip, nft), and the seconds are real; with --with, Serf's agents or kinship go
through the same in the same run; with --delay and --jitter, packets take so long.
Where there can be no machines (or with --loopback) members are in one network on
loopback: killed and frozen, no more.

    python bench/crash_detection.py --sizes 16,128 --seeds 10
    sudo python bench/crash_detection.py --real --members 16 --with serf --with kinship
"""

import argparse
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import inf

from lab import asked, real_crashes, sweep
from lab.chances import percentile
from lab.contestants import contestants
from lab.paper import table, write
from lab.pictures import draw_shares
from lab.whole_crashes import WHOLE, whole_crash, whole_firewall

from gossipchat.sim.arena.scenarios import FATES, Detection, crash, firewall

REJECTED = "rejected"


@dataclass(frozen=True)
class Run:
    """What is to be played, by the *team* of that name or by whole peers."""

    team: str
    size: int
    fate: str
    seed: int


def play(run: Run) -> Detection:
    """One run."""
    if run.team == WHOLE:
        if run.fate == REJECTED:
            return whole_firewall(run.size, run.seed)
        return whole_crash(run.size, run.seed, run.fate)
    team = contestants()[run.team]
    if run.fate == REJECTED:
        return firewall(team, run.size, run.seed)
    return crash(team, run.size, run.seed, run.fate)


def main() -> None:
    """Run, print, write bench/results/crash_detection.*."""
    options = _options()
    if options.real:
        real_crashes.play_all(options)
        return
    runs = [
        Run(team, size, fate, options.first_seed + number)
        for size in options.sizes
        for fate in options.fates
        for team in options.teams
        for number in range(options.seeds)
    ]
    found = sweep.sweep(play, runs, options.workers, options.dask)
    played = list(zip(runs, found, strict=True))
    text = _table(played)
    outcomes = [
        {"team": run.team, "size": run.size, "fate": run.fate, "seed": run.seed}
        | asdict(detection)
        for run, detection in played
    ]
    name = "crash_detection" + (f"-{options.name}" if options.name else "")
    write(name, {"outcomes": outcomes}, text)
    _draw(name, played)
    print(text, end="")


def _options() -> argparse.Namespace:
    parser = asked.parser(__doc__)
    asked.add_sim(parser, otherwise=True)
    asked.add_name(parser)
    sizes, fates = asked.several(asked.count(3)), [*FATES, REJECTED]
    parser.add_argument(
        "--sizes", type=sizes, default="16,32", help="members, comma separated"
    )
    parser.add_argument(
        "--fates",
        type=asked.several(asked.one_of(fates)),
        default=",".join(fates),
        help=f"of {', '.join(fates)}; comma separated",
    )
    known = [*contestants(), WHOLE]
    parser.add_argument(
        "--teams",
        type=asked.several(asked.one_of(known)),
        default=",".join(known),
        help=f"of {', '.join(known)}; comma separated",
    )
    asked.add_sweep(parser)
    real_crashes.add_options(parser)
    return asked.read(parser)


Played = Sequence[tuple[Run, Detection]]


def _table(played: Played) -> str:
    kinds = dict.fromkeys((run.size, run.fate, run.team) for run, _ in played)
    rows = []
    for size, fate, name in kinds:
        ours = [
            detection
            for run, detection in played
            if (run.size, run.fate, run.team) == (size, fate, name)
        ]
        cells = [
            _spread([getattr(one, moment) for one in ours])
            for moment in ("suspected", "first", "last")
        ]
        wrong = sum(one.wrong for one in ours)
        rows.append([f"{name}, {fate}, n = {size}", *cells, str(wrong)])
    head = ("p50 / p99 in seconds", "suspected", "first knows", "last knows", "wrong")
    return table(head, rows)


def _spread(times: Sequence[float | None]) -> str:
    known = [inf if time is None else time for time in times]
    spread = f"{percentile(known, 0.5):.1f} / {percentile(known, 0.99):.1f}"
    return spread.replace("inf", "never")


def _draw(name: str, played: Played) -> None:
    """The largest size: one fate of several teams, or all fates of one."""
    size = played[-1][0].size
    deaths = [one for one in played if one[0].fate != REJECTED and one[0].size == size]
    alone = len({run.team for run, _ in deaths}) == 1
    curves: dict[str, list[float]] = {}
    for run, detection in deaths:
        if detection.last is not None and (alone or run.fate == deaths[0][0].fate):
            label = run.fate if alone else run.team
            curves.setdefault(label, []).append(detection.last)
    if curves:
        whose = deaths[0][0].team if alone else deaths[0][0].fate
        title = f"All know of a member's death: {whose}, n = {size}"
        draw_shares(name, title, curves, "seconds from the death")


if __name__ == "__main__":
    main()
