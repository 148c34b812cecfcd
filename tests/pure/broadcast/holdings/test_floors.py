"""Retention: floors are told, believed, and never asked below."""

from gossipchat.broadcast.events import FloorRaised
from gossipchat.names import EntryId
from gossipchat.wire.ours.frames import Frame, Holding, Vector, Want
from tests.pure.broadcast.builders import (
    Machine,
    bare,
    holding,
    holdings_with,
    runs_in,
    some_runs,
    tip,
)

RUNS = some_runs(1, 5)
FEED = RUNS[0].feed


def floored(machine: Machine, floor: int = 3) -> None:
    machine.feed(FloorRaised(FEED, floor, tip(RUNS[floor - 1])))


def filled(*links: int) -> Machine:
    """A machine that holds RUNS, heard over link 9."""
    machine = Machine.linked(9, *links)
    machine.hear_runs(9, *RUNS)
    for link in (9, *links):
        machine.drain(link)
    machine.effects.clear()
    return machine


def test_a_raised_floor_is_told_to_all() -> None:
    machine = filled(1)
    floored(machine)
    assert machine.core.entries == 2
    for link in (1, 9):
        assert [bare(frame) for frame in machine.sent(link)] == [
            Vector((Holding(FEED, ((4, 5),), 3),), last=False)
        ]


def test_who_asks_below_the_floor_is_told_and_gets_the_rest() -> None:
    machine = filled(1)
    floored(machine)
    machine.drain(1)
    machine.effects.clear()
    machine.hear(1, Want((holding(FEED, (1, 5)),)))
    frames: list[Frame] = [bare(frame) for frame in machine.sent(1)]
    assert frames[0] == Vector((Holding(FEED, ((4, 5),), 3),), last=False)
    assert runs_in(frames) == [run.encoded for run in RUNS[3:]]


def test_nobody_waits_for_what_is_below_the_own_floor() -> None:
    """It was here: what follows it, or answers it, follows nothing that is missing."""
    machine = filled(1)
    floored(machine)
    assert [machine.core.holds(EntryId(*FEED, seq)) for seq in (1, 3, 5, 6)] == [
        *(True, True, True, False)
    ]


def test_what_is_below_the_own_floor_is_not_wanted() -> None:
    """Whoever offers it, or sends it."""
    machine = filled(1)
    floored(machine)
    machine.drain(1)
    machine.effects.clear()
    machine.hear(1, Vector((holding(FEED, (1, 5)),)))
    machine.hear_runs(1, *RUNS[:3])
    assert not any(isinstance(frame, Want) for frame in machine.sent(1))
    assert machine.core.entries == 2
    assert machine.core.behind() == {}


def test_nobody_is_asked_for_what_is_below_its_floor() -> None:
    """Not even when a hole is found, and nobody else has it either."""
    machine = Machine.linked(1)
    machine.hear(1, Vector((Holding(FEED, ((4, 4),), 3),)))
    machine.drain(1)
    machine.hear_runs(1, RUNS[3])
    machine.drain(1)
    machine.hear_runs(1, RUNS[4])
    wanted = [frame for frame in machine.sent(1) if isinstance(frame, Want)]
    assert wanted == [Want((holding(FEED, (4, 4)),))]
    assert machine.core.behind() == {}


def test_who_keeps_less_has_the_same_digest_as_who_keeps_all() -> None:
    """Or the two would compare what they have for ever."""
    less, all_of_it = holdings_with(RUNS), holdings_with(RUNS)
    less.raise_floor(FloorRaised(FEED, 3, tip(RUNS[2])))
    assert less.digest() == all_of_it.digest()
    assert less.digest() != holdings_with(RUNS[3:]).digest()
