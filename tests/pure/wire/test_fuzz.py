"""
A hundred thousand hostile inputs, at every door of the wire.

Random bytes, and captures with bytes flipped, cut, doubled, exchanged. Nothing but
DecodeError comes out, and no memory stays behind. ``GOSSIPCHAT_SEED=17 pytest ...``
replays a run.
"""

import gc
import json
import os
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from gossipchat.errors import DecodeError
from gossipchat.names import AuthorKey, FeedId, NodeName
from gossipchat.wire.layers.keyring import KeyRing
from gossipchat.wire.layers.lzw import expand
from gossipchat.wire.memberlist.codec import encode
from gossipchat.wire.memberlist.messages import Message, PushPull, User
from gossipchat.wire.memberlist.push_pull import encode_push_pull
from gossipchat.wire.ours.frame_codec import FrameReader, encode_frame
from gossipchat.wire.ours.frames import (
    Close,
    Digest,
    Frame,
    Graft,
    Holding,
    Proof,
    Runs,
    Vector,
    Want,
)
from gossipchat.wire.packet import Packets
from gossipchat.wire.serf.codec import (
    decode_coordinate,
    decode_serf,
    decode_tags,
    encode_serf,
)
from gossipchat.wire.serf.messages import SerfState
from gossipchat.wire.streams import StreamReader

SEED = int(os.environ.get("GOSSIPCHAT_SEED", "2026"))
INPUTS = 100_000
WARM_UP = 1_000
MAY_GROW_BYTES = 10 << 20

VECTORS = Path(__file__).parents[2] / "compat" / "vectors"
RING = KeyRing([bytes(range(32))])
LABEL = b"prod-eu"
EXTREMES = (
    *(b"\x00", b"\xff", b"\x7f", b"\x80", b"\xc0", b"\xc1", b"\x9f", b"\x8f"),
    *(b"\xdb\xff\xff\xff\xff", b"\xdd\xff\xff\xff\xff", b"\xdf\xff\xff\xff\xff"),
    *(b"\xcf" + b"\xff" * 8, b"\xd3\x80" + bytes(7), b"\xc7\x00\x01", b"\xd6\xff"),
    *(b"\x91" * 600, b"\x81" * 600, b"\x07\xff", b"\xca\x7f\xc0\x00\x00"),
)


def frame_samples() -> list[bytes]:
    key = AuthorKey(bytes(range(32)))
    held = (Holding(FeedId(key, 2**64 - 1), ((1, 9), (11, 2**63)), 3),) * 3
    frames: tuple[Frame, ...] = (
        Proof(1, key, NodeName("alice")),
        Vector(held),
        Want(held, True),
        Runs((b"run" * 50, b"r")),
        Graft((key,), held),
        Digest(key),
        Close("full"),
    )
    return [encode_frame(frame) for frame in frames]


def samples() -> dict[str, list[bytes]]:
    """Captures by where they belong, as they were and without their wrappers."""
    found: dict[str, list[bytes]] = {
        "packet": [],
        "stream": [],
        "serf": [],
        "link": frame_samples(),
    }
    doors = {"udp": "packet", "ml": "packet", "stream": "stream", "serf": "serf"}
    for path in sorted(VECTORS.glob("*.json")):
        door = found[doors[path.stem.partition("-")[0]]]
        vector = json.loads(path.read_text())
        door.append(bytes.fromhex(vector["hex"]))
        if "plain_after_all_layers" in vector:
            door.append(bytes.fromhex(vector["plain_after_all_layers"]))
        if "plain" in vector["decoded"]:
            door.append(bytes.fromhex(vector["decoded"]["plain"].removeprefix("hex:")))
    return found


