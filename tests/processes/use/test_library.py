"""The library's example, as a reader runs it: programs that are members."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes.lab import DEADLINE_S, Lab

pytestmark = pytest.mark.processes

EXAMPLE = Path(__file__).parents[3] / "docs" / "examples" / "registry.py"
HERE = re.compile(r"^(\S+) at (\S+)$", re.MULTILINE)


class Program:
    """The example with its arguments, and what it has printed."""

    def __init__(self, lab: Lab, name: str, *words: str) -> None:
        self.lab = lab
        self.log = lab.home / f"{name}.log"
        line = (sys.executable, str(EXAMPLE), "--name", name)
        listen = ("--listen", f"{lab.host}:0")
        with self.log.open("wb") as output:
            self.process: subprocess.Popen[bytes] = lab.spawn(
                *line, *listen, *words, output=output
            )
        lab.wait_for(lambda: HERE.search(self.text), f"{name} is up")

    @property
    def text(self) -> str:
        return self.log.read_bytes().decode("utf-8", "replace")

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @property
    def address(self) -> str:
        found = HERE.search(self.text)
        assert found is not None
        return found[2]

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """The exit status after *number*."""
        self.process.send_signal(number)
        return self.process.wait(timeout=DEADLINE_S)


def test_the_registry_knows_who_offers_what_and_who_is_gone(lab: Lab) -> None:
    """Announced by tags, found, and removed: by a goodbye, and by kill -9."""
    one = Program(lab, "web-1", "--offer", "web=10.0.0.1:80")
    seed = ("--seed", one.address)
    watcher = Program(lab, "watcher", *seed, "--watch", "web")
    lab.wait_for(
        lambda: watcher.lines[1:] == ["+ web web-1 10.0.0.1:80"], "it sees the first"
    )
    two = Program(lab, "web-2", *seed, "--offer", "web=10.0.0.2:80")
    other = Program(lab, "db-1", *seed, "--offer", "db=10.0.0.3:5432")
    lab.wait_for(
        lambda: (
            watcher.lines[1:] == ["+ web web-1 10.0.0.1:80", "+ web web-2 10.0.0.2:80"]
        ),
        "the watcher sees both",
    )
    line = (sys.executable, str(EXAMPLE), "--listen", f"{lab.host}:0", *seed)
    found = lab.run(*line, "--find", "web")
    assert found.status == 0, found
    assert found.output.splitlines()[1:] == ["web-1 10.0.0.1:80", "web-2 10.0.0.2:80"]
    two.end(signal.SIGKILL)
    lab.wait_for(
        lambda: watcher.lines[-1] == "- web web-2 10.0.0.2:80 (failed)",
        "the watcher sees the killed one go",
        60,
    )
    assert one.end() == 0
    lab.wait_for(
        lambda: watcher.lines[-1] == "- web web-1 10.0.0.1:80 (left)",
        "the watcher sees the other one leave",
    )
    assert (other.end(), watcher.end(signal.SIGINT)) == (0, 0)
    assert len(watcher.lines) == 5


def test_a_command_s_node_is_seen_by_a_program(lab: Lab) -> None:
    """Nodes, programs and agents are one cluster."""
    anna = lab.start("anna", "--tag", "web=10.0.0.9:80")
    watcher = Program(lab, "watcher", "--seed", anna.address, "--watch", "web")
    lab.wait_for(
        lambda: watcher.lines[1:] == ["+ web anna 10.0.0.9:80"], "it sees the node"
    )
    lab.wait_for(lambda: anna.status_of("watcher") == "alive", "the node sees it")
    anna.ask("tags", "set", "web=10.0.0.9:81")
    lab.wait_for(
        lambda: (
            watcher.lines[2:]
            == ["- web anna 10.0.0.9:80 (updated)", "+ web anna 10.0.0.9:81"]
        ),
        "it sees the tag change",
    )
    assert watcher.end() == 0
    lab.wait_for(lambda: anna.status_of("watcher") == "left", "it said goodbye")
