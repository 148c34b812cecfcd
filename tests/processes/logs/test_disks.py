"""
Disks that fill, fail, or can't be written: the user is told, nothing unwritten is
acknowledged, the others don't notice, and all is well again when the disk is.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.processes.lab import Lab, Node, wait_until

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root: make test"),
]

strace = pytest.mark.skipif(
    shutil.which("strace") is None, reason="strace isn't installed"
)

RECOVERY_S = 40.0
"""A failing disk is tried every 5 s; what was missed is asked for within 30 s more."""


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    """A tmpfs of *size* at *folder*, gone at the end."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "none", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"no tmpfs can be mounted here: {mounted.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def injected(lab: Lab, node: Node, calls: str, error: str) -> Iterator[None]:
    """As long as this lasts, *node*'s *calls* end with *error*."""
    trace = lab.home / f"{node.name}.strace"
    with (lab.home / "strace.log").open("wb") as log:
        tracing = lab.spawn(
            *("strace", "-f", "-p", str(node.pid), "-o", str(trace)),
            *("-e", f"trace={calls}", "-e", f"inject={calls}:error={error}"),
            output=log,
        )
    said = lab.home / "strace.log"

    def attached() -> bool:
        if tracing.poll() is not None:
            pytest.skip(f"strace can't attach here: {said.read_text()}")
        return "attached" in said.read_text()

    wait_until(attached, "strace is attached", 10)
    try:
        yield
    finally:
        tracing.send_signal(signal.SIGINT)
        tracing.wait()


def fill(folder: Path) -> Path:
    """A file that takes all that is left."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1):
            while True:
                try:
                    file.write(bytes(size))
                except OSError:
                    break
    return filler


def refused(node: Node, text: str) -> str:
    """*text* is said and refused: the sentence that says why."""
    ran = node.command_line("say", "lobby", text)
    assert ran.status == 1, ran
    return ran.last_line


def store_ok(node: Node) -> bool:
    (status,) = node.ask("status")
    return bool(status["store"]["ok"])


def warned(node: Node) -> bool:
    (status,) = node.ask("status")
    return any(warning["member"] is None for warning in status["warnings"])


def all_is_well(lab: Lab, sick: Node, others: list[Node]) -> None:
    """The sick node takes what is said, and has all that it missed."""

    def taken() -> bool:
        return sick.command_line("say", "lobby", "well again").status == 0

    lab.wait_for(taken, "the disk takes it again", RECOVERY_S)
    lab.wait_for(lambda: store_ok(sick), "its status says so")
    lab.wait_for_each(
        others,
        lambda node: sorted(node.ids()) == sorted(sick.ids()),
        "all have all",
        RECOVERY_S,
    )


def test_a_full_disk(lab: Lab) -> None:
    """On a tmpfs of 4 MiB, filled to the last byte, and killed while it is."""
    with small_disk(lab.home / "sick", "4m"):
        sick, ben, cleo = lab.cluster("sick", "ben", "cleo")
        promised = [sick.say("before")]
        filler = fill(sick.data)
        lab.wait_for(lambda: _refusal(sick, promised), "say is refused")
        # What is smaller may still have found room.
        refusal = lab.wait_for(
            lambda: _refusal(sick, promised, "short"), "a short one, too"
        )
        assert "is full" in refusal
        lab.wait_for(lambda: not store_ok(sick), "its status says so")
        lab.wait_for(lambda: warned(sick), "and warns")
        meanwhile = ben.say("meanwhile")
        lab.wait_for(lambda: meanwhile in cleo.ids(), "the others talk on")
        assert not sick.names("dead")
        assert set(promised) <= set(sick.ids()), "it still shows what it has"
        assert "is full" in refused(sick, "again")
        filler.unlink()
        all_is_well(lab, sick, [ben, cleo])
        assert {*promised, meanwhile} <= set(sick.ids())
        assert "again" not in sick.texts()
        sick.kill()
        sick.restart()
        assert {*promised, meanwhile} <= set(sick.ids())
        sick.stop()


def test_a_disk_that_was_full_at_kill_9_keeps_what_was_acknowledged(lab: Lab) -> None:
    """What was refused is gone, whatever became of the process meanwhile."""
    with small_disk(lab.home / "sick", "4m"):
        sick = lab.start("sick")
        promised = [sick.say("before")]
        filler = fill(sick.data)
        lab.wait_for(lambda: _refusal(sick, promised), "say is refused")
        sick.kill()
        filler.unlink()
        sick.restart()
        assert sick.ids() == promised
        sick.stop()


@strace
@pytest.mark.parametrize("error", ["EIO", "ENOSPC"])
def test_a_disk_whose_fsync_fails(lab: Lab, error: str) -> None:
    """What can't be made sure of is refused; the others don't notice."""
    sick, ben = lab.cluster("sick", "ben")
    before = sick.say("before")
    with injected(lab, sick, "fsync,fdatasync", error):
        assert "the disk" in refused(sick, "not on disk")
        lab.wait_for(lambda: not store_ok(sick), "its status says so")
        meanwhile = ben.say("meanwhile")
        assert not sick.names("dead")
    all_is_well(lab, sick, [ben])
    assert {before, meanwhile} <= set(sick.ids())
    assert "not on disk" not in ben.texts()


@strace
def test_a_database_that_becomes_read_only(lab: Lab) -> None:
    """As when the kernel remounts a broken file system: every write is refused."""
    sick, ben = lab.cluster("sick", "ben")
    before = sick.say("before")
    with injected(lab, sick, "pwrite64", "EROFS"):
        assert refused(sick, "not on disk")
        lab.wait_for(lambda: not store_ok(sick), "its status says so")
        meanwhile = ben.say("meanwhile")
        assert sick.ids() == [before], "it still shows what it has"
        assert not sick.names("dead")
    all_is_well(lab, sick, [ben])
    assert meanwhile in sick.ids()
    assert "not on disk" not in ben.texts()


def test_a_start_on_a_read_only_disk_is_refused_in_one_sentence(lab: Lab) -> None:
    with small_disk(lab.home / "sick", "4m"):
        sick = lab.start("sick")
        before = sick.say("before")
        sick.stop()
        _remount(sick.data, "ro")
        ran = lab.run(*sick.command())
        assert ran.status == 1
        assert str(sick.data) in ran.last_line
        _remount(sick.data, "rw")
        sick.restart()
        assert sick.ids() == [before]
        sick.stop()


def _refusal(node: Node, promised: list[str], text: str = "x" * 4000) -> str:
    """Why *node* refuses to say *text*; "" when it does not (noted)."""
    ran = node.command_line("say", "lobby", text, "--json")
    if ran.status == 0:
        promised.append(ran.rows[0]["id"])
        return ""
    return ran.last_line


def _remount(folder: Path, mode: str) -> None:
    # This mount alone: all that root of a user namespace may change.
    subprocess.run(["mount", "-o", f"remount,bind,{mode}", str(folder)], check=True)
