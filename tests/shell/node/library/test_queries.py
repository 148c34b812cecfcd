"""Functions of a program answer queries of others."""

import pytest
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from gossipchat.errors import UsageError
from gossipchat.names import NodeName
from gossipchat.node.library.queries import MAX_AT_ONCE, Answerers, Asked
from gossipchat.swim.events import QueryAnswered, QueryCame

PING = QueryCame((4, 17), "ping", b"x", NodeName("bob"), 1.0)


def test_the_answer_goes_to_the_query() -> None:
    """With what the function was told."""
    answers: list[QueryAnswered] = []
    answerers = Answerers(answers.append)
    answerers.add("ping", lambda asked: asked.payload + asked.source.encode())
    answerers.hear(PING)
    assert answers == [QueryAnswered((4, 17), b"xbob")]


def test_an_answer_may_take_its_time_or_not_come() -> None:
    """A Deferred, and None."""
    answers: list[QueryAnswered] = []
    answerers = Answerers(answers.append)
    later: Deferred[bytes] = Deferred()
    answerers.add("ping", lambda asked: later)
    answerers.hear(PING)
    answerers.add("none", lambda asked: None)
    answerers.hear(QueryCame((5, 1), "none", b"", NodeName("bob"), 1.0))
    assert answers == []
    later.callback(b"late")
    assert answers == [QueryAnswered((4, 17), b"late")]


def test_a_name_has_one_answerer_until_that_stops() -> None:
    """Serf's own names have none."""
    answers: list[QueryAnswered] = []
    answerers = Answerers(answers.append)
    stop = answerers.add("ping", lambda asked: b"1")
    with pytest.raises(UsageError, match="already"):
        answerers.add("ping", lambda asked: b"2")
    with pytest.raises(UsageError, match="Serf"):
        answerers.add("_serf_ping", lambda asked: b"2")
    stop()
    answerers.hear(PING)
    answerers.add("ping", lambda asked: b"2")
    stop()
    answerers.hear(PING)
    assert answers == [QueryAnswered((4, 17), b"2")]


class AnswererTests(SynchronousTestCase):
    """An answerer is a function of somebody else's."""

    def test_an_answerer_that_raises_is_logged(self) -> None:
        """And asked again the next time."""
        asked: list[Asked] = []

        def stumble(question: Asked) -> bytes:
            asked.append(question)
            raise ValueError(question)

        answerers = Answerers(lambda answer: None)
        answerers.add("ping", stumble)
        answerers.hear(PING)
        answerers.hear(PING)
        assert len(asked) == 2
        logged = self.flushLoggedErrors(ValueError)  # type: ignore[no-untyped-call]
        assert len(logged) == 2


def test_a_flood_of_queries_does_not_pile_up() -> None:
    """Above the bound they stay unanswered."""
    waiting: list[Deferred[bytes]] = []

    def slow(asked: Asked) -> "Deferred[bytes]":
        waiting.append(Deferred())
        return waiting[-1]

    answerers = Answerers(lambda answer: None)
    answerers.add("ping", slow)
    for _ in range(MAX_AT_ONCE + 10):
        answerers.hear(PING)
    assert len(waiting) == MAX_AT_ONCE
    waiting[0].callback(b"")
    answerers.hear(PING)
    assert len(waiting) == MAX_AT_ONCE + 1
