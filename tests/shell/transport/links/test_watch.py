"""Whether what was written to links gets through."""

import socket
from types import SimpleNamespace

from twisted.internet.task import Clock

from gossipchat.transport.links.watch import CLEAR, LOOK, Path, Watch, path_of
from gossipchat.transport.turns import Turns


class Link:
    """One whose path a test sets."""

    def __init__(self, path: Path) -> None:
        self.now = path

    def path(self) -> Path:
        return self.now


class Watched:
    def __init__(self) -> None:
        self.clock = Clock()
        self.silent: list[object] = []
        self.watch = Watch(Turns(self.clock), self.silent.append)


def test_a_link_that_repeats_itself_in_vain_is_told_of_at_each_look() -> None:
    """Until something is acknowledged; then it is let alone."""
    watched, link = Watched(), Link(Path(repeats=1, unanswered=3))
    watched.watch.wrote(link)
    watched.clock.advance(LOOK)
    assert watched.silent == []  # one packet got lost: that happens
    link.now = Path(repeats=2, unanswered=3)
    watched.clock.advance(LOOK)
    watched.clock.advance(LOOK)
    assert watched.silent == [link, link]
    link.now = Path(repeats=0, unanswered=1)
    watched.clock.advance(LOOK)
    link.now = CLEAR
    watched.clock.advance(LOOK)
    assert watched.silent == [link, link]
    assert watched.clock.getDelayedCalls() == []


def test_links_on_which_nothing_is_said_are_not_looked_at() -> None:
    """No timer runs for them; one look is for all that said something."""
    watched = Watched()
    assert watched.clock.getDelayedCalls() == []
    for _ in range(3):
        watched.watch.wrote(Link(CLEAR))
    assert len(watched.clock.getDelayedCalls()) == 1
    watched.clock.advance(LOOK)
    assert watched.clock.getDelayedCalls() == []


def test_a_link_that_is_gone_is_forgotten() -> None:
    """Whatever it last was."""
    watched, link = Watched(), Link(Path(repeats=9, unanswered=1))
    watched.watch.wrote(link)
    watched.watch.leave(link)
    watched.clock.advance(LOOK)
    assert watched.silent == []


def test_the_kernel_is_asked() -> None:
    """What is sent and acknowledged leaves the path clear; so does no socket at all."""
    one, other = socket.socketpair(socket.AF_UNIX)
    with one, other:
        assert path_of(SimpleNamespace(getHandle=lambda: one)) == CLEAR
    assert path_of(SimpleNamespace(getHandle=object)) == CLEAR
    listening = socket.create_server(("127.0.0.1", 0))
    called = socket.create_connection(listening.getsockname())
    with listening, called:
        assert path_of(SimpleNamespace(getHandle=lambda: called)).repeats == 0
