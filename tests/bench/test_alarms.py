"""The bench of false alarms: it plays nothing twice, and draws what did harm."""

from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

BENCH = Path(__file__).parents[2] / "bench"
SIZE = 6


@pytest.fixture
def alarms(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """The bench's module, whose results go elsewhere."""
    monkeypatch.syspath_prepend(str(BENCH))
    module = import_module("false_alarms")
    monkeypatch.setattr(module, "RESULTS", tmp_path)
    monkeypatch.setattr(import_module("lab.paper"), "RESULTS", tmp_path)
    return module


def test_what_was_written_is_what_was_played(alarms: ModuleType) -> None:
    """Read again, each run is the one that would be played, with its outcome."""
    name = "gossipchat: no court"
    played = {
        alarms.Run(name, SIZE, "grid", 1, 7, 9.0): alarms.Alarms(2, 1, 0, 3, 4, 5, 1),
        alarms.Run(name, SIZE, "loss", 25, 7, 9.0): alarms.Alarms(0, 0, 0, 0, 0, 0),
    }
    text = alarms._tell("some", SIZE, list(played.items()))
    assert name in text
    assert alarms._earlier("some") == played
    assert not alarms._earlier("others")


def test_troubles_that_harmed_nobody_are_not_drawn(alarms: ModuleType) -> None:
    """Unless none did: then all are, with nothing in them."""
    calm = alarms.Alarms(0, 0, 0, 0, 0, 0)
    harm = alarms.Alarms(2, 1, 0, 0, 0, 0)

    def run(percent: int) -> object:
        return alarms.Run("SWIM", SIZE, "loss", percent, 1, 9.0)

    assert alarms._troubles([(run(10), calm), (run(40), harm)]) == ["loss 40"]
    assert alarms._troubles([(run(10), calm)]) == ["loss 10"]
