"""What others said, from the checked run to the line on the screen."""

from gossipchat.chat.events import (
    Deliver,
    Keep,
    Persist,
    PersistFailed,
    RunsArrived,
    StoredRun,
)
from gossipchat.chat.listening.gate import Incoming
from gossipchat.effects import Broke, Moment, Notify
from gossipchat.feeds.entry import Entry
from gossipchat.feeds.run import seal_run
from gossipchat.names import FeedId
from tests.pure.chat.builders import (
    BOB,
    WALL,
    World,
    at,
    bobs_run,
    chat,
    key_of,
    say,
    tip_of,
)


def arrived(*runs: object) -> RunsArrived:
    return RunsArrived(runs, tuple(tip_of(run) for run in runs))  # type: ignore[arg-type]


def test_a_line_is_shown_only_once_it_is_on_disk() -> None:
    """Shown first and then killed would be shown twice."""
    ann = chat()
    run = bobs_run("hello")
    effects = ann.handle(arrived(run), at(0))
    assert [type(effect) for effect in effects] == [Persist]
    batch = effects[0]
    assert isinstance(batch, Persist)
    assert not batch.own


def test_lines_come_with_their_arrival_numbers() -> None:
    """n is this node's; id is everybody's."""
    ann = World(chat())
    effects = ann.feed(arrived(bobs_run("one", "two")))
    (shown,) = [e for e in effects if isinstance(e, Deliver)]
    assert [(line.n, line.id.seq, line.nick, line.text) for line in shown.lines] == [
        (1, 1, "bob", "one"),
        (2, 2, "bob", "two"),
    ]


def test_a_run_that_could_not_be_written_is_handed_back() -> None:
    """It is as if it had never come; broadcast asks for it again."""
    ann = chat()
    run = bobs_run("hello")
    (batch,) = ann.handle(arrived(run), at(0))
    assert isinstance(batch, Persist)
    assert ann.handle(PersistFailed(batch.number, "full"), at(0)) == [
        Keep((run,), kept=False)
    ]


def test_an_old_line_that_sorts_before_one_shown_is_late() -> None:
    """Late: before a line already shown, and over 10 s after its own time."""
    ann = World(chat())
    ann.feed(say("now"), 100)
    effects = ann.feed(arrived(bobs_run("from the cut", wall_ms=WALL + 1000)), 100)
    (shown,) = [e for e in effects if isinstance(e, Deliver)]
    assert [line.late for line in shown.lines] == [True]


def test_a_line_that_was_merely_overtaken_is_not_late() -> None:
    """Networks reorder; ten seconds are not worth a mark."""
    ann = World(chat())
    ann.feed(say("now"), 5)
    effects = ann.feed(arrived(bobs_run("a bit before", wall_ms=WALL + 1000)), 5)
    (shown,) = [e for e in effects if isinstance(e, Deliver)]
    assert [line.late for line in shown.lines] == [False]


def test_a_clock_that_is_days_ahead_does_not_move_ours() -> None:
    """More than 24 h ahead is no time to catch up with."""
    ann = World(chat())
    ann.feed(arrived(bobs_run("hi", wall_ms=WALL + 25 * 3600 * 1000)))
    ann.feed(say("mine"))
    *_, own = [e for e in ann.effects if isinstance(e, Persist)]
    assert own.runs[0].rows[-1].hlc >> 16 == WALL


def test_an_entry_that_makes_no_sense_is_kept_and_shows_nothing() -> None:
    """Unknown kinds and bodies are carried like any other."""
    feed = FeedId(key_of(BOB), 9)
    odd = [
        Entry(WALL << 16, WALL, (), "x-future", b"\xc1").encode(),
        Entry((WALL << 16) + 1, WALL, (), "say", b"\x93\x01\x02\x03").encode(),
        Entry((WALL << 16) + 2, WALL, (), "say", b"\x81\xa4room\xa3a b").encode(),
    ]
    run = seal_run(BOB, feed, 1, bytes(32), odd)
    effects = World(chat()).feed(arrived(run))
    (shown,) = [e for e in effects if isinstance(e, Deliver)]
    assert [(line.room, line.text) for line in shown.lines] == [(None, "")] * 3


def test_no_line_is_made_where_nobody_watches() -> None:
    """What is kept is a row; an object costs as much, at every node, for nobody."""
    ann = World(chat())
    ann.chat.is_watched = lambda: False
    run = bobs_run("unseen")
    assert Deliver(()) in ann.feed(RunsArrived((run,), (tip_of(run),)))
    ann.chat.is_watched = lambda: True
    run = bobs_run("seen", first=2, prev=tip_of(run))
    effects = ann.feed(RunsArrived((run,), (tip_of(run),)))
    (shown,) = [each for each in effects if isinstance(each, Deliver)]
    assert [(line.n, line.text) for line in shown.lines] == [(2, "seen")]


def test_a_run_that_can_not_be_read_takes_no_other_with_it() -> None:
    """A mistake of ours: it is told of; the others are written."""
    ann = chat()
    runs = [bobs_run(text, epoch=epoch) for epoch, text in enumerate("abc", 1)]
    read = ann.listener.read

    def stumble(came: Incoming, moment: Moment) -> StoredRun:
        assert came.run is not runs[1]
        return read(came, moment)

    ann.listener.read = stumble  # type: ignore[method-assign]
    effects = ann.handle(arrived(*runs), at(0))
    (written,) = [one for one in effects if isinstance(one, Persist)]
    assert [stored.run for stored in written.runs] == [runs[0], runs[2]]
    (broke,) = [one.happening for one in effects if isinstance(one, Notify)]
    assert isinstance(broke, Broke)
