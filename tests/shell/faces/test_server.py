"""The socket itself: who can reach it, how long it is there, how it ends."""

import json
import os
import socket
from pathlib import Path

import pytest
from twisted.internet import reactor
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread

from gossipchat.errors import StoreError
from gossipchat.faces.socket.client import connect
from gossipchat.faces.socket.server import MAX_CONNECTIONS, SocketFace
from gossipchat.testing import FakeNode
from tests.shell.faces.conftest import Served


def raw(path: Path) -> socket.socket:
    """A connection by hand."""
    made = socket.socket(socket.AF_UNIX)
    made.settimeout(20)
    made.connect(str(path))
    return made


def read_to_end(made: socket.socket) -> list[dict[str, object]]:
    """All lines until the node closes."""
    with made, made.makefile("rb") as lines:
        return [json.loads(line) for line in lines]


async def test_only_this_user_can_connect(served: Served) -> None:
    """0600, whatever the umask says."""
    assert served.path.stat().st_mode & 0o777 == 0o600
    await served.face.stopService()
    before = os.umask(0)
    try:
        served.face.startService()
        assert os.umask(0) == 0
    finally:
        os.umask(before)
    assert served.path.stat().st_mode & 0o777 == 0o600


async def test_the_socket_goes_when_the_face_stops(served: Served) -> None:
    """Nobody waits for a node that is gone."""
    await served.face.stopService()
    assert not served.path.exists()


async def test_a_socket_that_somebody_removed_is_no_trouble(served: Served) -> None:
    """The stop goes on."""
    served.path.unlink()
    await served.face.stopService()
    assert not served.path.exists()


async def test_a_socket_left_behind_is_replaced(served: Served) -> None:
    """After kill -9 the next start needs no help."""
    await served.face.stopService()
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(served.path))
    left.close()
    served.face.startService()
    hello = await deferToThread(lambda: connect(served.home).hello)
    assert hello["name"] == "alice"


def test_a_file_in_the_way_is_not_removed(tmp_path: Path) -> None:
    """It may be somebody's."""
    path = tmp_path / "api.sock"
    path.write_text("precious", encoding="ascii")
    with pytest.raises(StoreError, match=r"api\.sock.*no socket"):
        SocketFace(FakeNode(), path).startService()
    assert path.read_text(encoding="ascii") == "precious"


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    """One sentence with the path."""
    with pytest.raises(StoreError, match=r"nowhere/api\.sock"):
        SocketFace(FakeNode(), tmp_path / "nowhere" / "api.sock").startService()


async def test_a_stop_hands_over_what_was_sent(served: Served) -> None:
    """The answer to leave arrives, though the node ends right after it."""
    stopping: list[Deferred[None]] = []

    def and_stop() -> Deferred[None]:
        deferLater(reactor, 0, lambda: stopping.append(served.face.stopService()))
        return succeed(None)

    def leave() -> list[dict[str, object]]:
        made = raw(served.path)
        made.sendall(b'{"v":1,"id":1,"do":"leave"}\n')
        return read_to_end(made)

    served.node.leave = and_stop  # type: ignore[method-assign]
    got = await deferToThread(leave)
    await stopping[0]
    assert got[1:] == [{"id": 1, "ok": {}}]


async def test_a_stop_does_not_wait_for_who_does_not_read(served: Served) -> None:
    """A second, and they are cut off."""
    stuck = raw(served.path)
    stuck.sendall(b'{"v":1,"id":1,"do":"tail","since":0}\n')
    await deferToThread(lambda: connect(served.home).ask("version"))
    for _ in range(2000):
        served.node.hear("lobby", "bob", "x" * 1000)
    await deferToThread(
        stuck.sendall, b'{"v":1,"id":2,"do":"tail","since":0,"follow":true}\n'
    )
    await deferToThread(lambda: connect(served.home).ask("version"))
    await served.face.stopService()
    stuck.close()
    assert served.node.watchers == 0


async def test_input_that_ends_is_answered_first(served: Served) -> None:
    """``echo REQUEST | nc -U api.sock`` works."""

    def ask() -> list[dict[str, object]]:
        made = raw(served.path)
        made.sendall(b'{"v":1,"id":1,"do":"tail","since":0}\n')
        made.sendall(b'{"v":1,"id":2,"do":"tail","follow":true}\n')
        made.shutdown(socket.SHUT_WR)
        return read_to_end(made)

    for _ in range(1000):
        served.node.hear("lobby", "bob", "x" * 1000)
    got = await deferToThread(ask)
    assert [line["id"] for line in got[1:-1]] == [1] * 1000
    assert got[-1] == {"id": 1, "end": True}
    assert served.node.watchers == 0


async def test_a_129th_connection_is_not_let_in(served: Served) -> None:
    """Descriptors are for members too."""

    def fill() -> tuple[list[socket.socket], bytes]:
        inside = []
        for _ in range(MAX_CONNECTIONS):
            inside.append(raw(served.path))
            assert inside[-1].recv(1)
        with raw(served.path) as outside:
            return inside, outside.recv(1)

    inside, heard = await deferToThread(fill)
    for made in inside:
        made.close()
    assert heard == b""


async def test_a_follower_misses_nothing_and_hears_nothing_twice(
    served: Served,
) -> None:
    """While lines come all the time, from the store and then live."""
    for number in range(500):
        served.node.hear("lobby", "bob", f"{number}")

    def follow() -> list[int]:
        with connect(served.home) as client:
            numbers = []
            for line in client.stream("tail", since=100, follow=True):
                numbers.append(line["n"])
                if line["n"] < 1500:
                    client.send("say", room="lobby", text="more")
                if line["n"] == 1500:
                    return numbers
        raise AssertionError("the stream ended")

    assert await deferToThread(follow) == list(range(101, 1501))
