"""What is read: frames that break the rules, and what was saved of a wreck."""

import pytest

from gossipchat.broadcast import events as happened
from gossipchat.broadcast.events import (
    Arrived,
    EndLink,
    ForkSeen,
    LinkDown,
)
from gossipchat.effects import Count, Notify
from gossipchat.names import NodeName
from gossipchat.wire.ours.frames import (
    MAX_HOLDINGS_IN_FRAME,
    MAX_RUNS_IN_FRAME,
    Frame,
    Graft,
    Note,
    Proof,
    Prune,
    Runs,
    UnknownFrame,
    Vector,
    Want,
)
from tests.pure.broadcast.builders import (
    Machine,
    author,
    bare,
    frames_to,
    holding,
    key,
    say,
    some_runs,
    tip,
)

RUNS = some_runs(1, 5)
FEED = RUNS[0].feed


@pytest.mark.parametrize(
    "frame",
    [
        Runs((RUNS[0].encoded,) * (MAX_RUNS_IN_FRAME + 1)),
        *(
            kind((holding(FEED, (1, 1)),) * (MAX_HOLDINGS_IN_FRAME + 1))
            for kind in (Vector, Want, Note)
        ),
        Graft((), (holding(FEED, (1, 1)),) * (MAX_HOLDINGS_IN_FRAME + 1)),
    ],
    ids=lambda frame: type(frame).__name__,
)
def test_a_frame_without_bounds_ends_the_link(frame: Frame) -> None:
    """Honest nodes send parts."""
    machine = Machine.linked(1)
    machine.hear(1, frame)
    assert machine.all(EndLink) == [EndLink(1, "bad frame")]
    assert Notify(LinkDown(key(1), "bad frame")) in machine.effects
    assert machine.core.links() == ()


def test_a_bad_run_ends_the_link() -> None:
    """What came before it in the same frame is kept."""
    machine = Machine.linked(1, 2)
    machine.hear(1, Runs((RUNS[0].encoded, RUNS[1].encoded[:-1] + b"!")))
    assert machine.all(EndLink) == [EndLink(1, "bad run")]
    assert Count("dropped.run", 1) in machine.effects
    assert machine.all(Arrived) == [Arrived((RUNS[0],), (tip(RUNS[0]),))]
    assert machine.core.links() == (key(2),)


def test_a_fork_is_told_once() -> None:
    """And both branches are kept and passed on."""
    machine = Machine.linked(1, 2)
    other = say(author(1), size=999)
    machine.hear_runs(1, RUNS[0])
    machine.hear_runs(1, other)
    machine.hear_runs(2, other)
    assert machine.all(Notify) == [Notify(ForkSeen(FEED, 1))]
    assert len(machine.all(Arrived)) == 2


@pytest.mark.parametrize(
    "frame",
    [Prune((key(1),)), UnknownFrame(99), Proof(1, b"", NodeName("x"))],
    ids=lambda frame: type(frame).__name__,
)
def test_what_means_nothing_here_is_passed_over(frame: Frame) -> None:
    """A newer node may say it, or one that is confused."""
    machine = Machine.linked(1)
    effects = machine.hear(1, frame)
    assert [each for each in effects if not isinstance(each, Count)] == []
    assert machine.core.links() == (key(1),)


def test_what_was_salvaged_is_taken_and_offered() -> None:
    """Once, and one that has rotted keeps nobody from looking at the next."""
    machine = Machine.linked(1)
    rotten = RUNS[1].encoded[:-1] + bytes([RUNS[1].encoded[-1] ^ 1])
    found = (RUNS[0].encoded, rotten, b"no run", RUNS[1].encoded, RUNS[2].encoded)
    effects = machine.feed(happened.Salvaged(found))
    assert Arrived(tuple(RUNS[:3]), tuple(map(tip, RUNS[:3]))) in effects
    assert [bare(frame) for frame in frames_to(1, effects)] == [
        Vector((holding(FEED, (1, 3)),), last=False)
    ]
    assert machine.feed(happened.Salvaged(found)) == [
        Count("runs.duplicate", 3),
        Count("dropped.run", 2),
    ]


def test_what_was_salvaged_is_not_fetched_as_well() -> None:
    """A neighbour that has it may be asked for the rest."""
    machine = Machine.linked(1)
    machine.hear(1, Vector((holding(FEED, (1, 3)),)))
    assert any(isinstance(frame, Want) for frame in machine.sent(1))
    machine.feed(happened.Salvaged(tuple(run.encoded for run in RUNS[:3])))
    assert not machine.core._exchange._desk.wants.outstanding()
