"""
What people read comes in an order that makes sense, on every node, whatever the
network and the clocks do.
"""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gossipchat.chat import events as chat
from gossipchat.chat.listening.listening import read_row
from gossipchat.feeds.author import Author
from gossipchat.feeds.entry import Entry
from gossipchat.names import EntryId, Reference
from gossipchat.sim.network.network import Weather
from gossipchat.sim.world.machine import EPOCH_MS, Node
from gossipchat.sim.world.world import World
from tests.simulated.seeds import seeds

each_seed = pytest.mark.parametrize("seed", seeds(2))
REORDERING = Weather(latency=0.05, jitter=0.25, loss=0.05, duplication=0.1)


def texts(node: Node) -> list[str]:
    return [line.text for line in node.shown if line.room is not None]


@each_seed
def test_an_answer_is_never_shown_before_its_question(seed: int) -> None:
    """Each line answers the one before it, from another node; links race."""
    world = World(seed, REORDERING)
    names = world.start_all(7)
    assert world.wait(world.all_see_all, 60)
    chance = world.heap.chance
    thread = ["line 0"]
    world.say("n0", thread[0])
    while len(thread) < 25:
        name = chance.choice(names)
        node = world.nodes[name]
        assert world.wait(lambda: thread[-1] in texts(node), 30)  # noqa: B023
        thread.append(f"line {len(thread)}")
        world.say(name, thread[-1])
        world.run(chance.uniform(0, 0.05))
    assert world.wait(lambda: all(len(texts(n)) == 25 for n in world.living), 60)
    for node in world.living:
        marked = {line.text for line in node.shown if line.gap}
        shown = texts(node)
        for number, line in enumerate(thread[1:], 1):
            if line not in marked:
                assert thread[number - 1] in shown[: shown.index(line)]


@each_seed
def test_a_private_message_outlives_its_author(seed: int) -> None:
    """The addressee is away, the author dies for good; a third node brings it."""
    world = World(seed)
    world.start_all(3)
    assert world.wait(world.all_see_all, 10)
    world.run(2)  # all have heard of all
    world.crash("n2")
    world.say("n0", "psst", room="@n2")
    assert world.wait(lambda: "psst" in world.nodes["n0"].answers, 2)
    world.run(2)
    world.crash("n0")
    world.start("n2")
    assert world.wait(lambda: "psst" in texts(world.nodes["n2"]), 60)
    assert [x.room for x in world.nodes["n2"].shown if x.text == "psst"] == ["@n0"]
    assert "psst" not in [line.text for line in world.nodes["n1"].disk.lines]


def test_what_is_dated_two_days_ahead_is_shown_when_its_time_has_come() -> None:
    """On all nodes, a restart in between; nobody's clock follows it."""
    world = World(3)
    world.start_all(3)
    assert world.wait(world.all_see_all, 10)
    world.nodes["n0"].wall_ahead_ms = 24 * 3600 * 1000 + 90_000
    world.say("n0", "from tomorrow")
    world.run(5)
    assert [texts(world.nodes[name]) for name in ("n1", "n2")] == [[], []]
    world.say("n1", "today")
    world.crash("n2")
    world.run(1)
    world.start("n2")
    assert world.wait(lambda: texts(world.nodes["n2"]) == ["today"], 60)
    (today,) = [line for line in world.nodes["n1"].shown if line.text == "today"]
    assert today.wall_ms < EPOCH_MS + 60_000
    world.run(200)
    for name in ("n1", "n2"):
        assert texts(world.nodes[name]) == ["today", "from tomorrow"]


def test_what_a_newer_program_says_is_kept_and_passed_on() -> None:
    """By nodes that don't know its kind, to one that starts later; it shows nothing."""
    world = World(2)
    names = world.start_all(3)
    assert world.wait(world.all_see_all, 10)
    newer = Author(Ed25519PrivateKey.from_private_bytes(bytes(32)), 7)
    run = newer.compose([Entry(1 << 16, 1, (), "poll", b"\xc1 no map at all")])
    row = read_row(run.feed, 1, run.entries()[0], None)
    batch = chat.Persist(1, (chat.StoredRun(run, newer.tip, (row,)),), False, 0)
    world.crash("n0")
    world.nodes["n0"].disk.commit(batch)
    world.start("n0", ["n1"])

    def all_hold_it() -> bool:
        return all(node.disk.holds(EntryId(*run.feed, 1)) for node in world.living)

    assert world.wait(all_hold_it, 60)
    world.crash("n0")
    world.crash("n1")
    world.start("n3", ["n2"])
    assert world.wait(all_hold_it, 60)
    assert all(texts(world.nodes[name]) == [] for name in (*names, "n3"))


def test_edits_travel_like_everything_else() -> None:
    """The target is in what others show."""
    world = World(1)
    world.start_all(2)
    assert world.wait(world.all_see_all, 10)
    world.say("n0", "helo")
    assert world.wait(lambda: "helo" in texts(world.nodes["n1"]), 5)
    target = Reference(world.nodes["n0"].answers["helo"])
    asked = chat.SayAsked("e", "edit", "lobby", "n0", "hello", target=target)
    world.nodes["n0"].feed(asked)
    assert world.wait(lambda: "hello" in texts(world.nodes["n1"]), 5)
    assert world.nodes["n1"].shown[-1].target == target
