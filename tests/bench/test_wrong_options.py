"""A wrong option is told in one sentence, before a bench has begun."""

import sys
from importlib import import_module
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench"

WRONG = {
    "partition_recovery --cuts ten": "argument --cuts: 'ten' is not a number",
    "partition_recovery --size 1": "argument --size: 1 must be 3 or more",
    "partition_recovery --workers 0": "argument --workers: 0 must be 1 or more",
    "partition_recovery --kinds consul": "argument --kinds: 'consul' is none of ",
    "partition_recovery --name ../x": "argument --name: '../x' has more than letters",
    "partition_recovery --with serf": "say --real as well",
    "partition_recovery --silent": "--silent is of real members: say --real as well",
    "crash_detection --loopback": "--loopback is of real members: say --real",
    "partition_recovery --sim --real": "--sim or --real: one of the two",
    "partition_recovery --real --shapes four": "argument --shapes: 'four' is none of ",
    "crash_detection --fates bored": "argument --fates: 'bored' is none of ",
    "crash_detection --real --faults x": "argument --faults: 'x' is none of killed, ",
    "false_alarms --kinds grid,x": "argument --kinds: 'x' is none of grid, ",
    "broadcast --losses 150": "argument --losses: 150 must be from 0 to 90",
    "scale --counted 0": "argument --counted: 0 must be 3 or more",
    "scale --members 4,8": "--members, --settle are of real members: say --real as",
    "scale --settle 5": "--members, --settle are of real members: say --real as",
    "scale --real --members 2": "argument --members: 2 must be 3 or more",
    "scale --real --sizes 4": "--sizes, --whole, --counted are of simulated members: ",
    "scale --with kinship": "--with and --only are of real members: say --real as well",
    "lifeguard --sick 500 --size 8": "--sick: of 8 members at most so many can be",
    "calibration --seeds 0": "argument --seeds: 0 must be 1 or more",
    "idle --members 0": "argument --members: 0 must be 2 or more",
    "throughput --rates fast": "argument --rates: 'fast' is not a number",
    "crash_detection --delay 2": "say --real as well",
    "false_alarms --jitter 2": "say --real as well",
    "broadcast --real --delay 1 --jitter 2": "--jitter: at most as much as --delay",
    "idle --keyed": "--apart and --keyed are of real members: say --real as well",
    "idle --with serf": "--with and --only are of real members: say --real as well",
    "idle --delay slow": "argument --delay: 'slow' is not a number",
}


@pytest.mark.parametrize("line", WRONG)
def test_a_wrong_option_is_refused_with_a_sentence(
    line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The usage, a line that says what is wrong, status 2."""
    monkeypatch.syspath_prepend(str(BENCH))
    name, *options = line.split()
    monkeypatch.setattr(sys, "argv", [f"{name}.py", *options])
    with pytest.raises(SystemExit) as ended:
        import_module(name).main()
    assert ended.value.code == 2
    assert WRONG[line] in capsys.readouterr().err.splitlines()[-1]
