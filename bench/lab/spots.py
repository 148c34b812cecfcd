"""
The picture of two costs at once: who stands where, and how sure that is.
"""

from collections.abc import Mapping
from math import log10
from pathlib import Path
from typing import Any, NamedTuple

from lab.chances import Span
from lab.pictures import look, new_figure, save

LEAST = 0.1
"""Below it the scale of counts is even, so that there is a place for 0."""

NEAR, NEAR_STEPS = 0.04, 0.15
"""Spots that are nearer than this share of the width, and than so many tenfold steps,
have their numbers in one place."""


class Spot(NamedTuple):
    """A measured point and its 95 % bounds either way."""

    x: float
    x_bounds: Span
    y: float
    y_bounds: Span
    runs: int


def draw_spots(
    name: str, title: str, spots: Mapping[str, Spot], x_name: str, y_name: str
) -> Path | None:
    """RESULTS/*name*.svg: a cross for each; y grows tenfold a step (0 is below)."""
    figure = new_figure()
    if figure is None:
        return None
    axes = figure.add_subplot()
    for place, (who, spot) in enumerate(spots.items()):
        colour, mark = look(place)
        axes.errorbar(
            [spot.x],
            [spot.y],
            xerr=_arms(spot.x, spot.x_bounds),
            yerr=_arms(spot.y, spot.y_bounds),
            fmt=mark,
            color=colour,
            fillstyle="none",
            markersize=5 + 1.5 * (len(spots) - place),  # one in the other, if need be
            capsize=4,
            label=f"{place + 1}  {who}, {spot.runs} runs",
        )
    _number(axes, spots)
    axes.set_yscale("symlog", linthresh=LEAST)
    axes.set_ylim(bottom=-LEAST / 5)
    axes.set_xlim(left=0)
    figure.set_figwidth(12)
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1), markerscale=0.5)
    return save(figure, axes, name, title, x_name, y_name)


def _number(axes: Any, spots: Mapping[str, Spot]) -> None:
    """Beside each spot its place in the legend; those of all that are there."""
    numbers = {who: str(place) for place, who in enumerate(spots, start=1)}
    for group in together(spots):
        axes.annotate(
            ", ".join(numbers[who] for who in group),
            (spots[group[0]].x, spots[group[0]].y),
            xytext=(-9 if len(group) > 1 else 9, 7),
            ha="right" if len(group) > 1 else "left",
            textcoords="offset points",
            weight="bold",
        )


def together(spots: Mapping[str, Spot]) -> list[list[str]]:
    """Who can't be told apart at a glance, in one list each."""
    width = max((spot.x for spot in spots.values()), default=1.0) or 1.0
    groups: list[list[str]] = []
    for who, spot in spots.items():
        for group in groups:
            first = spots[group[0]]
            beside = abs(spot.x - first.x) < NEAR * width
            if beside and abs(_height(spot) - _height(first)) < NEAR_STEPS:
                group.append(who)
                break
        else:
            groups.append([who])
    return groups


def _height(spot: Spot) -> float:
    """In tenfold steps above LEAST; below it even."""
    return spot.y / LEAST - 1 if spot.y < LEAST else log10(spot.y / LEAST)


def _arms(middle: float, span: Span) -> list[list[float]]:
    return [[max(0.0, middle - span[0])], [max(0.0, span[1] - middle)]]
