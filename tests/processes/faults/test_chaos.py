"""
Whatever happens: what was acknowledged is everywhere, once, in one order.

A failing seed is replayed with ``GOSSIPCHAT_CHAOS_SEED=17 pytest -k chaos``.
"""

import os
from collections import Counter
from random import SystemRandom

import pytest

from tests.processes.faults.chaos import Chaos
from tests.processes.lab import Node, Row
from tests.processes.lab.programs import wrong_clock
from tests.processes.lab.wires import OPEN, WiredLab

pytestmark = pytest.mark.processes

SIZE = 10
WRONG_BY = {"n3": 3600, "n7": -3600}
"""Nodes whose clocks are an hour off, in seconds."""

SEED = "GOSSIPCHAT_CHAOS_SEED"
PAGE = 1000
OWN_VIEW = {"arrived", "n", "late"}
"""What each node sees in its own way."""


@pytest.mark.minute
def test_chaos_of_a_minute_loses_nothing(wired: WiredLab) -> None:
    """Say, kill -9, restart, freeze, thaw, cut, heal; two clocks an hour off."""
    survive(wired, 60)


@pytest.mark.soak
def test_chaos_of_half_an_hour_loses_nothing(wired: WiredLab) -> None:
    """The same for so long that every mixture of troubles comes up."""
    survive(wired, 1800)


def survive(lab: WiredLab, seconds: float) -> None:
    """Chaos for *seconds*; then every node tells the same history, and all of it."""
    seed = int(os.environ.get(SEED, SystemRandom().randrange(1 << 32)))
    print(f"{SEED}={seed}")
    nodes = start(lab)
    chaos = Chaos(lab, nodes, seed)
    chaos.play(seconds)
    print("\n".join(chaos.diary))
    lab.wait_for_all_alive(nodes)
    said = {one.id: one.text for one in chaos.said}
    assert len(said) == len(chaos.said), "an id was given twice"

    def is_there(node: Node) -> bool:
        return said.keys() <= {row["id"] for row in shown(node)}

    lab.wait_for_each(nodes, is_there, f"all have all {len(said)} lines", 60)
    histories: list[list[str]] = []

    def alike() -> bool:
        histories[:] = [history(node) for node in nodes]
        return all(each == histories[0] for each in histories)

    lab.wait_for(alike, "all tell the same history", 60)
    for node in nodes:
        rows = shown(node)
        assert {row["id"]: row["text"] for row in rows}.items() >= said.items()
        texts = Counter(row["text"] for row in rows)
        assert set(texts) <= {*said.values(), *chaos.doubtful}
        assert set(texts.values()) == {1}, "a line is shown twice"
        assert len({row["id"] for row in rows}) == len(rows)


def start(lab: WiredLab) -> list[Node]:
    """All of them, whole; two with wrong clocks."""
    for name, seconds in WRONG_BY.items():
        lab.before[name] = wrong_clock(lab.home / f"{name}.off", seconds)
    unhurried = lab.settings("[chat]\nsay_rate = 0\n")
    names = [f"n{number}" for number in range(SIZE)]
    return lab.cluster(*names, options=(*OPEN, *unhurried))


def shown(node: Node) -> list[Row]:
    """All that this node has shown, in order of arrival."""
    return node.ask("tail", "lobby", "--since", "0")


def history(node: Node) -> list[str]:
    """`gossipchat history --json`, page by page, without what is a node's own view."""
    lines: list[str] = []
    before: list[str] = []
    while True:
        page = node.asked("history", "lobby", "--json", "--limit", f"{PAGE}", *before)
        assert page.status == 0, page
        kept = [
            repr({name: value for name, value in row.items() if name not in OWN_VIEW})
            for row in page.rows
        ]
        lines = kept + lines
        if len(kept) < PAGE:
            return lines
        before = ["--before", page.rows[0]["id"]]


def test_wires_carry_nothing_between_the_sides_of_a_cut(wired: WiredLab) -> None:
    """Or chaos would prove nothing: so the tool is looked at, too."""
    anna, ben = wired.cluster("anna", "ben", options=OPEN)
    wired.cut(["anna"], ["ben"])
    anna.say("into the void")
    before = wired.bytes_sent()
    wired.wait_through(lambda: ben.texts() == [], "nothing passes", 2)
    assert wired.bytes_sent()["anna"] > before["anna"]
    wired.heal()
    wired.wait_for(lambda: ben.texts() == ["into the void"], "it passes after the heal")