class Mutator:
    """Gives one input after the other."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._samples = samples()
        self._mixed = [raw for kind in self._samples.values() for raw in kind]

    def next_input(self, kind: str) -> bytes:
        """Mostly something that *kind* of door might take."""
        sort = self._chance.random()
        if sort < 0.15:
            return self._chance.randbytes(self._chance.randrange(120))
        fitting = self._mixed if sort < 0.3 else self._samples[kind]
        raw = bytearray(self._chance.choice(fitting))
        for _ in range(self._chance.randrange(6)):
            self._mutate(raw)
        return bytes(raw)

    def _mutate(self, raw: bytearray) -> None:
        start = self._chance.randrange(len(raw) + 1)
        end = min(len(raw), start + self._chance.randrange(1, 40))
        match self._chance.randrange(6):
            case 0:
                raw[start:end] = self._chance.randbytes(end - start)
            case 1:
                del raw[start:end]
            case 2:
                raw[start:start] = raw[start:end]
            case 3:
                raw[start : start + 1] = self._chance.choice(EXTREMES)
            case 4:
                other = self._chance.choice(self._mixed)
                raw[start:end] = other[start : start + 60]
            case _:
                del raw[start:]


class Doors:
    """All that reads bytes of others. What is read must also go out again."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._plain = Packets()
        self._keyed = Packets(RING, LABEL)
        self.all: tuple[tuple[str, Callable[[bytes], None]], ...] = (
            ("packet", self.packet),
            ("packet", self.labelled_packet),
            ("packet", self.sealed_packet),
            ("stream", self.stream),
            ("stream", self.sealed_stream),
            ("stream", self.answer),
            ("link", self.link),
            ("serf", self.serf),
            ("serf", self.tags),
            ("serf", self.coordinate),
            ("packet", self.lzw),
        )

    def packet(self, raw: bytes) -> None:
        self._take(self._plain.open(raw).messages)

    def labelled_packet(self, raw: bytes) -> None:
        self._keyed.open(raw)

    def sealed_packet(self, raw: bytes) -> None:
        header = bytes([0xF4, len(LABEL)]) + LABEL
        self._take(self._keyed.open(header + RING.seal(raw, LABEL)).messages)

    def stream(self, raw: bytes) -> None:
        self._read(StreamReader(), raw)

    def answer(self, raw: bytes) -> None:
        self._read(StreamReader(RING, LABEL, answering=True), raw)

    def sealed_stream(self, raw: bytes) -> None:
        head = b"\x0a" + (len(raw) + 29).to_bytes(4)
        sealed = head + RING.seal(raw, head)
        self._read(StreamReader(RING), sealed)

    def link(self, raw: bytes) -> None:
        reader = FrameReader()
        if self._chance.random() < 0.5:
            reader.open_up()
        for piece in self._pieces(raw):
            reader.feed(piece)
        reader.open_up()

    def serf(self, raw: bytes) -> None:
        message = decode_serf(raw[1:] if raw[:1] == b"\x08" else raw)
        if not isinstance(message, SerfState):  # of others, which is never sent on
            encode_serf(message)

    def tags(self, raw: bytes) -> None:
        decode_tags(b"\xff" + raw)

    def coordinate(self, raw: bytes) -> None:
        decode_coordinate(raw)

    def lzw(self, raw: bytes) -> None:
        expand(raw, 65_536)

    def _read(self, reader: StreamReader, raw: bytes) -> None:
        for piece in self._pieces(raw):
            if reader.feed(piece):
                self._take((reader.finish(),))

    def _pieces(self, raw: bytes) -> list[bytes]:
        step = self._chance.choice((1, 7, 100, 10_000))
        if len(raw) > 400:
            step = max(step, 100)
        return [raw[start : start + step] for start in range(0, len(raw), step)]

    def _take(self, messages: tuple[Message, ...]) -> None:
        for message in messages:
            if isinstance(message, PushPull):
                encode_push_pull(message)
                decode_serf(message.user_state)
            elif isinstance(message, User):
                decode_serf(message.body)
            else:
                encode(message)


def resident_bytes() -> int:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.parametrize("seed", [SEED])
def test_no_input_stops_us_or_stays_in_memory(seed: int) -> None:
    """DecodeError alone escapes; what is believed can go out again unharmed."""
    print(f"seed {seed}")
    chance = Random(seed)
    mutator = Mutator(chance)
    doors = Doors(chance).all
    refused = 0
    after_warm_up = 0
    for count in range(INPUTS):
        if count == WARM_UP:
            after_warm_up = resident_bytes()
        kind, door = doors[count % len(doors)]
        raw = mutator.next_input(kind)
        try:
            door(raw)
        except DecodeError:
            refused += 1
        except Exception as problem:
            problem.add_note(f"seed {seed}, {door.__name__}: {raw.hex()}")
            raise
    grown = resident_bytes() - after_warm_up
    print(f"{refused} of {INPUTS} refused, {grown >> 10} KB more resident")
    assert grown < MAY_GROW_BYTES
    assert 0.2 < refused / INPUTS < 0.99
