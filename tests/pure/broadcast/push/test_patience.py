"""How long a parent is waited for before another link is grafted."""

from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.broadcast.events import LinkEnded
from gossipchat.broadcast.links.lag import Lag
from gossipchat.wire.ours.frames import Graft, Vector, Want
from tests.pure.broadcast.builders import (
    Machine,
    holding,
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


def test_a_slow_parent_is_waited_for_while_it_brings_anything() -> None:
    """Its queue is long; a second graft would bring all of it twice. Not for ever."""
    machine = grown()
    note(machine, 2, (2, 5))
    machine.now += 0.01
    machine.hear_runs(1, RUNS[1])
    assert wait(machine, PATIENCE - 0.01) == []
    assert wait(machine, 0.01) == [Graft((ANNA,), (holding(FEED, (3, 5)),))]


def lag_of(machine: Machine, link: int) -> Lag:
    (near,) = [n for n in machine.core._neighbours if n.link == link]
    return near.lag


def follows_late(machine: Machine, seq: int, lag: float) -> None:
    """Link 2 tells of a run, and the parent brings it so much later."""
    note(machine, 2, (seq, seq))
    machine.now += lag
    machine.hear_runs(1, RUNS[seq - 1])
    wait(machine, 1.0)
    machine.drain(1)
    machine.drain(2)
    machine.effects.clear()


def test_a_parent_that_is_always_late_is_given_its_time() -> None:
    """Its mean lag and four deviations, as TCP reckons."""
    machine, lag = grown(), Lag()
    for seq in (2, 3, 4):
        follows_late(machine, seq, 0.8 * PATIENCE)
        lag.add(0.8 * PATIENCE)
    note(machine, 2, (5, 5))
    (delay,) = graft_timers(machine)
    assert delay > 1.8 * PATIENCE
    assert abs(delay - lag.longest) < 1e-9
    assert wait(machine, delay - 0.001) == []
    assert wait(machine, 0.001) == [Graft((ANNA,), (holding(FEED, (5, 5)),))]


def test_a_parent_that_was_late_once_is_forgiven() -> None:
    """What comes before its note counts too, so patience sinks to what is set."""
    machine = grown()
    lag_of(machine, 1).add(0.5)
    for _ in range(20):
        note(machine, 3, (1, 1))
    note(machine, 2, (2, 2))
    (delay,) = graft_timers(machine)
    assert abs(delay - PATIENCE) < 1e-9


def test_patience_has_an_end() -> None:
    """However late a parent was, graft_longest is the most."""
    machine = grown()
    lag_of(machine, 1).add(3600.0)
    note(machine, 2, (2, 2))
    (delay,) = graft_timers(machine)
    assert abs(delay - BroadcastConfig().graft_longest) < 1e-9


def test_a_graft_too_early_teaches_patience() -> None:
    """The parent's run comes after the grafted one: so late is it then."""
    machine = grown()
    note(machine, 2, (2, 2))
    assert wait(machine, PATIENCE)
    machine.hear_runs(2, RUNS[1])
    machine.now += 0.2 - PATIENCE
    machine.hear_runs(1, RUNS[1])
    assert abs(lag_of(machine, 1).longest - (0.2 / 8 + 0.2)) < 1e-9


def test_who_looks_late_reads_on_first() -> None:
    """A timer that is late shows a busy process: what it waits for may be here."""
    machine = grown()
    note(machine, 2, (2, 2))
    assert wait(machine, PATIENCE + 0.03) == []
    assert abs(graft_timers(machine)[-1] - 0.03) < 1e-9
    assert wait(machine, 0.03) == [Graft((ANNA,), (holding(FEED, (2, 2)),))]


def test_what_was_told_later_does_not_make_the_parent_later() -> None:
    """Each run's lag counts from the note of that run, in a stream without a pause."""
    machine = grown()
    note(machine, 2, (2, 2))
    machine.now += 0.03
    note(machine, 2, (2, 3))
    machine.now += 0.01
    machine.hear_runs(1, RUNS[1])
    machine.hear_runs(1, RUNS[2])
    lag = Lag()
    lag.add(0.04)
    lag.add(0.01)
    assert abs(lag_of(machine, 1).longest - lag.longest) < 1e-9


def test_what_somebody_was_asked_for_is_not_grafted_as_well() -> None:
    """It is of the past by now; who noted it may be asked if that brings nothing."""
    machine = grown()
    note(machine, 2, (2, 3))
    machine.hear(3, Vector((holding(FEED, (1, 3)),)))
    assert machine.sent(3)[-1] == Want((holding(FEED, (2, 3)),))
    assert wait(machine, PATIENCE) == []
    machine.drain(3)
    machine.feed(LinkEnded(3, None))
    assert machine.sent(2)[-1] == Want((holding(FEED, (2, 3)),))


def test_what_was_grafted_is_not_asked_of_another() -> None:
    """Until it should have come; then it is pulled."""
    machine = grown()
    note(machine, 2, (2, 3))
    assert wait(machine, PATIENCE)
    machine.effects.clear()
    machine.hear(3, Vector((holding(FEED, (1, 5)),)))
    assert machine.sent(3) == [Want((holding(FEED, (4, 5)),), urgent=True)]
