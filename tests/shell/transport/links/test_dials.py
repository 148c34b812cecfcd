"""Dials that nobody answers."""

from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from twisted.internet.error import TimeoutError
from twisted.internet.testing import MemoryReactorClock
from twisted.python.failure import Failure

from gossipchat.names import Address, AuthorKey, NodeName
from gossipchat.transport.common import Common
from gossipchat.transport.config import Config
from gossipchat.transport.links.links import ASK_AGAIN, Links
from gossipchat.transport.links.watch import CLEAR, Path
from gossipchat.wire.ours.frames import Note
from tests.shell.transport.links.ears import Ears

PEER = AuthorKey(bytes(32))
THERE = Address("10.0.0.7", 7946)


class Dialler:
    """Links whose reactor connects to nobody."""

    def __init__(self) -> None:
        self.ears = Ears()
        self.reactor: Any = MemoryReactorClock()
        common = Common.make(self.reactor, None, b"", self.ears, Config(), lambda: 0)
        key = Ed25519PrivateKey.from_private_bytes(bytes([1]) * 32)
        self.links = Links(common, key, NodeName("n"))

    def time_out(self) -> None:
        """Nothing has answered the last attempt for as long as it should wait."""
        _, _, factory, timeout, _ = self.reactor.tcpClients[-1]
        self.reactor.advance(timeout)
        factory.clientConnectionFailed(
            self.reactor.connectors[-1], Failure(TimeoutError())
        )


def test_a_dial_is_begun_anew_each_second_at_first() -> None:
    """The kernel would be silent for longer each time; it is one dial all the same."""
    dialler = Dialler()
    dialler.links.dial(PEER, THERE)
    for tried in range(len(ASK_AGAIN)):
        assert len(dialler.reactor.tcpClients) == tried + 1
        dialler.time_out()
    assert dialler.ears.failed == []
    dialler.reactor.advance(Config().proof_timeout)
    assert [peer for peer, _ in dialler.ears.failed] == [PEER]
    assert dialler.reactor.connectors[-1]._disconnected


def test_while_a_dial_is_under_way_there_is_no_second_one() -> None:
    """Whoever asks again hears of the first."""
    dialler = Dialler()
    dialler.links.dial(PEER, THERE)
    dialler.links.dial(PEER, THERE)
    assert len(dialler.reactor.tcpClients) == 1
    dialler.reactor.advance(Config().proof_timeout)
    assert len(dialler.ears.failed) == 1
    dialler.links.dial(PEER, THERE)
    assert len(dialler.reactor.tcpClients) == 2


@pytest.mark.parametrize(("path", "ends"), [(CLEAR, 1), (Path(1, 1), 0)])
def test_a_dial_ends_when_the_old_link_goes_on(path: Path, ends: int) -> None:
    """Both ways: what comes over it says nothing of what we sent."""
    dialler = Dialler()
    dialler.links.dial(PEER, THERE)
    old: Any = SimpleNamespace(number=1, peer=PEER, path=lambda: path)
    dialler.links._open[old.number] = old
    dialler.links.received(old, Note(()))
    assert len(dialler.ears.failed) == ends
    assert dialler.reactor.connectors[-1]._disconnected == bool(ends)
