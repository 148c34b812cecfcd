"""What is dated more than a day ahead is kept, and not shown before its time."""

from gossipchat.chat.events import (
    ClocksCompared,
    Deliver,
    Keep,
    Line,
    Persist,
    Reveal,
    Revealed,
    RunsArrived,
    Started,
    TimeCame,
)
from gossipchat.effects import StartTimer, TimerFired
from gossipchat.names import EntryId, RoomName
from tests.pure.chat.builders import (
    BOB,
    WALL,
    World,
    bobs_run,
    chat,
    key_of,
    say,
    tip_of,
)

DAY_MS = 24 * 3600 * 1000
SOON = WALL + DAY_MS + 5000
"""Five seconds too far ahead."""


def early_world() -> World:
    ann = World(chat())
    run = bobs_run("tomorrow", wall_ms=SOON)
    ann.feed(RunsArrived((run,), (tip_of(run),)))
    return ann


def timers(ann: World) -> list[StartTimer]:
    return [e for e in ann.effects if isinstance(e, StartTimer)]


def test_it_is_stored_and_kept_but_not_shown() -> None:
    """And says when it may be."""
    ann = early_world()
    (batch,) = [e for e in ann.effects if isinstance(e, Persist)]
    assert [row.due_ms for row in batch.runs[0].rows] == [SOON - DAY_MS]
    assert any(isinstance(e, Keep) and e.kept for e in ann.effects)
    assert [e.lines for e in ann.effects if isinstance(e, Deliver)] == [()]


def test_when_its_time_has_come_the_store_is_asked_for_it() -> None:
    """Not before; the clock is looked at again at least once a minute."""
    ann = early_world()
    (timer,) = timers(ann)
    assert timer.delay == 5.0
    again = ann.feed(TimerFired(timer.key), 3)
    assert [type(e) for e in again] == [StartTimer]
    assert ann.feed(TimerFired(timer.key), 5) == [Reveal(WALL + 5000, WALL + 5000)]


def test_then_it_is_shown_and_moves_the_clock() -> None:
    """What is said next sorts after it."""
    ann = early_world()
    line = Line(
        7,
        EntryId(key_of(BOB), 9, 1),
        RoomName("#lobby"),
        "bob",
        "say",
        "x",
        0,
        0,
        False,
    )
    came = TimeCame((Revealed(line, SOON << 16),), None)
    assert Deliver((line,)) in ann.feed(came, 5)
    ann.feed(say("hello"), 6)
    *_, own = [e for e in ann.effects if isinstance(e, Persist)]
    assert own.runs[0].rows[-1].hlc > SOON << 16


def test_it_is_found_at_the_next_start() -> None:
    """The disk says when the first one is due."""
    ann = World(chat(next_due_ms=WALL + 3000))
    ann.feed(Started())
    (timer,) = timers(ann)
    assert timer.delay == 3.0


def test_the_neighbours_clocks_count_too() -> None:
    """A node whose own clock is behind believes the median of the others."""
    ann = World(chat())
    ann.feed(ClocksCompared(10_000))
    run = bobs_run("tomorrow", wall_ms=SOON)
    ann.feed(RunsArrived((run,), (tip_of(run),)))
    assert [len(e.lines) for e in ann.effects if isinstance(e, Deliver)] == [1]


def test_what_came_before_they_were_compared_is_shown_then() -> None:
    """The first neighbour brings the past before the second one is linked."""
    ann = early_world()
    assert ann.feed(ClocksCompared(4999)) == []
    assert ann.feed(ClocksCompared(5000)) == [Reveal(WALL + 5000, WALL)]


def test_a_clock_that_was_ahead_and_is_set_holds_nothing_back() -> None:
    """What is said from then on is dated as all others date."""
    ann = World(chat(highest_own=WALL + 3 * DAY_MS << 16))
    ann.feed(ClocksCompared(0))
    ann.feed(say("hello"), 1)
    *_, own = [e for e in ann.effects if isinstance(e, Persist)]
    assert own.runs[0].rows[-1].hlc >> 16 <= WALL + 1000
