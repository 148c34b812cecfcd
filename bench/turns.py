"""
How long a flood holds the reactor: turns of one whole node, in processor time.

A real node on 127.0.0.1 runs here under a loop of ours that looks at this thread's
processor time before and after each turn of the reactor (its timers, and one look at
its sockets). A second process throws small datagrams at it as fast as the kernel takes
them; and it is given work that would be much at once (``lab.works``).
Nothing may hold the reactor for more than 10 ms, or pings wait. Processor time, so that
whatever else the machine does is not counted.

    python bench/turns.py --seconds 5
"""

import argparse
import gc
import socket
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from lab import asked
from lab.paper import draw_bars, table, write
from lab.progress import Progress
from lab.works import WORKS, Begin
from twisted.internet import reactor as global_reactor
from twisted.internet.defer import Deferred

from gossipchat import Cluster
from gossipchat.names import Address, NodeName
from gossipchat.wire.memberlist.codec import encode
from gossipchat.wire.memberlist.messages import (
    OUR_VSN,
    Alive,
    Nack,
    Ping,
    Suspect,
    User,
)
from gossipchat.wire.packet import Packets
from gossipchat.wire.serf.codec import encode_serf
from gossipchat.wire.serf.messages import UserEvent

reactor: Any = global_reactor
LIMIT_MS = 10.0
COPIES = 2_000
"""Different datagrams of each kind; they come round again."""
CALM = 1.0
"""Seconds between preparing a piece of work and beginning it."""

VICTIM = NodeName("victim")
NOWHERE = Address("127.0.0.1", 9)


def claim(chance: Random, number: int) -> bytes:
    """Somebody who never was."""
    return encode(Alive(1, NodeName(f"ghost-{number}"), NOWHERE, b"", OUR_VSN))


def event(chance: Random, number: int) -> bytes:
    """An event that nobody has heard before."""
    said = UserEvent(number + 1, f"e{number}", chance.randbytes(20), False)
    return encode(User(encode_serf(said)))


def suspicion(chance: Random, number: int) -> bytes:
    """An accusation of the node itself, which it denies."""
    return encode(Suspect(number + 1, VICTIM, NodeName(f"ghost-{number}")))


KINDS: dict[str, Callable[[Random, int], bytes]] = {
    "noise": lambda chance, number: chance.randbytes(40),
    "nacks": lambda chance, number: encode(Nack(number)),
    "pings": lambda chance, number: encode(Ping(number, VICTIM)),
    "claims": claim,
    "events": event,
    "suspicions": suspicion,
}


def datagrams(kind: str) -> Iterator[bytes]:
    """Those of one flood."""
    chance, packets = Random(1), Packets()
    for number in range(COPIES):
        part = KINDS[kind](chance, number)
        yield part if kind == "noise" else packets.seal([part])


def flood(kind: str, port: int) -> None:
    """Throw until killed."""
    thrown = list(datagrams(kind))
    thrower = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    thrower.connect(("127.0.0.1", port))
    while True:
        for datagram in thrown:
            try:
                thrower.send(datagram)
            except OSError:
                time.sleep(0.001)


def turn() -> float:
    """One turn; the seconds of processor that it took."""
    began = time.thread_time()
    reactor.runUntilCurrent()
    reactor.doIteration(0.05)
    return time.thread_time() - began


def turns(seconds: float) -> list[float]:
    """The turns of so many seconds of processor."""
    took: list[float] = []
    ends = time.thread_time() + seconds
    while time.thread_time() < ends:
        took.append(turn())
    return took


def wait(fired: "Deferred[Any]") -> None:
    """Turn until *fired* has."""
    done: list[object] = []
    fired.addBoth(done.append)
    while not done:
        turn()


def measure(kind: str, seconds: float, keyed: bool) -> dict[str, float]:
    """One node under one flood."""
    keys = [b64encode(bytes(range(32))).decode()] if keyed else None
    node = Cluster("127.0.0.1:0", name=VICTIM, keyring=keys)
    begin(node)
    me = [sys.executable, __file__, "--flood", kind, "--port", str(node.address.port)]
    thrower = subprocess.Popen(me)
    try:
        while read(node) < COPIES:
            turn()
        before = read(node)
        took = turns(seconds)
        rate = (read(node) - before) / seconds
    finally:
        thrower.kill()
        thrower.wait()
    wait(node.stop())
    return {"rate": rate, **summed(took)}


def begin(node: Cluster) -> None:
    """
    Start it. What was made before is not looked through for garbage while it runs, as
    in a node that twistd runs.
    """
    gc.collect()
    gc.freeze()
    wait(node.start())


def measure_work(prepare: Callable[[Cluster], Begin]) -> dict[str, float]:
    """One node with one piece of work; what preparing it leads to comes before."""
    node = Cluster("127.0.0.1:0", name=VICTIM)
    begin(node)
    work = prepare(node)
    calm = time.monotonic() + CALM
    while time.monotonic() < calm:
        turn()
    done = work()
    took: list[float] = []
    while not done():
        took.append(turn())
    wait(node.stop())
    return {"rate": 0.0, **summed(took)}


def summed(seconds: list[float]) -> dict[str, float]:
    """Turns, in milliseconds."""
    took = sorted(1000 * each for each in seconds)
    return {
        "p50": took[len(took) // 2],
        "p99": took[len(took) * 99 // 100],
        "longest": took[-1],
        "above": float(sum(one > LIMIT_MS for one in took)),
        "turns": float(len(took)),
    }


def read(node: Cluster) -> int:
    """Datagrams that the node has read so far."""
    counters: dict[str, int] = node._up.transport.counters
    return counters["packets.received"]


def main() -> None:
    """Measure, print, write bench/results/turns.{json,md,svg}."""
    parser = asked.parser(__doc__)
    asked.add_real(parser)
    parser.add_argument(
        "--seconds", type=asked.amount(0.1), default=5.0, help="of processor, each"
    )
    parser.add_argument("--flood", choices=KINDS, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    args = asked.read(parser)
    if args.flood:
        flood(args.flood, args.port)
    reactor.startRunning(False)
    plan = {kind: (kind, False) for kind in KINDS} | {
        "what has no key": ("nacks", True)
    }
    progress = Progress(len(plan) + len(WORKS))
    rows = {}
    for told, (kind, keyed) in plan.items():
        tell = progress.part(told)
        rows[told] = measure(kind, args.seconds, keyed)
        tell(1, 1)
    for told, prepare in WORKS.items():
        tell = progress.part(told)
        rows[told] = measure_work(prepare)
        tell(1, 1)
    reactor.stop()
    turn()  # in which its threads end
    head = [
        "a flood of, or",
        "read a second of processor",
        "p50, ms",
        "p99",
        "longest",
        "above 10 ms",
    ]
    text = table(
        head,
        [
            [
                kind,
                f"{row['rate']:,.0f}" if row["rate"] else "-",
                *(f"{row[figure]:.2f}" for figure in ("p50", "p99", "longest")),
                f"{row['above']:.0f} of {row['turns']:,.0f}",
            ]
            for kind, row in rows.items()
        ],
    )
    write("turns", {"seconds": args.seconds, "floods": rows}, text)
    figures = ("p50", "p99", "longest")
    bars = {one: [row[one] for row in rows.values()] for one in figures}
    draw_bars("turns", "How long a flood holds the reactor", list(rows), bars, "ms")
    print(text)


if __name__ == "__main__":
    main()
