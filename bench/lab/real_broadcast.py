"""
How fast, and at what price, a message gets to all real members: under loss, and after
many were killed at once.
"""

import argparse
import sys
from dataclasses import asdict
from random import Random
from typing import Any

from lab import asked, loopback
from lab.broadcasts import Task
from lab.cluster import Cluster
from lab.distance import Distance
from lab.members import AGENT, NODE
from lab.paper import draw_curves, table, write
from lab.progress import Progress
from lab.talk import Talk, Talking, percentile

SETTLE_S = 5.0
WARM_RATE, WARM_S = 20.0, 6.0
"""Talk of all, until each author has its tree."""
RATE, LINES = 10.0, 40
"""What is measured: one author's lines."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """What can be chosen for real members, beside sizes, losses and the like."""
    asked.add_real(parser, otherwise=True)
    asked.add_loopback(parser)
    asked.add_beside(parser, AGENT)
    asked.add_distance(parser)


def play_all(
    sizes: list[int],
    weathers: list[tuple[float, float]],
    seeds: int,
    beside: list[str],
    distance: Distance,
) -> None:
    """Run, print, write bench/results/broadcast-real*.{json,md,svg}."""
    weathers = loopback.possible(
        weathers, lambda one: not one[0], distance, lambda one: f"{one[0]:.0%} lost"
    )
    tasks = [
        Task(kind, size, loss, crashed, seed)
        for size in sizes
        for loss, crashed in weathers
        for kind in (NODE, *beside)
        for seed in range(seeds)
    ]
    name = f"broadcast-real{distance.in_name}"
    progress = Progress(len(tasks))
    played: list[tuple[Task, Talk]] = []
    for task in tasks:
        tell = progress.part(f"{task.kind} {task.weather}")
        try:
            played.append((task, play(task, distance)))
        except RuntimeError as problem:
            print(f"\n{problem}", file=sys.stderr)
            continue
        tell(1, 1)
        rows = [_as_row(*one) for one in played]
        found = {"distance": asdict(distance), "runs": rows}
        write(name, found, in_words(played) + distance.in_words)
    _draw(name, played)
    print(in_words(played) + distance.in_words, end="")


def play(task: Task, distance: Distance) -> Talk:
    """One run, in a cluster of its own. RuntimeError if that does not start."""
    chance = Random(task.seed)
    with Cluster(
        task.kind, task.size, listeners=task.size, distance=distance
    ) as cluster:
        cluster.watch(SETTLE_S)
        Talking(cluster, chance).play(
            cluster.members, WARM_RATE, WARM_S, lambda *_: None
        )
        if task.loss:
            cluster.walls.lose(task.loss)
        author, *others = cluster.members
        for victim in chance.sample(others, round(task.crashed * len(others))):
            victim.machine.kill()
            cluster.members.remove(victim)
        talking = Talking(cluster, chance)
        return talking.play([author], RATE, LINES / RATE, lambda *_: None)


def _as_row(task: Task, talk: Talk) -> dict[str, Any]:
    return {
        "kind": task.kind,
        "size": task.size,
        "weather": task.weather,
        "seed": task.seed,
        "p50_ms": 1000 * percentile(talk.latencies, 0.5),
        "p99_ms": 1000 * percentile(talk.latencies, 0.99),
        "last_p50_ms": 1000 * percentile(talk.slowest, 0.5),
        "said": talk.said,
        "lost": talk.lost,
        "duplicates": talk.duplicates,
    }


def in_words(played: list[tuple[Task, Talk]]) -> str:
    """A row for each kind, size and weather, all seeds together."""
    head = ["real members", "p50, ms", "p99, ms", "last, p50 ms", "copies", "there"]
    rows = []
    for key in dict.fromkeys(
        (task.kind, task.size, task.weather) for task, _ in played
    ):
        kind, size, weather = key
        talks = [
            talk for task, talk in played if (task.kind, task.size, task.weather) == key
        ]
        rows.append([f"{kind}, n = {size}, {weather}", *_figures(talks)])
    return table(head, rows)


def _figures(talks: list[Talk]) -> list[str]:
    latencies = [one for talk in talks for one in talk.latencies]
    lasts = [one for talk in talks for one in talk.slowest]
    wanted = sum(talk.said * talk.listeners for talk in talks)
    there = 1 - sum(talk.lost for talk in talks) / max(1, wanted)
    counted = [talk.duplicates for talk in talks if talk.duplicates is not None]
    copies = f"{sum(counted) / len(counted):.2f}" if counted else ""
    return [
        f"{1000 * percentile(latencies, 0.5):.0f}",
        f"{1000 * percentile(latencies, 0.99):.0f}",
        f"{1000 * percentile(lasts, 0.5):.0f}" if lasts else "never",
        copies,
        f"{100 * there:.5g} %",
    ]


def _draw(name: str, played: list[tuple[Task, Talk]]) -> None:
    """The last survivor's wait over the share that was killed."""
    curves: dict[str, list[tuple[float, float]]] = {}
    shares = dict.fromkeys(
        (task.kind, task.size, task.crashed) for task, _ in played if not task.loss
    )
    for kind, size, crashed in shares:
        lasts = [
            last
            for task, talk in played
            if (task.kind, task.size, task.crashed) == (kind, size, crashed)
            and not task.loss
            for last in talk.slowest
        ]
        if lasts:
            curve = curves.setdefault(f"{kind}, n = {size}", [])
            curve.append((100 * crashed, 1000 * percentile(lasts, 0.5)))
    title = "Until the last survivor has a message, real members"
    across = "% killed at once, just before"
    draw_curves(name, title, curves, across, "ms, median", True)
