"""An author's own link is the shortest way, and wins where it is no slower."""

from gossipchat.broadcast.events import LinkOpened
from gossipchat.broadcast.push.tree import HARDLY_LATER, TRY_AGAIN
from gossipchat.wire.ours.frames import Graft, Prune
from tests.pure.broadcast.builders import Machine, some_runs

RUNS = some_runs(1, 6)
ANNA = RUNS[0].feed.author
OTHER, HERS = 2, 9


def linked() -> Machine:
    """To somebody, and to Anna herself."""
    machine = Machine.linked(OTHER)
    machine.feed(LinkOpened(HERS, ANNA, True))
    machine.drain(HERS)
    machine.effects.clear()
    return machine


def test_who_repeats_its_own_words_a_moment_later_is_the_parent() -> None:
    """It was held up; the other link is pruned, and what comes over it no news."""
    machine = linked()
    machine.hear_runs(OTHER, RUNS[0])
    machine.now += HARDLY_LATER / 2
    machine.hear_runs(HERS, RUNS[0])
    assert machine.sent(OTHER) == [Prune((ANNA,))]
    assert machine.sent(HERS) == []
    machine.hear_runs(OTHER, RUNS[0])
    assert machine.sent(HERS) == []


def test_an_own_link_that_is_slow_is_pruned() -> None:
    """Fewer hops are no gain over a bad line; it is tried again after a while."""
    machine = linked()
    machine.hear_runs(OTHER, RUNS[0])
    machine.now += 2 * HARDLY_LATER
    machine.hear_runs(HERS, RUNS[0])
    assert machine.sent(HERS) == [Prune((ANNA,))]
    machine.drain(HERS)
    machine.effects.clear()
    machine.hear_runs(OTHER, RUNS[1])
    assert machine.sent(HERS) == [Graft((ANNA,), ())]
    machine.drain(HERS)
    machine.now += 2 * HARDLY_LATER
    machine.hear_runs(HERS, RUNS[1])
    machine.drain(HERS)
    machine.effects.clear()
    machine.hear_runs(OTHER, RUNS[2])
    assert machine.sent(HERS) == []
    machine.now += TRY_AGAIN
    machine.hear_runs(OTHER, RUNS[3])
    assert machine.sent(HERS) == [Graft((ANNA,), ())]
