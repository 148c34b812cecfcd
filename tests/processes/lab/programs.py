"""
Programs and processes of this machine, and their logs.
"""

import os
import shutil
import sys
from pathlib import Path

BIN = Path(sys.executable).parent
"""Where this environment keeps `gossipchat` and `twistd`."""


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
    except (FileNotFoundError, ProcessLookupError):  # it may end as it is read
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def command_of(pid: int) -> str:
    """What *pid* was started with."""
    return Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace")


def tail(path: Path, lines: int = 60) -> str:
    """The last *lines* of *path*."""
    text = path.read_text(encoding="utf-8", errors="replace")
    return "\n".join(text.splitlines()[-lines:])


def wrong_clock(off: Path, seconds: int) -> tuple[str, ...]:
    """
    What stands before a Python program whose clock is so much ahead; *off*: a file that
    says so, for ``set_clock``.
    """
    set_clock(off, seconds)
    shim = Path(__file__).with_name("wrong_clock")
    return ("env", f"PYTHONPATH={shim}", f"CLOCK_OFF_FILE={off}")


def set_clock(off: Path, seconds: int) -> None:
    """Let the clock that goes by *off* be so much ahead from now on."""
    beside = off.with_suffix(".new")
    beside.write_text(str(seconds), encoding="ascii")
    beside.replace(off)
