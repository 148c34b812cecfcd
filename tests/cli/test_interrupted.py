"""Ends that have nothing to do with what was asked: no traceback, whatever happens."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.builders import GOSSIPCHAT, start
from tests.shell.faces.conftest import Served

INTERRUPTED = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever runs this test

class Tidying:
    '''Ctrl-C comes while an import tidies up, where Python drops what is raised.'''
    def find_spec(self, name, *rest):
        if name == "click":
            try:
                os.kill(os.getpid(), signal.SIGINT)
            except KeyboardInterrupt:
                pass

sys.meta_path.insert(0, Tidying())
from gossipchat.cli.main import main
main()
"""


def test_ctrl_c_counts_however_early_it_comes() -> None:
    """Exit status 130; a follower that had lost it would go on for ever."""
    program = (sys.executable, "-c", INTERRUPTED, "version")
    ran = subprocess.run(program, capture_output=True, timeout=30)
    assert (ran.returncode, ran.stdout, ran.stderr) == (130, b"", b"")


def test_a_full_disk_below_the_output_is_one_line() -> None:
    """Exit status 1: what was to be printed is lost."""
    with Path("/dev/full").open("wb") as full:
        ran = subprocess.run(
            (*GOSSIPCHAT, "version"), stdout=full, stderr=subprocess.PIPE, timeout=30
        )
    assert ran.returncode == 1
    assert ran.stderr.startswith(b"gossipchat: ") and ran.stderr.count(b"\n") == 1


async def test_the_terminal_writes_to_no_full_disk_either(served: Served) -> None:
    """And it does without what was closed when it was started."""
    chat = (*GOSSIPCHAT, "chat", "--data", str(served.home))
    full = start(program=("sh", "-c", 'exec "$@" >/dev/full', "sh", *chat))
    assert await full.ended == 1
    assert full.complaint.startswith("gossipchat chat: ")
    closed = start(program=("sh", "-c", 'exec "$@" <&- >&-', "sh", *chat))
    assert await closed.ended == 0
    assert closed.errors == b""


@pytest.mark.parametrize("closed", [1, 2])
def test_a_closed_stream_is_nothing_to_stumble_over(closed: int) -> None:
    """As if it led to /dev/null: no file that is opened takes its place."""
    script = 'exec "$@" ' + f"{closed}>&-"
    command = ("sh", "-c", script, "sh", *GOSSIPCHAT, "status", "--data", "/nowhere")
    ran = subprocess.run(command, capture_output=True, timeout=30, env=os.environ)
    assert ran.returncode == 1
    assert (b"no node runs" in ran.stderr) == (closed == 1)
    assert b"Traceback" not in ran.stderr
