"""What counts as a false alarm among real members."""

from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

BENCH = Path(__file__).parents[2] / "bench"

STORY = [
    ("anna", "bert", "suspect"),
    ("anna", "bert", "dead"),  # a false death, raised by the healthy
    ("clara", "bert", "dead"),  # the same death, its second holder
    ("clara", "bert", "alive"),
    ("anna", "bert", "alive"),
    ("sick", "bert", "dead"),  # another one, raised by the sick
    ("anna", "sick", "suspect"),
    ("anna", "sick", "dead"),  # no false one
    ("sick", "sick", "dead"),  # of itself: nobody's verdict
]


@pytest.fixture
def alarms(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The bench's module, which lies beside the package."""
    monkeypatch.syspath_prepend(str(BENCH))
    return import_module("lab.real_alarms")


def test_each_death_counts_once_and_that_of_the_sick_is_no_false_one(
    alarms: ModuleType,
) -> None:
    """A death begins when nobody held the member dead before."""
    changes = [alarms.Change(0.0, *told) for told in STORY]
    empty = alarms.Minute("gossipchat", "frozen", 4, 1, 0, 0, 0, 0, 0, 0.0)
    minute = alarms.judge(changes, {"sick"}, empty)
    assert minute.suspicions == 1
    assert (minute.verdicts, minute.deaths, minute.raised_by_healthy) == (3, 2, 1)
    assert minute.buried == 1
