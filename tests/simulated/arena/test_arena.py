"""
The arena: what a kernel does with a paused process, how streams fail, who knows when.
"""

from functools import partial

import pytest

from gossipchat.sim.arena.arena import Arena
from gossipchat.sim.arena.ours import OurTeam
from gossipchat.sim.arena.scenarios import firewall
from gossipchat.sim.heap import Heap
from gossipchat.sim.network.call import Call, Outcome
from gossipchat.sim.network.host import BUFFER_BYTES, LEAST_CHARGE, Host, Reply
from gossipchat.sim.network.network import Network, Weather
from gossipchat.swim.events import Status


class Listener:
    """Writes down what happens to it, in order; answers every stream."""

    def __init__(self, sockets_first: bool = True, threaded: bool = False) -> None:
        self.sockets_first = sockets_first
        self.threaded = threaded
        self.heard: list[object] = []

    def read(self, source: Host, datagram: object) -> None:
        self.heard.append(datagram)

    def asked(self, source: Host, message: object, reply: Reply) -> None:
        reply(f"re: {message}", 10)

    def resumed(self, gap: float) -> None:
        self.heard.append(("resumed", gap))


def two_hosts(sockets_first: bool = True) -> tuple[Network, Host, Host, Listener]:
    """Without delay or loss; the second one's program is the listener."""
    network = Network(Heap(1), Weather(latency=0.001, jitter=0.0))
    here, there = Host(network, "here"), Host(network, "there")
    listener = Listener(sockets_first)
    here.run(Listener())
    there.run(listener)
    return network, here, there, listener


