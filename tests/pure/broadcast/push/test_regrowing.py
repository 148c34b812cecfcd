"""Who brings an author's runs when the link that did has ended."""

import pytest

from gossipchat.broadcast import events as happened
from gossipchat.wire.ours.frames import Graft, Prune
from tests.pure.broadcast.builders import (
    Machine,
    author,
    holding,
    key,
    runs_in,
    say,
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


def test_another_neighbour_takes_over_at_once() -> None:
    """One that once brought what another had brought: it has a way of its own."""
    machine = grown()
    machine.feed(happened.LinkEnded(1, None))
    assert machine.sent(2) == [Graft((ANNA,), ())]
    assert machine.sent(3) == []


def test_who_never_brought_anything_is_not_asked() -> None:
    """It sends by itself if it has anything, for nobody has told it not to."""
    machine = Machine.linked(1, 2)
    machine.hear_runs(1, RUNS[0])
    machine.drain(2)
    machine.effects.clear()
    machine.feed(happened.LinkEnded(1, None))
    assert machine.sent(2) == []


def test_what_was_noted_is_grafted_at_once() -> None:
    """Of whoever told of it; the parent will not bring it any more."""
    machine = grown()
    note(machine, 2, (2, 2))
    machine.now += PATIENCE / 2
    machine.feed(happened.LinkEnded(1, None))
    assert machine.sent(2) == [Graft((ANNA,), (holding(FEED, (2, 2)),))]


def test_what_others_should_bring_is_still_waited_for() -> None:
    """The end of a link says nothing about them."""
    machine = grown()
    note(machine, 2, (2, 2))
    machine.feed(happened.LinkEnded(3, None))
    assert wait(machine, PATIENCE / 2) == []


def test_until_the_heir_has_brought_something_notes_are_grafted_at_once() -> None:
    """It may hang below us itself; then the first to tell of more is right."""
    machine = grown()
    machine.feed(happened.LinkEnded(1, None))
    note(machine, 3, (2, 2))
    assert machine.sent(3) == [Graft((ANNA,), (holding(FEED, (2, 2)),))]
    assert graft_timers(machine) != []


def test_a_parent_that_only_notes_is_grafted_at_once() -> None:
    """It has not heard yet that it is the parent."""
    machine = grown()
    note(machine, 1, (2, 2))
    assert machine.sent(1) == [Graft((ANNA,), (holding(FEED, (2, 2)),))]


def test_who_is_grafted_sends_what_it_had_yet_to_note() -> None:
    """Before what follows, so that order is kept."""
    machine = Machine.linked(1, 2)
    machine.hear_runs(1, RUNS[0])
    machine.drain(2)
    machine.hear(2, Prune((ANNA,)))
    machine.hear_runs(1, RUNS[1])
    machine.effects.clear()
    machine.hear(2, Graft((ANNA,), ()))
    machine.hear_runs(1, RUNS[2])
    machine.drain(2)
    sent = [RUNS[1].encoded, RUNS[2].encoded]
    assert runs_in(machine.sent(2)) == sent


def grown_by_three() -> Machine:
    """Link 1 is the parent, links 2 and 3 were pruned."""
    machine = grown()
    machine.hear_runs(3, RUNS[0])
    machine.drain(3)
    machine.effects.clear()
    return machine


@pytest.mark.parametrize(
    "gone", [happened.LinkEnded(2, None), happened.FrameReceived(2, Graft((ANNA,), ()))]
)
def test_an_heir_that_fails_is_followed_by_the_next(gone: happened.Event) -> None:
    """Its link ends as well, or it has nobody either and asks us."""
    machine = grown_by_three()
    machine.feed(happened.LinkEnded(1, None))
    machine.drain(2)
    assert machine.sent(3) == []
    machine.feed(gone)
    assert machine.sent(3) == [Graft((ANNA,), ())]


def test_a_parent_that_asks_us_is_replaced() -> None:
    """It has lost its own: each would wait for the other."""
    machine = grown_by_three()
    machine.hear(1, Graft((ANNA,), ()))
    assert machine.sent(2) == [Graft((ANNA,), ())]


def test_many_authors_are_spread_over_the_neighbours() -> None:
    """Each goes to whoever is the parent of the fewest."""
    machine = Machine.linked(1, 2, 3)
    runs = [say(author(number)) for number in range(1, 7)]
    for link in (1, 2, 3):
        machine.hear_runs(link, *runs)
        machine.drain(link)
        machine.drain(link)
    machine.effects.clear()
    machine.feed(happened.LinkEnded(1, None))
    grafts = [machine.sent(link) for link in (2, 3)]
    assert [len(frame.authors) for (frame,) in grafts] == [3, 3]  # type: ignore


def test_a_new_link_is_told_whom_we_hear_already() -> None:
    """So that nothing comes twice over it; but its own runs are nearest there."""
    machine = grown()
    peer = author(7)
    machine.hear_runs(1, say(peer))
    machine.effects.clear()
    opened = happened.LinkOpened(4, peer.feed.author, True)
    machine.feed(opened)
    assert Prune((ANNA,)) in machine.sent(4)


def test_who_hears_nobody_spares_nobody() -> None:
    """A newcomer's links are eager: its trees are yet to grow."""
    machine = Machine.linked(1)
    machine.open(2)
    assert not any(isinstance(frame, Prune) for frame in machine.sent(2))


def test_an_heir_is_sent_nothing_that_it_brought() -> None:
    """It is eager for us, and we for it: each run crosses the link once."""
    machine = grown()
    machine.feed(happened.LinkEnded(1, None))
    machine.drain(2)
    machine.effects.clear()
    machine.hear_runs(2, RUNS[1])
    assert runs_in(machine.sent(2)) == []
    assert machine.core.links() == (key(2), key(3))
