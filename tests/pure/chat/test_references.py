"""Edits, redactions, reactions, and how fast one user may speak."""

from collections.abc import Sequence

import pytest

from gossipchat.chat.bodies import meaning
from gossipchat.chat.config import ChatConfig
from gossipchat.chat.events import Answer, Deliver, Persist, Publish, Refuse, Started
from gossipchat.feeds.entry import Entry
from gossipchat.names import EntryId, Reference
from tests.pure.chat.builders import BOB, World, at, chat, key_of, refer, say

TARGET = EntryId(key_of(BOB), 9, 1)


@pytest.mark.parametrize(
    ("kind", "text"),
    [("edit", "better"), ("redact", ""), ("react", "\N{OK HAND SIGN}")],
)
def test_a_reference_names_its_target_in_the_signed_body(kind: str, text: str) -> None:
    """And on the line that is shown."""
    ann = World(chat())
    ann.feed(refer(kind, text, TARGET))
    (publish,) = [e for e in ann.effects if isinstance(e, Publish)]
    entry = Entry.decode(publish.run.contents[-1])
    meant = meaning(entry.kind, entry.body)
    assert (entry.kind, meant.text, meant.target) == (kind, text, Reference(TARGET, 5))
    (shown,) = [e for e in ann.effects if isinstance(e, Deliver)]
    assert shown.lines[-1].target == Reference(TARGET, 5)


@pytest.mark.parametrize(
    ("kind", "text", "reason"),
    [
        ("edit", "", "empty"),
        ("react", "", "no emoji"),
        ("react", "two words", "no emoji"),
        ("react", "x" * 33, "no emoji"),
    ],
)
def test_a_reference_that_says_nothing_is_refused(
    kind: str, text: str, reason: str
) -> None:
    """In a sentence."""
    (refused,) = chat().handle(refer(kind, text, TARGET), at(0))
    assert isinstance(refused, Refuse)
    assert reason in refused.why


def test_a_target_belongs_to_a_reference_alone() -> None:
    """Neither without the other."""
    for asked in (say("x", kind="edit"), refer("say", "x", TARGET)):
        (refused,) = chat().handle(asked, at(0))
        assert isinstance(refused, Refuse)


def test_a_user_may_say_twenty_at_once_and_then_five_a_second() -> None:
    """The next is refused, with the time after which it would be taken."""
    ann = World(chat())
    for number in range(20):
        assert not refusals(ann.feed(say(f"{number}")))
    (refused,) = refusals(ann.feed(say("one more")))
    assert refused.retry_after == pytest.approx(0.2)
    assert "too fast" in refused.why
    assert not refusals(ann.feed(say("one more", ask=1), 0.2))
    assert refusals(ann.feed(say("and more", ask=2), 0.2))


def test_each_nick_has_a_bucket_of_its_own() -> None:
    """Case does not make another user."""
    ann = World(chat(ChatConfig(say_burst=1)))
    assert not refusals(ann.feed(say("one", nick="ann")))
    assert not refusals(ann.feed(say("two", nick="zoe")))
    assert refusals(ann.feed(say("three", nick="ANN")))


def test_a_token_that_is_known_costs_nothing() -> None:
    """Who repeats itself says nothing."""
    ann = World(chat(ChatConfig(say_burst=1)))
    ann.feed(say("one", ask=1, token="t"))
    assert any(isinstance(e, Answer) for e in ann.feed(say("one", ask=2, token="t")))


def test_the_limit_can_be_turned_off() -> None:
    """say_rate = 0."""
    ann = World(chat(ChatConfig(say_burst=1, say_rate=0)))
    assert not any(refusals(ann.feed(say(f"{n}"))) for n in range(50))


def test_a_node_that_has_never_spoken_says_who_it_is() -> None:
    """So that others can write to it; one that has, has."""
    ann = World(chat())
    ann.feed(Started())
    (batch,) = [e for e in ann.effects if isinstance(e, Persist)]
    assert [row.kind for row in batch.runs[0].rows] == ["open"]
    spoken = World(chat(last=(1, 2, bytes(32))))
    assert spoken.feed(Started()) == []


def refusals(effects: Sequence[object]) -> list[Refuse]:
    return [e for e in effects if isinstance(e, Refuse)]
