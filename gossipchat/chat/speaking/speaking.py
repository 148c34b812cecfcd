"""
What local users say: checked, put into the own feed, sealed, written, published.

Ids are assigned when a batch goes to the writer. One own batch is with the
writer at a time; what is said meanwhile is the next. Only when the batch is on
disk does it leave the node and does `say` answer. A batch that can't be written
takes its ids back (nobody has seen them) and refuses all that waits with it.
"""

from collections import OrderedDict, deque
from collections.abc import Hashable
from typing import NamedTuple

from gossipchat.chat.bodies import Opening, opening_body
from gossipchat.chat.config import ChatConfig
from gossipchat.chat.events import Answer, Refuse, Row, SayAsked, StoredRun
from gossipchat.chat.heads import Heads
from gossipchat.chat.speaking.buckets import Buckets
from gossipchat.chat.speaking.drafting import Drafter, Utterance
from gossipchat.chat.speaking.pace import LONE, Pace
from gossipchat.errors import UsageError
from gossipchat.feeds.author import Author
from gossipchat.feeds.clock import HybridClock
from gossipchat.feeds.entry import Entry
from gossipchat.feeds.run import MAX_RUN_ENTRIES
from gossipchat.names import EntryId, RoomName

MAX_BATCH_BODY_BYTES = 160 * 1024
"""Bodies in one run: with their bookkeeping it stays below the 256 KiB of a run."""


class Batch(NamedTuple):
    """What is with the writer."""

    stored: StoredRun
    said: tuple[Utterance, ...]
    """One for each of the last rows; an ``open`` in front has none."""
    clock_before: int

    @property
    def ids(self) -> list[EntryId]:
        """Of what was said, in order."""
        feed, last = self.stored.run.feed, self.stored.run.last
        first = last - len(self.said) + 1
        return [EntryId(*feed, seq) for seq in range(first, last + 1)]


