"""
chat as one machine: what is said here goes to disk and then out; what others
say goes to disk and then to the faces.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from gossipchat.chat.batches import Batches
from gossipchat.chat.bodies import CAST, Opening
from gossipchat.chat.config import ChatConfig
from gossipchat.chat.directory import Acquaintance, Directory
from gossipchat.chat.events import (
    Attended,
    ClocksCompared,
    Deliver,
    Departed,
    DocumentsCame,
    Effect,
    Event,
    Keep,
    LeaveAsked,
    Line,
    MemberForgotten,
    MemberNamed,
    Persist,
    Persisted,
    PersistFailed,
    Publish,
    ReceiptAsked,
    Refuse,
    Renamed,
    RunsArrived,
    SayAsked,
    Started,
    StoredRun,
    TimeCame,
)
from gossipchat.chat.heads import Heads, Place
from gossipchat.chat.listening.ahead import Ahead, EarlyDue
from gossipchat.chat.listening.gate import Gate, Holds, Incoming
from gossipchat.chat.listening.listening import Listener, lines_of
from gossipchat.chat.presence.presence import (
    GraceDue,
    LingerDue,
    PostDue,
    Presence,
)
from gossipchat.chat.receipts.questions import AnswerDue
from gossipchat.chat.receipts.receipts import Receipts
from gossipchat.chat.receipts.reports import Reach, ReportsDue
from gossipchat.chat.receipts.tallies import TallyDue
from gossipchat.chat.sealing import Sealer
from gossipchat.chat.speaking.drafting import Drafter
from gossipchat.chat.speaking.speaking import Speaker
from gossipchat.effects import Moment, StartTimer, TimerFired, sifted
from gossipchat.feeds.author import Author
from gossipchat.feeds.clock import HybridClock
from gossipchat.feeds.entry import Entry
from gossipchat.feeds.run import Run
from gossipchat.names import EntryId, FeedId, NodeName, RoomName
from gossipchat.wire.ours.datagrams import DatagramReceived

RECENT_MS = 30_000
"""Of what is older nobody waits to hear who has it; whoever wants to know asks."""


class SealDue(NamedTuple):
    """Timer: a batch that had to wait may be sealed."""


class GateDue(NamedTuple):
    """Timer: a run has waited long enough for what it answers."""


class Chat:
    """
    Rooms and who said what.

    Args:
        author: the own feed of this process, in a fresh epoch.
        opening: what the first entry of that feed tells.
        newest: of each room the newest entry on disk, at start.
        highest_hlc: of all entries on disk, at start.
        highest_own: of our own, where that differs.
        known: whom the disk knows, at start.
        next_due_ms: when the first entry that is not shown yet may be, at start.
        sealer: opens and seals private messages; None: there are none here.
        holds: whether an entry is held, be it still on its way to disk.
    """

    def __init__(
        self,
        author: Author,
        opening: Opening,
        config: ChatConfig,
        newest: Mapping[RoomName, Place],
        highest_hlc: int = 0,
        *,
        highest_own: int = 0,
        known: Iterable[Acquaintance] = (),
        next_due_ms: int | None = None,
        sealer: Sealer | None = None,
        holds: Holds = lambda id: True,
    ) -> None:
        clock = HybridClock(highest_hlc, highest_own)
        heads = Heads(config.max_rooms)
        for room, place in newest.items():
            heads.add(room, place, ())
        self.directory = Directory(config.max_authors, known)
        self.directory.introduce(author.feed.author, opening, clock.value)
        self.holds = holds
        self.named: Callable[[Run], Run] = lambda run: run
        """A run that is just written under the name that it has by now."""
        self.listener = Listener(config, clock, heads, self.directory, sealer)
        drafter = Drafter(config, self.directory, sealer)
        self.presence = Presence(author, NodeName(opening.name), clock, config)
        self.reach: Reach = lambda feed: 0
        """Up to which entry a feed is held without a gap, be it on its way to disk."""
        self.is_watched: Callable[[], bool] = lambda: True
        """Whether anybody looks at lines; else none are made of what comes."""
        self.receipts = Receipts(
            author.feed.author, NodeName(opening.name), self._on_disk
        )
        self._speaker = Speaker(author, opening, config, clock, heads, drafter)
        self._is_new = opening.last is None
        self._gate = Gate(config.after_wait, config.max_held_runs)
        self._gate_timed = False
        self._ahead = Ahead(next_due_ms)
        self._batches = Batches()
        self._seal_waits = False

    @property
    def idle(self) -> bool:
        """Nothing waits for the disk."""
        return self._speaker.idle and not self._batches and not self._gate

    def handle(self, event: Event, moment: Moment) -> list[Effect]:
        """What follows from *event*."""
        match event:
            case SayAsked():
                return self._say(event, moment)
            case RunsArrived(runs):
                self._speaker.others_spoke(len(runs), moment.now)
                return self._hear(event, moment)
            case Persisted(number) if number in self._batches:
                return self._persisted(self._batches.written(number), event, moment)
            case PersistFailed(number, why) if number in self._batches:
                return self._failed(self._batches.failed(number), why)
            case TimerFired(PostDue() | GraceDue() | LingerDue()):
                return self.presence.handle(event, moment)
            case TimerFired(ReportsDue() | TallyDue() | AnswerDue()):
                return self.receipts.timer(event, moment.now)
            case TimerFired(key):
                return self._timer(key, moment)
            case TimeCame():
                for revealed in event.revealed:
                    self.listener.place_revealed(revealed)
                return self._ahead.came(event, self._reference_ms(moment))
            case Renamed():
                self.listener.rename(event)
                return []
            case MemberNamed(name, key):
                self.directory.named(name, key)
                self.receipts.member(event)
                return self.presence.handle(event, moment)
            case ClocksCompared(ahead_ms):
                self.listener.ahead_ms = ahead_ms
                return self._ahead.look(self._reference_ms(moment), moment.wall_ms)
            case ReceiptAsked():
                return self.receipts.ask(event)
            case DatagramReceived():
                return self.receipts.heard(event)
            case MemberForgotten():
                self.receipts.forget(event)
                return self.presence.handle(event, moment)
            case (Attended() | Departed() | LeaveAsked()) | DocumentsCame():
                return self.presence.handle(event, moment)
            case Started():
                if self._is_new:
                    self._speaker.introduce()
                waits = self._ahead.wait(self._reference_ms(moment))
                return [*self._seal(moment), *waits]
            case _:
                return []

    def _timer(self, key: object, moment: Moment) -> list[Effect]:
        match key:
            case SealDue():
                self._seal_waits = False
                return self._seal(moment)
            case GateDue():
                self._gate_timed = False
                return self._admit([], moment)
            case EarlyDue():
                return self._ahead.rested(self._reference_ms(moment), moment.wall_ms)
        return []

    def _reference_ms(self, moment: Moment) -> int:
        return self.listener.reference_ms(moment.wall_ms)

    # --- what is said here ----------------------------------------------------

    def _say(self, asked: SayAsked, moment: Moment) -> list[Effect]:
        heard = self._speaker.hear(asked, moment.now)
        refused = any(isinstance(one, Refuse) for one in heard)
        speaks = asked.kind != CAST and not refused
        here = self.presence.handle(asked, moment) if speaks else []
        return [*heard, *self._seal(moment), *here]

    def _seal(self, moment: Moment) -> list[Effect]:
        wait = self._speaker.wait(moment.now)
        if wait is None or self._seal_waits:
            return []
        if wait > 0:
            self._seal_waits = True
            return [StartTimer(SealDue(), wait)]
        self.listener.set_clock_right(moment.wall_ms)
        stored = self._speaker.compose(moment.now, moment.wall_ms)
        return [self._batches.write((stored,), True, moment.wall_ms)]

    # --- what others say ------------------------------------------------------

    def _hear(self, arrived: RunsArrived, moment: Moment) -> list[Effect]:
        tips = iter(arrived.tips)
        came, broke = sifted(
            arrived.runs, lambda run: self.listener.hear(run, next(tips))
        )
        return [*broke, *self._admit(came, moment)]

    def _admit(self, came: list[Incoming], moment: Moment) -> list[Effect]:
        ready = self._gate.pass_on(came, self.holds, moment.now)
        read, broke = sifted(ready, lambda one: self.listener.read(one, moment))
        effects: list[Effect] = [*broke]
        if read:
            effects.append(self._batches.write(tuple(read), False, moment.wall_ms))
        if self._gate and not self._gate_timed:
            self._gate_timed = True
            wait = max(0.0, self._gate.deadline - moment.now)
            effects.append(StartTimer(GateDue(), wait))
        return effects

    # --- what is on disk, or is not -------------------------------------------

    def _persisted(
        self, batch: Persist, done: Persisted, moment: Moment
    ) -> list[Effect]:
        shown = Deliver(tuple(self._placed(batch, done)))
        follow = self._own_written if batch.own else self._others_written
        return follow(batch, shown, moment)

    def _placed(self, batch: Persist, done: Persisted) -> list[Line]:
        """Put what is written in its place in the rooms; the lines to be shown."""
        lines: list[Line] = []
        next_n = done.first_n
        for place, written in enumerate(batch.runs):
            # a fork may have been noticed while it was on its way to the disk
            run = self.named(written.run)
            stored = written if run is written.run else replace(written, run=run)
            self.listener.place(run, stored.rows)
            if place not in done.again and self.is_watched():
                new = lines_of(stored, next_n, batch.arrived_ms)
                doubtful = self._batches.is_doubtful(batch)
                lines += self._doubted(stored, new) if doubtful else new
            next_n += run.count
        return lines

    def _own_written(
        self, batch: Persist, shown: Deliver, moment: Moment
    ) -> list[Effect]:
        own, answers = self._speaker.written()
        publish = Publish(own.stored.run, own.stored.tip)
        last = EntryId(*own.stored.run.feed, own.stored.run.last)
        tally = self.receipts.published(last, moment.now)
        return [publish, *answers, shown, *self._seal(moment), *tally]

    def _others_written(
        self, batch: Persist, shown: Deliver, moment: Moment
    ) -> list[Effect]:
        due = [row.due_ms for stored in batch.runs for row in stored.rows]
        self._ahead.kept([due_ms for due_ms in due if due_ms is not None])
        kept = Keep(tuple(stored.run for stored in batch.runs), kept=True)
        since_ms = batch.arrived_ms - RECENT_MS
        live = [one for one in batch.runs if one.rows[-1].wall_ms >= since_ms]
        feeds = dict.fromkeys(stored.run.feed for stored in live)
        reports = self.receipts.kept(feeds, moment.now)
        waits = self._ahead.wait(self._reference_ms(moment))
        return [kept, shown, *waits, *reports]

    def _on_disk(self, feed: FeedId) -> int:
        """Up to which entry *feed* is on disk here without a gap."""
        waiting = [self._gate.lowest(feed), *self._batches.firsts_of(feed)]
        return min([self.reach(feed), *(seq - 1 for seq in waiting if seq)])

    def _failed(self, batch: Persist, why: str) -> list[Effect]:
        if batch.own:
            return list(self._speaker.not_written(why))
        runs = tuple(stored.run for stored in batch.runs)
        self._gate.gone_again(runs)
        return [Keep(runs, kept=False)]

    def _doubted(self, stored: StoredRun, lines: list[Line]) -> list[Line]:
        """*lines*, marked where what they answer went under with a batch before."""
        first = stored.run.first
        after = {
            EntryId(*stored.run.feed, seq): Entry.decode(content).after
            for seq, content in enumerate(stored.run.contents, first)
        }
        return [
            replace(line, gap=line.gap or not all(map(self.holds, after[line.id])))
            for line in lines
        ]
