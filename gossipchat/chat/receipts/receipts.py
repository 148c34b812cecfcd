"""
How far a message has got: who has it on disk, as the members themselves say.

A member speaks of the end up to which it has a feed without a gap. It tells a new
author's run's end by UDP straight to the author, a moment later and once a second at
most; who waits for that is told together with others. The author asks those that have
not told of what is two seconds old, every two seconds, and stops after 30 s. Above 64
members only the 64 lowest in hash(author, member) tell, and are counted.

A datagram's sender is its own claim (``wire.ours.datagrams``): receipts inform people,
and nothing is decided by them.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple

from gossipchat.chat.events import (
    Effect,
    MemberForgotten,
    MemberNamed,
    Receipt,
    ReceiptAsked,
    ReceiptChanged,
    ReceiptTold,
)
from gossipchat.effects import Notify, StartTimer, TimerFired
from gossipchat.names import AuthorKey, EntryId, FeedId, NodeName
from gossipchat.wire.ours.datagrams import (
    DatagramReceived,
    HasAsked,
    HasUpTo,
    SendDatagram,
)

PACE = 1.0
"""Seconds between two reports to one author."""
MOMENT = 0.125
"""Seconds until the first report: what is said shall be everywhere before nodes are
busy with telling that they have it."""
SOON = 1e-6
"""Seconds: a timer may come by so much too early."""
ASK_EVERY = 2.0
STOP_AFTER = 30.0
MAX_REPORTERS = 64
MAX_TALLIES = 64
"""Own batches that are followed at once; older ones are asked about on demand."""
MAX_ASKS = 64
MAX_COUNTED = 256
"""Authors of whom it is remembered who is counted: a thousand hashes each time."""
WAITS = (0.3, 0.5, 1.0)
"""Seconds until those who are silent are asked once more; then the answer is given."""

Reach = Callable[[FeedId], int]


class ReportsDue(NamedTuple):
    """Timer: authors that had to wait may be told, all together."""


class TallyDue(NamedTuple):
    """Timer: look who has not told yet."""


class AnswerDue(NamedTuple):
    """Timer: whoever waits for the answer to *ask* has waited for a while."""

    ask: Hashable
    tries: int


Timers = ReportsDue | TallyDue | AnswerDue


@dataclass(slots=True)
class Node:
    """A tagged member."""

    name: NodeName
    reachable: bool


@dataclass(slots=True)
class Tally:
    """Who has an entry, as far as they have told."""

    id: EntryId
    since: float
    have: dict[AuthorKey, None] = field(default_factory=dict)


@dataclass(slots=True)
class Question:
    """Somebody waits to hear who has an entry."""

    tally: Tally
    answered: dict[AuthorKey, None] = field(default_factory=dict)


class Receipts:
    """
    Tells authors what is on disk here, and counts what others tell of their own.

    Args:
        reach: up to which entry a feed is on disk here without a gap.
    """

    def __init__(self, me: AuthorKey, name: NodeName, reach: Reach) -> None:
        self._me = me
        self._reach = reach
        self._nodes: dict[AuthorKey, Node] = {me: Node(name, True)}
        self._counted: dict[AuthorKey, list[AuthorKey]] = {}
        """As long as no member comes or goes."""
        self._last: dict[AuthorKey, float] = {}
        self._due: dict[AuthorKey, dict[FeedId, None]] = {}
        self._since: dict[AuthorKey, float] = {}
        """When the first of what is due to an author came."""
        self._ticked = -PACE
        """When those that had to wait were last told."""
        self._timed = False
        self._tallies: dict[EntryId, Tally] = {}
        self._looking = False
        self._questions: dict[Hashable, Question] = {}
        self.is_watched: Callable[[], bool] = lambda: True
        """Whether anybody wants to hear of ``ReceiptChanged``: for whoever knows."""

    # --- members ----------------------------------------------------------------

    def member(self, member: MemberNamed) -> None:
        """*member* is there, or is otherwise than before."""
        if member.key == self._me:
            return
        if member.left == (member.key in self._nodes):
            self._counted.clear()
        if member.left:
            self._nodes.pop(member.key, None)
            self._last.pop(member.key, None)
        else:
            self._nodes[member.key] = Node(member.name, member.reachable)

    def forget(self, gone: MemberForgotten) -> None:
        """That member counts no more."""
        for key, node in list(self._nodes.items()):
            if node.name == gone.name and key != self._me:
                del self._nodes[key]
                self._last.pop(key, None)
                self._counted.clear()

    def counted(self, author: AuthorKey) -> list[AuthorKey]:
        """Who tells *author*, and the author itself if it is a member."""
        counted = self._counted.get(author)
        if counted is None:
            if len(self._counted) >= MAX_COUNTED:
                self._counted.clear()
            counted = self._counted[author] = self._chosen(author)
        return counted

    def _chosen(self, author: AuthorKey) -> list[AuthorKey]:
        others = [key for key in self._nodes if key != author]
        if len(others) > MAX_REPORTERS:
            others.sort(key=lambda key: sha256(author + key).digest())
            others = others[:MAX_REPORTERS]
        return [author, *others] if author in self._nodes else others

    # --- what is on disk here -----------------------------------------------------

    def kept(self, feeds: Iterable[FeedId], now: float) -> list[Effect]:
        """Something new of others' *feeds* is on disk."""
        for feed in feeds:
            author = feed.author
            if author in self._nodes and self._me in self.counted(author):
                self._due.setdefault(author, {})[feed] = None
                self._since.setdefault(author, now)
        return self._report_later(now)

    def _report(self, now: float) -> list[Effect]:
        """Tell those it is time to tell; the others a little later."""
        effects: list[Effect] = []
        for author in list(self._due):
            if self._may_tell_at(author) <= now + SOON:
                feeds = self._due.pop(author)
                del self._since[author]
                self._last[author] = now
                newest = list(feeds)[-1]  # the rest is history that it caught up with
                effects.append(SendDatagram(author, self._told(newest)))
        return [*effects, *self._report_later(now)]

    def _report_later(self, now: float) -> list[Effect]:
        """Who was told in the last second waits for all who were."""
        if not self._due or self._timed:
            return []
        self._timed = True
        first = min(map(self._waits_until, self._due))
        return [StartTimer(ReportsDue(), max(0.0, first - now))]

    def _waits_until(self, author: AuthorKey) -> float:
        together = self._ticked + PACE if self._was_told(author) else 0.0
        return max(self._may_tell_at(author), together)

    def _was_told(self, author: AuthorKey) -> bool:
        return self._last.get(author, -PACE) + PACE > self._since[author] + MOMENT

    def _may_tell_at(self, author: AuthorKey) -> float:
        last = self._last.get(author, -PACE)
        return max(last + PACE, self._since[author] + MOMENT)

    def _told(self, feed: FeedId) -> HasUpTo:
        return HasUpTo(feed, self._reach(feed))

    # --- own entries --------------------------------------------------------------

    def published(self, id: EntryId, now: float) -> list[Effect]:
        """The own entry *id*, the last of its batch, is on its way to the others."""
        if self.counted(self._me) == [self._me]:
            return []
        self._tallies[id] = Tally(id, now, {self._me: None})
        if len(self._tallies) > MAX_TALLIES:
            del self._tallies[next(iter(self._tallies))]
        told = self._changed(self._tallies[id])
        return [*told, *self._look_later()]

    def _look_later(self) -> list[Effect]:
        if self._looking or not self._tallies:
            return []
        self._looking = True
        return [StartTimer(TallyDue(), ASK_EVERY)]

    def _look(self, now: float) -> list[Effect]:
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
            asked = [self._asks(key, newest.id) for key in self._missing(newest)]
        return [*asked, *self._look_later()]

    def _missing(self, tally: Tally) -> list[AuthorKey]:
        return [
            key
            for key in self.counted(tally.id.author)
            if key not in tally.have and self._nodes[key].reachable
        ]

    def _asks(self, key: AuthorKey, id: EntryId) -> SendDatagram:
        return SendDatagram(key, HasAsked(id.feed, id.seq))

    def _changed(self, tally: Tally) -> list[Effect]:
        if not self.is_watched():
            return []
        return [Notify(ReceiptChanged(tally.id, self._receipt(tally)))]

    def _receipt(self, tally: Tally) -> Receipt:
        counted = self.counted(tally.id.author)
        have = tuple(self._nodes[key].name for key in counted if key in tally.have)
        return Receipt(have, len(counted), len(self._nodes))

    # --- on demand ------------------------------------------------------------------

    def ask(self, asked: ReceiptAsked, now: float) -> list[Effect]:
        """Somebody wants to know who has an entry; ``ReceiptTold`` follows."""
        question = Question(Tally(asked.id, now))
        if len(self._questions) >= MAX_ASKS:
            return [ReceiptTold(asked.ask, None)]
        self._questions[asked.ask] = question
        if self._reach(asked.id.feed) >= asked.id.seq:
            question.tally.have[self._me] = None
        question.answered[self._me] = None
        return self._ask_silent(asked.ask, 0)

    def _ask_silent(self, ask: Hashable, tries: int) -> list[Effect]:
        question = self._questions[ask]
        id = question.tally.id
        silent = [
            key
            for key in self.counted(id.author)
            if key not in question.answered and self._nodes[key].reachable
        ]
        if not silent or tries == len(WAITS):
            del self._questions[ask]
            return [ReceiptTold(ask, self._receipt(question.tally))]
        asks = [self._asks(key, id) for key in silent]
        return [*asks, StartTimer(AnswerDue(ask, tries + 1), WAITS[tries])]

    # --- what comes -------------------------------------------------------------------

    def heard(self, received: DatagramReceived) -> list[Effect]:
        """A member asks, or tells."""
        match received.datagram:
            case HasAsked(feed):
                return [SendDatagram(received.sender, self._told(feed))]
            case HasUpTo(feed, end):
                return self._told_by(received.sender, feed, end)
        return []

    def _told_by(self, sender: AuthorKey, feed: FeedId, end: int) -> list[Effect]:
        effects: list[Effect] = []
        for tally in self._tallies.values():
            has = tally.id.feed == feed and tally.id.seq <= end
            if has and sender not in tally.have:
                tally.have[sender] = None
                effects += self._changed(tally)
        for ask, question in list(self._questions.items()):
            id = question.tally.id
            if id.feed != feed or sender in question.answered:
                continue
            question.answered[sender] = None
            if id.seq <= end:
                question.tally.have[sender] = None
            if all(
                key in question.answered or not self._nodes[key].reachable
                for key in self.counted(id.author)
            ):
                effects += self._ask_silent(ask, len(WAITS))
        return effects

    def timer(self, fired: TimerFired, now: float) -> list[Effect]:
        """One of ``Timers`` is due."""
        match fired.key:
            case ReportsDue():
                self._timed, self._ticked = False, now
                return self._report(now)
            case TallyDue():
                return self._look(now)
            case AnswerDue(ask, tries) if ask in self._questions:
                return self._ask_silent(ask, tries)
        return []
