"""
Whole nodes over a simulated network: joining, crashes, loss, leaving, cuts.

Timings are memberlist's for a local network. ``GOSSIPCHAT_SEED=17 pytest …`` replays
one seed.
"""

import pytest

from gossipchat.names import NodeName
from gossipchat.sim.network.network import Weather
from gossipchat.sim.swim_alone.world import SwimWorld
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.events import LeaveDone, Warned
from gossipchat.wire.layers.keyring import KeyRing
from tests.simulated.seeds import seeds
from tests.simulated.swim.builders import (
    ALIVE,
    DEAD,
    LEFT,
    PATIENCE,
    SUSPECT,
    cluster,
    namesake,
    nodes_of,
    verdicts,
)


@pytest.mark.parametrize("seed", seeds(8))
def test_all_who_join_by_one_seed_know_all(seed: int) -> None:
    """Within a second or two, and nobody is accused afterwards."""
    world = cluster(seed, size=12)
    assert world.heap.now < 3.0
    world.run(20)
    found = verdicts(world, 0.0)
    assert not found[SUSPECT] | found[DEAD] | found[LEFT]


@pytest.mark.parametrize("seed", seeds(8))
def test_all_who_join_in_a_chain_know_all(seed: int) -> None:
    """Each knows its predecessor only; the first seed is nothing special."""
    world = SwimWorld(seed)
    nodes = [world.add(f"n{number}") for number in range(10)]
    for node, before in zip(nodes[1:], nodes[:-1], strict=True):
        world.join(node, before)
    assert world.run_until(world.whole, PATIENCE)
    assert world.heap.now < 20.0


@pytest.mark.parametrize("seed", seeds(8))
def test_a_crash_is_noticed_by_all_and_nobody_else_is_accused(seed: int) -> None:
    """Suspicion within two laps, death at most the longest suspicion later."""
    world = cluster(seed)
    world.run(5)
    victim, start = nodes_of(world)[3], world.heap.now
    victim.crash()
    assert world.run_until(lambda: world.all_see(DEAD, [victim]), 40.0)
    world.run(5)
    found = verdicts(world, start)
    assert {name for _, name in found[SUSPECT] | found[DEAD]} == {victim.name}
    assert not found[LEFT]


@pytest.mark.parametrize("seed", seeds(8))
def test_under_loss_nobody_healthy_is_buried(seed: int) -> None:
    """10 % of all packets, for a minute."""
    world = cluster(seed)
    world.network.weather = Weather(loss=0.1, duplication=0.05)
    start = world.heap.now
    world.run(60)
    assert not verdicts(world, start)[DEAD]
    assert world.run_until(world.whole, 10.0)


@pytest.mark.parametrize("seed", seeds(8))
def test_a_leave_shows_as_left_everywhere(seed: int) -> None:
    """Below two seconds, and never as dead on the way."""
    world = cluster(seed)
    world.run(5)
    leaver, start = nodes_of(world)[5], world.heap.now
    world.leave(leaver)
    done = [NodeName(leaver.name)]

    def is_done() -> bool:
        return any(
            who in done and isinstance(happening, LeaveDone)
            for _, who, happening in world.happenings
        )

    assert world.run_until(is_done, 5.0)
    assert world.heap.now - start < 2.0
    leaver.crash()
    assert world.run_until(lambda: world.all_see(LEFT, [leaver]), PATIENCE)
    world.run(20)
    found = verdicts(world, start)
    assert not found[DEAD]


@pytest.mark.parametrize("seed", seeds(4))
@pytest.mark.parametrize("down", [0.5, 40.0])
def test_who_restarts_under_its_name_is_alive_again(seed: int, down: float) -> None:
    """Before anyone noticed, and long after all did; by another seed than before."""
    world = cluster(seed, size=6)
    world.run(3)
    node, seed_node = nodes_of(world)[0], nodes_of(world)[4]
    node.crash()
    world.run(down)
    assert world.all_see(DEAD, [node]) or down < 1
    start = world.heap.now
    node.start()
    world.join(node, seed_node)
    assert world.run_until(world.whole, 10.0)
    world.run(20)
    assert not verdicts(world, start + 2.0)[SUSPECT]
    assert world.whole()


@pytest.mark.parametrize("seed", seeds(4))
def test_a_whole_cluster_that_restarts_finds_itself(seed: int) -> None:
    """No seed is named any more: the disks remember."""
    world = cluster(seed, size=5)
    nodes = nodes_of(world)
    for node in nodes:
        node.crash()
    world.run(10)
    for node in nodes:
        node.start()
    assert world.run_until(world.whole, 45.0)