class Speaker:
    """The own feed of this process, from what users say to what is published."""

    def __init__(
        self,
        author: Author,
        opening: Opening,
        config: ChatConfig,
        clock: HybridClock,
        heads: Heads,
        drafter: Drafter,
    ) -> None:
        self._author = author
        self._opening = opening
        self._config = config
        self._clock = clock
        self._heads = heads
        self._drafter = drafter
        self._buckets = Buckets(config.say_rate, config.say_burst, config.max_nicks)
        self._introducing = False
        self._pace = Pace(config.seal_burst, config.seal_interval)
        self._waiting: deque[Utterance] = deque()
        self._writing: Batch | None = None
        self._tokens: OrderedDict[str, EntryId] = OrderedDict()
        self._twins: dict[str, list[Hashable]] = {}

    @property
    def idle(self) -> bool:
        """Nothing waits and nothing is with the writer."""
        return not self._waiting and self._writing is None

    def introduce(self) -> None:
        """Say who we are, before anything else is said."""
        self._introducing = self._author.next_seq == 1

    def hear(self, asked: SayAsked, now: float) -> list[Answer | Refuse]:
        """Take *asked* in, or answer it at once (a known token, a mistake)."""
        try:
            said = self._drafter.draft(asked)
        except UsageError as mistake:
            return [Refuse(asked.ask, str(mistake))]
        if said.token is not None:
            if said.token in self._tokens:
                return [Answer(asked.ask, self._tokens[said.token])]
            if said.token in self._twins:
                self._twins[said.token].append(asked.ask)
                return []
        if len(self._waiting) >= self._config.max_pending:
            why = f"{len(self._waiting)} messages already wait for the disk: try again"
            return [Refuse(asked.ask, why)]
        wait = self._buckets.wait(said.nick, now)
        if wait > 0:
            return [self._too_fast(said, wait)]
        if said.token is not None:
            self._twins[said.token] = []
        self._waiting.append(said)
        return []

    def others_spoke(self, runs: int, now: float) -> None:
        """So many *runs* of others came: the more they are, the rarer are ours."""
        self._pace.heard(runs, now)

    def wait(self, now: float) -> float | None:
        """Seconds until a batch may be composed; None: there is nothing to do."""
        if self._writing is not None or not (self._waiting or self._introducing):
            return None
        return self._pace.wait(now)

    def compose(self, now: float, wall_ms: int) -> StoredRun:
        """The next batch, sealed, with the writer from now on."""
        said = self._next_said()
        self._pace.spend(now, LONE if len(said) == 1 else 1.0)
        entries: list[Entry] = []
        rows: list[Row] = []
        first, clock_before = self._author.next_seq, self._clock.value
        if first == 1:
            entries.append(self._opening_entry(wall_ms))
            rows.append(_opening_row(entries[0], self._opening.name))
        self._introducing = False
        answered: set[RoomName] = set()  # the chain orders the rest of the batch
        for one in said:
            after: list[EntryId] = []
            if one.room is not None and one.room not in answered:
                after = self._seen(one.room)
                answered.add(one.room)
            entry = self._entry(one, tuple(after), wall_ms)
            seq = first + len(entries)
            rows.append(_row(seq, entry, one))
            entries.append(entry)
        run = self._author.compose(entries)
        stored = StoredRun(run, self._author.tip, tuple(rows))
        self._writing = Batch(stored, tuple(said), clock_before)
        return stored

    def written(self) -> tuple[Batch, list[Answer]]:
        """The batch is on disk: what it was, and the answers."""
        batch, self._writing = self._taken(), None
        answers: list[Answer] = []
        for one, entry_id in zip(batch.said, batch.ids, strict=True):
            answers.append(Answer(one.ask, entry_id))
            if one.token is not None:
                twins = self._twins.pop(one.token, [])
                answers += [Answer(ask, entry_id) for ask in twins]
                self._remember(one.token, entry_id)
        return batch, answers

    def not_written(self, why: str) -> list[Refuse]:
        """The batch is not on disk: its ids go back, all that waits is refused."""
        batch, self._writing = self._taken(), None
        self._author.take_back(batch.stored.run)
        self._clock.take_back(batch.clock_before)
        refused = [*batch.said, *self._waiting]
        self._waiting.clear()
        twins = [ask for one in refused for ask in self._twins.pop(one.token or "", [])]
        return [Refuse(ask, why) for ask in [*(one.ask for one in refused), *twins]]

    def _taken(self) -> Batch:
        assert self._writing is not None, "no batch was with the writer"  # noqa: S101
        return self._writing

    def _too_fast(self, said: Utterance, wait: float) -> Refuse:
        rate = self._config.say_rate
        why = (
            f"{said.nick} speaks too fast: {rate:g} messages a second are taken, and"
            f" {self._config.say_burst} after a pause; try again in {wait:.1f} s"
        )
        return Refuse(said.ask, why, wait)

    def _next_said(self) -> list[Utterance]:
        said: list[Utterance] = []
        size = 0
        while self._waiting and len(said) < MAX_RUN_ENTRIES - 1:
            size += len(self._waiting[0].body)
            if said and size > MAX_BATCH_BODY_BYTES:
                break
            said.append(self._waiting.popleft())
        return said

    def _seen(self, room: RoomName) -> list[EntryId]:
        return self._heads.seen_by(*self._author.feed, room)

    def _entry(
        self, said: Utterance, after: tuple[EntryId, ...], wall_ms: int
    ) -> Entry:
        return Entry(self._clock.tick(wall_ms), wall_ms, after, said.kind, said.body)

    def _opening_entry(self, wall_ms: int) -> Entry:
        body = opening_body(self._opening)
        return Entry(self._clock.tick(wall_ms), wall_ms, (), "open", body)

    def _remember(self, token: str, entry_id: EntryId) -> None:
        self._tokens[token] = entry_id
        if len(self._tokens) > self._config.max_tokens:
            self._tokens.popitem(last=False)


def _opening_row(entry: Entry, name: str) -> Row:
    return Row(1, entry.hlc, entry.wall_ms, None, name, entry.kind, "", late=False)


def _row(seq: int, entry: Entry, said: Utterance) -> Row:
    return Row(
        seq,
        entry.hlc,
        entry.wall_ms,
        said.room,
        said.nick,
        said.shown_kind,
        said.text,
        late=False,
        token=said.token,
        target=said.target,
        peer=said.peer,
    )
