"""The UDP socket under a flood: other work goes on, and the log is not the flood's."""

import socket
from collections.abc import Iterator
from typing import Any, Never, cast

import pytest
from twisted.internet.task import Clock

from gossipchat.errors import PeerError
from gossipchat.names import Address
from gossipchat.transport.common import Common
from gossipchat.transport.config import Config
from gossipchat.transport.port.udp import (
    COMPLAINTS_A_SECOND,
    DATAGRAMS_A_TURN,
    LONGEST_TURN,
    Datagrams,
    bind_datagram_socket,
)
from gossipchat.wire.memberlist.codec import encode
from gossipchat.wire.memberlist.messages import Message, Nack
from tests.shell.transport.links.ears import Ears

pytestmark = pytest.mark.loopback

HERE = Address("127.0.0.1", 0)
NACK = encode(Nack(7))


class Hands(Clock):
    """A clock set by hand that also lets readers be added."""

    def addReader(self, reader: Any) -> None:
        """The test reads itself."""

    def removeReader(self, reader: Any) -> None:
        """Nor was it added."""


class SlowEars(Ears):
    """Each packet takes it *seconds* to hear."""

    def __init__(self, hands: Hands, seconds: float) -> None:
        super().__init__()
        self._hands = hands
        self._seconds = seconds

    def packet_received(self, source: Address, messages: tuple[Message, ...]) -> None:
        super().packet_received(source, messages)
        self._hands.advance(self._seconds)

    def dropped(self, source: Address, error: PeerError) -> None:
        super().dropped(source, error)
        self._hands.advance(self._seconds / 10)


class Bench:
    """A socket with its ears, and one that sends to it."""

    def __init__(self, seconds: float) -> None:
        self.hands = Hands()
        self.ears = SlowEars(self.hands, seconds)
        bound = bind_datagram_socket(HERE, 1 << 20)
        self.where = bound.getsockname()
        self.common = Common.make(
            self.hands, None, b"", self.ears, Config(), lambda: 1_800_000_000_000
        )
        self.datagrams = Datagrams(self.common, bound)
        self.sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def throw(self, *several: bytes) -> None:
        for datagram in several:
            self.sender.sendto(datagram, self.where)

    def close(self) -> None:
        self.datagrams.stop()
        self.sender.close()


@pytest.fixture
def slow() -> Iterator[Bench]:
    bench = Bench(seconds=0.001)
    yield bench
    bench.close()


def test_a_turn_ends_after_a_few_milliseconds(slow: Bench) -> None:
    """However many wait: other work has its turn, and then it goes on."""
    slow.throw(*[NACK] * 40)
    began = slow.hands.seconds()
    slow.datagrams.doRead()
    assert slow.hands.seconds() - began <= LONGEST_TURN + 0.004
    assert 0 < len(slow.ears.packets) < 10
    for _ in range(40):
        slow.datagrams.doRead()
    assert len(slow.ears.packets) == 40


def test_a_drain_takes_all(slow: Bench) -> None:
    """After a stall what waits is read before anybody is judged."""
    slow.throw(*[NACK] * (DATAGRAMS_A_TURN + 20))
    slow.datagrams.drain()
    assert len(slow.ears.packets) == DATAGRAMS_A_TURN + 20


def test_of_a_flood_of_nonsense_a_little_is_told_and_all_is_counted(
    slow: Bench,
) -> None:
    """What is good among it is heard; and a second later nonsense is told again."""
    slow.throw(*[b"\xff" * 20] * 100, NACK)
    slow.datagrams.drain()
    assert len(slow.ears.thrown_away) == COMPLAINTS_A_SECOND
    assert slow.common.counters["packets.dropped"] == 100
    assert len(slow.ears.packets) == 1
    slow.hands.advance(1)
    slow.throw(b"\xff" * 20)
    slow.datagrams.drain()
    assert len(slow.ears.thrown_away) == COMPLAINTS_A_SECOND + 1


def test_a_packet_that_breaks_its_reader_does_not_make_deaf(slow: Bench) -> None:
    """The reactor drops a reader that raises: a mistake of ours would be for good."""

    class Broken:
        def open(self, datagram: bytes) -> Never:
            raise ZeroDivisionError

    reading = slow.datagrams._packets
    slow.datagrams._packets = cast(Any, Broken())
    slow.throw(NACK)
    slow.datagrams.drain()
    slow.datagrams._packets = reading
    slow.throw(NACK)
    slow.datagrams.drain()
    assert len(slow.ears.packets) == 1
    assert slow.common.counters["packets.dropped"] == 1
