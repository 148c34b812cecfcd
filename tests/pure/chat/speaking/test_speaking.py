"""What local users say, from the question to the published run."""

import pytest

from gossipchat.chat.config import ChatConfig
from gossipchat.chat.events import (
    Answer,
    Deliver,
    Persist,
    Persisted,
    PersistFailed,
    Publish,
    Refuse,
    RunsArrived,
)
from gossipchat.chat.speaking.pace import LONE
from gossipchat.effects import StartTimer, TimerFired
from gossipchat.feeds.entry import Entry
from gossipchat.feeds.run import check
from tests.pure.chat.builders import (
    ANN,
    BOB,
    World,
    at,
    bobs_run,
    chat,
    key_of,
    say,
    tip_of,
)


def texts(batch: Persist) -> list[str]:
    return [row.text for stored in batch.runs for row in stored.rows]


def test_nothing_leaves_or_is_answered_before_it_is_on_disk() -> None:
    """Promise 3: what is shown as sent is on disk."""
    ann = chat()
    (asked,) = ann.handle(say("hello"), at(0))
    assert isinstance(asked, Persist)
    assert asked.own
    effects = ann.handle(Persisted(asked.number, 41), at(0.001))
    kinds = [type(effect) for effect in effects]
    assert kinds == [Publish, Answer, Deliver]
    shown = effects[2]
    assert isinstance(shown, Deliver)
    assert [(line.n, line.kind, line.text) for line in shown.lines] == [
        (41, "open", ""),
        (42, "say", "hello"),
    ]


def test_the_answer_is_the_id_that_the_published_run_carries() -> None:
    """An epoch begins with `open`, so the first thing said is number 2."""
    ann = World(chat())
    ann.feed(say("hello", ask=5))
    (answer,) = [e for e in ann.effects if isinstance(e, Answer)]
    (publish,) = [e for e in ann.effects if isinstance(e, Publish)]
    assert (answer.ask, answer.id) == (5, (key_of(ANN), 7, 2))
    assert check(publish.run) == publish.tip
    assert Entry.decode(publish.run.contents[0]).kind == "open"


def test_what_is_said_while_the_disk_is_busy_is_the_next_batch() -> None:
    """One own batch is with the writer at a time (group commit)."""
    ann = chat()
    (first,) = ann.handle(say("one"), at(0))
    assert isinstance(first, Persist)
    assert ann.handle(say("two"), at(0)) == []
    assert ann.handle(say("three"), at(0)) == []
    *_, second = ann.handle(Persisted(first.number, 1), at(0))
    assert isinstance(second, Persist)
    assert texts(second) == ["two", "three"]


def test_saying_the_same_twice_is_two_messages() -> None:
    """ "ok" said twice is shown twice (promise 4)."""
    ann = World(chat())
    ann.feed(say("ok", ask=1))
    ann.feed(say("ok", ask=2))
    ids = {e.id for e in ann.effects if isinstance(e, Answer)}
    assert len(ids) == 2


def test_the_same_token_again_gives_the_first_id_and_says_nothing() -> None:
    """A script that repeats itself after a doubt says it once."""
    ann = World(chat())
    ann.feed(say("ok", ask=1, token="t"))
    again = ann.feed(say("ok", ask=2, token="t"))
    (first,) = [e for e in ann.effects if isinstance(e, Answer) and e.ask == 1]
    assert again == [Answer(2, first.id)]


def test_a_token_that_is_still_being_written_is_answered_with_it() -> None:
    """Two at the same instant are one."""
    ann = chat()
    (batch,) = ann.handle(say("ok", ask=1, token="t"), at(0))
    assert ann.handle(say("ok", ask=2, token="t"), at(0)) == []
    assert isinstance(batch, Persist)
    answers = ann.handle(Persisted(batch.number, 1), at(0))[1:3]
    first, second = answers
    assert isinstance(first, Answer)
    assert isinstance(second, Answer)
    assert (first.ask, second.ask) == (1, 2)
    assert first.id == second.id


def test_a_batch_that_cannot_be_written_is_refused_with_all_that_waits() -> None:
    """The tip is taken back: no id is lost or used twice."""
    ann = World(chat())
    (batch,) = ann.chat.handle(say("one", ask=1), at(0))
    ann.chat.handle(say("two", ask=2), at(0))
    assert isinstance(batch, Persist)
    refused = ann.chat.handle(PersistFailed(batch.number, "disk full"), at(0))
    assert refused == [Refuse(1, "disk full"), Refuse(2, "disk full")]
    ann.feed(say("three", ask=3))
    (answer,) = [e for e in ann.effects if isinstance(e, Answer)]
    assert answer.id.seq == 2  # behind a new `open`, as if nothing had been


