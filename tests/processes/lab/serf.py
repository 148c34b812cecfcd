"""
Debian's serf agents beside our nodes: other people's program as the judge.
"""

import json
import re
import shutil
import signal
import subprocess
from collections.abc import Sequence

import pytest

from tests.processes.lab import Lab, Node, Ran, Row, loopback_host

TROUBLE = re.compile(r"\[(WARN|ERR)\] ")

ITS_OWN = re.compile(r"agent\.ipc: |serf: reply for non-running query ")
"""
Complaints of an agent that say nothing of others. Of its console: as a query ends it
goes on writing to `serf query`, which has left, and then reads that the connection was
reset (seen with a lone agent among nobody of ours). That an answer came after its
query's end, as one by a detour may.
"""

LATE = re.compile(
    r"memberlist: Refuting a suspect message"
    r"|memberlist: Was able to connect to .* but other probes failed"
    r"|memberlist: Failed fallback ping: .*timeout"
)
"""
Complaints of somebody who did not answer within a second: who shares a processor with
others may be so late at times. Who never answers is named at each probe.
"""

MOST_LATE = 5


class Agent:
    """One ``serf agent`` with an address of its own."""

    def __init__(
        self, lab: Lab, name: str, options: Sequence[str], address: str | None = None
    ) -> None:
        self.lab = lab
        self.name = name
        host = loopback_host()
        self.address = address or f"{host}:7946"
        self.rpc = f"{host}:7373"
        self._log = lab.home / f"serf-{name}.log"
        # Without -tag etc.: what a user gets from Debian.
        self._command = (
            *lab.inside(name),
            *("serf", "agent", f"-node={name}", f"-bind={self.address}"),
            *(f"-rpc-addr={self.rpc}", "-log-level=debug", *options),
        )
        self._process = self._begin()

    def _begin(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return self.lab.spawn(*self._command, output=log)

    def ask(self, *words: str) -> Ran:
        """``serf WORDS`` about this agent."""
        there = self.lab.inside(self.name)
        command = ("serf", words[0], f"-rpc-addr={self.rpc}", *words[1:])
        return self.lab.run(*there, *command)

    def detailed(self) -> dict[str, Row]:
        """What it says of each member; empty while the agent doesn't answer."""
        ran = self.ask("members", "-detailed", "-format=json")
        if ran.status != 0:
            return {}
        return {row["name"]: row for row in json.loads(ran.output)["members"]}

    def members(self) -> dict[str, str]:
        """Each member's status; empty while the agent doesn't answer."""
        return {name: row["status"] for name, row in self.detailed().items()}

    def sees(self, name: str, status: str) -> bool:
        return self.members().get(name) == status

    def wait_until_up(self) -> None:
        """Until it answers and knows itself."""
        self.lab.wait_for(
            lambda: self.sees(self.name, "alive"), f"agent {self.name} is up"
        )

    def join(self, address: str) -> None:
        """Join by *address*; AssertionError if the agent refuses."""
        ran = self.ask("join", address)
        assert ran.status == 0, f"serf join: {ran}"

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        """kill -9."""
        self._process.kill()
        self._process.wait()

    def restart(self) -> None:
        """The same name and address again."""
        self._process = self._begin()
        self.wait_until_up()

    def said(self, pattern: str = "") -> list[str]:
        """The lines of its log in which *pattern* is found."""
        text = self._log.read_text(encoding="utf-8", errors="replace")
        return [line for line in text.splitlines() if re.search(pattern, line)]

    def troubles(self) -> list[str]:
        """
        The lines of its log at WARN or ERR that complain of others; of somebody late
        only if that is not now and then.
        """
        complaints = self.said(TROUBLE.pattern)
        lines = [line for line in complaints if not ITS_OWN.search(line)]
        late = [line for line in lines if LATE.search(line)]
        if len(late) > MOST_LATE:
            return lines
        return [line for line in lines if line not in late]

    def troubles_about(self, *nodes: Node) -> list[str]:
        """Those that name one of *nodes*, or its address."""
        words = [word for node in nodes for word in (node.name, node.address)]
        either = "|".join(map(re.escape, words))
        return [line for line in self.troubles() if re.search(either, line)]


class Agents:
    """Starts serf agents in a lab."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    def start(self, name: str, *options: str, address: str | None = None) -> Agent:
        """An agent that is up, at *address* if that matters."""
        agent = Agent(self._lab, name, options, address)
        agent.wait_until_up()
        return agent


def agents_in(lab: Lab) -> Agents:
    """Agents in *lab*; the test is skipped where Debian's serf isn't installed."""
    if shutil.which("serf") is None:
        pytest.skip("serf isn't installed: apt-get install serf")
    return Agents(lab)
