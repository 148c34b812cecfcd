"""A machine in whose tree for Anna link 1 is the parent."""

from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.broadcast.pull.missing import GraftDue
from gossipchat.effects import StartTimer, TimerFired
from gossipchat.wire.ours.frames import Frame, Note
from tests.pure.broadcast.builders import Machine, frames_to, holding, some_runs

RUNS = some_runs(1, 5)
FEED = RUNS[0].feed
ANNA = FEED.author
PATIENCE = BroadcastConfig().graft_patience


def grown() -> Machine:
    """Link 1 brings what Anna says; link 2 repeated it and was pruned."""
    machine = Machine.linked(1, 2, 3)
    machine.hear_runs(1, RUNS[0])
    machine.hear_runs(2, RUNS[0])
    for link in (1, 2, 3, 1, 2, 3):
        machine.drain(link)
    machine.effects.clear()
    return machine


def graft_timers(machine: Machine) -> list[float]:
    return [t.delay for t in machine.all(StartTimer) if t.key == GraftDue()]


def wait(machine: Machine, seconds: float) -> list[Frame]:
    """The timer fires; what goes to link 2."""
    machine.now += seconds
    return frames_to(2, machine.feed(TimerFired(GraftDue())))


def note(machine: Machine, link: int, *bounds: tuple[int, int]) -> None:
    machine.hear(link, Note((holding(FEED, *bounds),)))
