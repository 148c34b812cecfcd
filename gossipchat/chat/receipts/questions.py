"""
Who has an entry, asked on demand: all that are counted, three times, then the answer.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import NamedTuple

from gossipchat.chat.events import Effect, ReceiptAsked, ReceiptTold
from gossipchat.chat.receipts.reporters import Reporters
from gossipchat.chat.receipts.reports import Reach
from gossipchat.effects import StartTimer
from gossipchat.names import AuthorKey, EntryId
from gossipchat.wire.ours.datagrams import HasAsked, HasUpTo, SendDatagram

MAX_ASKS = 64
WAITS = (0.3, 0.5, 1.0)
"""Seconds until those who are silent are asked once more; then the answer is given."""


class AnswerDue(NamedTuple):
    """Timer: whoever waits for the answer to *ask* has waited for a while."""

    ask: Hashable
    tries: int


@dataclass(slots=True)
class Question:
    """Somebody waits to hear who has an entry."""

    id: EntryId
    have: dict[AuthorKey, None] = field(default_factory=dict)
    answered: dict[AuthorKey, None] = field(default_factory=dict)


class Questions:
    """What is asked, and who has answered."""

    def __init__(self, reporters: Reporters, reach: Reach) -> None:
        self._reporters = reporters
        self._reach = reach
        self._questions: dict[Hashable, Question] = {}

    def __len__(self) -> int:
        return len(self._questions)

    def ask(self, asked: ReceiptAsked) -> list[Effect]:
        """``ReceiptTold`` follows, with None if too many ask at once."""
        if len(self._questions) >= MAX_ASKS:
            return [ReceiptTold(asked.ask, None)]
        me = self._reporters.me
        question = self._questions[asked.ask] = Question(asked.id)
        if self._reach(asked.id.feed) >= asked.id.seq:
            question.have[me] = None
        question.answered[me] = None
        return self._ask_silent(asked.ask, question, 0)

    def heard(self, sender: AuthorKey, told: HasUpTo) -> list[Effect]:
        """*sender* has a feed up to there; when all have told, the answer is given."""
        effects: list[Effect] = []
        for ask, question in list(self._questions.items()):
            if question.id.feed != told.feed or sender in question.answered:
                continue
            question.answered[sender] = None
            if question.id.seq <= told.end:
                question.have[sender] = None
            if not self._silent(question):
                effects.append(self._answer(ask, question))
        return effects

    def timer(self, due: AnswerDue) -> list[Effect]:
        """Ask once more, or give the answer without those who are silent."""
        question = self._questions.get(due.ask)
        return (
            [] if question is None else self._ask_silent(due.ask, question, due.tries)
        )

    def _ask_silent(
        self, ask: Hashable, question: Question, tries: int
    ) -> list[Effect]:
        silent = self._silent(question)
        if not silent or tries == len(WAITS):
            return [self._answer(ask, question)]
        asked = HasAsked(question.id.feed, question.id.seq)
        asks = [SendDatagram(key, asked) for key in silent]
        return [*asks, StartTimer(AnswerDue(ask, tries + 1), WAITS[tries])]

    def _silent(self, question: Question) -> list[AuthorKey]:
        return self._reporters.silent(question.id.author, question.answered)

    def _answer(self, ask: Hashable, question: Question) -> ReceiptTold:
        del self._questions[ask]
        receipt = self._reporters.receipt(question.id.author, question.have)
        return ReceiptTold(ask, receipt)
