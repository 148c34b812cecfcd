"""
Real nodes, started as a user starts them, with folders and addresses of their own.

A :class:`Lab` owns what it starts: its processes end with it, its folder goes.
Nothing here sleeps: whoever waits, waits for a condition, with a deadline.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from random import SystemRandom
from typing import IO, Any, TypeVar

Found = TypeVar("Found")
Row = dict[str, Any]

BIN = Path(sys.executable).parent
"""Where this environment keeps `gossipchat` and `twistd`."""

DEADLINE_S = 20.0
"""Plenty for what takes a second on a machine of its own: tests share theirs."""

POLL_S = 0.15
MAX_COMMAND_S = 30.0

UP = re.compile(r"^gossipchat up: (\S+) (\S+) api=(\S+)(.*)$", re.MULTILINE)
TRACEBACK = re.compile(r"Traceback|Unhandled")

FOREGROUND = ("twistd", "-n", "--pidfile=", "gossipchat")
NO_FACES = ("--irc", "none", "--web", "none")


class Lab:
    """A folder in /tmp, a loopback host of its own, and the nodes that live there."""

    def __init__(self, note: Callable[[str, float], None]) -> None:
        # Not pytest's tmp_path: a socket's path may have 107 bytes.
        self.home = Path(tempfile.mkdtemp(prefix="gc-", dir="/tmp"))
        self.host = loopback_host()
        self.nodes: list[Node] = []
        self.note = note
        self._processes: list[subprocess.Popen[bytes]] = []
        self._settings = 0

    def start(self, name: str, *options: str, seeds: Sequence["Node"] = ()) -> "Node":
        """A node named *name*, up, that knows *seeds*."""
        node = self.begin(name, *options, seeds=seeds)
        node.wait_until_up()
        return node

    def begin(self, name: str, *options: str, seeds: Sequence["Node"] = ()) -> "Node":
        """A node that is being started; its folder is called *name* too."""
        given = [part for seed in seeds for part in ("--seed", seed.address)]
        node = Node(self, name, (*NO_FACES, *given, *options))
        self.nodes.append(node)
        node.begin()
        return node

    def cluster(self, *names: str, options: Sequence[str] = ()) -> list["Node"]:
        """Nodes that all know each other: the first is everyone's seed."""
        first = self.start(names[0], *options)
        rest = [self.begin(name, *options, seeds=[first]) for name in names[1:]]
        for node in rest:
            node.wait_until_up()
        nodes = [first, *rest]
        self.wait_for_all_alive(nodes)
        return nodes

    def settings(self, text: str) -> tuple[str, str]:
        """The option that gives a node these settings, in TOML."""
        path = self.home / f"settings-{self._settings}.toml"
        self._settings += 1
        path.write_text(text, encoding="utf-8")
        return "--config", str(path)

    def wait_for_all_alive(self, nodes: Sequence["Node"]) -> None:
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

    def run(self, *command: str, text: str | None = None) -> "Ran":
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
        """Lines of any log that speak of an exception nobody handled."""
        return [
            f"{path.name}: {line}"
            for path in sorted(self.home.glob("*.log"))
            for line in path.read_text(encoding="utf-8", errors="replace").splitlines()
            if TRACEBACK.search(line)
        ]

    def close(self) -> None:
        """End what was started here, and only that; remove the folder."""
        for process in self._processes:
            if process.poll() is None:
                process.kill()
                process.wait()
        for pidfile in self.home.glob("*.pid"):
            pid = int(pidfile.read_text(encoding="ascii"))
            if running(pid) and str(self.home) in command_of(pid):
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.home, ignore_errors=True)


