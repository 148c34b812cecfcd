"""
Who has what was said here: own batches are followed until all have them.

Those that have not told of what is two seconds old are asked, every two seconds, and no
more after 30 s.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from gossipchat.chat.events import Effect, ReceiptChanged
from gossipchat.chat.receipts.reporters import Reporters
from gossipchat.chat.receipts.reports import SOON
from gossipchat.effects import Notify, StartTimer
from gossipchat.names import AuthorKey, EntryId
from gossipchat.wire.ours.datagrams import HasAsked, HasUpTo, SendDatagram

ASK_EVERY = 2.0
STOP_AFTER = 30.0
MAX_TALLIES = 64
"""Own batches that are followed at once; older ones are asked about on demand."""


class TallyDue(NamedTuple):
    """Timer: look who has not told yet."""


@dataclass(slots=True)
class Tally:
    """Who has an entry, as far as they have told."""

    id: EntryId
    since: float
    have: dict[AuthorKey, None] = field(default_factory=dict)


class Tallies:
    """Own entries under way, and who has told that they have them."""

    def __init__(self, reporters: Reporters, is_watched: Callable[[], bool]) -> None:
        """*is_watched*: whether anybody wants to hear of ``ReceiptChanged``."""
        self._reporters = reporters
        self._is_watched = is_watched
        self._tallies: dict[EntryId, Tally] = {}
        self._looking = False

    def __len__(self) -> int:
        return len(self._tallies)

    def published(self, id: EntryId, now: float) -> list[Effect]:
        """The own entry *id*, the last of its batch, is on its way to the others."""
        me = self._reporters.me
        if self._reporters.counted(me) == [me]:
            return []
        self._tallies[id] = Tally(id, now, {me: None})
        if len(self._tallies) > MAX_TALLIES:
            del self._tallies[next(iter(self._tallies))]
        told = self._changed(self._tallies[id])
        return [*told, *self._look_later()]

    def heard(self, sender: AuthorKey, told: HasUpTo) -> list[Effect]:
        """*sender* has a feed up to there."""
        effects: list[Effect] = []
        for tally in self._tallies.values():
            has = tally.id.feed == told.feed and tally.id.seq <= told.end
            if has and sender not in tally.have:
                tally.have[sender] = None
                effects += self._changed(tally)
        return effects

    def timer(self, now: float) -> list[Effect]:
        """Ask those that have not told of the newest; forget what is settled."""
        self._looking = False
        for id, tally in list(self._tallies.items()):
            if now >= tally.since + STOP_AFTER or not self._missing(tally):
                del self._tallies[id]
        waited = [
            one for one in self._tallies.values() if one.since + ASK_EVERY <= now + SOON
        ]
        asked: list[Effect] = []
        if waited:  # of what was just said they will tell by themselves
            newest = waited[-1]
            ask = HasAsked(newest.id.feed, newest.id.seq)
            asked = [SendDatagram(key, ask) for key in self._missing(newest)]
        return [*asked, *self._look_later()]

    def _look_later(self) -> list[Effect]:
        if self._looking or not self._tallies:
            return []
        self._looking = True
        return [StartTimer(TallyDue(), ASK_EVERY)]

    def _missing(self, tally: Tally) -> list[AuthorKey]:
        return self._reporters.silent(tally.id.author, tally.have)

    def _changed(self, tally: Tally) -> list[Effect]:
        if not self._is_watched():
            return []
        receipt = self._reporters.receipt(tally.id.author, tally.have)
        return [Notify(ReceiptChanged(tally.id, receipt))]
