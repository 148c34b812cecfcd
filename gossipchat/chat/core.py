"""
chat as one machine: what is said here goes to disk and then out; what others
say goes to disk and then to the faces.
"""

from collections.abc import Mapping
from typing import NamedTuple

from gossipchat.chat.bodies import Opening
from gossipchat.chat.config import ChatConfig
from gossipchat.chat.events import (
    Deliver,
    Effect,
    Event,
    Keep,
    Line,
    Persist,
    Persisted,
    PersistFailed,
    Publish,
    RunsArrived,
    SayAsked,
    StoredRun,
)
from gossipchat.chat.heads import Heads, Place
from gossipchat.chat.listening import Listener, lines_of
from gossipchat.chat.speaking import Speaker
from gossipchat.effects import Moment, StartTimer, TimerFired
from gossipchat.feeds.author import Author
from gossipchat.feeds.clock import HybridClock
from gossipchat.names import RoomName


class SealDue(NamedTuple):
    """Timer: a batch that had to wait may be sealed."""


class Chat:
    """
    Rooms and who said what.

    Args:
        author: the own feed of this process, in a fresh epoch.
        opening: what the first entry of that feed tells.
        newest: of each room the newest entry on disk, at start.
        highest_hlc: of all entries on disk, at start.
    """

    def __init__(
        self,
        author: Author,
        opening: Opening,
        config: ChatConfig,
        newest: Mapping[RoomName, Place],
        highest_hlc: int = 0,
    ) -> None:
        clock = HybridClock(highest_hlc)
        heads = Heads(config.max_rooms)
        for room, place in newest.items():
            heads.add(room, place, ())
        self._listener = Listener(config, clock, heads)
        self._speaker = Speaker(author, opening, config, clock, heads)
        self._batches: dict[int, Persist] = {}
        self._next_number = 1
        self._seal_waits = False

    @property
    def idle(self) -> bool:
        """Nothing waits for the disk."""
        return self._speaker.idle and not self._batches

    def handle(self, event: Event, moment: Moment) -> list[Effect]:
        """What follows from *event*."""
        match event:
            case SayAsked():
                return [*self._speaker.hear(event), *self._seal(moment)]
            case TimerFired(SealDue()):
                self._seal_waits = False
                return self._seal(moment)
            case RunsArrived(runs, tips):
                pairs = zip(runs, tips, strict=True)
                read = [self._listener.read(run, tip, moment) for run, tip in pairs]
                return [self._persist(tuple(read), False, moment)]
            case Persisted(number, first_n) if number in self._batches:
                return self._persisted(self._batches.pop(number), first_n, moment)
            case PersistFailed(number, why) if number in self._batches:
                return self._failed(self._batches.pop(number), why)
            case _:
                return []

    def _seal(self, moment: Moment) -> list[Effect]:
        wait = self._speaker.wait(moment.now)
        if wait is None or self._seal_waits:
            return []
        if wait > 0:
            self._seal_waits = True
            return [StartTimer(SealDue(), wait)]
        stored = self._speaker.compose(moment.now, moment.wall_ms)
        return [self._persist((stored,), True, moment)]

    def _persist(
        self, runs: tuple[StoredRun, ...], own: bool, moment: Moment
    ) -> Persist:
        batch = Persist(self._next_number, runs, own, moment.wall_ms)
        self._next_number += 1
        self._batches[batch.number] = batch
        return batch

    def _persisted(self, batch: Persist, first_n: int, moment: Moment) -> list[Effect]:
        lines: list[Line] = []
        for stored in batch.runs:
            self._listener.place(stored.run, stored.rows)
            lines += lines_of(stored, first_n + len(lines), batch.arrived_ms)
        shown = Deliver(tuple(lines))
        if not batch.own:
            return [Keep(tuple(stored.run for stored in batch.runs), kept=True), shown]
        written, answers = self._speaker.written()
        publish = Publish(written.stored.run, written.stored.tip)
        return [publish, *answers, shown, *self._seal(moment)]

    def _failed(self, batch: Persist, why: str) -> list[Effect]:
        if batch.own:
            return list(self._speaker.not_written(why))
        return [Keep(tuple(stored.run for stored in batch.runs), kept=False)]
