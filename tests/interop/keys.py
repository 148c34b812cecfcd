"""Keys for nodes and agents, as each of them wants to be given one."""

import json
from base64 import b64encode
from random import SystemRandom

from tests.processes.lab import Lab


def fresh_key(size: int = 32) -> str:
    """*size* random bytes in base64."""
    return b64encode(SystemRandom().randbytes(size)).decode("ascii")


def give_key(lab: Lab, name: str, key: str) -> None:
    """The node *name*, not started yet, finds *key* in its folder."""
    data = lab.home / name
    data.mkdir(mode=0o700)
    ring = data / "keyring.json"
    ring.write_text(json.dumps([key]), encoding="ascii")
    ring.chmod(0o600)


def encrypt(key: str) -> str:
    """The option that gives *key* to an agent."""
    return f"-encrypt={key}"
