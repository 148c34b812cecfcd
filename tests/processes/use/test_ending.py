"""How a node ends: gracefully and soon, or at once when it is told twice."""

import signal

import pytest

from tests.processes.lab import Lab, Node

pytestmark = pytest.mark.processes


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_leaves_gracefully(lab: Lab, number: signal.Signals) -> None:
    """
    Exit status 0, below 2 s in quiet (printed), and the others list it as left; which
    is no verdict for ever.
    """
    anna, ben = lab.cluster("anna", "ben")
    ben.signal(number)
    assert ben.ended() == 0
    lab.wait_for(lambda: anna.status_of("ben") == "left", "ben is listed as left")
    if number == signal.SIGTERM:
        ben.restart()
        lab.wait_for_all_alive([anna, ben])


def test_a_lone_node_ends_gracefully_too(lab: Lab) -> None:
    """With nobody to say goodbye to."""
    assert lab.start("anna").stop() == 0


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_at_once(lab: Lab, second: signal.Signals) -> None:
    """Even while the goodbye can reach nobody, since the other hangs."""
    anna, frozen = lab.cluster("anna", "ben")
    frozen.freeze()
    anna.signal(signal.SIGTERM)
    lab.wait_for(lambda: "'anna'" in anna.said().rpartition("is left")[0], "it leaves")
    anna.signal(second)
    assert anna.ended() == 128 + second, "a graceful end would have been 0"


def test_a_goodbye_waits_five_seconds_at_most(lab: Lab) -> None:
    """Hanging members can't hold a leaving one."""
    anna, ben = lab.cluster("anna", "ben")
    ben.signal(signal.SIGSTOP)
    assert anna.stop() == 0
    ben.signal(signal.SIGCONT)
    lab.wait_for(lambda: ben.names("alive") == {"ben"}, "ben knows that anna went", 60)


def test_leave_ends_the_node_that_is_asked(lab: Lab) -> None:
    """`gossipchat leave` returns when the news is out; the process ends with 0."""
    anna, ben = lab.cluster("anna", "ben")
    assert ben.command_line("leave").status == 0
    assert ben.ended() == 0
    lab.wait_for(lambda: anna.status_of("ben") == "left", "ben is listed as left")
    assert ben.command_line("status").status == 1


def test_a_frozen_node_is_alive_again_when_it_thaws(lab: Lab) -> None:
    """Suspicion and death are about now; a live member refutes both."""

    def sees(node: Node, name: str, status: str) -> bool:
        return node.status_of(name) == status

    anna, ben, cleo = lab.cluster("anna", "ben", "cleo")
    cleo.signal(signal.SIGSTOP)
    lab.wait_for(lambda: sees(anna, "cleo", "dead"), "the frozen one is dead", 60)
    anna.say("while cleo was away")
    cleo.signal(signal.SIGCONT)
    lab.wait_for_all_alive([anna, ben, cleo])
    lab.wait_for(
        lambda: cleo.texts() == ["while cleo was away"], "cleo catches up on the lines"
    )
