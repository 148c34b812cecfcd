"""How a start is told to whoever started it, in processes of their own."""

import subprocess
import sys

PRELUDE = "import os; from gossipchat.node.life import Launch; launch = Launch()\n"


def run(program: str) -> "subprocess.CompletedProcess[str]":
    """*program* after a Launch was made, to its end."""
    command = [sys.executable, "-c", PRELUDE + program]
    return subprocess.run(command, capture_output=True, text=True, timeout=30)


def test_without_a_fork_a_failure_is_one_line_and_status_1() -> None:
    """As with `twistd -n`."""
    done = run("launch.started(); raise launch.failed('no room')")
    assert (done.returncode, done.stderr) == (1, "no room\n")


def test_a_path_that_is_no_text_is_told_too() -> None:
    """Any bytes may name a folder."""
    program = "from gossipchat.node.life import say_up; say_up('api=/\\udce9')"
    command = [sys.executable, "-c", program]
    assert subprocess.run(command, capture_output=True).stdout == b"api=/\xe9\n"


def test_the_parent_of_a_daemon_tells_its_failure() -> None:
    """The daemon's own standard error leads nowhere."""
    done = run(
        "if os.fork() == 0:\n"
        "    launch.started()\n"
        "    raise launch.failed('no room')\n"
        "print('not reached')"
    )
    assert (done.returncode, done.stderr, done.stdout) == (1, "no room\n", "")


def test_the_parent_of_a_daemon_that_is_up_goes_on() -> None:
    """Then twistd ends it with 0."""
    done = run(
        "if os.fork() == 0:\n"
        "    launch.started(); launch.succeeded(); os._exit(0)\n"
        "print('the daemon is up')"
    )
    assert (done.returncode, done.stdout) == (0, "the daemon is up\n")


def test_a_daemon_that_dies_in_its_start_is_told_too() -> None:
    """Nobody waits for ever for a word that can't come."""
    done = run("if os.fork() == 0: os._exit(9)\nprint('not reached')")
    assert (done.returncode, done.stdout) == (1, "")
    assert "ended while it started" in done.stderr


def test_a_fork_after_the_start_is_left_alone() -> None:
    """A node that runs may start processes; nobody waits for those."""
    done = run("launch.started()\nif os.fork() == 0: os._exit(0)\nprint('goes on')")
    assert (done.returncode, done.stdout) == (0, "goes on\n")


HANGING_UP = (
    "import signal; from gossipchat.node.life import end_on_signals\n"
    "class Reactor: callFromThread = staticmethod(lambda leave: leave())\n"
    "signal.signal(signal.SIGHUP, signal.{before})\n"
    "end_on_signals(Reactor, lambda: print('leaves'))\n"
    "os.kill(os.getpid(), signal.SIGHUP)\n"
    "print('goes on')"
)


def test_who_closes_the_terminal_leaves() -> None:
    """As with SIGTERM: the others need not find out by themselves."""
    assert run(HANGING_UP.format(before="SIG_DFL")).stdout == "leaves\ngoes on\n"


def test_under_nohup_a_closed_terminal_is_nothing() -> None:
    """That is what nohup is for."""
    assert run(HANGING_UP.format(before="SIG_IGN")).stdout == "goes on\n"
