"""A cut heals: both halves are whole at once, for what the missing runs weigh."""

import sqlite3

import pytest

from tests.processes.lab import Lab, Node
from tests.processes.lab.wires import OPEN, WiredLab

pytestmark = pytest.mark.processes

UNHURRIED = "[chat]\nsay_rate = 0\n"
LINE = "line {} of {}, about as long as what people write in a chat room"

CONTACT_S = 60.0
"""Until the halves find each other: what swim shows in tests of its own."""

WHOLE_S = 2.0
"""From the first contact on, beside what the transfer takes."""

MAX_OVERHEAD = 1.1
"""Headers of Ethernet, IP, TCP and TLS, acknowledgements; no run goes twice."""

NEW_LINKS = 60_000
"""Bytes: new links with their handshakes, vectors and digests, and swim. There are
four, and at most as many that were dialled from both sides at once."""

MOST_AGAIN = 0.1
"""Of all runs so many may come twice on a busy machine; on a quiet one those do that
are at the border of what was asked for together, one in a hundred."""

BYTES_A_SECOND = 1_000_000
"""What a machine that does other work, too, checks and writes at least."""


def test_halves_with_2000_messages_each_are_whole_after_the_heal(
    wired: WiredLab,
) -> None:
    """
    Everywhere, nobody speaking; no run crosses more often than somebody lacks it.
    First after a cut so short that links outlive it, then after one that ends them.
    """
    nodes = four_who_talked(wired)
    heal_with(wired, nodes, 2000, links_end=False)
    heal_with(wired, nodes, 2000, links_end=True)


@pytest.mark.soak
def test_a_cut_so_short_that_links_outlive_it_costs_no_more(wired: WiredLab) -> None:
    """What was on its way when the cable went does not come as well."""
    heal_with(wired, four_who_talked(wired), 10_000, links_end=False)


@pytest.mark.soak
def test_halves_with_10000_messages_each_are_whole_after_the_heal(
    wired: WiredLab,
) -> None:
    """The same as with 2000, five times as much."""
    heal_with(wired, four_who_talked(wired), 10_000, links_end=True)


def four_who_talked(lab: WiredLab) -> list[Node]:
    """
    Two pairs; the first of each has talked before, so links are eager or lazy for it.
    (A new author's lines go over all links at once.)
    """
    options = (*OPEN, *lab.settings(UNHURRIED))
    nodes = lab.cluster("anna", "ben", "cleo", "dan", options=options)
    for _ in range(4):
        for node in nodes[::2]:
            id = node.say("about to be cut off")
            lab.wait_for_each(nodes, lambda node, id=id: id in node.ids(), "heard")  # type: ignore[misc]
    return nodes


def heal_with(lab: WiredLab, nodes: list[Node], lines: int, *, links_end: bool) -> None:
    """
    *lines* on each side of a cut, which heals when no link is left across it, or
    (unless *links_end*) as soon as these are said.
    """
    sides = nodes[:2], nodes[2:]
    before = entries(nodes[0])
    lab.cut(*([node.name for node in side] for side in sides))
    for side in sides:
        speak(lab, side[0], lines)
    for side in sides:
        lab.wait_for_each(
            side, lambda node: entries(node) >= before + lines, "a side is whole", 60
        )
    if links_end:
        lab.wait_for_each(nodes, lambda node: links(node) == 1, "no link is left", 120)
    runs = [run for side in sides for run in runs_bytes(side[0], before)]
    missing = 2 * sum(runs)
    held = max(map(entries, nodes))
    again = duplicates(nodes)
    lab.heal()
    sent = sum(lab.bytes_sent().values())
    lab.wait_for(
        lambda: any(entries(node) > held for node in nodes), "contact", CONTACT_S
    )
    all_of_it = before + 2 * lines
    patience = max(10.0, 5 * (WHOLE_S + missing / BYTES_A_SECOND))
    lab.wait_for_each(
        nodes, lambda node: entries(node) >= all_of_it, "all are whole", patience
    )
    cost = sum(lab.bytes_sent().values()) - sent
    again = duplicates(nodes) - again
    lab.note(f"of {2 * len(runs)} missing runs came twice", again)
    lab.note(f"bytes on the wire, in % of the {missing} missing", 100 * cost / missing)
    lab.wait_for(
        lambda: len({tuple(node.ids()) for node in nodes}) == 1, "all tell the same"
    )
    # Who waits for a run too long, as on a busy machine, asks somebody else as well.
    assert again <= MOST_AGAIN * 2 * len(runs)
    assert cost <= MAX_OVERHEAD * (missing + again * max(runs)) + NEW_LINKS


def speak(lab: Lab, node: Node, lines: int) -> None:
    """Say so many lines, as fast as the node takes them."""
    text = "".join(LINE.format(number, node.name) + "\n" for number in range(lines))
    ran = lab.run(
        "gossipchat", "say", "lobby", "-", "--data", str(node.data), text=text
    )
    assert ran.status == 0, ran.errors


def runs_bytes(node: Node, before: int) -> list[int]:
    """What each run of a side weighs."""
    with sqlite3.connect(f"file:{node.data}/gossipchat.db?mode=ro", uri=True) as store:
        found = store.execute(
            "SELECT length(encoded) FROM runs WHERE n > ?", (before,)
        ).fetchall()
    return [int(size) for (size,) in found]


def entries(node: Node) -> int:
    return int(node.ask("status")[0]["entries"])


def links(node: Node) -> int:
    return int(node.ask("status")[0]["links"])


def duplicates(nodes: list[Node]) -> int:
    counted = [node.ask("status")[0]["counts"] for node in nodes]
    return sum(counts.get("runs.duplicate", 0) for counts in counted)
