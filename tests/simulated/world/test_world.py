"""
Whole peers in virtual time: the promises, under crashes, cuts and loss.

``GOSSIPCHAT_SEED=17 pytest …`` replays one seed.
"""

from itertools import takewhile
from pathlib import Path

import pytest

from gossipchat.sim.network.network import Weather
from gossipchat.sim.world.machine import Node
from gossipchat.sim.world.world import World
from gossipchat.swim.events import MemberChanged, Status
from tests.simulated.seeds import seeds

each_seed = pytest.mark.parametrize("seed", seeds(2))


def texts(node: Node) -> list[str]:
    """What *node* has shown, in order of arrival."""
    return [line.text for line in node.shown if line.room is not None]


def shown_once(world: World) -> bool:
    """No node has shown an entry twice, in all its lives (promise 4)."""
    return all(
        len({line.id for line in node.shown}) == len(node.shown)
        for node in world.nodes.values()
    )


@each_seed
def test_a_line_said_on_any_is_shown_on_all_once(seed: int) -> None:
    """Promises 2, 3 and 4 on a quiet day; "ok" twice is shown twice."""
    world = World(seed)
    names = world.start_all(5)
    assert world.wait(world.all_see_all, 10)
    for name in names:
        world.say(name, f"hello from {name}")
    world.say("n1", "ok", ask=1)
    world.say("n1", "ok", ask=2)
    assert world.wait(lambda: all(len(texts(n)) == 7 for n in world.living), 5)
    assert all(texts(node).count("ok") == 2 for node in world.living)
    assert shown_once(world)


@each_seed
def test_a_chain_whose_middle_dies_still_talks_at_once(seed: int) -> None:
    """A-B-C-D-E, each knows its predecessor; C is killed; A and E talk."""
    world = World(seed)
    names = ["a", "b", "c", "d", "e"]
    for before, name in zip([None, *names], names, strict=False):
        world.start(name, [before] if before else [])
        world.run(0.2)
    assert world.wait(world.all_see_all, 10)
    world.run(1)
    world.crash("c")
    world.say("a", "still there?")
    assert world.wait(lambda: "still there?" in texts(world.nodes["e"]), 0.5)


@each_seed
def test_what_was_answered_survives_a_crash_and_reaches_everyone(seed: int) -> None:
    """kill -9 right after `say` returned; no id is used twice."""
    world = World(seed)
    world.start_all(3)
    assert world.wait(world.all_see_all, 10)
    world.say("n0", "on disk")
    assert world.wait(lambda: "on disk" in world.nodes["n0"].answers, 1)
    world.crash("n0")
    world.run(seed % 7)
    world.start("n0")
    world.say("n0", "second life")
    assert world.wait(lambda: all(len(n.history()) == 2 for n in world.living), 60)
    assert world.agree()
    assert all("on disk" in {t for _, t in n.history()} for n in world.living)
    ids = [id for id, _ in world.nodes["n1"].history()]
    assert len(set(ids)) == len(ids) == 2
    assert shown_once(world)


@each_seed
def test_both_halves_of_a_cut_end_with_the_same_history(seed: int) -> None:
    """Promises 3 and 5: nobody speaks after the heal, and all have all."""
    world = World(seed)
    names = world.start_all(6)
    assert world.wait(world.all_see_all, 10)
    half = world.heap.chance.sample(names, 3)
    rest = [name for name in names if name not in half]
    world.cut(half, rest)
    for number in range(20):
        world.say(world.heap.chance.choice(names), f"during the cut {number}")
        world.run(1)
    world.run(world.heap.chance.uniform(0, 60))
    world.heal()
    assert world.wait(world.all_see_all, 120)
    assert world.wait(world.agree, 30)
    assert len(world.nodes["n0"].history()) == 20
    assert shown_once(world)


@each_seed
def test_a_full_disk_refuses_and_catches_up_when_there_is_room(seed: int) -> None:
    """Nothing unwritten is acknowledged; all is well again with room."""
    world = World(seed)
    world.start_all(3)
    assert world.wait(world.all_see_all, 10)
    world.nodes["n1"].disk.full = True
    world.say("n1", "no room for me")
    world.say("n0", "for all")
    world.run(2)
    assert "no room for me" in world.nodes["n1"].refusals
    assert texts(world.nodes["n1"]) == []
    assert texts(world.nodes["n2"]) == ["for all"]
    world.nodes["n1"].disk.full = False
    world.say("n1", "room again")
    assert world.wait(lambda: world.agree() and len(texts(world.nodes["n1"])) == 2, 30)
    assert shown_once(world)


@each_seed
def test_a_bad_network_loses_nothing_and_buries_nobody(seed: int) -> None:
    """10 % of packets lost, 10 % doubled, all overtaking each other."""
    world = World(seed, Weather(latency=0.01, jitter=0.02, loss=0.1, duplication=0.1))
    names = world.start_all(8)
    assert world.wait(world.all_see_all, 60)
    for number in range(30):
        world.say(world.heap.chance.choice(names), f"line {number}")
        world.run(1)
    assert world.wait(world.agree, 10)
    assert len(world.nodes["n0"].history()) == 30
    buried = [
        happening
        for _, _, happening in world.happenings
        if isinstance(happening, MemberChanged)
        and happening.member.status is Status.DEAD
    ]
    assert buried == []
    assert shown_once(world)


def test_the_script_of_the_docs_runs_as_it_is_written(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """docs/simulator.md, its first block of code: 32 nodes, in halves for a while."""
    page = Path(__file__).parents[3] / "docs" / "simulator.md"
    lines = page.read_text(encoding="utf-8").splitlines()
    first = lines.index("    from gossipchat.sim.world.world import World")
    block = takewhile(lambda line: not line or line.startswith("    "), lines[first:])
    exec("\n".join(line[4:] for line in block), {})  # noqa: S102
    assert capsys.readouterr().out.startswith("True True\n")


def test_a_run_is_its_seed() -> None:
    """The same seed gives the same happenings at the same instants."""

    def trace(seed: int) -> list[tuple[float, str, str]]:
        world = World(seed, Weather(loss=0.05))
        world.start_all(5)
        world.say("n3", "hello")
        world.crash("n1")
        world.run(20)
        return [(at, who, repr(what)) for at, who, what in world.happenings]

    assert trace(7) == trace(7)
    assert trace(7) != trace(8)
