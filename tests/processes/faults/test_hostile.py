"""No bytes from the network stop a node, slow it down, or fill its memory."""

import base64
import contextlib
import itertools
import json
import socket
import time

import pytest

from gossipchat.errors import DecodeError
from gossipchat.names import Address, NodeName
from gossipchat.wire.layers.keyring import KeyRing
from gossipchat.wire.memberlist.codec import encode
from gossipchat.wire.memberlist.messages import Ack, Ping
from gossipchat.wire.packet import Packets
from tests.processes.faults.hostile import Hostile
from tests.processes.lab import Lab, Node

pytestmark = pytest.mark.processes

DATAGRAMS = 20_000
STREAMS = 2_000
WARM_UP = 1_000
A_BURST = 250
MAX_GROWTH_BYTES = 10_000_000
MAX_SOAK_GROWTH_BYTES = 25_000_000
"""Two hundred members that never were have been made up by then, and are kept."""
MAX_ANSWER_S = 10.0
"""A tenth of a second on a machine of its own; the figures say what it took."""
AGAIN_S = 0.1
"""A ping that fell out of a full buffer is sent again."""


class Stranger:
    """Someone with a socket beside *node*."""

    def __init__(self, lab: Lab, node: Node, key: bytes | None) -> None:
        self._node = node
        self._where = node.where
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((lab.host, 0))
        self._socket.settimeout(AGAIN_S)
        self._packets = Packets(KeyRing([key]) if key else None)
        self._numbers = itertools.count(1_000_000)
        self.worst = 0.0
        """Seconds that the slowest answer to a ping took."""

    def throw(self, datagram: bytes) -> None:
        self._socket.sendto(datagram, self._where)

    def connect_and_throw(self, stream: bytes) -> None:
        """
        One connection: the bytes go in, nobody waits for an answer.

        We throw faster than anyone accepts; when the queue of callers is full the
        kernel makes us wait a second, and that is no fault of the node's.
        """
        with (
            socket.create_connection(self._where, timeout=20) as connection,
            contextlib.suppress(ConnectionError),  # it may hang up at once
        ):
            connection.sendall(stream)

    def ping(self) -> None:
        """Until the node answers; AssertionError after the limit."""
        number = next(self._numbers)
        ping = encode(Ping(number, NodeName(self._node.name)))
        question = self._packets.seal([ping])
        began = time.monotonic()
        while time.monotonic() - began < MAX_ANSWER_S:
            self.throw(question)
            if self._answered(number):
                self.worst = max(self.worst, time.monotonic() - began)
                return
        raise AssertionError("the node doesn't answer a ping")

    def _answered(self, number: int) -> bool:
        try:
            while True:
                datagram = self._socket.recv(65536)
                messages = self._packets.open(datagram).messages
                if any(isinstance(m, Ack) and m.seq_no == number for m in messages):
                    return True
        except (TimeoutError, DecodeError):
            return False

    def close(self) -> None:
        self._socket.close()


def torment(lab: Lab, seed: int, times: int = 1, key: bytes | None = None) -> None:
    """Bursts of hostile bytes at a node, a ping after each."""
    node = lab.start("anna", *(keyring(lab, key) if key else ()))
    host, port = node.where
    hostile = Hostile(seed, NodeName("anna"), Address(host, port))
    stranger = Stranger(lab, node, key)
    datagrams, streams = hostile.datagrams(), hostile.streams()
    grown_from = 0
    bursts = DATAGRAMS * times // A_BURST
    for burst in range(bursts):
        for datagram in itertools.islice(datagrams, A_BURST):
            stranger.throw(datagram)
        for stream in itertools.islice(streams, STREAMS * times // bursts):
            stranger.connect_and_throw(stream)
        stranger.ping()
        if burst == WARM_UP // A_BURST:
            grown_from = node.memory()
    growth = node.memory() - grown_from
    stranger.close()
    lab.note("slowest answer to a ping", stranger.worst)
    lab.note("megabytes that it grew by", growth / 1e6)
    limit = MAX_GROWTH_BYTES if times == 1 else MAX_SOAK_GROWTH_BYTES
    assert growth < limit, f"grew by {growth:,} bytes"
    node.say("still here")
    assert node.texts() == ["still here"]
    assert node.stop() == 0


def keyring(lab: Lab, key: bytes) -> tuple[str, ...]:
    """The options for a node whose cluster key is *key*."""
    path = lab.home / "keyring.json"
    path.write_text(json.dumps([base64.b64encode(key).decode()]), encoding="ascii")
    return "--keyring", str(path)


@pytest.mark.parametrize("key", [None, bytes(range(32))], ids=["open", "with-a-key"])
def test_a_node_withstands_20000_datagrams_and_2000_streams(
    lab: Lab, key: bytes | None
) -> None:
    """It answers pings throughout, soon, and grows by less than 10 MB."""
    torment(lab, seed=1, key=key)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(2, 6))
def test_a_node_withstands_many_more(lab: Lab, seed: int) -> None:
    """Ten times as much: growth levels off."""
    torment(lab, seed, times=10)


def test_a_silent_connection_is_closed(lab: Lab) -> None:
    """No first byte within five seconds: the place is for others."""
    node = lab.start("anna")
    with (
        socket.create_connection(node.where, timeout=25) as connection,
        contextlib.suppress(ConnectionResetError),  # closed as well
    ):
        assert connection.recv(1) == b""


def test_many_silent_connections_keep_nobody_out(lab: Lab) -> None:
    """However many sit there saying nothing, a newcomer joins."""
    anna = lab.start("anna")
    silent = [socket.create_connection(anna.where, timeout=20) for _ in range(200)]
    ben = lab.start("ben", seeds=[anna])
    lab.wait_for_all_alive([anna, ben])
    for connection in silent:
        connection.close()
