"""`gossipchat chat` in a terminal, in a pipe, and with a node of its own."""

import re
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from twisted.internet import reactor
from twisted.internet.defer import Deferred

from tests.cli.builders import ENVIRONMENT, GOSSIPCHAT, Command, run, start
from tests.processes.lab import children, running
from tests.shell.faces.conftest import Served

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Screen(Command):
    """A command in a terminal of its own."""

    @property
    def text(self) -> str:
        """All that has appeared, as a person would read it."""
        return ESCAPES.sub("", self.output.decode("utf-8", "replace"))

    def shows(self, *words: str) -> "Deferred[None]":
        """Fires when all of *words* have appeared."""
        return self.until(lambda: all(word in self.text for word in words))

    def press(self, keys: bytes) -> None:
        self.transport.write(keys)


def open_chat(*words: str, term: str = "xterm") -> Screen:
    """`gossipchat chat` with *words*, at a keyboard."""
    screen = Screen()
    line = [*GOSSIPCHAT, "chat", *words]
    environment = {**ENVIRONMENT, "TERM": term, "COLUMNS": "80"}
    reactor.spawnProcess(screen, line[0], line, environment, usePTY=True)
    return screen


def data(served: Served) -> tuple[str, str]:
    return "--data", str(served.home)


@pytest.mark.parametrize("term", ["xterm", "dumb"])
async def test_what_is_typed_is_said_and_what_comes_is_shown(
    served: Served, term: str
) -> None:
    """It opens in #lobby with the last lines; the node was there and stays."""
    for number in range(30):
        served.node.hear("lobby", "bob", f"line {number:02}")
    screen = open_chat(*data(served), term=term)
    await screen.shows("line 29", "you are alice")
    assert "line 09" not in screen.text and "line 10" in screen.text
    screen.press("grüß dich\r/me waves\r".encode())
    await screen.shows("<alice> grüß dich", "* alice waves")
    served.node.hear("garden", "carol", "over here")
    await screen.shows("#garden <carol> over here")
    screen.press(b"/nonsense\r")
    await screen.shows("there is no /nonsense")
    screen.press(b":q\r")
    assert await screen.ended == 0
    assert [line.kind for line in list(served.node.kept)[30:]] == [
        "say",
        "emote",
        "say",
    ]
    assert served.node.watchers == 0


async def test_what_is_being_typed_stays_below_what_comes(served: Served) -> None:
    """A line that arrives neither swallows nor sends it."""
    screen = open_chat(*data(served))
    await screen.shows("#lobby> ")
    screen.press(b"half a")
    await screen.shows("#lobby> half a")
    served.node.hear("lobby", "bob", "meanwhile")
    await screen.until(lambda: screen.text.endswith("meanwhile\r\n#lobby> half a"))
    screen.press(b"xx\x7f\x7f line\r")
    await screen.shows("<alice> half a line")
    screen.press(b"\x04")
    assert await screen.ended == 0


async def test_ctrl_c_leaves_with_130(served: Served) -> None:
    """Without a traceback, and the terminal is as it was."""
    screen = open_chat(*data(served))
    await screen.shows("#lobby> ")
    screen.press(b"\x03")
    assert await screen.ended == 130
    assert "Traceback" not in screen.text


async def test_a_pipe_is_said_line_by_line_and_its_end_leaves(served: Served) -> None:
    """All of it, before it leaves."""
    texts = [f"line {number}" for number in range(500)]
    chat = await run("chat", *data(served), typed="\n".join(texts))
    assert (chat.status, chat.errors) == (0, b"")
    assert [line.text for line in served.node.kept] == texts


async def test_a_node_that_ends_is_told(served: Served) -> None:
    """One sentence, status 1."""
    chat = start("chat", *data(served))
    await chat.until(lambda: b"you are alice" in chat.output)
    await served.face.stopService()
    assert await chat.ended == 1
    assert "has stopped" in chat.complaint


async def test_options_for_a_node_that_runs_already_are_refused(
    served: Served,
) -> None:
    """They would be without effect, and nobody would know."""
    chat = await run("chat", *data(served), "--seed", "host:1", "-l", "x:2")
    assert chat.status == 1
    assert "--seed host:1 -l x:2" in chat.complaint


@pytest.mark.parametrize(
    ("words", "word", "status"),
    [
        (["--listen", "nonsense"], "HOST:PORT", 2),
        (["--nonsense"], "nonsense", 2),
        (["--listen", "0.0.0.0:0"], "keygen", 1),
    ],
    ids=["value", "option", "circumstances"],
)
async def test_a_node_that_can_not_start_says_why(
    tmp_path: Path, words: list[str], word: str, status: int
) -> None:
    """Its own sentence, the one of this start, and its own status."""
    log = tmp_path / "node.log"
    log.write_text("an old failure\n", encoding="ascii")
    chat = await run("chat", "--data", str(tmp_path), *words)
    assert (chat.status, chat.output) == (status, b"")
    assert word in chat.complaint
    assert log.read_text(encoding="utf-8").startswith("an old failure\n")


async def test_a_folder_that_can_not_be_made_is_told(tmp_path: Path) -> None:
    """Before any node is started."""
    (tmp_path / "file").write_text("in the way", encoding="ascii")
    chat = await run("chat", "--data", str(tmp_path / "file" / "data"))
    assert chat.status == 1
    assert str(tmp_path / "file") in chat.complaint


def leave_by_key(screen: Screen, keys: bytes) -> None:
    screen.press(keys)


def leave_by_signal(screen: Screen, number: int) -> None:
    screen.transport.signalProcess(number)


@pytest.mark.processes
@pytest.mark.parametrize(
    ("leave", "how", "status"),
    [
        (leave_by_key, b"\x03", 130),
        (leave_by_signal, signal.SIGTERM, 128 + signal.SIGTERM),
        (leave_by_signal, signal.SIGHUP, 128 + signal.SIGHUP),
    ],
    ids=["ctrl-c", "sigterm", "sighup"],
)
async def test_a_node_of_its_own_ends_with_it(
    tmp_path: Path, leave: Callable[[Screen, Any], None], how: Any, status: int
) -> None:
    """However it is ended, no process stays behind (talk/test_chat.py has ``:q``)."""
    home = tmp_path / "me"
    screen = open_chat("--data", str(home), "--listen", "127.0.0.1:0", "--name", "me")
    await screen.shows("me, you are", "#lobby> ")
    (child,) = children(screen.transport.pid)
    assert (home / "node.log").stat().st_mode & 0o777 == 0o600
    leave(screen, how)
    assert await screen.ended == status
    assert not running(child)
    assert not (home / "api.sock").exists()
    assert "Traceback" not in screen.text
