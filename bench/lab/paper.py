"""Where results go: a JSON file, a Markdown table and a picture, side by side."""

import json
import math
import os
import platform
import shlex
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RESULTS = Path(
    os.environ.get("BENCH_RESULTS") or Path(__file__).parent.parent / "results"
)
"""Where results go: bench/results, or the folder that BENCH_RESULTS names."""

Cells = Sequence[str]


def table(head: Cells, rows: Sequence[Cells]) -> str:
    """A Markdown table; the first column is text, the others are numbers."""
    rule = ["---", *("---:" for _ in head[1:])]
    return "".join(f"| {' | '.join(row)} |\n" for row in (head, rule, *rows))


def circumstances() -> dict[str, str]:
    """When, how and on what this was measured."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "command": shlex.join(["python", *sys.argv]),
        "python": platform.python_version(),
        "load": f"{os.getloadavg()[1]:.1f} programs running, {os.cpu_count()} cores",
        "machine": f"{platform.system()} {platform.release()} {platform.machine()}",
    }


def write(name: str, outcome: Mapping[str, Any], text: str) -> Path:
    """RESULTS/*name*.json and .md; where the first is."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    told = circumstances()
    path = RESULTS / f"{name}.json"
    whole = json.dumps(_without_infinities({**told, **outcome}), indent=2)
    path.write_text(whole + "\n", encoding="utf-8")
    how = "".join(f"{what}: {value}  \n" for what, value in told.items())
    path.with_suffix(".md").write_text(f"{how}\n{text}", encoding="utf-8")
    return path


def _without_infinities(value: Any) -> Any:
    """*value* with None for what never came: JSON knows no infinity."""
    match value:
        case float() if math.isinf(value):
            return None
        case dict():
            return {name: _without_infinities(one) for name, one in value.items()}
        case list() | tuple():
            return [_without_infinities(one) for one in value]
    return value


def draw_bars(
    name: str,
    title: str,
    groups: Sequence[str],
    bars: Mapping[str, Sequence[float]],
    unit: str,
) -> Path | None:
    """
    RESULTS/*name*.svg: for each of *groups* a bar of each kind, lying.

    None without matplotlib (the extra ``bench``).
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return None
    figure = Figure(figsize=(8, 1 + 0.3 * len(groups) * len(bars)), layout="tight")
    axes = figure.add_subplot()
    thick = 0.8 / len(bars)
    for place, (kind, values) in enumerate(bars.items()):
        at = [group + place * thick for group in range(len(groups))]
        axes.bar_label(axes.barh(at, values, thick, label=kind), fmt="%.3g", padding=3)
    middle = 0.4 - thick / 2
    axes.set_yticks([group + middle for group in range(len(groups))], groups)
    axes.invert_yaxis()
    axes.set_xlabel(unit)
    axes.set_title(title)
    axes.margins(x=0.12)
    if len(bars) > 1:
        axes.legend()
    path = RESULTS / f"{name}.svg"
    figure.savefig(path, metadata={"Date": None})
    return path


def draw_curves(
    name: str,
    title: str,
    curves: Mapping[str, Sequence[tuple[float, float]]],
    across: str,
    up: str,
    logarithmic: bool = False,
) -> Path | None:
    """
    RESULTS/*name*.svg: a line through the points (x, y) of each kind.

    None without matplotlib.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return None
    figure = Figure(figsize=(8, 4.5), layout="tight")
    axes = figure.add_subplot()
    for kind, points in curves.items():
        axes.plot(*zip(*points, strict=True), marker="o", label=kind)
    if logarithmic:
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0)
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.set_title(title)
    axes.grid(alpha=0.3)
    axes.legend()
    path = RESULTS / f"{name}.svg"
    figure.savefig(path, metadata={"Date": None})
    return path
