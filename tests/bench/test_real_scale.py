"""What is told of real members' growth: each run's figures, and each size's median."""

import json
import signal
import sys
from collections.abc import Iterator
from importlib import import_module
from math import inf
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

BENCH = Path(__file__).parents[2] / "bench"

ON_LOOPBACK = {"cpu_s": 0.1, "rss": 61.0}
ON_A_MACHINE = ON_LOOPBACK | {"bytes_sent": 400.0, "packets_sent": 2.5, "udp_sent": 2.0}


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The part of the bench that knows processes."""
    monkeypatch.syspath_prepend(str(BENCH))
    return import_module("lab.real_scale")


def life(real: ModuleType, kind: str, size: int, last: float, **others: Any) -> Any:
    """One that was whole after a tenth of a second a member."""
    run = {"kind": kind, "size": size, "seed": 0}
    start = {"start_s": size / 10, "start_cpu_s": float(size), "idle": ON_A_MACHINE}
    death = {"first_knows": 2.0, "last_knows": last, "wronged": 0}
    return real.Life(**run | start | {"fault": "vanished"} | death | others)


def test_a_row_for_each_size_of_each_kind(real: ModuleType) -> None:
    """Sizes come one after the other, kinds are told one after the other."""
    lives = [
        life(real, kind, size, size / 4)
        for size in (4, 16)
        for kind in ("gossipchat", "serf")
    ]
    head, _, *rows = real.in_words(lives).splitlines()
    assert "| sent, bytes a second |" in head
    assert "| vanished: first knows, s | last knows, s | wronged |" in head
    names = [row.split(" | ")[0] for row in rows]
    both = ("gossipchat", "serf")
    assert names == [f"| {kind}, n = {size}" for kind in both for size in (4, 16)]
    assert (
        rows[0] == "| gossipchat, n = 4 | 0.4 | 4 | 0.1 | 61 | 400 | 2.5 | 2 | 1 | 0 |"
    )


def test_on_loopback_no_bytes_are_told_and_one_is_killed(real: ModuleType) -> None:
    """What was not counted has no column; what befell the one is in the head."""
    one = life(real, "gossipchat", 3, 0.2, idle=ON_LOOPBACK, fault="killed")
    text = real.in_words([one])
    assert "killed: first knows" in text
    assert "bytes" not in text


def test_of_several_runs_the_median_is_told_and_all_who_were_wronged(
    real: ModuleType,
) -> None:
    """Who never knew of it counts as later than any."""
    lives = [
        life(real, "gossipchat", 4, last, seed=seed, wronged=seed)
        for seed, last in enumerate((2.5, inf, 2.2))
    ]
    assert real.in_words(lives).endswith("| 2 | 2.5 | 3 |\n")
    assert real.in_words(lives[1:2]).endswith("| 2 | never | 1 |\n")


def test_the_picture_has_a_curve_of_each_kind_over_the_sizes(real: ModuleType) -> None:
    """What never came, or was not counted, is no point of it."""
    lives = [
        life(real, "gossipchat", 4, 2.5),
        life(real, "gossipchat", 16, inf),
        life(real, "serf", 4, 6.5, idle=ON_LOOPBACK),
    ]
    curves = real.curves(lives)
    assert curves["gossipchat: last knows, s"] == [(4, 2.5)]
    assert curves["gossipchat: until all see all, s"] == [(4, 0.4), (16, 1.6)]
    assert curves["gossipchat: sent, bytes a second"] == [(4, 400.0), (16, 400.0)]
    assert "serf: sent, bytes a second" not in curves
    assert curves["serf: last knows, s"] == [(4, 6.5)]


@pytest.fixture
def signals() -> Iterator[None]:
    """A bench has its own way to end; what was there comes back."""
    endings = (signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(ending) for ending in endings]
    yield
    for ending, reaction in zip(endings, before, strict=True):
        signal.signal(ending, reaction)


@pytest.mark.processes
@pytest.mark.usefixtures("signals")
def test_three_processes_on_loopback_start_idle_and_lose_one(
    real: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The bench as it is called: what it writes has all but the bytes."""
    for module in ("lab.paper", "lab.pictures"):
        monkeypatch.setattr(import_module(module), "RESULTS", tmp_path)
    short = ("--members", "3", "--settle", "0", "--seconds", "1")
    monkeypatch.setattr(sys, "argv", ["scale.py", "--real", "--loopback", *short])
    import_module("scale").main()
    path = tmp_path / "scale-real-3-loopback.json"
    (one,) = json.loads(path.read_text("utf-8"))["lives"]
    assert one["fault"] == "killed"
    assert 0 < one["first_knows"] <= one["last_knows"]
    assert one["start_s"] > 0
    assert one["start_cpu_s"] > 0
    assert set(one["idle"]) == set(ON_LOOPBACK)
