"""
Real nodes, started as a user starts them, with folders and addresses of their own.

A :class:`Lab` owns what it starts: its processes end with it, its folder goes.
Nothing here sleeps: whoever waits, waits for a condition, with a deadline.
"""

import contextlib
import errno
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from random import SystemRandom
from typing import IO

from tests.processes.lab.answers import Ran
from tests.processes.lab.node import Node
from tests.processes.lab.programs import (
    BIN,
    command_of,
    found,
    running,
    tail,
)
from tests.processes.lab.waiting import (
    DEADLINE_S,
    MAX_COMMAND_S,
    POLL_S,
    Found,
    wait_until,
)

TRACEBACK = re.compile(r"Traceback|Unhandled")
FOLLOWING = 30

NO_FACES = ("--irc", "none", "--web", "none")


class Lab:
    """A folder in /tmp, a loopback host of its own, and the nodes that live there."""

    def __init__(self, note: Callable[[str, float], None]) -> None:
        # Not pytest's tmp_path: a socket's path may have 107 bytes.
        self.home = Path(tempfile.mkdtemp(prefix="gc-", dir="/tmp"))
        self.host = loopback_host()
        self.nodes: list[Node] = []
        self.note = note
        self.before: dict[str, tuple[str, ...]] = {}
        """What stands before the command of a node, by name."""
        self._processes: list[subprocess.Popen[bytes]] = []
        self._settings = 0

    def start(self, name: str, *options: str, seeds: Sequence[Node] = ()) -> Node:
        """A node named *name*, up, that knows *seeds*."""
        node = self.begin(name, *options, seeds=seeds)
        node.wait_until_up()
        return node

    def begin(self, name: str, *options: str, seeds: Sequence[Node] = ()) -> Node:
        """A node that is being started; its folder is called *name* too."""
        given = [part for seed in seeds for part in ("--seed", seed.address)]
        node = Node(self, name, (*NO_FACES, *given, *options))
        self.nodes.append(node)
        node.begin()
        return node

    def cluster(self, *names: str, options: Sequence[str] = ()) -> list[Node]:
        """Nodes that all know each other: the first is everyone's seed."""
        first = self.start(names[0], *options)
        rest = [self.begin(name, *options, seeds=[first]) for name in names[1:]]
        for node in rest:
            node.wait_until_up()
        nodes = [first, *rest]
        self.wait_for_all_alive(nodes)
        return nodes

    def host_of(self, name: str) -> str:
        """The address that the node *name* listens on."""
        return self.host

    def inside(self, name: str) -> tuple[str, ...]:
        """What stands before the command that starts the node *name*."""
        return self.before.get(name, ())

    def settings(self, text: str) -> tuple[str, str]:
        """The option that gives a node these settings, in TOML."""
        path = self.home / f"settings-{self._settings}.toml"
        self._settings += 1
        path.write_text(text, encoding="utf-8")
        return "--config", str(path)

    def wait_for_all_alive(self, nodes: Sequence[Node]) -> None:
        """Until each of *nodes* lists all of *nodes* as alive."""
        names = {node.name for node in nodes}
        self.wait_for_each(
            nodes,
            lambda node: node.names("alive") >= names,
            f"all {len(nodes)} list all as alive",
        )

    def wait_for(
        self,
        condition: Callable[[], Found | None],
        what: str,
        deadline: float = DEADLINE_S,
    ) -> Found:
        """
        What *condition* gives, as soon as that is true; *what* names it in the
        figures that the run prints at its end. AssertionError after *deadline*
        seconds.
        """
        began = time.monotonic()
        result = wait_until(condition, what, deadline)
        self.note(what, time.monotonic() - began)
        return result

    def wait_for_each(
        self,
        several: Iterable[Found],
        condition: Callable[[Found], bool],
        what: str,
        deadline: float = DEADLINE_S,
    ) -> None:
        """Until *condition* has been true of each of *several*."""
        left = list(several)

        def none_left() -> bool:
            left[:] = [one for one in left if not condition(one)]
            return not left

        self.wait_for(none_left, what, deadline)

    def wait_through(
        self, condition: Callable[[], bool], what: str, seconds: float
    ) -> None:
        """*condition* holds at every look for *seconds*."""
        ends = time.monotonic() + seconds
        pause = threading.Event()
        while time.monotonic() < ends:
            assert condition(), f"{what}: no longer"
            pause.wait(POLL_S * 5)

    def run(self, *command: str, text: str | None = None) -> Ran:
        """*command* to its end, with *text* as its standard input."""
        done = subprocess.run(
            [found(command[0]), *command[1:]],
            input=text if text is not None else "",
            capture_output=True,
            text=True,
            cwd=self.home,
            env=self.environment(),
            timeout=MAX_COMMAND_S,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def spawn(
        self, *command: str, output: IO[bytes] | int, keyboard: int | None = None
    ) -> subprocess.Popen[bytes]:
        """*command* beside us; both its outputs go to *output*."""
        process = subprocess.Popen(
            [found(command[0]), *command[1:]],
            stdin=subprocess.DEVNULL if keyboard is None else keyboard,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=self.home,
            env=self.environment(),
            start_new_session=True,
        )
        self._processes.append(process)
        return process

    def environment(self) -> dict[str, str]:
        """A user who has never been here, in this Python environment."""
        here = {"PATH": f"{BIN}:{os.environ.get('PATH', os.defpath)}"}
        user = {"HOME": str(self.home), "USER": "lab", "LOGNAME": "lab"}
        rest = {"LANG": "C.UTF-8", "TERM": "dumb", "TMPDIR": str(self.home)}
        return here | user | rest

    def logs(self) -> str:
        """The ends of all logs, for whoever reads why a test failed."""
        return "\n".join(
            f"--- {path.name} ---\n{tail(path)}"
            for path in sorted(self.home.glob("*.log"))
        )

    def tracebacks(self) -> list[str]:
        """
        Where any log speaks of an exception nobody handled: that line, and those that
        follow, since the log is gone when somebody reads of it.
        """
        return [
            f"{path.name}: {'; '.join(lines[number : number + FOLLOWING])}"
            for path in sorted(self.home.glob("*.log"))
            for lines in [path.read_text("utf-8", "replace").splitlines()]
            for number, line in enumerate(lines)
            if TRACEBACK.search(line)
        ]

    def close(self) -> None:
        """End what was started here, and only that; remove the folder."""
        for process in self._processes:
            if process.poll() is None:
                process.kill()
                process.wait()
        for pidfile in self.home.glob("*.pid"):
            with contextlib.suppress(OSError, ValueError):  # it ends as we look
                pid = int(pidfile.read_text(encoding="ascii"))
                if running(pid) and str(self.home) in command_of(pid):
                    os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.home, ignore_errors=True)


TAKEN: list[socket.socket] = []
"""What keeps the addresses of this process for it, until it ends."""

TAKEN_PORT = 7945
"""Nobody else's: whoever listens there has the whole address."""


def loopback_host() -> str:
    """
    An address in 127/8 that no other test of this machine has: so a node can come
    back to its port, agents can have theirs, and tests run beside each other.
    """
    chance = SystemRandom()
    while True:
        host = f"127.{chance.randint(1, 254)}.{chance.randint(0, 255)}.1"
        try:
            TAKEN.append(socket.create_server((host, TAKEN_PORT)))
        except OSError as problem:
            assert problem.errno == errno.EADDRINUSE, problem
            continue  # another test was there first
        return host
