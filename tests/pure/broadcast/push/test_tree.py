"""Who is eager for whom: parents, prunes, grafts, and their bounds."""

import pytest

from gossipchat.broadcast import events as happened
from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.broadcast.exchange.passing import NotesDue
from gossipchat.broadcast.push.tree import Branch, Tree
from gossipchat.broadcast.spans import span
from gossipchat.effects import StartTimer, TimerFired
from gossipchat.feeds.run import Run
from gossipchat.names import AuthorKey
from gossipchat.wire.ours.frames import Graft, Note, Prune, Vector, Want
from tests.pure.broadcast.builders import (
    ME,
    Machine,
    author,
    feed_of,
    holding,
    key,
    runs_in,
    say,
    some_runs,
    tip,
)
from tests.pure.broadcast.push.tree_builders import (
    ANNA,
    FEED,
    PATIENCE,
    RUNS,
    graft_timers,
    grown,
    note,
    wait,
)

CONFIG = BroadcastConfig()

# --- pruning ----------------------------------------------------------------


def test_who_repeats_a_run_is_pruned() -> None:
    """For that author; the first to bring it stays eager."""
    machine = Machine.linked(1, 2)
    machine.hear_runs(1, RUNS[0])
    machine.drain(2)
    machine.hear_runs(2, RUNS[0])
    assert machine.sent(2)[-1] == Prune((ANNA,))
    assert not any(isinstance(frame, Prune) for frame in machine.sent(1))


def test_a_parent_that_repeats_itself_is_not_pruned() -> None:
    """It is what brings this author's runs."""
    machine = grown()
    machine.hear_runs(1, RUNS[0])
    assert machine.sent(1) == []


def test_who_was_faster_though_pruned_takes_over() -> None:
    """
    Its run was under way. Whoever brought the last thing first is the parent, or two
    nodes might each wait for the other: what we pass on is new to the old parent.
    """
    machine = grown()
    machine.hear_runs(2, RUNS[1])
    assert machine.sent(2) == [Graft((ANNA,), ())]
    machine.drain(1)
    machine.hear_runs(1, RUNS[1])
    assert machine.sent(1)[-1] == Prune((ANNA,))


def test_what_was_asked_for_prunes_nobody() -> None:
    """Only what came by itself shows that somebody else brings it."""
    machine = Machine.linked(1, 2)
    for link in (1, 2):
        machine.hear(link, Vector((holding(FEED, (1, 5)),)))
    machine.hear_runs(2, *RUNS)
    machine.hear_runs(1, *RUNS)
    frames = [*machine.sent(1), *machine.sent(2)]
    assert not any(isinstance(frame, Prune) for frame in frames)


def test_who_pruned_us_is_noted_and_nothing_else() -> None:
    """All feeds in one frame a tick, and not what it has told of meanwhile."""
    machine = Machine.linked(1, 2)
    one, two = author(7), author(8)
    for writer in (one, two):
        run = say(writer)
        machine.hear_runs(1, run)
        machine.drain(2)
    machine.hear(2, Prune((one.feed.author, two.feed.author)))
    machine.effects.clear()
    for writer in (one, two):
        machine.hear_runs(1, say(writer))
    (tick,) = machine.all(StartTimer)
    assert machine.sent(2) == []
    machine.hear(2, Note((holding(two.feed, (1, 2)),)))
    machine.feed(TimerFired(tick.key))
    (told,) = machine.sent(2)
    assert isinstance(told, Note)
    assert [(each.feed, each.ranges) for each in told.holdings] == [
        (one.feed, ((2, 2),))
    ]


def waits_for_ticks(machine: Machine, runs: list[Run]) -> list[float]:
    """How long after each of *runs* it is told to link 2, which wants notes only."""
    waits = []
    for run in runs:
        machine.effects.clear()
        machine.hear_runs(1, run)
        (tick,) = [t for t in machine.all(StartTimer) if t.key == NotesDue()]
        waits.append(tick.delay)
        machine.now += tick.delay
        machine.feed(TimerFired(tick.key))
        machine.drain(2)
    return waits


def test_the_first_notes_of_calm_talk_come_soon() -> None:
    """Two ticks after a silence; those that follow are note_pause apart."""
    machine = Machine.linked(1, 2)
    machine.hear_runs(1, RUNS[0])
    machine.drain(2)
    machine.hear(2, Prune((ANNA,)))
    waits = waits_for_ticks(machine, RUNS[1:5])
    soon, pause = CONFIG.note_interval, CONFIG.note_pause
    assert waits == pytest.approx([soon, soon, pause, pause])
    machine.now += 2 * pause
    assert waits_for_ticks(machine, [some_runs(1, 6)[5]]) == pytest.approx([soon])


