"""
One author, two tails: a machine cloned in memory, in whole worlds.

``GOSSIPCHAT_SEED=17 pytest …`` replays one seed.
"""

from collections import Counter
from collections.abc import Callable
from copy import copy, deepcopy
from pathlib import Path

import pytest

from gossipchat.broadcast.events import ForkSeen
from gossipchat.chat import events as chat
from gossipchat.chat.events import Persist, StoredRun
from gossipchat.chat.listening.listening import read_row
from gossipchat.feeds.entry import Entry
from gossipchat.feeds.run import check
from gossipchat.names import Reference
from gossipchat.sim.world.machine import Node
from gossipchat.sim.world.world import World
from tests.simulated.seeds import seeds
from tests.store.builders import opened

each_seed = pytest.mark.parametrize("seed", seeds(2))


def said(node: Node) -> Counter[str]:
    """How often *node* has each text."""
    return Counter(text for _, text in node.history())


def speak(world: World, name: str, texts: list[str]) -> None:
    for text in texts:
        world.say(name, text)
        world.run(world.heap.chance.choice((0.0, 0.3)))


def clone(
    world: World,
    trunk: int,
    ours: int,
    theirs: int,
    *,
    heard: Callable[[Node], None] = lambda by: None,
) -> None:
    """
    n0 says *trunk* lines, is cloned with all its memory, and the two speak on,
    one heard by n1 alone, the other by n2 and n3; *heard* may let these do
    something about it. Then all meet.
    """
    names = world.start_all(4)
    assert world.wait(world.all_see_all, 10)
    speak(world, "n0", [f"both {number}" for number in range(trunk)])
    assert world.wait(world.agree, 10)
    world.run(1)
    node = world.nodes["n0"]
    disk, twin = deepcopy(node.disk), copy(node.author)
    world.cut(["n0", "n1"], ["n2", "n3"])
    world.run(15)
    speak(world, "n0", [f"ours {number}" for number in range(ours)])
    world.run(5)
    heard(world.nodes["n1"])
    world.run(1)
    world.crash("n0")
    node.disk, node.twin = disk, twin
    world.heal()
    world.cut(["n1"], ["n0", "n2", "n3"])
    world.start("n0")
    world.run(15)
    speak(world, "n0", [f"theirs {number}" for number in range(theirs)])
    world.run(5)
    heard(world.nodes["n2"])
    world.run(1)
    world.heal()
    assert world.wait(lambda: world.agree() and world.all_see_all(), 120), names


def expected(trunk: int, ours: int, theirs: int) -> Counter[str]:
    parts = {"both": trunk, "ours": ours, "theirs": theirs}
    return Counter(f"{what} {n}" for what, count in parts.items() for n in range(count))


@each_seed
def test_both_branches_are_read_by_all_under_the_same_names(seed: int) -> None:
    """Whatever came where first, and however long each branch is."""
    world = World(seed)
    lengths = [world.heap.chance.randint(low, 30) for low in (0, 1, 1)]
    if seed % 3 == 0:
        lengths[2] = lengths[1]
    clone(world, *lengths)
    for node in world.living:
        assert said(node) == expected(*lengths)
        ids = [id for id, _ in node.history()]
        assert len(set(ids)) == len(ids)
        marked = {line.text.split()[0] for line in node.disk.lines if line.fork}
        assert marked >= {"ours", "theirs"}
        assert "both" not in marked
    told = {who for _, who, what in world.happenings if isinstance(what, ForkSeen)}
    assert told == {"n0", "n1", "n2", "n3"}


def react(node: Node) -> None:
    """*node* answers the last line it has shown, by the name that has there."""
    line = [line for line in node.shown if line.kind == "say"][-1]
    told = f"{node.name} to {line.text}".replace(" ", "-")
    target = Reference(line.id, line.hlc)
    node.feed(chat.SayAsked(told, "react", "lobby", node.name, told, target=target))


def reactions(node: Node, folder: Path) -> dict[str, list[str]]:
    """What people on *node* would see, by line: its disk as a store would have it."""
    with opened(folder / f"{node.name}.db") as kept:
        for feed in node.disk.feeds():
            for run in node.disk.load(feed, 1, 1 << 62, 1 << 30):
                rows = tuple(
                    read_row(feed, seq, Entry.decode(content), None)
                    for seq, content in enumerate(run.contents, run.first)
                )
                kept.persist(Persist(1, (StoredRun(run, check(run), rows),), False, 0))
        lines = kept.ask(lambda reader: reader.history(None, None, 1000, False))
    return {
        line.text: [emoji for emoji, _ in line.reactions]
        for line in lines
        if line.reactions
    }


@pytest.mark.parametrize("seed", seeds(2))
def test_what_is_about_a_line_follows_it_to_its_new_name(
    seed: int, tmp_path: Path
) -> None:
    """Each side's reaction stays with its line though both lines had one id."""
    world = World(seed)
    clone(world, 2, 3, 3, heard=react)
    for node in world.living:
        assert reactions(node, tmp_path) == {
            "ours 2": ["n1-to-ours-2"],
            "theirs 2": ["n2-to-theirs-2"],
        }
    world.say("n1", "we are four again")
    world.run(5)
    (line,) = [line for line in world.nodes["n3"].shown if line.text.startswith("we ")]
    feed, seq = line.id.feed, line.id.seq
    (run,) = world.nodes["n3"].disk.load(feed, seq, seq, 1 << 20)
    after = Entry.decode(run.contents[seq - run.first]).after
    assert after and all(map(world.nodes["n3"].disk.holds, after)), "names of now"


@each_seed
def test_the_author_flees_its_twin(seed: int) -> None:
    """What it says from then on is in an epoch of its own, and unmarked."""
    world = World(seed)
    clone(world, 3, 4, 5)
    world.say("n0", "alone again")
    world.run(5)
    node = world.nodes["n1"]
    forks = {line.id.feed for line in node.disk.lines if line.fork}
    (last,) = [line for line in node.disk.lines if line.text == "alone again"]
    assert len(forks) == 2
    assert last.id.feed not in forks and not last.fork


@each_seed
def test_branches_outlive_restarts_and_reach_newcomers(seed: int) -> None:
    """Names are derived from what is on disk alone."""
    world = World(seed)
    clone(world, 2, 5, 3)
    before = world.nodes["n1"].history()
    for name in ("n0", "n1", "n2", "n3"):
        world.crash(name)
        world.run(1)
        world.start(name)
        world.run(1)
    newcomer = world.start("n4", ["n2"])
    assert world.wait(lambda: world.agree() and world.all_see_all(), 120)
    assert newcomer.history() == before


@pytest.mark.parametrize("seed", seeds(1))
def test_branches_that_parted_long_ago_are_found(seed: int) -> None:
    """
    The way down to the fork is walked in strides (of 256), and the branches are
    then read from there up, though the newest of other feeds comes first.
    """
    world = World(seed)
    clone(world, 1, 330, 300 + 60 * seed)
    assert said(world.nodes["n1"]) == expected(1, 330, 300 + 60 * seed)
