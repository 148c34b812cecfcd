"""
Pictures beside the tables; none without matplotlib (the extra ``bench``).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from lab.chances import Span
from lab.paper import RESULTS

COLOURS = [f"C{number}" for number in range(6)]
MARKS = "os^D"
"""A spot's; together they tell two dozen apart."""

ROOM_INSIDE = 4
"""Names of curves for which there is room among them."""

LEAST = 0.1
"""Below it the scale of counts is even, so that there is a place for 0."""


class Spot(NamedTuple):
    """A measured point and its 95 % bounds either way."""

    x: float
    x_bounds: Span
    y: float
    y_bounds: Span


def draw_spots(
    name: str, title: str, spots: Mapping[str, Spot], x_name: str, y_name: str
) -> Path | None:
    """RESULTS/*name*.svg: a cross for each; y grows tenfold a step (0 is below)."""
    figure = _figure()
    if figure is None:
        return None
    axes = figure.add_subplot()
    for place, (label, spot) in enumerate(spots.items()):
        axes.errorbar(
            [spot.x],
            [spot.y],
            xerr=_arms(spot.x, spot.x_bounds),
            yerr=_arms(spot.y, spot.y_bounds),
            fmt=MARKS[place // len(COLOURS) % len(MARKS)],
            color=COLOURS[place % len(COLOURS)],
            fillstyle="none",
            markersize=5 + 1.5 * (len(spots) - place),  # one in the other, if need be
            capsize=4,
            label=label,
        )
    axes.set_yscale("symlog", linthresh=LEAST)
    axes.set_ylim(bottom=-LEAST / 5)
    axes.set_xlim(left=0)
    figure.set_figwidth(11)
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1), markerscale=0.5)
    return _save(figure, axes, name, title, x_name, y_name)


def draw_shares(
    name: str, title: str, samples: Mapping[str, Sequence[float]], x_name: str
) -> Path | None:
    """RESULTS/*name*.svg: of each sample, which share is not above x."""
    figure = _figure()
    if figure is None:
        return None
    axes = figure.add_subplot()
    for label, values in samples.items():
        ordered = sorted(values)
        shares = [(place + 1) / len(ordered) for place in range(len(ordered))]
        axes.step([0.0, *ordered], [0.0, *shares], where="post", label=label)
    axes.set_xlim(left=0)
    return _save(figure, axes, name, title, x_name, "share of runs")


def draw_growth(
    name: str,
    title: str,
    curves: Mapping[str, Sequence[tuple[float, float]]],
    x_name: str,
) -> Path | None:
    """RESULTS/*name*.svg: (x, y) of each, both axes growing tenfold a step."""
    figure = _figure()
    if figure is None:
        return None
    axes = figure.add_subplot()
    for label, points in curves.items():
        axes.plot([x for x, _ in points], [y for _, y in points], "o-", label=label)
    axes.set_xscale("log")
    axes.set_yscale("log")
    played = sorted({x for points in curves.values() for x, _ in points})
    axes.set_xticks(played, [f"{x:,g}" for x in played])
    axes.set_xticks([], minor=True)
    if len(curves) > ROOM_INSIDE:
        figure.set_figwidth(11)
        axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return _save(figure, axes, name, title, x_name, "each in its own unit")


def _figure() -> Any:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return None
    return Figure(figsize=(8, 5), layout="tight")


def _save(
    figure: Any, axes: Any, name: str, title: str, x_name: str, y_name: str
) -> Path:
    axes.set_title(title)
    axes.set_xlabel(x_name)
    axes.set_ylabel(y_name)
    axes.grid(alpha=0.3)
    if axes.get_legend() is None:
        axes.legend()
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{name}.svg"
    figure.savefig(path, metadata={"Date": None})
    return path


def _arms(middle: float, span: Span) -> list[list[float]]:
    return [[max(0.0, middle - span[0])], [max(0.0, span[1] - middle)]]
