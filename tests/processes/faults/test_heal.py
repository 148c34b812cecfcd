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

NEW_LINKS = 40_000
"""Bytes: four new links with their handshakes, vectors and digests, and swim."""

IN_BUFFERS = 8 * 256 * 1024
"""Bytes that four links have been handed, each way, when the cable goes: a batch, what
Twisted and TLS hold of it, and the kernel."""

MOST_AGAIN = 0.15
"""Of all runs so many may come twice on a busy machine; on a quiet one none does."""

BYTES_A_SECOND = 1_000_000
"""What a machine that does other work, too, checks and writes at least."""


def test_halves_with_2000_messages_each_are_whole_after_the_heal(
    wired: WiredLab,
) -> None:
    """Everywhere, nobody speaking; no run crosses more often than somebody lacks it."""
    heal_with(wired, 2000)


@pytest.mark.soak
def test_a_cut_so_short_that_links_outlive_it_costs_their_buffers(
    wired: WiredLab,
) -> None:
    """What was on its way goes on, and may come by another link as well; no more."""
    heal_with(wired, 10_000, links_end=False)


@pytest.mark.soak
def test_halves_with_10000_messages_each_are_whole_after_the_heal(
    wired: WiredLab,
) -> None:
    """The same, five times as much."""
    heal_with(wired, 10_000)


def heal_with(lab: WiredLab, lines: int, links_end: bool = True) -> None:
    """
    *lines* on each side of a cut, which heals when no link is left across it, or
    (unless *links_end*) while these still wait for an answer.
    """
    options = (*OPEN, *lab.settings(UNHURRIED))
    nodes = lab.cluster("anna", "ben", "cleo", "dan", options=options)
    sides = nodes[:2], nodes[2:]
    before = grow_trees(lab, nodes, [side[0] for side in sides])
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
    kept = NEW_LINKS if links_end else IN_BUFFERS
    # Who waits for a run too long, as on a busy machine, asks somebody else as well.
    assert cost <= MAX_OVERHEAD * (missing + again * max(runs)) + kept
    assert again <= MOST_AGAIN * 2 * len(runs) or not links_end


def grow_trees(lab: Lab, nodes: list[Node], speakers: list[Node]) -> int:
    """
    The *speakers* have talked before, so links are eager or lazy for them; how many
    entries there are then. (A new author's lines go over all links at once.)
    """
    for _ in range(4):
        for node in speakers:
            id = node.say("about to be cut off")
            lab.wait_for_each(nodes, lambda node, id=id: id in node.ids(), "heard")  # type: ignore[misc]
    return entries(nodes[0])


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
