"""
What may befall one machine of a world: it stands still, loses power, has a slow disk.
"""

from gossipchat.sim.disks.disk import Disk
from gossipchat.sim.disks.fragile import FragileDisk
from gossipchat.sim.heap import Heap
from gossipchat.sim.network.call import Call
from gossipchat.sim.network.host import Host, Reply
from gossipchat.sim.network.network import Network, Weather
from gossipchat.sim.world.machine import Node
from gossipchat.sim.world.world import World
from gossipchat.swim.events import MemberChanged, OpenStream, Status, StreamFailed
from gossipchat.wire.memberlist.messages import Ping


def started(size: int, disks: type[Disk] = Disk) -> World:
    world = World(5, disks=disks)
    world.start_all(size)
    assert world.wait(world.all_see_all, 10)
    world.run(3)
    return world


def test_who_stood_still_reads_on_and_nobody_is_wronged() -> None:
    """A second: what was said meanwhile is shown, and none was called dead."""
    world = started(4)
    world.pause("n3")
    world.say("n3", "typed meanwhile")
    world.say("n0", "said meanwhile")
    world.run(1)
    assert not world.agree()
    world.resume("n3")
    assert world.wait(world.agree, 2)
    assert len(world.nodes["n0"].history()) == 2
    assert _deaths(world) == set()


def test_who_stands_still_for_long_is_called_dead_and_comes_back() -> None:
    """It alone is; its first timer is late, and it blames nobody."""
    world = started(4)
    world.pause("n3")
    world.run(8)
    assert _deaths(world) == {"n3"}
    world.resume("n3")
    assert world.wait(world.all_see_all, 5)
    assert _deaths(world) == {"n3"}


def _deaths(world: World) -> set[str]:
    return {
        what.member.name
        for _, _, what in world.happenings
        if isinstance(what, MemberChanged) and what.member.status is Status.DEAD
    }


def test_a_firewall_that_rejects_refuses_who_dials() -> None:
    """A cut says nothing; a firewall refuses at once."""
    assert _asked_across("reject").refused
    assert not _asked_across("cut").refused


def _asked_across(between: str) -> StreamFailed:
    """What becomes of a stream from n0 to n1, with that between the two."""
    world = started(2)
    getattr(world, between)(["n0"], ["n1"])
    one, other = world.nodes["n0"], world.nodes["n1"]
    told: list[object] = []
    one.feed = told.append  # type: ignore[method-assign, assignment]
    ping = Ping(1, other.name, one.address, one.name)
    world.wires.open_stream(one, OpenStream("asked", other.address, ping, 2.0))
    world.run(3)
    (failed,) = [each for each in told if isinstance(each, StreamFailed)]
    return failed


def test_a_dial_ends_with_its_process() -> None:
    """Nothing comes of it, however soon the network is well again."""
    network = Network(Heap(1), Weather())
    one, other = _Listener(network, "one"), _Listener(network, "other")
    network.cut(["one"], ["other"])
    Call(one.host, other.host, "hello", 5, 30.0, lambda brought: None)
    network.heap.run_until(2)
    one.host.kill()
    network.heal()
    network.heap.run_until(60)
    assert other.came == []


class _Listener:
    """A program that notes what it is asked."""

    sockets_first, threaded = True, False

    def __init__(self, network: Network, place: str) -> None:
        self.host = Host(network, place)
        self.host.run(self)
        self.came: list[object] = []

    def read(self, source: Host, datagram: object) -> None:
        self.came.append(datagram)

    def asked(self, source: Host, message: object, reply: Reply) -> None:
        self.came.append(message)

    def resumed(self, gap: float) -> None:
        """It is never paused."""


def test_a_power_cut_takes_what_was_not_synced_and_it_comes_again() -> None:
    """Own lines are synced; the last of others' may go, under numbers never reused."""
    world = started(3, disks=FragileDisk)
    node, lost = world.nodes["n1"], 0
    for number in range(6):
        world.say("n1", f"own {number}")
        world.run(0.5)
        world.say("n0", f"theirs {number}")
        world.run(0.5)
        before = _numbers(node)
        world.lose_power("n1")
        lost += len(before) - len(_numbers(node))
        own = [text for _, text in node.history() if text.startswith("own")]
        assert len(own) == number + 1
        world.start("n1")
        assert world.wait(world.agree, 20)
    assert lost > 0
    numbers = [line.n for line in node.shown]
    assert len(set(numbers)) == len(numbers)
    assert len(node.history()) == 12


def _numbers(node: Node) -> dict[object, int]:
    return {line.id: line.n for line in node.disk.lines}


def test_a_slow_disk_is_waited_for() -> None:
    """Said is said once it is on disk, and travels from then on."""
    world = started(2)
    world.nodes["n0"].disk.takes = 3.0
    world.say("n0", "first")
    world.nodes["n0"].disk.takes = 0.5
    world.say("n0", "second")
    world.run(2.9)
    assert world.nodes["n1"].history() == []
    assert world.nodes["n0"].answers == {}
    world.run(1)
    assert [line.text for line in world.nodes["n1"].shown[-2:]] == ["first", "second"]


def test_who_hears_one_way_only_is_not_called_dead() -> None:
    """n1 does not get what n0 sends; the others ask for it."""
    world = started(4)
    world.cut_one_way("n0", "n1")
    world.say("n0", "by another way")
    assert world.wait(lambda: len(world.nodes["n1"].history()) == 1, 20)
    world.run(20)
    assert _deaths(world) == set()
