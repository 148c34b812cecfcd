"""The driver: what a room that breaks takes with it, and who is woken how often."""

from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest
from twisted.internet.interfaces import IReactorFromThreads
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from gossipchat.broadcast.events import (
    Drained,
    FrameReceived,
    FramesReceived,
    LinkEnded,
    SendFrames,
)
from gossipchat.chat.events import Persisted, Reveal
from gossipchat.effects import Broke, Count, Moment, Notify
from gossipchat.names import Address
from gossipchat.node.driver.driver import Driver
from gossipchat.swim.events import SendPacket
from gossipchat.wire.ours.frames import Digest, Frame

GOOD, BAD = Digest(bytes(32)), Digest(b"bad".ljust(32))


@implementer(IReactorFromThreads)
class Reactor(Clock):
    """Its clock stands still; calls from threads wait to be made."""

    def __init__(self) -> None:
        super().__init__()
        self.from_threads: list[Callable[[], object]] = []

    def callFromThread(  # type: ignore[override]
        self, call: Callable[[], object]
    ) -> None:
        self.from_threads.append(call)


class Fakes:
    """A peer that can't stand BAD frames, and a transport with room for more."""

    def __init__(self) -> None:
        self.handled: list[object] = []
        self.ended: list[int] = []

    def handle(self, event: object, moment: Moment) -> list[object]:
        frames: tuple[FrameReceived, ...] = ()
        if isinstance(event, FramesReceived):
            frames = event.frames
        elif isinstance(event, FrameReceived):
            frames = (event,)
        if any(one.frame == BAD for one in frames):
            raise ZeroDivisionError
        self.handled.append(event)
        return [SendFrames(one.link, (GOOD,)) for one in frames]

    def end_link(self, link: int, reason: str) -> None:
        self.ended.append(link)

    def send_frames(self, link: int, frames: tuple[Frame, ...]) -> bool:
        return link == 2


class Shell:
    def __init__(self) -> None:
        self.reactor, self.fakes = Reactor(), Fakes()
        self.driver = Driver(cast(Any, self.reactor), int, print, pytest.fail)
        fakes = cast(Any, self.fakes)
        self.driver.connect(fakes, fakes, cast(Any, None), cast(Any, None))


@pytest.fixture
def shell() -> Shell:
    return Shell()


class BrokenRooms(SynchronousTestCase):
    def test_of_frames_that_came_together_the_bad_one_goes_alone(self) -> None:
        """Its link ends; what the others brought is followed, in order."""
        shell = Shell()
        frames = [FrameReceived(link, GOOD) for link in (1, 3, 4)]
        frames[1] = FrameReceived(3, BAD)
        shell.driver.feed(FramesReceived(tuple(frames)))
        assert shell.fakes.ended == [3]
        ended = LinkEnded(3, "error")
        assert shell.fakes.handled == [frames[0], frames[2], ended]
        logged = self.flushLoggedErrors(ZeroDivisionError)  # type: ignore[no-untyped-call]
        assert len(logged) == 2

    def test_what_the_peer_says_that_broke_it_ends_its_link(self) -> None:
        """All else that follows is carried out, before it and after it."""
        shell = Shell()
        bad = FrameReceived(3, BAD)
        said = [Count("before"), Notify(Broke(bad, ValueError())), Count("after")]
        handled: Iterator[list[object]] = iter([said, []])
        shell.fakes.handle = lambda event, moment: next(handled)  # type: ignore[method-assign]
        shell.driver.feed(FramesReceived((FrameReceived(1, GOOD), bad)))
        assert shell.fakes.ended == [3]
        counts = dict(shell.driver.counts)
        assert counts == {"before": 1, "dropped.broke_a_room": 1, "after": 1}
        self.flushLoggedErrors(ValueError)  # type: ignore[no-untyped-call]


def test_a_link_with_room_is_drained_at_once(shell: Shell) -> None:
    """The others say when they are."""
    frames = [FrameReceived(link, GOOD) for link in (1, 2)]
    shell.driver.feed(FramesReceived(tuple(frames)))
    assert shell.fakes.handled[1:] == [Drained(2)]


def test_answers_that_come_together_wake_the_reactor_once(shell: Shell) -> None:
    """From whichever threads they come."""
    answers = [Persisted(number, 1) for number in range(3)]
    for answer in answers[:2]:
        shell.driver._from_thread(answer)
    (call,) = shell.reactor.from_threads
    call()
    shell.driver._from_thread(answers[2])
    assert len(shell.reactor.from_threads) == 2
    shell.reactor.from_threads[1]()
    assert shell.fakes.handled == answers


class BrokenEffects(SynchronousTestCase):
    def setUp(self) -> None:
        self.shell = Shell()
        self.shell.driver._crashed = lambda: self.crashes.append(None)
        self.crashes: list[None] = []

    def feed(self, *effects: object) -> int:
        """Let an event have *effects* that fail; how many errors are logged."""
        fakes = self.shell.fakes
        fakes.handle = lambda event, moment: list(effects)  # type: ignore[method-assign]
        self.shell.driver.feed(Drained(1))
        return len(self.flushLoggedErrors())  # type: ignore[no-untyped-call]

    def test_what_nobody_relies_on_is_left_undone(self) -> None:
        """It is logged once, however often; who brought a packet gets no exception."""
        sent = SendPacket(Address("127.0.0.1", 1), ())
        assert self.feed(sent, sent, sent) == 1
        assert self.feed(sent) == 0
        assert self.crashes == []
        assert self.shell.driver.counts["dropped.not_done"] == 4

    def test_a_link_that_takes_no_frame_ends(self) -> None:
        """Or what is due over it would wait for ever."""
        fakes = self.shell.fakes
        fakes.send_frames = lambda link, frames: bool(1 // 0)  # type: ignore[method-assign]
        handled: Iterator[list[object]] = iter([[SendFrames(7, (GOOD,))], []])
        fakes.handle = lambda event, moment: next(handled)  # type: ignore[method-assign]
        self.shell.driver.feed(Drained(1))
        assert fakes.ended == [7]
        assert self.crashes == []
        self.flushLoggedErrors(ZeroDivisionError)  # type: ignore[no-untyped-call]

    def test_without_its_disk_or_timers_a_node_ends(self) -> None:
        """Its rooms would wait for what never comes."""
        assert self.feed(Reveal(1, 1)) == 1
        assert self.crashes == [None]
