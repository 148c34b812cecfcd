"""
Packets a second through decode, core and encode, in memory, on one processor.

One node of a cluster of 64 takes each packet as it comes off the wire: the datagram
is opened, swim hears it, and what swim answers is sealed. Each case is fed for a
second or so, several times; the median counts. No sockets, no reactor; a second is
one of this thread's on a processor, so that other programs don't count.

    ping        a ping is answered by an ack with a coordinate
    ack         a probe of ours: ping sent, ack taken; the other side's half of the
                wire's work counts too
    stale       a gossip compound that brings nothing new, as most do
    news        a gossip compound whose every claim is new and is queued to be told
    gossip      one tick of ours: three packets filled from the queue

Plain, encrypted, and plain without the compression (LZW) that memberlist has on by
default for what is long enough.

    python bench/hot_path.py --seed 1
"""

import json
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import count
from random import Random

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from lab import asked
from lab.paper import draw_bars, table, write
from lab.progress import Progress

from gossipchat.effects import StartTimer, TimerFired
from gossipchat.names import Address, AuthorKey, NodeName
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.core import Swim
from gossipchat.swim.events import Effect, PacketReceived, SendPacket, Started
from gossipchat.swim.membership.identity import TAG, identity_tag
from gossipchat.swim.membership.myself import Myself
from gossipchat.wire.layers.keyring import KeyRing
from gossipchat.wire.memberlist.codec import encode
from gossipchat.wire.memberlist.messages import OUR_VSN, Ack, Alive, Ping
from gossipchat.wire.packet import Packets
from gossipchat.wire.serf.codec import encode_tags

MEMBERS = 64
REPEATS = 5
PLAIN, ENCRYPTED, UNCOMPRESSED = MODES = ("plain", "encrypted", "uncompressed")
NAME = NodeName("node-0")
ADDRESS = Address("10.77.0.1", 7946)

Feed = Callable[[], int]
"""Works off some packets, and says how many."""


@dataclass(frozen=True)
class Speed:
    """One case: packets a second in the median run, and in the slowest and fastest."""

    case: str
    mode: str
    packet_bytes: int
    median: float
    slowest: float
    fastest: float


class Bench:
    """A node among others, with its wire."""

    def __init__(self, seed: int, mode: str) -> None:
        self.chance = Random(seed)
        keys = KeyRing([self.chance.randbytes(32)]) if mode == ENCRYPTED else None
        self.wire = Packets(keys, compress=mode != UNCOMPRESSED)
        self.now = 100.0
        self.numbers = count(1)
        self.metas = [self._meta(number) for number in range(MEMBERS)]
        secret = Ed25519PrivateKey.from_private_bytes(self.chance.randbytes(32))
        key = AuthorKey(secret.public_key().public_bytes_raw())
        me = Myself(NAME, ADDRESS, key)
        config = SwimConfig.lan()
        self.swim = Swim(me, config, self.chance, {}, budget=self.wire.budget)
        self.timers: dict[object, float] = {}
        self.feed(self.swim.handle(Started(), self.now))
        for number in range(1, MEMBERS):
            self.take(self.wire.seal([self.claim(number, 1)]))
        while self.fire("GossipDue"):
            pass  # all is told: nothing rides on acks any more

    def _meta(self, number: int) -> bytes:
        secret = Ed25519PrivateKey.from_private_bytes(self.chance.randbytes(32))
        proof = identity_tag(secret, NodeName(f"node-{number}"), b"")
        return encode_tags({TAG: proof})

    def claim(self, number: int, incarnation: int) -> bytes:
        """Node *number* lives, it says."""
        name, where = NodeName(f"node-{number}"), Address(f"10.77.0.{number + 1}", 7946)
        meta = self.metas[number]
        return encode(Alive(incarnation, name, where, meta, OUR_VSN))

    def take(self, datagram: bytes) -> list[bytes]:
        """Decode, core, encode: the datagrams that answer."""
        messages = self.wire.open(datagram).messages
        event = PacketReceived(Address("10.77.0.2", 7946), messages)
        return self.feed(self.swim.handle(event, self.now))

    def feed(self, effects: list[Effect]) -> list[bytes]:
        """What goes out; timers are noted."""
        out = []
        for effect in effects:
            if isinstance(effect, SendPacket):
                out.append(self.wire.seal(effect.parts, effect.crc))
            elif isinstance(effect, StartTimer):
                self.timers[effect.key] = self.now + effect.delay
        return out

    def fire(self, kind: str) -> list[bytes]:
        """The timer of that class name."""
        known = (key for key in self.timers if type(key).__name__ == kind)
        key = next(known, None)
        if key is None:
            return []
        del self.timers[key]
        return self.feed(self.swim.handle(TimerFired(key), self.now))

    def drop_timers(self, kind: str) -> None:
        """They would have fired and found nothing to do."""
        for key in [key for key in self.timers if type(key).__name__ == kind]:
            del self.timers[key]

    def compound(self, incarnation: int, first: int) -> bytes:
        """As many claims as fit, from node *first* on."""
        parts: list[bytes] = []
        room = self.wire.budget - 2
        for number in range(MEMBERS - 1):
            part = self.claim(1 + (first + number) % (MEMBERS - 1), incarnation)
            if len(part) + 2 > room:
                break
            room -= len(part) + 2
            parts.append(part)
        return self.wire.seal(parts, crc=True)


