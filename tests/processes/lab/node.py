"""
One real node, and the user who asks it things.
"""

import re
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gossipchat.faces.socket.client import Client, connect
from tests.processes.lab.answers import Follower, Ran, Row
from tests.processes.lab.asking import asked
from tests.processes.lab.waiting import DEADLINE_S, MAX_COMMAND_S, wait_until

if TYPE_CHECKING:
    from tests.processes.lab import Lab

UP = re.compile(r"^gossipchat up: (\S+) (\S+) api=(\S+)(.*)$", re.MULTILINE)

FOREGROUND = ("twistd", "-n", "--pidfile=", "gossipchat")


class Node:
    """One node: its process, its folder, and the user who asks it things."""

    def __init__(self, lab: "Lab", name: str, options: Sequence[str]) -> None:
        self.lab = lab
        self.name = name
        self.options = tuple(options)
        self.data = lab.home / name
        self.log = lab.home / f"{name}.log"
        self.listen = f"{lab.host_of(name)}:0"
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
            command = (*self.lab.inside(self.name), *self.command())
            self._process = self.lab.spawn(*command, output=log)

    def restart(self) -> None:
        """Start again with the same folder, at the same address; wait until up."""
        self.listen = self.address
        self.begin()
        self.wait_until_up()

    def wait_until_up(self) -> None:
        """Until the line ``gossipchat up:`` is out."""

        wait_until(self.is_up, f"{self.name} is up", DEADLINE_S)

    def is_up(self) -> bool:
        """Whether that line is out; AssertionError when the process ended without."""
        ended = self.process.poll()
        self._up = UP.search(self.said())
        if self._up is None:
            assert ended is None, f"{self.name} ended with {ended}: {self.said()}"
        return self._up is not None

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

    def freeze(self) -> None:
        """SIGSTOP: it runs no more, but its sockets stay."""
        self.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        self.signal(signal.SIGCONT)

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

    def socket(self) -> Client:
        """A connection to api.sock, cheaper than a command for each question."""
        return connect(self.data)

    def command_line(self, *words: str) -> Ran:
        """`gossipchat WORDS` about this node."""
        return self.lab.run("gossipchat", *words, "--data", str(self.data))

    def asked(self, *words: str) -> Ran:
        """The same in this process: most of what a command takes is its start."""
        return asked(*words, "--data", str(self.data), within=MAX_COMMAND_S)

    def ask(self, *words: str) -> list[Row]:
        """`gossipchat WORDS --json` about this node, which must succeed."""
        ran = self.asked(*words, "--json")
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

    def follow(self, *words: str) -> Follower:
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
