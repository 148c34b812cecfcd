"""The client that programs use: what it gives, and what it says when it can't."""

import os
import select
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread

from gossipchat.errors import NoNode, NotThere, Refused, StoreError, UsageError
from gossipchat.faces.socket.client import Client, connect, default_data
from tests.shell.faces.conftest import Served


def answering(home: Path, lines: bytes) -> Callable[[], None]:
    """Something else that listens in *home* and says *lines*; call it to end it."""
    door = socket.socket(socket.AF_UNIX)
    door.bind(str(home / "api.sock"))
    door.listen()

    def answer() -> None:
        guest, _ = door.accept()
        with guest:
            guest.sendall(lines)

    thread = threading.Thread(target=answer)
    thread.start()

    def end() -> None:
        thread.join()
        door.close()

    return end


async def ask(served: Served, do: str, **arguments: object) -> dict[str, object]:
    def asking() -> dict[str, object]:
        with connect(served.home) as client:
            return client.ask(do, **arguments)

    return await deferToThread(asking)


async def test_an_answer_is_the_object(served: Served) -> None:
    """None of the envelope."""
    said = await ask(served, "say", room="lobby", text="grüße 🌍", nick=None)
    assert said["seq"] == 1
    assert served.node.kept[0].text == "grüße 🌍"


@pytest.mark.parametrize(
    ("do", "arguments", "error"),
    [
        ("say", {"room": "a b", "text": "x"}, UsageError),
        ("forget", {"name": "nobody"}, Refused),
        ("dance", {}, NotThere),
    ],
)
async def test_an_error_is_raised_in_its_class(
    served: Served, do: str, arguments: dict[str, object], error: type[Exception]
) -> None:
    """So the caller knows whose fault it is."""
    with pytest.raises(error):
        await ask(served, do, **arguments)


async def test_a_store_that_fails_is_a_store_error(served: Served) -> None:
    """With the node's text."""
    served.node.fail = StoreError("the disk is full")
    with pytest.raises(StoreError, match="the disk is full"):
        await ask(served, "say", room="lobby", text="x")


async def test_a_stream_closed_early_is_stopped(served: Served) -> None:
    """And the connection goes on."""
    for _ in range(3):
        served.node.hear("lobby", "bob", "x")

    def look() -> None:
        with connect(served.home) as client:
            stream = client.stream("tail", since=0, follow=True)
            assert next(stream)["n"] == 1
            stream.close()  # type: ignore[attr-defined]
            assert client.ask("version")["v"] == 1

    await deferToThread(look)
    assert served.node.watchers == 0


async def test_what_came_while_sending_is_unread(served: Served) -> None:
    """The socket itself has nothing more to tell then, so select alone would wait."""

    def flood() -> int:
        """How many answers are missing."""
        with connect(served.home) as client:
            asked = 0
            while not client.unread:
                client.send("version")
                asked += 1
            while asked and (client.unread or select.select([client], [], [], 20)[0]):
                asked -= len(client.received())
            return asked

    assert await deferToThread(flood) == 0


async def test_a_node_that_ends_is_told(served: Served) -> None:
    """With what to do."""

    listed: Deferred[None] = Deferred()
    loop: Any = reactor

    def follow() -> None:
        with connect(served.home) as client:
            members = client.stream("members", follow=True)
            next(members)
            loop.callFromThread(listed.callback, None)
            for _ in members:
                client.send("version")

    following = deferToThread(follow)
    await listed
    await served.face.stopService()
    with pytest.raises(Refused, match="has stopped"):
        await following


async def test_waiting_ends_when_nobody_reads_our_output(served: Served) -> None:
    """``tail --follow | head`` doesn't wait for a next line that may never come."""
    reading, writing = os.pipe()

    def follow() -> None:
        with connect(served.home) as client:
            client.output = writing
            for _ in client.stream("tail", follow=True):
                raise AssertionError("nothing was said")

    following = deferToThread(follow)
    os.close(reading)
    with pytest.raises(BrokenPipeError):
        await following
    os.close(writing)


def test_where_no_node_runs_it_says_how_to_start_one(tmp_path: Path) -> None:
    """A folder, or none at all."""
    for data in (tmp_path, tmp_path / "none"):
        with pytest.raises(NoNode, match=f"gossipchat node --data {data}"):
            connect(data)


def test_a_path_that_is_too_long_has_its_sentence(tmp_path: Path) -> None:
    """The kernel's own error would name no remedy."""
    with pytest.raises(UsageError, match="107"):
        connect(tmp_path / ("long" * 30))


@pytest.mark.parametrize(
    ("line", "word"),
    [
        (b'{"gossipchat":"9.0.0","v":2}\n', "newer"),
        (b'{"gossipchat":"0.0.1","v":0}\n', "older"),
        (b"HTTP/1.1 400 Bad Request\n", "no gossipchat"),
        (b"[]\n", "no gossipchat"),
        (b"", "has stopped"),
    ],
)
def test_who_speaks_otherwise_is_refused(
    tmp_path: Path, line: bytes, word: str
) -> None:
    """Too new, too old, or something else altogether."""
    end = answering(tmp_path, line)
    with pytest.raises(Refused, match=word):
        connect(tmp_path)
    end()


def test_unknown_fields_are_skipped(tmp_path: Path) -> None:
    """A newer node may say more."""
    end = answering(tmp_path, b'{"gossipchat":"0.2.0","v":1,"colour":"blue"}\n')
    with connect(tmp_path) as client:
        assert isinstance(client, Client)
    end()


def test_the_default_folder_follows_xdg(monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative XDG_DATA_HOME counts as none, says the standard."""
    monkeypatch.setenv("HOME", "/home/al")
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert default_data() == Path("/data/gossipchat")
    monkeypatch.setenv("XDG_DATA_HOME", "data")
    assert default_data() == Path("/home/al/.local/share/gossipchat")
    monkeypatch.delenv("XDG_DATA_HOME")
    assert default_data() == Path("/home/al/.local/share/gossipchat")


def test_a_user_without_a_home_has_a_default_folder_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In a container: whoever names a folder needs no other."""

    def nowhere() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setattr(Path, "home", nowhere)
    assert default_data() == Path("/.local/share/gossipchat")
