"""
Bytes that a stranger might send: random ones, and honest ones gone wrong.

One seed gives one sequence. What would make a node speak to an address beyond
loopback is left out: no test leaves the machine.
"""

import dataclasses
import ipaddress
from collections.abc import Iterator
from random import Random

from gossipchat.errors import DecodeError
from gossipchat.names import Address, NodeName
from gossipchat.wire.memberlist.codec import encode
from gossipchat.wire.memberlist.messages import (
    OUR_VSN,
    Ack,
    Alive,
    Dead,
    IndirectPing,
    Message,
    Nack,
    NodeState,
    Ping,
    PushPull,
    State,
    Suspect,
    User,
)
from gossipchat.wire.packet import Packets
from gossipchat.wire.serf.codec import decode_serf
from gossipchat.wire.streams import StreamReader, encode_stream

MAX_DATAGRAM_BYTES = 1400
TLS_HELLO = bytes.fromhex("160301020001000001fc0303")


class Hostile:
    """An endless supply of bytes for a node *victim*, who has *others* as peers."""

    def __init__(self, seed: int, victim: NodeName, home: Address) -> None:
        self._chance = Random(seed)
        self._packets = Packets()
        honest = honest_messages(victim, home)
        self._datagrams = [encode(message) for message in honest]
        self._datagrams += [
            self._packets.seal(self._datagrams[start : start + 4])
            for start in range(0, len(honest), 4)
        ]
        states = tuple(
            NodeState(
                NodeName(f"ghost-{n}"), home, b"", n, State(n % 4), (1, 5, 2, 2, 5, 5)
            )
            for n in range(5)
        )
        swap = PushPull(join=True, nodes=states, user_state=b"\x02\x80")
        streams: list[Message] = [swap, Ping(1, victim), User(b"\x00\x80")]
        self._streams = [
            *(encode_stream(message, None, b"", answer=False) for message in streams),
            TLS_HELLO,
            b"\x09",
            b"\x0a\xff\xff\xff\xff",
            b"\xf4\x07unknown",
        ]

    def datagrams(self) -> Iterator[bytes]:
        """For ever, each at most 1400 bytes."""
        while True:
            datagram = self._bent(self._datagrams)[:MAX_DATAGRAM_BYTES]
            if all(map(is_near, self._heard(datagram))):
                yield datagram

    def streams(self) -> Iterator[bytes]:
        """For ever: what a stranger might send over one TCP connection."""
        while True:
            stream = self._bent(self._streams)
            if all(map(is_near, self._read(stream))):
                yield stream

    def _bent(self, honest: list[bytes]) -> bytes:
        chance = self._chance
        match chance.randrange(6):
            case 0:
                return chance.randbytes(chance.randrange(MAX_DATAGRAM_BYTES))
            case 1:  # a type that exists, and then anything
                kind = bytes([chance.randrange(14)])
                return kind + chance.randbytes(chance.randrange(200))
            case 2:  # cut short
                whole = chance.choice(honest)
                return whole[: chance.randrange(len(whole))]
            case 3:  # two that grew together
                one, two = chance.choice(honest), chance.choice(honest)
                return one[: chance.randrange(len(one))] + two
            case 4:  # too long by something
                return chance.choice(honest) + chance.randbytes(chance.randrange(64))
            case _:
                return self._flipped(chance.choice(honest))

    def _flipped(self, honest: bytes) -> bytes:
        """Up to eight bytes of *honest* changed."""
        bent = bytearray(honest)
        for _ in range(self._chance.randint(1, 8)):
            bent[self._chance.randrange(len(bent))] = self._chance.randrange(256)
        return bytes(bent)

    def _heard(self, datagram: bytes) -> tuple[Message, ...]:
        try:
            return self._packets.open(datagram).messages
        except DecodeError:
            return ()

    def _read(self, stream: bytes) -> tuple[Message, ...]:
        reader = StreamReader(None, b"", answering=True)
        try:
            return (reader.finish(),) if reader.feed(stream) else ()
        except DecodeError:
            return ()


def honest_messages(victim: NodeName, home: Address) -> list[Message]:
    """One of each kind, about *victim* and about members that never were."""
    ghost = NodeName("ghost")
    return [
        Ping(1, victim, home, ghost),
        IndirectPing(2, home, ghost, nack=True, source=home, source_node=ghost),
        Ack(3),
        Nack(4),
        Suspect(1, victim, ghost),
        Suspect(1, ghost, victim),
        Alive(7, ghost, home, b"\xff\x80", OUR_VSN),
        Alive(9, victim, home, b"\xff\x80", OUR_VSN),
        Dead(1, victim, ghost),
        Dead(3, ghost, ghost),
        User(b"\x01\x82\xa5LTime\x02\xa4Node\xa5ghost"),
        User(b"\x03\x84\xa2CC\xc2\xa5LTime\x01\xa4Name\xa1e\xa7Payload\xa1x"),
    ]


def is_near(message: object) -> bool:
    """Whether all addresses in *message*, at any depth, are on loopback."""
    if isinstance(message, Address):
        return ipaddress.ip_address(message.host).is_loopback
    if isinstance(message, User):
        try:
            return is_near(decode_serf(message.body))
        except DecodeError:
            return True
    if isinstance(message, tuple | list):
        return all(map(is_near, message))
    if dataclasses.is_dataclass(message):
        fields = dataclasses.fields(message)
        return all(is_near(getattr(message, field.name)) for field in fields)
    return True
