"""
The three kinds of members that run side by side: how each is started and listened to.
"""

import json
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
        key: of the cluster, 32 bytes in base64; none: it is open.
        name: if another than its machine's.
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
        key: str = "",
        name: str = "",
    ) -> None:
        self.machine = machine
        self.kind = kind
        self.home = home
        self.name = name or machine.namespace
        self.listens = listens
        self.data = home / machine.namespace
        self._profile = profile
        self._settings = settings
        self._key = key
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """HOST:PORT of the cluster's protocol."""
        return f"{self.machine.host}:{PORT}"

    @property
    def door(self) -> str:
        """HOST:PORT of an agent's RPC, in its machine."""
        return f"{self.machine.door}:{RPC}"

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
        plain = ["--irc", "none", "--web", "none", "--profile", self._profile]
        join = ["--seed", seed] if seed else []
        if self._settings:
            path = self.home / f"{self.name}.toml"
            path.write_text(self._settings, encoding="utf-8")
            join += ["--config", str(path)]
        if self._key:
            self._write_keyring()
        else:
            plain.append("--open")
        twistd = [str(BIN / "twistd"), "-n", "--pidfile=", "gossipchat"]
        return [*twistd, *own, *plain, *join]

    def _write_keyring(self) -> None:
        self.data.mkdir(mode=0o700, exist_ok=True)
        ring = self.data / "keyring.json"
        ring.write_text(json.dumps([self._key]), encoding="ascii")
        ring.chmod(0o600)

    def _agent(self, seed: str) -> list[str]:
        join = [f"-retry-join={seed}", "-retry-interval=1s"] if seed else []
        join += [f"-encrypt={self._key}"] if self._key else []
        own = [f"-node={self.name}", f"-bind={self.address}", f"-rpc-addr={self.door}"]
        return ["serf", "agent", *own, f"-profile={self._profile}", *join]

    def _kinship(self, seed: str) -> list[str]:
        program = [sys.executable, str(Path(__file__).parent / "kinship_member.py")]
        own = [self.name, self.address, self._profile, self._key]
        return [*program, *own, *filter(None, [seed])]
