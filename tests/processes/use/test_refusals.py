"""Wrong usage and bad circumstances: one clear sentence, no traceback."""

import os
import shutil
from pathlib import Path

import pytest

from tests.processes.lab import FOREGROUND, NO_FACES, TRACEBACK, Lab, Node, Ran

pytestmark = pytest.mark.processes

DAEMON = ("twistd", "--pidfile=refused.pid", "--logfile=refused.log", "gossipchat")

both_ways = pytest.mark.parametrize(
    "way", [FOREGROUND, DAEMON], ids=["foreground", "daemon"]
)


def start_badly(
    lab: Lab, *options: str, way: tuple[str, ...] = FOREGROUND, data: Path | None = None
) -> Ran:
    """A start that must fail: what it printed; harmless options come first."""
    home = data or lab.home / "refused"
    safe = ("--data", str(home), "--listen", f"{lab.host}:0")
    return lab.run(*way, *NO_FACES, *safe, *options)


def assert_refused(ran: Ran, *words: str) -> None:
    """Status 1, and a last line of one sentence that has all *words*."""
    assert ran.status == 1, ran
    assert not TRACEBACK.search(ran.output + ran.errors), ran
    for word in words:
        assert word in ran.last_line, ran


@both_ways
def test_a_taken_port(lab: Lab, way: tuple[str, ...]) -> None:
    """Never changed silently: the sentence names it."""
    anna = lab.start("anna")
    assert_refused(
        start_badly(lab, "--listen", anna.address, way=way), str(anna.where[1])
    )


def test_a_locked_folder(lab: Lab) -> None:
    """Two nodes would write one log."""
    anna = lab.start("anna")
    ran = start_badly(lab, data=anna.data)
    assert_refused(ran, str(anna.data))
    assert anna.asked("status").status == 0


def test_beyond_loopback_without_a_key(lab: Lab) -> None:
    """Anyone could read and join: it takes a key, or --open said aloud."""
    assert_refused(start_badly(lab, "--listen", "0.0.0.0:0"), "--open", "keygen")


def test_beyond_loopback_with_open(lab: Lab) -> None:
    """Said aloud it is allowed."""
    node = Node(lab, "anna", (*NO_FACES, "--open", "--advertise", f"{lab.host}:7946"))
    node.listen = "0.0.0.0:0"
    node.begin()
    node.wait_until_up()


def test_beyond_loopback_with_a_key(lab: Lab) -> None:
    """The key keeps others out."""
    data = lab.home / "anna"
    assert lab.run("gossipchat", "keygen", "--write", "--data", str(data)).status == 0
    node = Node(lab, "anna", (*NO_FACES, "--advertise", f"{lab.host}:7946"))
    node.listen = "0.0.0.0:0"
    node.begin()
    node.wait_until_up()


def test_a_folder_below_a_file(lab: Lab) -> None:
    """Root too can't make that one."""
    (lab.home / "file").write_text("in the way", encoding="ascii")
    data = lab.home / "file" / "data"
    assert_refused(start_badly(lab, data=data), str(data))


def test_a_folder_where_nobody_may_write(lab: Lab) -> None:
    """/sys takes no folders, not even root's."""
    data = Path("/sys/gossipchat")
    if os.access("/sys", os.W_OK) and os.geteuid() != 0:
        pytest.skip("/sys is writable here")
    assert_refused(start_badly(lab, data=data), str(data))


def test_a_socket_path_that_is_too_long(lab: Lab) -> None:
    """The kernel takes 107 bytes; the sentence says so and what to do."""
    data = lab.home / ("long" * 25)
    assert_refused(start_badly(lab, data=data), "107", "--data")


def test_an_option_that_makes_no_sense(lab: Lab) -> None:
    """The sentence repeats what came; tests/shell/options has them all."""
    assert_refused(start_badly(lab, "--keyring", "/nonexistent"), "/nonexistent")


def test_a_keyring_that_is_none(lab: Lab) -> None:
    """The file's name and what it should be."""
    broken = lab.home / "broken.json"
    broken.write_text('["c2hvcnQ="]', encoding="ascii")
    assert_refused(start_badly(lab, "--keyring", str(broken)), str(broken))


def test_a_daemon_that_can_start_runs(lab: Lab) -> None:
    """Its starter ends with 0; `status` says when it is up; SIGTERM ends it."""
    data = lab.home / "daemon"
    way = ("twistd", "--pidfile=daemon.pid", "--logfile=daemon.log", "gossipchat")
    ran = start_badly(lab, way=way, data=data)
    assert ran.status == 0, ran
    status = ("gossipchat", "status", "--data", str(data))
    lab.wait_for(lambda: lab.run(*status).status == 0, "the daemon is up")
    assert lab.run("gossipchat", "leave", "--data", str(data)).status == 0
    pidfile = lab.home / "daemon.pid"
    lab.wait_for(lambda: not pidfile.exists(), "the daemon has ended")


def keyed(lab: Lab, name: str) -> tuple[str, str]:
    """Options for a node whose cluster key is its own."""
    data = lab.home / f"key-of-{name}"
    ran = lab.run("gossipchat", "keygen", "--write", "--data", str(data))
    assert ran.status == 0, ran
    return "--keyring", str(data / "keyring.json")


def test_a_wrong_key_is_told_and_lets_nobody_in(lab: Lab) -> None:
    """The newcomer stays up, keeps trying, and says what is wrong; status names it."""
    anna = lab.start("anna", *keyed(lab, "anna"))
    ben = lab.start("ben", *keyed(lab, "ben"), seeds=[anna])
    lab.wait_for(lambda: "key" in complaints(ben, anna), "ben speaks of the key")
    lab.wait_for(lambda: status_speaks_of_the_key(anna), "status names the host")
    assert anna.names("alive") == {"anna"}
    assert ben.names("alive") == {"ben"}


def test_a_seed_that_needs_a_key_is_told(lab: Lab) -> None:
    """One without a key learns that it needs one."""
    anna = lab.start("anna", *keyed(lab, "anna"))
    ben = lab.start("ben", seeds=[anna])
    lab.wait_for(lambda: "key" in complaints(ben, anna), "ben speaks of the key")
    assert anna.names("alive") == {"anna"}


def test_a_seed_that_has_no_key_is_told(lab: Lab) -> None:
    """One with a key doesn't fall back to speaking without."""
    anna = lab.start("anna")
    ben = lab.start("ben", *keyed(lab, "ben"), seeds=[anna])
    lab.wait_for(lambda: "key" in complaints(ben, anna), "ben speaks of the key")
    assert anna.names("alive") == {"anna"}


def status_speaks_of_the_key(node: Node) -> bool:
    """Whether the one warning in `gossipchat status` is about it."""
    (status,) = node.ask("status")
    return ["key" in warning["what"] for warning in status["warnings"]] == [True]


def complaints(node: Node, seed: Node) -> str:
    """What *node* has logged about *seed* since it was up."""
    lines = node.said().partition("gossipchat up:")[2].splitlines()[1:]
    return "\n".join(line for line in lines if seed.address in line)


def test_a_folder_that_vanished_is_no_traceback(lab: Lab) -> None:
    """Whoever asks about a node that is gone gets a sentence."""
    anna = lab.start("anna")
    anna.kill()
    shutil.rmtree(anna.data)
    ran = anna.command_line("members")
    assert_refused(ran, str(anna.data))
