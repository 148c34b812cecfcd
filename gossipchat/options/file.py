"""
The configuration file: TOML with the names of the options and every setting.
"""

import tomllib
from pathlib import Path
from typing import Any

from gossipchat.errors import UsageError
from gossipchat.node.settings import ROOMS
from gossipchat.options.values import READERS


def configured(path: Path) -> dict[str, Any]:
    """What the TOML file *path* says, with its paths made absolute."""
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise UsageError(f"--config {path}: {problem.strerror}") from None
    except ValueError as problem:
        raise UsageError(f"--config {path} is no TOML: {problem}") from None
    known = {*READERS, "tag", *ROOMS}
    for name, value in told.items():
        if name not in known:
            raise UsageError(
                f"--config {path}: {name} is no setting; there are"
                f" {', '.join(sorted(known))}"
            )
        if name in ("tag", *ROOMS) and not isinstance(value, dict):
            raise UsageError(f"--config {path}: {name} is a table, [{name}]")
    if not all(isinstance(value, str) for value in told.get("tag", {}).values()):
        raise UsageError(f"--config {path}: a tag's value is text, in quotes")
    for name in ("data", "keyring"):
        if isinstance(told.get(name), str):
            told[name] = str(path.absolute().parent / told[name])
    return told
