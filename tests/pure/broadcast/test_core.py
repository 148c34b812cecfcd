"""Broadcast as one machine: what follows from what."""

from typing import Any, cast

import pytest

from gossipchat.broadcast import events as happened
from gossipchat.broadcast.events import (
    Dial,
    EndLink,
    Kept,
    LinkDown,
    LinkUp,
    Loaded,
    NotKept,
    SendFrames,
)
from gossipchat.broadcast.pull.wants import WantsDue
from gossipchat.effects import Broke, Count, Notify, Stalled, StartTimer, TimerFired
from gossipchat.wire.ours.frames import (
    Digest,
    Note,
    Runs,
    Vector,
)
from tests.pure.broadcast.builders import (
    ME,
    Machine,
    key,
    some_runs,
)

RUNS = some_runs(1, 5)
FEED = RUNS[0].feed


def test_a_new_link_is_told_what_we_have() -> None:
    """And whoever watches that it is there."""
    machine = Machine()
    effects = machine.feed(happened.LinkOpened(1, key(1), True))
    assert effects == [SendFrames(1, (Vector(()),)), Notify(LinkUp(key(1)))]
    assert machine.core.links() == (key(1),)


def test_a_broken_link_is_told_of_and_dialled_again() -> None:
    """With the reason that its CLOSE gave."""
    machine = Machine.linked(1)
    machine.up(1)
    machine.now += 60
    effects = machine.feed(happened.LinkEnded(1, None))
    assert Notify(LinkDown(key(1), None)) in effects
    machine.feed(happened.LinkEnded(1, None))
    assert machine.core.links() == ()


def test_a_link_outlives_the_news_of_its_peers_death() -> None:
    """It is the better evidence."""
    machine = Machine.linked(1)
    machine.up(1)
    assert machine.feed(happened.MemberDown(key(1))) == []
    assert machine.core.links() == (key(1),)


def test_of_two_links_one_is_replaced_without_a_word_to_watchers() -> None:
    """The smaller key keeps what it dialled: peer 1 is smaller than us."""
    machine = Machine()
    machine.open(1, dialled=True)
    machine.effects.clear()
    machine.feed(happened.LinkOpened(2, key(1), False))
    assert EndLink(1, "replaced") in machine.effects
    assert machine.all(Notify) == []
    assert machine.core.links() == (key(1),)
    assert EndLink(3, "replaced") in machine.feed(happened.LinkOpened(3, key(1), True))


def test_strangers_are_welcome_until_it_is_full() -> None:
    """A link may be faster than the news of its member."""
    machine = Machine()
    for link in range(1, 12):
        machine.feed(happened.LinkOpened(link, key(link), False))
    assert machine.all(EndLink) == [EndLink(11, "full")]
    machine.feed(happened.LinkOpened(12, key(12), True))  # that one we sought
    assert key(12) in machine.core.links()


def test_a_link_to_ourselves_ends_at_once() -> None:
    """A clone, or an address mixed up."""
    machine = Machine()
    machine.feed(happened.LinkOpened(1, ME, True))
    assert machine.all(EndLink) == [EndLink(1, "self")]


def test_leaving_closes_all_links_and_dials_no_more() -> None:
    """A dial under way comes to nothing."""
    machine = Machine.linked(1, 2)
    machine.up(1, 2, 150)
    machine.feed(happened.LeaveAsked())
    assert machine.all(EndLink) == [EndLink(1, "leaving"), EndLink(2, "leaving")]
    machine.feed(happened.LinkOpened(3, key(150), True))
    assert machine.all(EndLink)[2:] == [EndLink(3, "leaving")]
    machine.effects.clear()
    for timer in machine.all(StartTimer):
        machine.feed(TimerFired(timer.key))
    assert machine.all(Dial) == []


@pytest.mark.parametrize(
    "event",
    [
        happened.Drained(9),
        happened.LinkEnded(9, None),
        happened.FrameReceived(9, Digest(bytes(32))),
        Loaded(9, FEED, 1, 2, ()),
        TimerFired("somebody else's"),
        TimerFired(WantsDue()),
        Stalled(3.0),
        Kept(tuple(RUNS)),
        NotKept(tuple(RUNS)),
        happened.DialFailed(key(9), "late"),
    ],
)
def test_late_events_find_nothing_to_do(event: happened.Event) -> None:
    """Their link has ended, or their reason is gone."""
    machine = Machine.linked(1)
    effects = machine.feed(event)
    assert [each for each in effects if not isinstance(each, Count)] == []


def test_a_frame_that_breaks_the_room_takes_no_other_with_it() -> None:
    """What came before it would be held, and never be written."""
    machine = Machine.linked(1, 2, 3)
    good = Runs(tuple(run.encoded for run in RUNS))
    bad = happened.FrameReceived(2, Note(cast(Any, None)))
    later = Runs((some_runs(2, 1)[0].encoded,))
    frames = happened.FrameReceived(1, good), bad, happened.FrameReceived(3, later)
    effects = machine.feed(happened.FramesReceived(frames))
    (arrived,) = [one for one in effects if isinstance(one, happened.Arrived)]
    assert len(arrived.runs) == len(RUNS) + 1
    (broke,) = [one.happening for one in effects if isinstance(one, Notify)]
    assert isinstance(broke, Broke) and broke.what == bad
