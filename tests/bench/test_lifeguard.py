"""Lifeguard's table compares like with like."""

from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

BENCH = Path(__file__).parents[2] / "bench"


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """The bench's module, whose results go elsewhere."""
    monkeypatch.syspath_prepend(str(BENCH))
    module = import_module("lifeguard")
    monkeypatch.setattr(module, "RESULTS", tmp_path)
    monkeypatch.setattr(import_module("lab.paper"), "RESULTS", tmp_path)
    return module


def test_a_variant_is_compared_with_swim_in_the_runs_that_both_played(
    bench: ModuleType,
) -> None:
    """SWIM's two seeds are no measure of somebody's one."""

    def cell(variant: str, seed: int) -> object:
        return bench.Cell("held", 8, 32.768, 0.001, variant, seed, 16, 120.0)

    played = {
        cell("SWIM", 0): bench.Harm(8, 0, 40),
        cell("SWIM", 1): bench.Harm(72, 0, 960),
        cell("Lifeguard", 0): bench.Harm(2, 0, 4),
    }
    rows = bench._shares(played).splitlines()
    assert "100.0 % (80) | 100.0 % (1000)" in rows[2]
    assert "25.0 % (2) | 10.0 % (4)" in rows[3]
