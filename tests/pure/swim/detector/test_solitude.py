"""Cut off: who hears nobody doubts itself."""

from dataclasses import replace

import pytest

from gossipchat.effects import Stalled
from gossipchat.names import NodeName
from gossipchat.swim.events import ForgetAsked, LeaveAsked, OpenStream, StreamFailed
from gossipchat.wire.memberlist.messages import Ack, Alive, Ping, PushPull, Suspect
from tests.pure.swim.builders import (
    ALIVE,
    BOB,
    DEAD,
    EVE,
    ME,
    MY_ADDRESS,
    Driven,
    address_of,
    changes,
    of_kind,
    quiet,
    sent,
    suspect,
)

CUT = replace(quiet(), cut_off_after=2)


def alone(*members: str, seconds: float = 3.5) -> Driven:
    """A node that has heard nothing for that long."""
    node = Driven(CUT).start(*members)
    node.advance(seconds)
    return node


def test_after_two_silent_periods_all_others_are_shown_dead() -> None:
    """Two to three seconds: the period in which silence is noticed included."""
    node = Driven(CUT).start(BOB, EVE)
    node.advance(1.99)
    assert DEAD not in (node.status(BOB), node.status(EVE))
    effects = node.advance(1.2)
    assert {(BOB, DEAD), (EVE, DEAD)} <= set(changes(effects))


def test_before_that_some_are_asked_for_a_sign() -> None:
    """One lost ack must not make a hermit."""
    node = Driven(CUT).start(BOB, EVE)
    effects = node.advance(3.2)
    assert node.status(BOB) is DEAD
    assert len(sent(effects, Ping)) >= 10


def test_who_answers_the_last_question_ends_the_doubt() -> None:
    """The cut may have ended since the one before: 10 ms are left for an answer."""
    node = Driven(CUT).start(BOB, EVE)
    asked: list[float] = []
    while node.status(BOB) is not DEAD:
        if sent(node.advance(0.001), Ping):
            asked.append(node.now)
    looks = [node.now - when for when in asked[-3:]]
    assert looks == pytest.approx([0.05, 0.02, 0.01], abs=0.0015)
    again = Driven(CUT).start(BOB, EVE)
    again.advance(asked[-1] + 0.008 - again.now)
    again.hear(suspect("nobody"))
    again.advance(0.5)
    assert again.status(BOB) is not DEAD


@pytest.mark.parametrize("kind", ["packet", "refusal"])
def test_any_sign_of_life_will_do(kind: str) -> None:
    """A word of anyone, even a refused dial: somebody's machine is there."""
    node = Driven(CUT).start(BOB, EVE)
    for _ in range(8):
        node.advance(0.5)
        if kind == "packet":
            node.hear(suspect("nobody"))
        else:
            node.feed(StreamFailed("any", "refused", refused=True))
    assert DEAD not in (node.status(BOB), node.status(EVE))


def test_nobody_is_buried_or_accused_while_we_are_cut_off() -> None:
    """However long it lasts."""
    node = alone(BOB, EVE, seconds=3.2)
    effects = node.advance(300.0)
    assert not sent(effects, Suspect)
    entries = [node.swim._parts.members.get(NodeName(name)) for name in (BOB, EVE)]
    assert all(entry is not None and entry.lives for entry in entries)


def test_contact_brings_all_back_and_we_speak_up() -> None:
    """One ack is enough; a new incarnation outbids what was said of us."""
    node = alone(BOB, EVE, seconds=60.0)
    before = node.incarnation(ME)
    effects = node.hear(Ack(99))
    assert set(changes(effects)) == {(BOB, ALIVE), (EVE, ALIVE)}
    assert node.incarnation(ME) == (before or 0) + 1
    (exchange,) = of_kind(effects, OpenStream)
    assert isinstance(exchange.message, PushPull)
    assert exchange.to in {address_of(BOB), address_of(EVE)}
    news = sent(node.advance(0.5), Alive)
    assert any(claim.node == ME for claim in news)


def test_what_we_suspected_alone_is_void() -> None:
    """Probes that failed after the last word we heard prove nothing."""
    node = alone(BOB, EVE, seconds=60.0)
    node.hear(Ack(99))
    node.feed(Stalled(0.0))
    assert node.status(BOB) is node.status(EVE) is ALIVE
    assert not sent(node.advance(0.4), Suspect)


def test_a_node_without_others_is_not_cut_off() -> None:
    """There is nobody to miss."""
    assert not changes(alone(seconds=60.0).effects)


def test_a_stall_is_no_silence() -> None:
    """It counts from when we run again."""
    node = Driven(CUT).start(BOB)
    node.advance(1.9)
    node.feed(Stalled(5.0))
    node.advance(1.9)
    assert node.status(BOB) is not DEAD


def test_whom_we_are_cut_off_from_can_be_forgotten() -> None:
    """They are shown dead, so `forget` must take them."""
    node = alone(BOB, seconds=10.0)
    node.feed(ForgetAsked(NodeName(BOB)))
    assert node.status(BOB) is None


@pytest.mark.parametrize("seconds", [20.0, 120.0])
def test_turned_off_everybody_else_is_buried(seconds: float) -> None:
    """As in memberlist: that is what the rule is against."""
    node = Driven(replace(CUT, cut_off_after=0)).start(BOB)
    node.advance(seconds)
    assert node.swim._parts.members.get(NodeName(BOB)).state.name == "DEAD"  # type: ignore[union-attr]


def test_on_a_quiet_day_the_probe_is_the_only_question() -> None:
    """Who hears nobody but those it probes is late to hear, not alone."""
    node = Driven(CUT, answered=True).start(BOB, EVE)
    node.advance(3)
    for _ in range(20):
        node.now += 0.002  # a timer is never early and often late
        effects = node.advance(1)
        assert len(sent(effects, Ping)) == 1


def test_who_has_said_goodbye_while_cut_off_does_not_speak_up_again() -> None:
    """It would be alive to all, and then fail."""
    node = alone(BOB)
    node.feed(LeaveAsked())
    node.advance(2)
    effects = node.hear(Ping(9, ME, address_of(BOB), BOB), source=address_of(BOB))
    assert not sent([*effects, *node.advance(1)], Alive)


def test_what_comes_from_ourselves_is_no_sign_of_anyone() -> None:
    """Who is held at our own address is asked there, and we hear the question."""
    node = Driven(CUT).start(BOB)
    for _ in range(40):
        node.advance(0.1)
        node.hear(Ping(9, EVE, MY_ADDRESS, ME), source=MY_ADDRESS)
    assert node.status(BOB) is DEAD