def test_who_needed_a_note_is_noted_without_a_rest() -> None:
    """For note_need seconds after it grafted what it was told of."""
    machine = Machine.linked(1, 2)
    machine.hear_runs(1, RUNS[0])
    machine.drain(2)
    machine.hear(2, Prune((ANNA,)))
    soon, pause = CONFIG.note_interval, CONFIG.note_pause
    assert waits_for_ticks(machine, RUNS[1:4])[-1] == pytest.approx(pause)
    machine.hear(2, Graft((), (holding(FEED, (4, 4)),)))
    machine.drain(2)
    runs = some_runs(1, 9)
    assert waits_for_ticks(machine, runs[4:7]) == pytest.approx([soon] * 3)
    machine.now += CONFIG.note_need
    assert waits_for_ticks(machine, runs[7:]) == pytest.approx([soon, soon])
    assert waits_for_ticks(machine, [some_runs(1, 10)[9]]) == pytest.approx([pause])


def test_notes_of_a_busy_time_are_gathered_longer() -> None:
    """Above calm_rate new entries a second ticks are note_pause apart."""
    runs = some_runs(1, 5, entries=int(CONFIG.calm_rate) + 1)
    machine = Machine.linked(1, 2)
    machine.hear_runs(1, runs[0])
    machine.drain(2)
    machine.hear(2, Prune((runs[0].feed.author,)))
    machine.now += 10.0
    waits = waits_for_ticks(machine, runs[1:4])
    assert waits[0] == pytest.approx(CONFIG.note_interval)
    assert [abs(w - CONFIG.note_pause) < 1e-9 for w in waits[1:]] == [True, True]


def test_the_more_authors_speak_the_rarer_are_notes() -> None:
    """Two pauses apart at most: what a node reads of notes grows with both."""
    machine = Machine.linked(1, 2)
    speakers = [author(number) for number in range(1, 21)]
    machine.hear_runs(1, *(say(one) for one in speakers))
    machine.drain(2)
    machine.hear(2, Prune(tuple(one.feed.author for one in speakers)))
    waits = []
    for _ in range(2):
        machine.effects.clear()
        machine.hear_runs(1, *(say(one) for one in speakers))
        (tick,) = [t for t in machine.all(StartTimer) if t.key == NotesDue()]
        waits.append(tick.delay)
        machine.now += tick.delay
        machine.feed(TimerFired(tick.key))
        machine.drain(2)
    assert waits[0] == pytest.approx(CONFIG.note_interval)
    assert abs(waits[1] - 2 * CONFIG.note_pause) < 1e-9


def test_a_graft_makes_eager_again_and_fetches_at_once() -> None:
    """What it names, and every new run from then on."""
    machine = Machine.linked(1, 2)
    machine.hear_runs(1, RUNS[0])
    machine.drain(2)
    machine.hear(2, Prune((ANNA,)))
    machine.hear_runs(1, RUNS[1])
    machine.effects.clear()
    machine.hear(2, Graft((ANNA,), (holding(FEED, (2, 2)),)))
    machine.drain(2)
    machine.hear_runs(1, RUNS[2])
    assert runs_in(machine.sent(2)) == [RUNS[1].encoded, RUNS[2].encoded]


# --- grafting ---------------------------------------------------------------


def test_what_is_noted_and_does_not_come_is_grafted() -> None:
    """After exactly graft_patience."""
    machine = grown()
    note(machine, 2, (2, 2))
    (delay,) = graft_timers(machine)
    assert abs(delay - PATIENCE) < 1e-9
    assert machine.sent(2) == []
    assert wait(machine, PATIENCE) == [Graft((ANNA,), (holding(FEED, (2, 2)),))]


def test_in_calm_talk_a_parent_near_by_is_given_less_time() -> None:
    """Nodes that are not busy look at their links at once."""
    machine = grown()
    machine.core.round_trip = lambda peer: 0.001
    note(machine, 2, (2, 2))
    (delay,) = graft_timers(machine)
    assert abs(delay - CONFIG.graft_patience_calm) < 1e-9


def test_while_much_is_said_a_parent_is_given_more_time() -> None:
    """Busy nodes look at their links every 50 ms, some hops in a row."""
    machine = grown()
    machine.core.round_trip = lambda peer: 0.001
    machine.hear_runs(3, *some_runs(9, 1, entries=int(CONFIG.calm_rate) + 1))
    machine.effects.clear()
    note(machine, 2, (2, 2))
    (delay,) = graft_timers(machine)
    assert abs(delay - CONFIG.graft_patience) < 1e-9


