"""Who asked is answered once, or told that nobody will."""

from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from gossipchat.errors import Refused
from gossipchat.names import NodeName
from gossipchat.node.driver.questions import Questions
from gossipchat.swim.events import Answered, Declined, QueryHeard, QueryReply

REPLY = QueryReply(NodeName("bob"), b"yes", ack=False)


def outcome(asked: "Deferred[Any]") -> list[object]:
    """What *asked* has fired with, or the text of its failure."""
    results: list[object] = []
    asked.addCallbacks(results.append, lambda failure: results.append(failure.value))
    return results


def test_each_gets_its_own_answer() -> None:
    """By the number it asked under."""
    questions = Questions()
    one, two = outcome(questions.begin(1)), outcome(questions.begin(2))
    questions.take(Answered(2, "two"))
    questions.take(Declined(1, "no"))
    assert two == ["two"]
    (refused,) = one
    assert isinstance(refused, Refused)
    assert str(refused) == "no"


def test_replies_come_before_the_end() -> None:
    """Each to whoever asked that query."""
    questions, heard = Questions(), list[QueryReply]()
    asked = outcome(questions.begin(1, heard.append))
    questions.take(QueryHeard(1, REPLY))
    assert (heard, asked) == ([REPLY], [])
    questions.take(Answered(1, "end"))
    assert asked == ["end"]


def test_late_answers_are_nothing() -> None:
    """Nor are those that nobody has asked for."""
    questions = Questions()
    questions.begin(1)
    questions.take(Answered(1, "once"))
    questions.take(Answered(1, "twice"))
    questions.take(QueryHeard(1, REPLY))
    questions.take(Declined(9, "who?"))


def test_a_stop_tells_all_who_wait() -> None:
    """Nobody waits for ever."""
    questions = Questions()
    asked = outcome(questions.begin(1))
    questions.stop()
    (refused,) = asked
    assert isinstance(refused, Refused)
    questions.take(Answered(1, "late"))


class ListenerTests(SynchronousTestCase):
    """Whoever asked is a program of somebody else's."""

    def test_a_listener_that_raises_hears_no_more(self) -> None:
        """The answer still comes; the log says why."""
        questions = Questions()

        def stumble(reply: QueryReply) -> None:
            raise ValueError(reply)

        asked = outcome(questions.begin(1, stumble))
        questions.take(QueryHeard(1, REPLY))
        questions.take(QueryHeard(1, REPLY))
        questions.take(Answered(1, "end"))
        assert asked == ["end"]
        logged = self.flushLoggedErrors(ValueError)  # type: ignore[no-untyped-call]
        assert len(logged) == 1
