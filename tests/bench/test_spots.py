"""The picture of two costs: each has its number, and none covers another's."""

from importlib import import_module
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench"


def test_who_stands_in_one_place_is_numbered_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In height by tenfold steps: 45 and 50 are one place, 0.01 and 0.09 are not."""
    monkeypatch.syspath_prepend(str(BENCH))
    lab = import_module("lab.spots")
    places = {
        "ours": (4.0, 0.0),
        "swim": (14.0, 45.0),
        "court": (10.0, 0.01),
        "probe": (14.1, 50.0),
        "slow": (10.0, 0.09),
        "old": (18.0, 45.0),
    }
    spots = {
        who: lab.Spot(x, (x, x), y, (y, y), runs=1) for who, (x, y) in places.items()
    }
    groups = lab.together(spots)
    assert groups == [["ours"], ["swim", "probe"], ["court"], ["slow"], ["old"]]