def test_when_talk_begins_the_more_time_is_given_at_once() -> None:
    """Five messages in one moment are fast talk, also for what was told of before."""
    machine = grown()
    machine.core.round_trip = lambda peer: 0.001
    note(machine, 2, (2, 2))
    machine.now += CONFIG.graft_patience_calm - 0.01
    machine.hear_runs(3, *some_runs(9, 6))
    assert wait(machine, 0.01) == []
    machine.drain(2)
    left = CONFIG.graft_patience - CONFIG.graft_patience_calm
    assert abs(graft_timers(machine)[-1] - left) < 1e-9
    assert wait(machine, left) == [Graft((ANNA,), (holding(FEED, (2, 2)),))]


def test_far_members_get_three_round_trips() -> None:
    """As swim has measured them."""
    machine = grown()
    machine.core.round_trip = lambda peer: 0.1 if peer == key(2) else None
    note(machine, 2, (2, 2))
    (delay,) = graft_timers(machine)
    assert abs(delay - 0.3) < 1e-9


def test_what_comes_in_time_is_not_grafted() -> None:
    """The timer finds nothing to do and is not started again."""
    machine = grown()
    note(machine, 2, (2, 2))
    machine.hear_runs(1, RUNS[1])
    machine.effects.clear()
    assert wait(machine, PATIENCE) == []
    assert graft_timers(machine) == []


def test_a_graft_in_vain_goes_to_the_next_that_told_of_it() -> None:
    """When all have been tried it is pulled, like anything that is lacking."""
    machine = grown()
    note(machine, 2, (2, 2))
    note(machine, 3, (2, 2))
    assert wait(machine, PATIENCE)
    machine.drain(2)
    machine.effects.clear()
    wait(machine, PATIENCE)
    assert machine.sent(3) == [Graft((ANNA,), (holding(FEED, (2, 2)),))]
    machine.drain(3)
    machine.effects.clear()
    wait(machine, PATIENCE)
    wants = [*machine.sent(2), *machine.sent(3)]
    assert wants == [Want((holding(FEED, (2, 2)),))]


def test_noted_history_is_pulled() -> None:
    """A thousand entries are no run that is a little late."""
    machine = grown()
    note(machine, 2, (2, 5000))
    assert [type(frame) for frame in machine.sent(2)] == [Want]


# --- bounds -----------------------------------------------------------------


def test_thousands_of_authors_are_not_remembered_for_ever() -> None:
    """The longest in there leave: of a link, and of the parents."""
    branch, tree = Branch(100), Tree(ME, 100)
    for number in range(10_000):
        each = AuthorKey(number.to_bytes(32))
        branch.prune(each)
        branch.pruned_by_peer([each])
        tree.brought(1, Branch(100), each, 0.0)
    assert len(branch.pruned) == len(branch.lazy) == 100
    assert sum(len(frame.authors) for frame in branch.frames()) == 100
    known = [tree.parent(AuthorKey(n.to_bytes(32))) for n in range(10_000)]
    assert sum(parent is not None for parent in known) == 100
    tree.ended(1)
    assert tree.parent(AuthorKey((9_999).to_bytes(32))) is None


def test_strangers_are_not_pruned() -> None:
    """A peer can't fill our memory with authors that nobody has heard of."""
    machine = grown()
    machine.hear(2, Prune(tuple(AuthorKey(bytes([n]) * 32) for n in range(200))))
    (near,) = [n for n in machine.core._neighbours if n.link == 2]
    assert len(near.branch.lazy) == 0


def test_a_graft_takes_back_a_prune_that_was_not_sent() -> None:
    """Or the peer would send notes only after all."""
    branch = Branch(10)
    feed = feed_of(1)
    branch.prune(feed.author)
    branch.graft(feed, span(1, 2))
    assert branch.frames() == [Graft((feed.author,), (holding(feed, (1, 2)),))]


def test_an_own_run_follows_the_tree_too() -> None:
    """Whoever has it earlier from another gets a note."""
    machine = Machine.linked(1, 2)
    writer = author(9)
    run = say(writer)
    machine.feed(happened.Published(run, tip(run)))
    machine.drain(2)
    machine.hear(2, Prune((writer.feed.author,)))
    machine.effects.clear()
    run = say(writer)
    machine.feed(happened.Published(run, tip(run)))
    assert runs_in(machine.sent(2)) == []
    assert runs_in(machine.sent(1)) == []  # busy: in its next batch
    machine.drain(1)
    assert runs_in(machine.sent(1)) == [run.encoded]
