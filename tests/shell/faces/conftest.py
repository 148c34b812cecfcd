"""A face that answers on a real socket."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_twisted
from twisted.internet import reactor

from gossipchat.faces.socket.server import SocketFace
from gossipchat.testing import FakeNode


class Served:
    """A node in memory whose socket is in ``home``."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.node = FakeNode()
        self.path = home / "api.sock"
        self.face = SocketFace(self.node, self.path, reactor)


@pytest_twisted.async_yield_fixture
async def served() -> AsyncIterator[Served]:
    """Answers from start to end of a test."""
    made = Served(Path(tempfile.mkdtemp(prefix="gc-", dir="/tmp")))
    made.face.startService()
    yield made
    if made.face.running:
        await made.face.stopService()
    shutil.rmtree(made.home)
