"""What goes over the links: pushes, pulls, disks that fail, those that compare."""

import pytest

from gossipchat.broadcast import events as happened
from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.broadcast.core import DigestDue
from gossipchat.broadcast.events import (
    Arrived,
    Load,
    Loaded,
    NotKept,
    Published,
)
from gossipchat.broadcast.pull.wants import WantsDue
from gossipchat.effects import Count, StartTimer, TimerFired
from gossipchat.wire.ours.frames import (
    Digest,
    Frame,
    Graft,
    Note,
    Runs,
    Vector,
    Want,
)
from tests.pure.broadcast.builders import (
    Machine,
    author,
    bare,
    feed_of,
    frames_to,
    holding,
    runs_in,
    say,
    some_runs,
    tip,
)

RUNS = some_runs(1, 5)
FEED = RUNS[0].feed


def holding_runs(*links: int) -> Machine:
    """A machine that had published RUNS before it was linked."""
    machine = Machine()
    for run in RUNS:
        machine.feed(Published(run, tip(run)))
    for link in links:
        machine.open(link)
    machine.effects.clear()
    return machine


def pushed(machine: Machine, link: int) -> list[bytes]:
    return runs_in(machine.sent(link))


# --- pushing ----------------------------------------------------------------


def test_an_own_run_goes_to_everyone_at_once() -> None:
    """When it is on disk, and once."""
    machine = Machine.linked(1, 2)
    run = say(author(9))
    for _ in range(2):
        machine.feed(Published(run, tip(run)))
    assert pushed(machine, 1) == pushed(machine, 2) == [run.encoded]
    assert machine.core.entries == 1


def test_a_new_run_is_passed_on_but_not_back() -> None:
    """And handed on to be kept; sending comes first."""
    machine = Machine.linked(1, 2, 3)
    effects = machine.hear_runs(1, RUNS[0])
    assert [frames_to(link, effects) for link in (1, 2, 3)] == [
        [],
        [Runs((RUNS[0].encoded,))],
        [Runs((RUNS[0].encoded,))],
    ]
    assert effects[-1] == Arrived((RUNS[0],), (tip(RUNS[0]),))


def test_who_has_a_run_is_not_sent_it() -> None:
    """It said so, sent it, or wrote it."""
    machine = Machine()
    machine.open(1)
    machine.open(2)
    machine.hear(2, Note((holding(FEED, (1, 3)),)))
    machine.feed(happened.LinkOpened(3, FEED.author, True))
    machine.drain(3)
    machine.effects.clear()
    machine.hear_runs(1, RUNS[0])
    assert pushed(machine, 2) == pushed(machine, 3) == []


def test_a_run_that_came_twice_is_kept_and_passed_on_once() -> None:
    """The second is counted."""
    machine = Machine.linked(1, 2, 3)
    machine.hear_runs(1, RUNS[0])
    effects = machine.hear_runs(2, RUNS[0])
    assert effects == [Count("runs.duplicate", 1)]


def test_a_link_gets_one_batch_at_a_time() -> None:
    """What comes meanwhile is in the next one, all at once."""
    machine = Machine.linked(1, 2)
    for run in RUNS:
        machine.hear_runs(1, run)
    assert pushed(machine, 2) == [RUNS[0].encoded]
    effects = machine.drain(2)
    assert frames_to(2, effects) == [Runs(tuple(run.encoded for run in RUNS[1:]))]
    assert machine.drain(2) == []


def test_what_was_pulled_others_are_told_of_only() -> None:
    """Or several neighbours of one that comes back would push it all to it."""
    machine = Machine.linked(1, 2)
    machine.hear(1, Vector((holding(FEED, (1, 2)),)))
    assert machine.sent(1) == [Want((holding(FEED, (1, 2)),))]
    machine.hear_runs(1, *RUNS[:3])
    assert machine.sent(2) == [
        Vector((holding(FEED, (1, 2)),), last=False),
        Runs((RUNS[2].encoded,)),  # that one nobody had asked for
    ]


# --- pulling ----------------------------------------------------------------


@pytest.mark.parametrize(
    "frame", [Want((holding(FEED, (2, 3)),)), Graft((), (holding(FEED, (2, 3)),))]
)
def test_who_asks_gets_what_we_hold(frame: Frame) -> None:
    """From the cache, and nothing else."""
    machine = holding_runs(1)
    machine.hear(1, frame)
    assert pushed(machine, 1) == [RUNS[1].encoded, RUNS[2].encoded]


def test_wants_for_what_we_do_not_hold_are_ignored() -> None:
    """Neither other feeds nor numbers beyond."""
    machine = holding_runs(1)
    asked = (holding(FEED, (6, 2**60)), holding(feed_of(8), (1, 9)))
    assert machine.hear(1, Want(asked)) == []


def test_what_is_not_in_memory_is_read_from_disk() -> None:
    """One load at a time; the next one while its runs are on their way."""
    runs = some_runs(1, 4, size=300)
    machine = Machine(BroadcastConfig(cache_bytes=1, batch_bytes=900))
    for run in runs:
        machine.feed(Published(run, tip(run)))
    machine.open(1)
    effects = machine.hear(1, Want((holding(FEED, (1, 4)),)))
    assert [each for each in effects if isinstance(each, Load)] == [
        Load(1, FEED, 1, 4, 900)
    ]
    effects = machine.feed(Loaded(1, FEED, 1, 4, tuple(runs[:2])))
    assert runs_in(frames_to(1, effects)) == [runs[0].encoded, runs[1].encoded]
    assert Load(1, FEED, 3, 4, 900) in effects
    assert machine.feed(Loaded(1, FEED, 3, 4, tuple(runs[2:]))) == []
    effects = machine.drain(1)
    assert runs_in(frames_to(1, effects)) == [runs[2].encoded, runs[3].encoded]


