"""
What is acknowledged is on disk: processes killed, disks that fill or fail.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from tempfile import mkdtemp

import pytest

from gossipchat.names import EntryId
from gossipchat.store.store import Store
from tests.store.builders import ANN, opened, pen, talker

AUTHOR = pen(ANN).feed.author

strace = pytest.mark.skipif(
    shutil.which("strace") is None, reason="strace isn't installed"
)


def line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def next_batch(process: "subprocess.Popen[str]") -> str:
    """Let a talker with --times say something; its answer."""
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()
    return line(process)


@pytest.mark.parametrize("options", [(), ("--others",)], ids=["own", "others"])
def test_a_killed_process_loses_nothing_acknowledged(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    """kill -9 in mid-write, five times on one store."""
    path = tmp_path / "chat.db"
    chance = Random(17)
    acknowledged: list[list[str]] = []
    for _ in range(5):
        process = talker(path, *options)
        assert line(process) == "open"
        acknowledged += [line(process).split() for _ in range(chance.randint(1, 60))]
        process.send_signal(signal.SIGKILL)
        assert process.stdout is not None
        acknowledged += [
            words for rest in process.stdout if len(words := rest.split()) == 3
        ]
        process.wait()
    store = Store(path)
    found = store.open()
    store.close()
    for epoch, last, _ in acknowledged:
        (segment,) = found.feeds[pen(ANN, int(epoch)).feed]
        assert segment.first == 1
        assert segment.last >= int(last)
    numbers = [int(n) for _, _, n in acknowledged]
    assert numbers == sorted(set(numbers)), "no number was given twice"
    with opened(path) as kept:
        for epoch, last, n in acknowledged:
            shown = kept.line(EntryId(AUTHOR, int(epoch), int(last)))
            assert shown is not None
            assert shown.n == int(n) + 2


@strace
@pytest.mark.parametrize("options", [(), ("--others",)], ids=["own", "others"])
def test_own_batches_are_fsynced_before_they_are_acknowledged(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    """And those of others are not: they can come again."""
    trace = tmp_path / "trace"
    under = ["strace", "-f", "-y", "-e", "trace=fsync,fdatasync,write,pwrite64"]
    process = talker(
        tmp_path / "chat.db",
        "--times=5",
        *options,
        under=[*under, "-s", "8", "-o", str(trace)],
    )
    assert line(process) == "open"
    answers = [next_batch(process) for _ in range(5)]
    assert [len(answer.split()) for answer in answers] == [3] * 5
    process.communicate()
    calls = trace.read_text()
    _, *spoken = re.split(r"write\(1<.*", calls)  # "open", five answers, the end
    synced = [bool(re.search(r"sync\(\d+<\S*chat\.db-wal>\)", part)) for part in spoken]
    assert synced[:5] == [not options] * 5


@strace
def test_a_failing_disk_refuses_and_is_not_believed_again_too_soon(
    tmp_path: Path,
) -> None:
    """
    The kernel reports a failed fsync once and may then forget the pages: so the
    whole log is copied and synced before the next answer.
    """
    path, trace = tmp_path / "chat.db", tmp_path / "trace"
    # strace counts by thread; nobody but the writer syncs that often
    inject = ["-e", "trace=fdatasync", "-e", "inject=fdatasync:error=EIO:when=25"]
    under = ["strace", "-f", "-y", "-o", str(trace), *inject]
    process = talker(path, "--times=27", "--batch=1", under=under)
    assert line(process) == "open"
    answers = [next_batch(process) for _ in range(27)]
    process.communicate()
    refused = answers.pop(24)
    assert "fails: see the system's log" in refused
    assert [len(answer.split()) for answer in answers] == [3] * 26
    _, after = trace.read_text().split("(INJECTED)")
    synced = re.findall(r"sync\(\d+<\S*(chat\.db\S*)>", after)
    assert synced[:2] == ["chat.db-wal", "chat.db"], "folded in and synced first"
    with opened(path) as kept:
        assert kept.texts() == [str(number) for number in range(1, 27)]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MiB."""
    if os.geteuid() != 0:
        pytest.skip("mounting needs root: make test")
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)],
        capture_output=True,
        text=True,
    )
    if mounted.returncode != 0:
        pytest.skip(f"nothing can be mounted here: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_refuses_and_all_is_well_when_there_is_room(
    small_disk: Path,
) -> None:
    """What was acknowledged stays, what was refused is not there."""
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(1 << 20))
    process = talker(small_disk / "chat.db", "--times=9999", "--batch=64")
    assert line(process) == "open"
    answers: list[str] = []
    while not answers or not answers[-1].startswith("refused"):
        answers.append(next_batch(process))
    assert "is full: make room" in answers[-1]
    assert "is full: make room" in next_batch(process), "it stays full"
    ballast.unlink()
    answers[-1] = next_batch(process)
    assert len(answers[-1].split()) == 3
    process.kill()
    process.communicate()
    with opened(small_disk / "chat.db") as kept:
        assert len(kept.texts()) == len(answers) * 64


def test_no_store_is_begun_on_a_full_disk(small_disk: Path) -> None:
    """One sentence, before anything else is opened."""
    full = pytest.raises(OSError, match="No space left")
    with (small_disk / "ballast").open("wb", buffering=0) as ballast, full:
        while True:
            ballast.write(bytes(4096))
    process = talker(small_disk / "chat.db")
    assert re.fullmatch(r"refused .*chat\.db.*full.*", line(process))
    process.communicate()


OPEN_AS_NOBODY = """
import os, sys
from pathlib import Path
from gossipchat.errors import StoreError
from gossipchat.store.store import Store
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
try:
    Store(Path(sys.argv[1])).open()
except StoreError as problem:
    print(problem)
"""


def is_alone() -> bool:
    """Whether this user can become no other: all but root, and root of one user."""
    users = Path("/proc/self/uid_map").read_text(encoding="ascii").split()
    return os.geteuid() != 0 or users[2] == "1"


@pytest.mark.skipif(is_alone(), reason="only the machine's root can become nobody")
@pytest.mark.parametrize("mode", [None, 0o600, 0o644])
def test_what_is_not_ours_to_write_is_refused(tmp_path: Path, mode: int | None) -> None:
    """Root may write anywhere, so this is tried as nobody."""
    place = Path(mkdtemp())  # pytest's own directories let nobody pass
    place.chmod(0o755)
    path = place / "chat.db"
    if mode is not None:
        Store(path).open()
        path.chmod(mode)
    asked = subprocess.run(
        [sys.executable, "-c", OPEN_AS_NOBODY, str(path)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    shutil.rmtree(place)
    assert asked.stdout.startswith(f"{path} can't be written"), asked.stderr
