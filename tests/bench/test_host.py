"""What a virtual machine's host keeps for others is told beside what it makes late."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

LATER = "cpu  150 10 30 900 5 0 10 50 0 0\ncpu0 1 2 3\n"
EARLIER = "cpu  100 10 30 800 5 0 10 25 0 0\ncpu0 1 2 3\n"


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """``bench/lab/host.py``."""
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "bench")
    yield import_module("lab.host")


def told(host: ModuleType, tmp_path: Path, text: str) -> object:
    """What is read where the kernel says *text*."""
    stat = tmp_path / "stat"
    stat.write_text(text, encoding="ascii")
    return host.ticks(stat)


def test_what_was_stolen_is_a_share_of_what_was_wanted(
    host: ModuleType, tmp_path: Path
) -> None:
    """50 ticks of work and 25 stolen: a third. Idle ones count for nothing."""
    before, now = (told(host, tmp_path, text) for text in (EARLIER, LATER))
    assert host.stolen_since(before, now) == pytest.approx(1 / 3)
    assert host.stolen_since(now, now) == 0.0


@pytest.mark.parametrize("text", ["", "cpu 1 2 3\n", "processor: none at all, today\n"])
def test_where_nobody_counts_nothing_is_told(
    text: str, host: ModuleType, tmp_path: Path
) -> None:
    """Other kernels, and old ones."""
    assert told(host, tmp_path, text) is None
    assert host.stolen_since(None, host.Ticks(1, 2)) is None