def test_who_asks_again_does_not_have_it_after_all() -> None:
    """Its disk was full: what we know of it is corrected."""
    machine = holding_runs(1)
    for _ in range(2):
        machine.hear(1, Want((holding(FEED, (1, 1)),)))
        machine.drain(1)
    assert pushed(machine, 1) == [RUNS[0].encoded] * 2


def test_a_vector_is_answered_with_wants() -> None:
    """Of what it has and we lack, of one link at a time; the rest is known."""
    machine = Machine()
    machine.open(1, vector=False)
    machine.open(2, vector=False)
    machine.effects.clear()
    machine.hear(1, Vector((holding(FEED, (1, 5)),)))
    machine.hear(2, Vector((holding(FEED, (1, 5)),)))
    assert machine.sent(1) == [Want((holding(FEED, (1, 5)),))]
    assert machine.sent(2) == []
    assert machine.core.behind() == {FEED.author: 5}
    machine.feed(happened.LinkEnded(1, None))
    assert machine.sent(2) == [Want((holding(FEED, (1, 5)),))]
    machine.hear_runs(2, *RUNS)
    assert machine.core.behind() == {}


def test_what_does_not_come_is_asked_of_another() -> None:
    """After want_patience; the timer runs only while something is outstanding."""
    machine = Machine.linked(1, 2)
    for link in (1, 2):
        machine.hear(link, Vector((holding(FEED, (1, 5)),)))
    machine.drain(1)
    (timer,) = machine.all(StartTimer)
    machine.now += 5
    assert timer.key == WantsDue()
    effects = machine.feed(TimerFired(timer.key))
    assert frames_to(2, effects) == [Want((holding(FEED, (1, 5)),))]
    machine.hear_runs(2, *RUNS)
    machine.drain(1)
    machine.drain(2)
    machine.effects.clear()
    machine.feed(TimerFired(timer.key))
    assert machine.all(StartTimer) == []


def test_a_hole_that_nobody_is_known_to_fill_is_asked_of_the_sender() -> None:
    """It believes that we have what comes before."""
    machine = Machine.linked(1)
    machine.hear_runs(1, RUNS[3])
    assert machine.sent(1) == [Want((holding(FEED, (1, 3)),))]


def test_the_hole_below_what_was_asked_for_is_no_mistake() -> None:
    """Who sends it fetches the rest itself, perhaps, and tells of it in time."""
    machine = Machine.linked(1)
    machine.hear(1, Vector((holding(FEED, (4, 4)),), last=False))
    assert machine.sent(1) == [Want((holding(FEED, (4, 4)),))]
    machine.drain(1)
    machine.effects.clear()
    machine.hear_runs(1, RUNS[3])
    assert machine.sent(1) == []
    machine.hear(1, Vector((holding(FEED, (1, 3)),), last=False))
    assert machine.sent(1) == [Want((holding(FEED, (1, 3)),))]


def test_a_hole_is_not_asked_about_where_the_vector_will_tell() -> None:
    """Nor where another link offers it."""
    machine = Machine()
    machine.open(1, vector=False)
    machine.effects.clear()
    machine.hear_runs(1, RUNS[3])
    assert machine.sent(1) == []


# --- disks ------------------------------------------------------------------


def test_what_could_not_be_kept_is_as_if_it_had_never_come() -> None:
    """It is served to nobody, and asked for again after a pause."""
    machine = Machine.linked(1, 2)
    machine.hear_runs(1, RUNS[0])
    machine.feed(NotKept((RUNS[0],)))
    assert machine.core.entries == 0
    machine.effects.clear()
    machine.drain(2)
    machine.hear(2, Want((holding(FEED, (1, 1)),)))
    assert pushed(machine, 2) == []
    machine.now += 4
    machine.feed(TimerFired(WantsDue()))
    assert machine.sent(1) == []
    machine.now += 1
    machine.feed(TimerFired(WantsDue()))
    assert machine.sent(1) == [Want((holding(FEED, (1, 1)),))]
    effects = machine.hear_runs(1, RUNS[0])
    assert effects[-1] == Arrived((RUNS[0],), (tip(RUNS[0]),))


def test_runs_on_their_way_to_disk_are_served() -> None:
    """Whatever the size of the cache: nobody else could."""
    machine = Machine.linked(1, 2, config=BroadcastConfig(cache_bytes=1))
    machine.hear_runs(1, *RUNS)
    assert len(pushed(machine, 2)) == 5


# --- comparing --------------------------------------------------------------


def test_after_changes_each_link_gets_a_digest() -> None:
    """Every 15 s or so; none when all is quiet."""
    machine = Machine.linked(1, 2)
    (next_tick,) = machine.feed(TimerFired(DigestDue()))
    assert isinstance(next_tick, StartTimer) and 12 <= next_tick.delay <= 18
    machine.hear_runs(1, RUNS[0])
    machine.drain(2)
    effects = machine.feed(TimerFired(DigestDue()))
    assert [type(frame) for frame in frames_to(1, effects)] == [Digest]
    assert frames_to(1, effects) == frames_to(2, effects)


def test_a_digest_that_differs_brings_our_vector() -> None:
    """And our digest, so that the other side sends its own."""
    machine = holding_runs(1)
    machine.now += 60
    machine.hear(1, Digest(bytes(32)))
    vector, digest = machine.sent(1)
    assert bare(vector) == Vector((holding(FEED, (1, 5)),))
    assert isinstance(digest, Digest)
