"""Cuts in the simulator: what is told of one does not hang on how it was played."""

import json
from importlib import import_module
from math import inf
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """``bench/partition_recovery.py``, whose results go to *tmp_path*."""
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "bench")
    module = import_module("partition_recovery")
    for one in (module, import_module("lab.paper"), import_module("lab.pictures")):
        monkeypatch.setattr(one, "RESULTS", tmp_path)
    return module


def test_a_long_cut_goes_on_where_a_short_one_was_healed(bench: ModuleType) -> None:
    """One run of two lengths: each heals as a run of that length alone."""
    cuts = [bench.Cut(bench.WHOLE, 4, "half", length, 3) for length in (10.0, 20.0)]
    assert bench.play(cuts) == [*bench.play(cuts[:1]), *bench.play(cuts[1:])]


def test_more_cuts_are_added_to_those_that_are_told(
    bench: ModuleType, tmp_path: Path
) -> None:
    """What never recovered comes back as that, and who has no history has none."""
    never = bench.Cut(bench.MEMBERLIST, 16, "one", 10.0, 0)
    once = bench.Cut(bench.WHOLE, 16, "half", 60.0, 1)
    played = {
        once: bench.Recovery(0.5, 1.5, inf, 2),
        never: bench.Recovery(inf, inf, None, 0),
    }
    bench._tell("partition_recovery", 16, played)
    assert bench._earlier("partition_recovery") == played
    told = json.loads((tmp_path / "partition_recovery.json").read_text("utf-8"))
    assert [one["all_see"] for one in told["outcomes"]] == [1.5, None]
    assert bench._earlier("partition_recovery-none") == {}
