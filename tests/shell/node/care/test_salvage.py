"""What is left of a damaged store is taken over in the background."""

from collections.abc import Callable
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from gossipchat.broadcast.events import Salvaged
from gossipchat.feeds.run import Run
from gossipchat.names import EntryId
from gossipchat.node.care.salvage import FIRST_STEP, MAX_LAPS, PAUSE, REST, Salvager
from gossipchat.store.file.wreck import Salvage
from tests.shell.node.care.test_upkeep import OneThread
from tests.store.builders import pen, said

ANN = pen()
RUNS = [ANN.compose([said()]) for _ in range(4)]


class Wreck:
    """Two runs at a time."""

    def next_runs(self, after_n: int, max_bytes: int) -> Salvage:
        behind = after_n + 2
        last_n = behind if behind < len(RUNS) else None
        return Salvage(tuple(RUNS[after_n:behind]), last_n)


class Disk:
    """A store whose reader is at hand."""

    def __init__(self) -> None:
        self.ok = True
        self.ended: int = 0

    def ask(
        self, question: Callable[[object], Any], done: Callable[[Any], None]
    ) -> None:
        done(question(None))

    def end_salvage(self) -> None:
        self.ended += 1


class SalvageTests(SynchronousTestCase):
    """One lap after the other, until nothing is lacking."""

    def setUp(self) -> None:
        self.clock = OneThread()
        self.disk = Disk()
        self.held: list[bytes] = []
        self.fed: list[list[Run]] = []
        self.salvager = Salvager(
            self.clock,
            self.disk,  # type: ignore[arg-type]
            Wreck(),  # type: ignore[arg-type]
            self.holds,
            self.take,
        )
        self.takes = True
        self.salvager.start()

    def holds(self, id: EntryId) -> bool:
        return RUNS[id.seq - 1].encoded in self.held

    def take(self, salvaged: Salvaged) -> None:
        self.fed.append([Run.parse(encoded) for encoded in salvaged.runs])
        self.held += salvaged.runs if self.takes else ()

    def test_what_is_lacking_is_taken_and_the_end_is_noted(self) -> None:
        """After a lap that has found nothing to do."""
        self.held = [RUNS[1].encoded]
        self.clock.advance(FIRST_STEP)
        assert self.fed == [[RUNS[0]]]
        self.clock.advance(PAUSE)
        assert self.fed == [[RUNS[0]], [RUNS[2], RUNS[3]]]
        assert self.disk.ended == 0
        self.clock.pump([REST, PAUSE])
        assert self.disk.ended == 1
        self.clock.advance(1000)
        assert len(self.fed) == 2

    def test_what_nobody_takes_is_not_offered_for_ever(self) -> None:
        self.takes = False
        self.clock.advance(FIRST_STEP)
        self.clock.pump([PAUSE, REST] * MAX_LAPS)
        assert self.disk.ended == 1
        assert len(self.fed) == 2 * MAX_LAPS

    def test_a_disk_that_fails_is_waited_for(self) -> None:
        self.disk.ok = False
        self.clock.advance(FIRST_STEP)
        self.clock.pump([REST] * 3)
        assert self.fed == []
        self.disk.ok = True
        self.clock.advance(REST)
        assert self.fed == [[RUNS[0], RUNS[1]]]

    def test_it_stops_when_told_to(self) -> None:
        self.clock.advance(FIRST_STEP)
        self.salvager.stop()
        assert self.clock.getDelayedCalls() == []