def ping_case(bench: Bench) -> Iterator[tuple[Feed, int]]:
    """Answers."""
    source = Address("10.77.0.2", 7946)
    asks = [
        bench.wire.seal([encode(Ping(seq, NAME, source, NodeName("node-1")))])
        for seq in range(1000)
    ]

    def feed() -> int:
        for datagram in asks:
            bench.take(datagram)
        return len(asks)

    yield feed, len(asks[0])


def ack_case(bench: Bench) -> Iterator[tuple[Feed, int]]:
    """Our own probes, answered with a coordinate."""
    (answer,) = bench.take(bench.wire.seal([encode(Ping(1, NAME))]))
    payload = next(
        message.payload
        for message in bench.wire.open(answer).messages
        if isinstance(message, Ack)
    )
    size = len(bench.wire.seal([encode(Ack(1, payload))]))

    def feed() -> int:
        for _ in range(200):
            (asked,) = bench.fire("ProbeDue")
            ping = next(
                message
                for message in bench.wire.open(asked).messages
                if isinstance(message, Ping)
            )
            bench.now += 0.001
            bench.take(bench.wire.seal([encode(Ack(ping.seq_no, payload))]))
            for kind in ("AckDue", "RoundDue"):
                bench.drop_timers(kind)
            bench.now += 1.0
        return 200

    yield feed, size


def stale_case(bench: Bench) -> Iterator[tuple[Feed, int]]:
    """Claims as they are known."""
    known = [bench.compound(1, first) for first in range(0, 1000, 3)]

    def feed() -> int:
        for datagram in known:
            bench.take(datagram)
        return len(known)

    yield feed, len(known[0])


def news_case(bench: Bench) -> Iterator[tuple[Feed, int]]:
    """Each packet a new incarnation of each member in it. Making them isn't counted."""
    while True:
        round_ = next(bench.numbers) + 1
        fresh = [
            bench.compound(round_ * 1000 + place, place * 4) for place in range(200)
        ]

        def feed(fresh: list[bytes] = fresh) -> int:
            for datagram in fresh:
                bench.take(datagram)
            return len(fresh)

        yield feed, len(fresh[0])


def gossip_case(bench: Bench) -> Iterator[tuple[Feed, int]]:
    """Ticks with a full queue; filling it isn't counted."""
    for round_ in count(2):
        for first in range(0, MEMBERS, 4):
            bench.take(bench.compound(round_, first))

        def feed() -> int:
            return sum(len(bench.fire("GossipDue")) for _ in range(10))

        yield feed, bench.wire.budget


CASES = {
    "ping": ping_case,
    "ack": ack_case,
    "stale": stale_case,
    "news": news_case,
    "gossip": gossip_case,
}


def measure(case: str, mode: str, seed: int, seconds: float) -> Speed:
    """Feed *case* for *seconds*, REPEATS times."""
    bench = Bench(seed, mode)
    feeds = CASES[case](bench)
    feed, size = next(feeds)
    feed()  # the first is slow: caches, lazily built tables
    speeds = []
    for _ in range(REPEATS):
        taken, spent = 0, 0.0
        while spent < seconds:
            feed, size = next(feeds, (feed, size))
            began = time.thread_time()
            taken += feed()
            spent += time.thread_time() - began
        speeds.append(taken / spent)
    middle = statistics.median(speeds)
    return Speed(case, mode, size, middle, min(speeds), max(speeds))


def in_words(speeds: list[Speed]) -> str:
    """One row a case."""
    head = ["case", "bytes", "packets a second", "slowest", "fastest", "µs a packet"]
    return table(
        head,
        [
            [
                f"{speed.case}, {speed.mode}",
                str(speed.packet_bytes),
                *(
                    f"{one:,.0f}"
                    for one in (speed.median, speed.slowest, speed.fastest)
                ),
                f"{1e6 / speed.median:.0f}",
            ]
            for speed in speeds
        ],
    )


def main() -> None:
    """Measure, print, write bench/results/hot_path.{json,md,svg}."""
    parser = asked.parser(__doc__)
    parser.add_argument("--sim", action="store_true", help="in memory: the only way")
    parser.add_argument("--seed", type=asked.count(0), default=1, help="of all chance")
    parser.add_argument(
        "--seconds", type=asked.amount(0.01), default=1.0, help="a run of a case"
    )
    parser.add_argument("--case", choices=CASES, action="append", help="only these")
    asked.add_json(parser)
    args = asked.read(parser)
    plan = [(case, mode) for mode in MODES for case in args.case or CASES]
    progress = Progress(len(plan))
    speeds = []
    for case, mode in plan:
        tell = progress.part(f"{case}, {mode}")
        speeds.append(measure(case, mode, args.seed, args.seconds))
        tell(1, 1)
    rows = [asdict(speed) for speed in speeds]
    text = in_words(speeds)
    write("hot_path", {"seed": args.seed, "speeds": rows}, text)
    groups = list(args.case or CASES)
    bars = {mode: [one.median for one in speeds if one.mode == mode] for mode in MODES}
    draw_bars("hot_path", "Decode, core, encode", groups, bars, "packets a second")
    print(json.dumps(rows) if args.json else text)


if __name__ == "__main__":
    main()
