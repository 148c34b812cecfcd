"""
What a bench that was killed has left behind: namespaces, their processes, folders.

All that is made here carries the process id of its bench in its name; what belongs to
no living process is removed before the next one begins.
"""

import os
import re
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from itertools import count
from pathlib import Path

TEMPORARY = Path("/tmp")  # noqa: S108  a socket's path may have 107 bytes
SPACES = Path("/run/netns")

_SPACE = re.compile(r"gcbench([0-9a-f]+)n\d+(-\d+)?")
_HOME = re.compile(r"gcb-([0-9a-f]+)-.*")

_numbers = count()


def new_space() -> str:
    """A name for namespaces of this process, short enough for network cards."""
    return f"gcbench{os.getpid():x}n{next(_numbers)}"


def new_home() -> Path:
    """A new folder of this process."""
    prefix = f"gcb-{os.getpid():x}-"
    return Path(tempfile.mkdtemp(prefix=prefix, dir=TEMPORARY))


def remove_leftovers() -> None:
    """End and remove what benches that are gone have left. Needs root."""
    for space in sorted(SPACES.glob("gcbench*")):
        if _is_left(_SPACE.fullmatch(space.name)):
            remove_space(space.name)
    for home in TEMPORARY.glob("gcb-*"):
        if _is_left(_HOME.fullmatch(home.name)):
            shutil.rmtree(home, ignore_errors=True)


def remove_space(name: str) -> None:
    """The namespace *name*, and whatever still runs in it."""
    command = ["ip", "netns", "pids", name]
    found = subprocess.run(command, capture_output=True, text=True)
    for pid in found.stdout.split():
        with suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)
    subprocess.run(["ip", "netns", "delete", name], capture_output=True)


def _is_left(name: re.Match[str] | None) -> bool:
    return name is not None and not Path(f"/proc/{int(name[1], 16)}").exists()