def test_a_paused_host_keeps_what_fits_the_kernels_buffer() -> None:
    """212,992 bytes: 256 small datagrams; the rest is lost."""
    network, here, there, listener = two_hosts()
    there.pause()
    for number in range(300):
        here.send(there, number, 90)
        network.heap.run_until(network.heap.now + 0.01)
    there.resume()
    assert listener.heard[:-1] == list(range(BUFFER_BYTES // LEAST_CHARGE))
    assert there.dropped == 300 - 256


@pytest.mark.parametrize("sockets_first", [True, False])
def test_timers_that_fell_due_in_a_pause_fire_after_it(sockets_first: bool) -> None:
    """Before or after what came in, as the program's runtime has it."""
    network, here, there, listener = two_hosts(sockets_first)
    there.after(1.0, lambda: listener.heard.append("timer"))
    there.pause()
    here.send(there, "ping", 90)
    network.heap.run_until(3.0)
    assert listener.heard == []
    there.resume()
    expected = ["ping", ("resumed", 3.0), "timer"]
    late_first = ["timer", "ping", ("resumed", 3.0)]
    assert listener.heard == (expected if sockets_first else late_first)


def test_while_its_messages_are_held_a_host_goes_on() -> None:
    """Its timers fire; what it sends waits, and what came is read in its turn."""
    network, here, there, listener = two_hosts()
    listener.threaded, there.reading = True, 0.0001
    heard, heap = listener.heard, network.heap
    there.hold()
    there.after(1.0, lambda: heard.append("timer"))
    there.when_free(lambda: heard.append("sent"))
    for word in ("first", "second"):
        here.send(there, word, 90)
        heap.run_until(heap.now + 1)
    assert heard == ["timer"]
    there.resume()
    assert heard == ["timer", "sent", "first"]
    there.hold()
    heap.run_until(heap.now + 1)
    assert heard[3:] == []
    there.resume()
    assert heard[3:] == ["second"]


def test_all_that_waits_is_read_on_waking_and_no_more_than_there_is_room_for() -> None:
    """Where reading takes no time: what came when the buffer was full is lost."""
    network, here, there, listener = two_hosts()
    listener.threaded, there.buffer_bytes = True, 3 * LEAST_CHARGE
    there.hold()
    for number in range(5):
        here.send(there, number, 90)
        network.heap.run_until(network.heap.now + 1)
    there.resume()
    there.hold()
    assert (listener.heard, there.dropped) == ([0, 1, 2], 2)


def test_a_program_of_one_thread_is_paused_by_its_first_message() -> None:
    """Held or still is the same to it."""
    network, _, there, listener = two_hosts()
    there.hold()
    there.after(1.0, lambda: listener.heard.append("timer"))
    network.heap.run_until(3.0)
    there.resume()
    assert listener.heard == [("resumed", 3.0), "timer"]


def dial(
    network: Network, here: Host, there: Host, message: object = "hello"
) -> list[object]:
    """What a call of five seconds at most brings within a minute."""
    brought: list[object] = []
    Call(here, there, message, 10, 5.0, brought.append)
    network.heap.run_until(network.heap.now + 60)
    return brought


def test_a_call_brings_its_answer() -> None:
    network, here, there, _ = two_hosts()
    assert dial(network, here, there) == ["re: hello"]


@pytest.mark.parametrize(
    ("fate", "outcome"),
    [
        ("kill", Outcome.REFUSED),
        ("vanish", Outcome.SILENT),
        ("pause", Outcome.SILENT),
        ("reject", Outcome.REFUSED),
        ("cut", Outcome.SILENT),
    ],
)
def test_who_dials_learns_what_tcp_tells(fate: str, outcome: Outcome) -> None:
    """A dead process and a firewall refuse; the rest is silence."""
    network, here, there, _ = two_hosts()
    between = {
        "reject": partial(network.reject, ["here"], ["there"]),
        "cut": partial(network.cut, ["here"], ["there"]),
    }
    (between[fate] if fate in between else getattr(there, fate))()
    assert dial(network, here, there) == [outcome]


def test_a_paused_process_still_accepts() -> None:
    """Its kernel does; nobody answers."""
    network, here, there, _ = two_hosts()
    there.pause()
    assert dial(network, here, there, message=None) == [Outcome.ACCEPTED]


def test_a_lost_dial_is_repeated() -> None:
    """As TCP does: a second later, then two, then four."""
    network, here, there, _ = two_hosts()
    network.cut(["here"], ["there"])
    network.heap.after(2.0, network.heal)
    assert dial(network, here, there) == ["re: hello"]


def test_one_way_loss_is_of_one_host() -> None:
    """Nothing comes in, all goes out."""
    network, here, there, listener = two_hosts()
    network.lose("here", inbound=1.0, outbound=0.0)
    here.send(there, "ping", 90)
    there.send(here, "ack", 90)
    network.heap.run_until(1.0)
    assert listener.heard == ["ping"]
    assert isinstance(here.program, Listener)
    assert here.program.heard == []


def test_our_core_plays_and_its_words_are_written_down() -> None:
    """A death: nobody else is accused, all know, and who said so first is known."""
    arena = Arena(3, OurTeam(), 8)
    arena.run(5)
    start = arena.heap.now
    arena.kill("n3")
    arena.run(30)
    others = arena.others("n3")
    assert {word.by for word in arena.record.verdicts()} == set(others)
    assert {word.of for word in arena.record.verdicts()} == {"n3"}
    assert len(arena.record.declared()) == 1
    first = arena.record.first(Status.DEAD, arena.names[3], start)
    last = arena.record.all_know(Status.DEAD, arena.names[3], others, start)
    assert first is not None
    assert last is not None
    assert start < first < last < start + 25


def test_a_verdict_about_who_stands_still_is_not_false() -> None:
    """Paused or dead now, or in the last ten seconds: something is wrong with it."""
    arena = Arena(3, OurTeam(), 6)
    arena.pause("n2")
    arena.run(40)
    arena.resume("n2")
    arena.kill("n4")
    arena.run(40)
    assert {word.of for word in arena.record.verdicts()} == {"n2", "n4"}
    assert arena.record.wrong() == (0, 0, 0, 0)


def test_a_verdict_about_who_only_cannot_be_heard_is_false() -> None:
    """It lives; the first to say so had nothing wrong with it."""
    arena = Arena(3, OurTeam(), 6)
    arena.network.cut(["n2"], arena.others("n2"))
    arena.run(40)
    wrong = arena.record.wrong()
    assert wrong.verdicts == len(arena.record.verdicts()) >= len(arena.names) - 1
    assert wrong.raised_by_healthy == wrong.deaths >= 1
    assert wrong.at_healthy == wrong.verdicts


@pytest.mark.parametrize("seed", [1, 2])
def test_a_firewall_between_two_kills_nobody(seed: int) -> None:
    """All others reach both."""
    found = firewall(OurTeam(), 8, seed)
    assert found.first is None
    assert found.wrong == 0
