"""
The three kinds of members that run side by side: how each is started and listened to.
"""

import subprocess
import sys
from pathlib import Path

from lab.channels import AgentChannel, Channel, KinshipChannel, NodeChannel
from lab.fabric import Machine

NODE, AGENT, KINSHIP = KINDS = ("gossipchat", "serf", "kinship")

BIN = Path(sys.executable).parent
PORT = 7946
RPC = 7373
"""Of agents."""


class Member:
    """
    One process of some kind on a machine of its own.

    Args:
        listens: what is said is followed as well, not members alone.
        profile: lan, wan or local; the timings of any kind.
        settings: TOML, for nodes.
    """

    def __init__(
        self,
        machine: Machine,
        kind: str,
        home: Path,
        *,
        listens: bool = False,
        profile: str = "lan",
        settings: str = "",
    ) -> None:
        self.machine = machine
        self.kind = kind
        self.home = home
        self.name = machine.namespace
        self.listens = listens
        self.data = home / self.name
        self._profile = profile
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """HOST:PORT of the cluster's protocol."""
        return f"{self.machine.host}:{PORT}"

    def start(self, seed: str) -> None:
        """Start the process; it joins by *seed*, if that is not empty."""
        command = {NODE: self._node, AGENT: self._agent, KINSHIP: self._kinship}
        output = subprocess.PIPE if self.kind == KINSHIP else None
        line = command[self.kind](seed)
        with (self.home / f"{self.name}.log").open("ab") as log:
            self._process = self.machine.start(line, log, self.home, output)

    def listen(self) -> Channel | None:
        """A channel to it; None while it is not up."""
        assert self._process is not None
        if self._process.poll() is not None:
            log = (self.home / f"{self.name}.log").read_text(errors="replace")
            raise RuntimeError(f"{self.name} has ended: {log[-2000:]}")
        try:
            if self.kind == NODE:
                return NodeChannel(self.data, self.listens)
            if self.kind == AGENT:
                return AgentChannel(self.machine.connect(RPC), self.listens)
            return KinshipChannel(self._process)
        except OSError:
            return None

    def _node(self, seed: str) -> list[str]:
        own = ["--name", self.name, "--data", str(self.data), "--listen", self.address]
        plain = ["--open", "--irc", "none", "--web", "none", "--profile", self._profile]
        join = ["--seed", seed] if seed else []
        if self._settings:
            path = self.home / f"{self.name}.toml"
            path.write_text(self._settings, encoding="utf-8")
            join += ["--config", str(path)]
        twistd = [str(BIN / "twistd"), "-n", "--pidfile=", "gossipchat"]
        return [*twistd, *own, *plain, *join]

    def _agent(self, seed: str) -> list[str]:
        join = [f"-retry-join={seed}", "-retry-interval=1s"] if seed else []
        door = f"-rpc-addr={self.machine.door}:{RPC}"
        own = [f"-node={self.name}", f"-bind={self.address}", door]
        return ["serf", "agent", *own, f"-profile={self._profile}", *join]

    def _kinship(self, seed: str) -> list[str]:
        program = [sys.executable, str(Path(__file__).parent / "kinship_member.py")]
        return [*program, self.name, self.address, self._profile, *filter(None, [seed])]