@pytest.mark.parametrize("seed", seeds(8))
def test_a_cut_heals(seed: int) -> None:
    """Half and half for 30 s: each side gives the other up, then Serf's redial."""
    world = cluster(seed)
    nodes = nodes_of(world)
    left, right = nodes[:4], nodes[4:]
    names = [[node.name for node in side] for side in (left, right)]
    world.network.cut(*names)
    world.run(30)
    assert not any(
        node.sees(other.name) is ALIVE
        for side, others in ((left, right), (right, left))
        for node in side
        for other in others
    )
    world.network.heal()
    assert world.run_until(world.whole, PATIENCE)
    world.run(30)
    assert world.whole()


@pytest.mark.parametrize("seed", seeds(4))
def test_a_one_way_cut_between_two_hurts_nobody(seed: int) -> None:
    """Helpers and their nacks: others reach both."""
    world = cluster(seed)
    names = [node.name for node in nodes_of(world)]
    world.network.cut_one_way(names[1], names[2])
    start = world.heap.now
    world.run(40)
    assert not verdicts(world, start)[DEAD]
    assert world.whole()


@pytest.mark.parametrize("seed", seeds(4))
def test_who_sleeps_wakes_among_friends_and_blames_nobody(seed: int) -> None:
    """
    Three seconds are mostly a suspicion, thirty always a death; both get refuted.

    Rarely the refutation of a short sleep misses one member, whose time runs out.
    """
    world = cluster(seed)
    sleeper = nodes_of(world)[2]
    for nap in (3.0, 30.0):
        start = world.heap.now
        sleeper.sleep()
        world.run(nap)
        sleeper.wake()
        assert world.run_until(world.whole, PATIENCE), nap
        world.run(10)
        found = verdicts(world, start)
        accused = {name for _, name in found[SUSPECT] | found[DEAD]}
        assert accused <= {sleeper.name}
        assert found[DEAD] or nap < 20


@pytest.mark.parametrize("seed", seeds(3))
def test_an_idle_cluster_is_quiet(seed: int) -> None:
    """A ping and an ack a second each; push/pulls are streams."""
    world = cluster(seed)
    world.run(10)
    sent, start = world.packets_sent, world.heap.now
    world.run(60)
    per_node_second = (world.packets_sent - sent) / len(world.nodes) / 60
    assert world.heap.now == start + 60
    assert per_node_second == pytest.approx(2.0, abs=0.05)


@pytest.mark.parametrize("seed", seeds(3))
def test_key_and_label_change_nothing(seed: int) -> None:
    """Encrypted and labelled, within the smaller budget."""
    world = SwimWorld(seed, keyring=KeyRing([bytes(32)]), label=b"prod")
    cluster(seed, world=world)
    victim = nodes_of(world)[1]
    victim.crash()
    assert world.run_until(lambda: world.all_see(DEAD, [victim]), 40.0)
    assert not [told for _, _, told in world.happenings if isinstance(told, Warned)]


@pytest.mark.parametrize("seed", seeds(3))
def test_one_machine_is_faster(seed: int) -> None:
    """The profile local: dead within its shorter suspicion."""
    world = cluster(seed, world=SwimWorld(seed, SwimConfig.local()))
    victim = nodes_of(world)[1]
    victim.crash()
    assert world.run_until(lambda: world.all_see(DEAD, [victim]), 30.0)


@pytest.mark.parametrize("seed", seeds(1))
def test_forty_members_agree(seed: int) -> None:
    """A wave of joins at one instant, then a crash: all know of both."""
    world = cluster(seed, size=40)
    assert world.heap.now < 10.0
    victim = nodes_of(world)[17]
    victim.crash()
    assert world.run_until(lambda: world.all_see(DEAD, [victim]), 60.0)
    assert world.all_see(ALIVE, world.running)


@pytest.mark.parametrize("seed", seeds(3))
def test_a_name_that_is_taken_is_not_believed_of_another(seed: int) -> None:
    """A stranger with a member's name and its own key: told, and nobody moves."""
    world = cluster(seed, size=5)
    owner, _ = namesake(world)
    world.run(30)
    assert world.all_see(ALIVE, [owner])
    for node in nodes_of(world):
        member = node.swim.member(owner.name) if node.swim else None
        assert member is not None
        assert (member.address, member.key) == (owner.address, owner.key)
    warned = {who for _, who, told in world.happenings if isinstance(told, Warned)}
    assert nodes_of(world)[0].name in warned