def test_a_token_that_was_refused_may_be_tried_again() -> None:
    """Refused means: it was not said."""
    ann = World(chat())
    (batch,) = ann.chat.handle(say("one", ask=1, token="t"), at(0))
    ann.chat.handle(say("one", ask=2, token="t"), at(0))
    assert isinstance(batch, Persist)
    refused = ann.chat.handle(PersistFailed(batch.number, "no"), at(0))
    assert {e.ask for e in refused if isinstance(e, Refuse)} == {1, 2}
    assert any(isinstance(e, Answer) for e in ann.feed(say("one", ask=3, token="t")))


def test_an_author_seals_at_once_when_idle_and_every_100_ms_when_it_speaks_fast() -> (
    None
):
    """The bucket holds seal_burst; then one batch an interval holds all. The seal of
    a single message takes a little less from it."""
    ann = World(chat(ChatConfig(seal_burst=3)))
    for number in range(3):
        assert any(isinstance(e, Publish) for e in ann.feed(say(f"{number}")))
    waits = ann.feed(say("fourth"))
    assert [type(effect) for effect in waits] == [StartTimer]
    (timer,) = waits
    assert isinstance(timer, StartTimer)
    assert timer.delay == pytest.approx(0.1 * (1 - 3 * (1 - LONE)))
    assert ann.feed(say("fifth"), 0.03) == []
    due = ann.feed(TimerFired(timer.key), timer.delay)
    (batch,) = [effect for effect in due if isinstance(effect, Persist)]
    assert texts(batch) == ["fourth", "fifth"]


def test_a_burst_is_cut_into_runs_that_keep_their_bounds() -> None:
    """256 entries and 256 KiB a run at most, and every id once."""
    config = ChatConfig(seal_burst=1000, say_rate=0)
    ann = World(chat(config))
    (first,) = ann.chat.handle(say("x" * 8000, ask=0), at(0))
    for ask in range(1, 300):
        ann.chat.handle(say("x" * 8000, ask=ask), at(0))
    assert isinstance(first, Persist)
    ann.feed(Persisted(first.number, 1))
    answers = {e.ask: e.id for e in ann.effects if isinstance(e, Answer)}
    assert {ask: found.seq for ask, found in answers.items()} == {
        ask: ask + 2 for ask in range(300)
    }


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (say("", ask=1), "empty"),
        (say("x" * 8193, ask=1), "8193 bytes"),
        (say("hi", ask=1, room="a b"), "no space"),
        (say("hi", ask=1, nick="a b"), "nick"),
        (say("hi", ask=1, nick="x" * 33), "1 to 32"),
        (say("hi", ask=1, kind="open"), "nothing that can be said"),
        (say("hi", ask=1, token=""), "token"),
        (say("\0", ask=1), "NUL"),
        (say("\udc80", ask=1), "Unicode"),
    ],
)
def test_a_mistake_is_refused_with_a_sentence(asked: object, reason: str) -> None:
    """Nothing has changed; the text says what is wrong."""
    (refused,) = chat().handle(asked, at(0))  # type: ignore[arg-type]
    assert isinstance(refused, Refuse)
    assert reason in refused.why


@pytest.mark.parametrize("text", ["", " ", "\n"])
def test_a_topic_may_be_empty(text: str) -> None:
    """Then the room has none; that is said like any other."""
    (asked,) = chat().handle(say(text, ask=1, kind="topic"), at(0))
    assert isinstance(asked, Persist)
    assert texts(asked) == ["", ""]


def test_too_much_at_once_is_refused() -> None:
    """Nothing grows without bound while the disk is slow."""
    ann = chat(ChatConfig(max_pending=2))
    ann.handle(say("with the writer"), at(0))
    assert ann.handle(say("a"), at(0)) == []
    assert ann.handle(say("b"), at(0)) == []
    (refused,) = ann.handle(say("c"), at(0))
    assert isinstance(refused, Refuse)


def test_an_answer_sorts_after_what_it_answers_whatever_the_clocks_say() -> None:
    """The hybrid clock is moved by everything read (promise 4)."""
    ann = World(chat())
    bob = bobs_run("from the future", wall_ms=at(3600).wall_ms)
    ann.feed(RunsArrived((bob,), (tip_of(bob),)))
    ann.feed(say("answer"))
    *_, own = [e for e in ann.effects if isinstance(e, Persist)]
    assert own.runs[0].rows[-1].hlc > Entry.decode(bob.contents[0]).hlc


def test_the_first_thing_said_in_a_room_names_what_was_seen_there() -> None:
    """`after` names the heads of the room; the chain says the rest."""
    ann = World(chat())
    bob = bobs_run("a question")
    ann.feed(RunsArrived((bob,), (tip_of(bob),)))
    ann.feed(say("an answer"))
    ann.feed(say("and more"))
    published = [e.run for e in ann.effects if isinstance(e, Publish)]
    afters = [Entry.decode(run.contents[-1]).after for run in published]
    assert afters == [((key_of(BOB), 9, 1),), ()]
