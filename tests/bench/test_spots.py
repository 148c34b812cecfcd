"""The picture of two costs: each has its number, and none covers another's."""

from lab.spots import Spot, together


def spot(x: float, y: float) -> Spot:
    return Spot(x, (x, x), y, (y, y), runs=1)


def test_who_stands_in_one_place_is_numbered_together() -> None:
    """In height by tenfold steps: 45 and 50 are one place, 0.01 and 0.09 are not."""
    spots = {
        "ours": spot(4.0, 0.0),
        "swim": spot(14.0, 45.0),
        "court": spot(10.0, 0.01),
        "probe": spot(14.1, 50.0),
        "slow": spot(10.0, 0.09),
        "old": spot(18.0, 45.0),
    }
    groups = together(spots)
    assert groups == [["ours"], ["swim", "probe"], ["court"], ["slow"], ["old"]]
