"""
Pictures beside the tables; none without matplotlib (the extra ``bench``).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lab.paper import RESULTS

COLOURS = [f"C{number}" for number in range(10)]
MARKS = "os^D"
"""Together with colours they tell forty apart."""

ROOM_INSIDE = 4
"""Names of curves for which there is room among them."""


def draw_shares(
    name: str, title: str, samples: Mapping[str, Sequence[float]], x_name: str
) -> Path | None:
    """RESULTS/*name*.svg: of each sample, which share is not above x."""
    figure = new_figure()
    if figure is None:
        return None
    axes = figure.add_subplot()
    for label, values in samples.items():
        ordered = sorted(values)
        shares = [(place + 1) / len(ordered) for place in range(len(ordered))]
        axes.step([0.0, *ordered], [0.0, *shares], where="post", label=label)
    axes.set_xlim(left=0)
    return save(figure, axes, name, title, x_name, "share of runs")


def draw_growth(
    name: str,
    title: str,
    curves: Mapping[str, Sequence[tuple[float, float]]],
    x_name: str,
) -> Path | None:
    """RESULTS/*name*.svg: (x, y) of each, both axes growing tenfold a step."""
    figure = new_figure()
    if figure is None:
        return None
    axes = figure.add_subplot()
    for place, (label, points) in enumerate(curves.items()):
        colour, mark = look(place)
        xs, ys = [x for x, _ in points], [y for _, y in points]
        axes.plot(xs, ys, color=colour, marker=mark, label=label)
    axes.set_xscale("log")
    axes.set_yscale("log")
    played = sorted({x for points in curves.values() for x, _ in points})
    axes.set_xticks(played, [f"{x:,g}" for x in played])
    axes.set_xticks([], minor=True)
    if len(curves) > ROOM_INSIDE:
        figure.set_figwidth(11)
        axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return save(figure, axes, name, title, x_name, "each in its own unit")


def look(place: int) -> tuple[str, str]:
    """The colour and the mark of the one in that place of a legend."""
    return COLOURS[place % len(COLOURS)], MARKS[place // len(COLOURS) % len(MARKS)]


def new_figure() -> Any:
    """None without matplotlib."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return None
    return Figure(figsize=(8, 5), layout="tight")


def save(
    figure: Any, axes: Any, name: str, title: str, x_name: str, y_name: str
) -> Path:
    """RESULTS/*name*.svg, with what all of them have."""
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