class Node:
    """One node: its process, its folder, and the user who asks it things."""

    def __init__(self, lab: Lab, name: str, options: Sequence[str]) -> None:
        self.lab = lab
        self.name = name
        self.options = tuple(options)
        self.data = lab.home / name
        self.log = lab.home / f"{name}.log"
        self.listen = f"{lab.host}:0"
        self._process: subprocess.Popen[bytes] | None = None
        self._up: re.Match[str] | None = None
        self._log_start = 0

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, f"{self.name} was never started"
        return self._process

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def address(self) -> str:
        """HOST:PORT, as the node said when it came up."""
        assert self._up is not None, f"{self.name} isn't up"
        return self._up[2]

    @property
    def where(self) -> tuple[str, int]:
        """The same for sockets."""
        host, _, port = self.address.rpartition(":")
        return host, int(port)

    def command(self) -> tuple[str, ...]:
        """What a user types to start this node."""
        own = ("--name", self.name, "--data", str(self.data), "--listen", self.listen)
        return (*FOREGROUND, *own, *self.options)

    def begin(self) -> None:
        """Start the process; it is up later."""
        self._up = None
        self._log_start = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self._process = self.lab.spawn(*self.command(), output=log)

    def restart(self) -> None:
        """Start again with the same folder, at the same address; wait until up."""
        self.listen = self.address
        self.begin()
        self.wait_until_up()

    def wait_until_up(self) -> None:
        """Until the line ``gossipchat up:`` is out."""

        def up() -> bool:
            self._up = UP.search(self.said())
            ended = self.process.poll()
            assert ended is None, f"{self.name} ended with {ended}: {self.said()}"
            return self._up is not None

        wait_until(up, f"{self.name} is up", DEADLINE_S)

    def said(self) -> str:
        """All that this process has printed and logged."""
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            return log.read().decode("utf-8", "replace")

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        """kill -9: no time to say goodbye."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """SIGTERM; the exit status."""
        self.signal(signal.SIGTERM)
        return self.ended()

    def ended(self) -> int:
        """The exit status, as soon as there is one."""
        self.lab.wait_for(
            lambda: self.process.poll() is not None, f"{self.name} has ended"
        )
        return self.process.returncode

    def command_line(self, *words: str) -> "Ran":
        """`gossipchat WORDS` about this node."""
        return self.lab.run("gossipchat", *words, "--data", str(self.data))

    def ask(self, *words: str) -> list[Row]:
        """`gossipchat WORDS --json` about this node, which must succeed."""
        ran = self.command_line(*words, "--json")
        assert ran.status == 0, f"gossipchat {words}: {ran}"
        return ran.rows

    def say(self, text: str, room: str = "lobby") -> str:
        """Say *text*; the message's id."""
        return str(self.ask("say", room, text)[0]["id"])

    def history(self, room: str = "lobby") -> list[Row]:
        """All that carries text, in the one order."""
        return self.ask("history", room, "--limit", "1000")

    def texts(self, room: str = "lobby") -> list[str]:
        return [row["text"] for row in self.history(room)]

    def ids(self, room: str = "lobby") -> list[str]:
        return [row["id"] for row in self.history(room)]

    def names(self, status: str) -> set[str]:
        """The members that this node lists as *status*."""
        return {row["name"] for row in self.ask("members") if row["status"] == status}

    def status_of(self, name: str) -> str | None:
        """One member's status as seen from here; None when unknown."""
        found = [row["status"] for row in self.ask("members") if row["name"] == name]
        return found[0] if found else None

    def follow(self, *words: str) -> "Follower":
        """`gossipchat WORDS --follow --json` beside us."""
        path = self.lab.home / f"{self.name}-{words[0]}-{time.monotonic_ns()}.log"
        line = ("gossipchat", *words, "--follow", "--json", "--data", str(self.data))
        with path.open("wb") as output:
            self.lab.spawn(*line, output=output)
        return Follower(path)

    def memory(self) -> int:
        """Resident bytes of the process."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        kilobytes = re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)
        assert kilobytes is not None
        return int(kilobytes[1]) * 1024


class Follower:
    """What a following command has printed."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def rows(self) -> list[Row]:
        """The whole lines so far."""
        whole = self._path.read_text(encoding="utf-8").rpartition("\n")[0]
        return [json.loads(line) for line in whole.splitlines()]

    @property
    def texts(self) -> list[str]:
        return [row["text"] for row in self.rows]


class Ran:
    """A command that has ended."""

    def __init__(self, status: int, output: str, errors: str) -> None:
        self.status = status
        self.output = output
        self.errors = errors

    @property
    def rows(self) -> list[Row]:
        """Its output as JSON, one object a line."""
        return [json.loads(line) for line in self.output.splitlines()]

    @property
    def last_line(self) -> str:
        """What a person reads last: of the errors, or else of the output."""
        lines = (self.errors.strip() or self.output.strip()).splitlines()
        return lines[-1] if lines else ""

    def __repr__(self) -> str:
        return f"exit {self.status}\n{self.output}{self.errors}"


def wait_until(
    condition: Callable[[], Found | None], what: str, deadline: float
) -> Found:
    """What *condition* gives, once true; AssertionError after *deadline* seconds."""
    ends = time.monotonic() + deadline
    pause = threading.Event()
    while not (result := condition()):
        assert time.monotonic() < ends, f"{what}: not within {deadline:g} s"
        pause.wait(POLL_S)
    return result


def loopback_host() -> str:
    """
    An address in 127/8 that nobody else is likely to use: so a node can come back
    to its port, and tests run beside each other.
    """
    chance = SystemRandom()
    return f"127.{chance.randint(1, 254)}.{chance.randint(0, 255)}.1"


def found(program: str) -> str:
    """*program* in this environment if it is there, or else on the path."""
    path = shutil.which(program, path=f"{BIN}:{os.environ.get('PATH', os.defpath)}")
    assert path is not None, f"{program} isn't installed"
    return path


def children(pid: int) -> list[int]:
    """The processes that *pid* has started and that still run."""
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in path.read_text(encoding="ascii").split()]


def running(pid: int) -> bool:
    """Whether *pid* is a process that has not ended."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def command_of(pid: int) -> str:
    """What *pid* was started with."""
    return Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace")


def tail(path: Path, lines: int = 60) -> str:
    """The last *lines* of *path*."""
    text = path.read_text(encoding="utf-8", errors="replace")
    return "\n".join(text.splitlines()[-lines:])
