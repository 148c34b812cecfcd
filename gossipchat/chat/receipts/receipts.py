"""
How far a message has got: who has it on disk, as the members themselves say.

A member speaks of the end up to which it has a feed without a gap, by UDP straight to
the author (``reports``). The author counts what is told of its own batches
(``tallies``), and anybody may ask about any entry (``questions``). A datagram's sender
is its own claim (``wire.ours.datagrams``): receipts inform people, and nothing is
decided by them.
"""

from collections.abc import Callable, Iterable

from gossipchat.chat.events import Effect, MemberForgotten, MemberNamed, ReceiptAsked
from gossipchat.chat.receipts.questions import AnswerDue, Questions
from gossipchat.chat.receipts.reporters import Reporters
from gossipchat.chat.receipts.reports import Reach, Reports, ReportsDue
from gossipchat.chat.receipts.tallies import Tallies, TallyDue
from gossipchat.effects import TimerFired
from gossipchat.names import AuthorKey, EntryId, FeedId, NodeName
from gossipchat.wire.ours.datagrams import (
    DatagramReceived,
    HasAsked,
    HasUpTo,
    SendDatagram,
)


class Receipts:
    """
    Tells authors what is on disk here, and counts what others tell of their own.

    Args:
        reach: up to which entry a feed is on disk here without a gap.
    """

    def __init__(self, me: AuthorKey, name: NodeName, reach: Reach) -> None:
        self.reporters = Reporters(me, name)
        self.is_watched: Callable[[], bool] = lambda: True
        """Whether anybody wants to hear of ``ReceiptChanged``: for whoever knows."""
        self.tallies = Tallies(self.reporters, lambda: self.is_watched())
        self.questions = Questions(self.reporters, reach)
        self._reports = Reports(self.reporters, reach)

    def member(self, member: MemberNamed) -> None:
        """*member* is there, has left, or is otherwise than before."""
        self.reporters.member(member)
        if member.left:
            self._reports.forget(member.key)

    def forget(self, gone: MemberForgotten) -> None:
        """That member counts no more."""
        for key in self.reporters.forget(gone.name):
            self._reports.forget(key)

    def kept(self, feeds: Iterable[FeedId], now: float) -> list[Effect]:
        """Something new of others' *feeds* is on disk."""
        return self._reports.kept(feeds, now)

    def published(self, id: EntryId, now: float) -> list[Effect]:
        """The own entry *id*, the last of its batch, is on its way to the others."""
        return self.tallies.published(id, now)

    def ask(self, asked: ReceiptAsked) -> list[Effect]:
        """Somebody wants to know who has an entry; ``ReceiptTold`` follows."""
        return self.questions.ask(asked)

    def heard(self, received: DatagramReceived) -> list[Effect]:
        """A member asks, or tells."""
        sender = received.sender
        match received.datagram:
            case HasAsked(feed):
                return [SendDatagram(sender, self._reports.of(feed))]
            case HasUpTo() as told:
                return [
                    *self.tallies.heard(sender, told),
                    *self.questions.heard(sender, told),
                ]
        return []

    def timer(self, fired: TimerFired, now: float) -> list[Effect]:
        """One of ours is due: reports, a look at tallies, or an answer."""
        match fired.key:
            case ReportsDue():
                return self._reports.timer(now)
            case TallyDue():
                return self.tallies.timer(now)
            case AnswerDue() as due:
                return self.questions.timer(due)
        return []
