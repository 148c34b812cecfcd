"""Frames that come together are followed as one."""

from gossipchat.broadcast.events import (
    Arrived,
    Effect,
    FrameReceived,
    FramesReceived,
    Rename,
    SendFrames,
)
from gossipchat.broadcast.exchange.batches import together
from gossipchat.broadcast.pull.missing import GraftDue
from gossipchat.effects import Count, StartTimer
from gossipchat.wire.ours.frames import Frame, Note, Runs
from tests.pure.broadcast.builders import Machine, holding, key, runs_in, some_runs, tip

ANNAS = some_runs(1, 3)
BERTS = some_runs(2, 3)


def hear(machine: Machine, *frames: tuple[int, Frame]) -> None:
    """*frames*, each with its link, in one go."""
    machine.feed(FramesReceived(tuple(FrameReceived(*each) for each in frames)))


def test_what_several_links_bring_leaves_as_one_batch() -> None:
    """One write for each link, one hop to the disk."""
    machine = Machine.linked(1, 2, 3)
    hear(machine, (1, Runs((ANNAS[0].encoded,))), (2, Runs((BERTS[0].encoded,))))
    (arrived,) = machine.all(Arrived)
    assert arrived.runs == (ANNAS[0], BERTS[0])
    assert arrived.tips == (tip(ANNAS[0]), tip(BERTS[0]))
    writes = [sent.link for sent in machine.all(SendFrames)]
    assert sorted(writes) == [1, 2, 3]
    assert set(runs_in(machine.sent(3))) == {ANNAS[0].encoded, BERTS[0].encoded}


def test_a_note_of_what_comes_along_is_not_waited_for() -> None:
    """Whichever link is read first."""
    machine = Machine.linked(1, 2)
    told = Note((holding(ANNAS[0].feed, (1, 1)),))
    hear(machine, (2, told), (1, Runs((ANNAS[0].encoded,))))
    assert not [one for one in machine.all(StartTimer) if one.key == GraftDue()]


def test_a_link_that_brings_nonsense_ends_alone() -> None:
    """What the others bring with it is taken."""
    machine = Machine.linked(1, 2, 3)
    hear(machine, (1, Runs((b"nonsense",))), (2, Runs((ANNAS[0].encoded,))))
    assert machine.core.links() == (key(2), key(3))
    (arrived,) = machine.all(Arrived)
    assert arrived.runs == (ANNAS[0],)


def test_a_rename_keeps_its_place() -> None:
    """What comes after it is kept under the new names only."""
    first = Arrived((ANNAS[0],), (b"1",))
    second = Arrived((ANNAS[1],), (b"2",))
    third = Arrived((ANNAS[2],), (b"3",))
    rename = Rename(ANNAS[0].feed, BERTS[0].feed, 1, b"0")
    taken: list[Effect] = [Count("runs.taken")] * 3
    effects: list[Effect] = [first, taken[0], second, rename, *taken[1:], third]
    both = Arrived((ANNAS[0], ANNAS[1]), (b"1", b"2"))
    assert together(effects) == [Count("runs.taken", 3), both, rename, third]
