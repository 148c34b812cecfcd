"""
A member fails among real ones: how long until the first and the last know.

Each member is a real process on a machine of its own (a network namespace); watched by
one reader over the members' own sockets. Times run from the fault to what a member
tells. With --with, Serf's agents or kinship go through the same in the same run.

    killed      kill -9: its machine refuses whoever asks
    vanished    the cable is pulled: nobody answers
    frozen      SIGSTOP: its machine takes all, and nobody answers
    rejected    two firewalls turn each other away: nobody has failed, so nobody may be
                called dead

Needs root, ip, nft; serf and kinship where they are asked for.

    sudo python bench/crash_detection.py --real --with serf --with kinship
"""

import argparse
import json
from dataclasses import asdict

from lab import real_crashes
from lab.members import AGENT, KINSHIP, NODE
from lab.paper import draw_bars, write
from lab.progress import Progress


def main() -> None:
    """Measure, print, write bench/results/crash_detection-real-*.{json,md,svg}."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--real", action="store_true", required=True)
    parser.add_argument("--members", type=int, default=16)
    parser.add_argument("--seeds", type=int, default=5, help="runs of each fault")
    parser.add_argument("--faults", default=",".join(real_crashes.FAULTS))
    parser.add_argument(
        "--with", dest="beside", choices=[AGENT, KINSHIP], action="append", default=[]
    )
    parser.add_argument("--only", choices=[NODE, AGENT, KINSHIP], help="this kind")
    parser.add_argument("--json", action="store_true", help="print JSON, no table")
    args = parser.parse_args()
    kinds = [args.only] if args.only else [NODE, *args.beside]
    faults = args.faults.split(",")
    progress = Progress(len(kinds) * len(faults) * args.seeds)
    crashes = [
        crash
        for fault in faults
        for kind in kinds
        for crash in real_crashes.measure(
            kind, fault, args.members, args.seeds, progress
        )
    ]
    text = real_crashes.in_words(crashes)
    name = f"crash_detection-real-{args.members}"
    rows = [asdict(crash) for crash in crashes]
    write(name, {"crashes": rows}, text)
    draw(name, crashes)
    print(json.dumps(rows) if args.json else text)


def draw(name: str, crashes: list[real_crashes.Crash]) -> None:
    """The median time until all know; what nobody knew in the end is left out."""
    faults = list(
        dict.fromkeys(one.fault for one in crashes if one.fault != "rejected")
    )
    kinds = list(dict.fromkeys(one.kind for one in crashes))
    bars = {kind: [_middle(crashes, kind, fault) for fault in faults] for kind in kinds}
    if faults:
        draw_bars(name, "Until all know", faults, bars, "seconds, median")


def _middle(crashes: list[real_crashes.Crash], kind: str, fault: str) -> float:
    times = sorted(
        one.all_know for one in crashes if (one.kind, one.fault) == (kind, fault)
    )
    middle = times[len(times) // 2] if times else 0.0
    return min(middle, real_crashes.LIMIT_S)


if __name__ == "__main__":
    main()
