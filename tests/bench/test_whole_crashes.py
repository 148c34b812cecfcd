"""Deaths of simulated whole peers, as the bench times them."""

from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

BENCH = Path(__file__).parents[2] / "bench"
SIZE = 5


@pytest.fixture
def crashes(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The bench's module, which lies beside the package."""
    monkeypatch.syspath_prepend(str(BENCH))
    return import_module("lab.whole_crashes")


def test_a_killed_process_is_proven_dead_and_a_vanished_host_suspected(
    crashes: ModuleType,
) -> None:
    """What breaks its links is known in half a second; silence takes a court's 2 s."""
    killed = crashes.whole_crash(SIZE, 1, "killed")
    vanished = crashes.whole_crash(SIZE, 1, "vanished")
    assert 0 < killed.first <= killed.last < 0.5
    assert 2 < vanished.first <= vanished.last < 5
    assert 0 < vanished.suspected < vanished.first
    assert killed.wrong == vanished.wrong == 0


def test_nobody_is_called_dead_for_a_firewall_between_two(crashes: ModuleType) -> None:
    """Everybody else reaches both."""
    outcome = crashes.whole_firewall(SIZE, 1)
    assert (outcome.first, outcome.last, outcome.wrong) == (None, None, 0)
