"""A graceful leave."""

import pytest

from gossipchat.swim.config import SwimConfig
from gossipchat.swim.events import LeaveAsked, LeaveDone
from gossipchat.wire.memberlist.messages import Ack, Alive, Dead, Ping, User
from gossipchat.wire.serf.codec import decode_serf
from gossipchat.wire.serf.messages import LeaveIntent
from tests.pure.swim.builders import (
    ALIVE,
    BOB,
    EVE,
    LEFT,
    ME,
    MY_ADDRESS,
    Driven,
    address_of,
    alive,
    changes,
    dead,
    notified,
    quiet,
    sent,
    sent_to,
    serf,
    serf_sent,
    suspect,
)


def idle(*members: str, config: SwimConfig | None = None) -> Driven:
    node = Driven(quiet(config), answered=True).start(*members)
    node.advance(12)
    node.effects.clear()
    return node


def leave(node: Driven, limit: float = 5.0) -> float:
    """Ask for it; seconds until it is done."""
    start = node.now
    node.feed(LeaveAsked())
    while not notified(node.effects, LeaveDone):
        assert node.now - start <= limit
        node.advance(0.01)
    return node.now - start


@pytest.mark.parametrize("others", [1, 2, 8, 20, 120])
@pytest.mark.parametrize("seed", range(3))
def test_in_quiet_it_takes_below_two_seconds(others: int, seed: int) -> None:
    """Both messages told as often as any other, on a local network."""
    node = Driven(quiet(), answered=True, seed=seed)
    node.start(*(f"m{number}" for number in range(others)))
    node.advance(12)
    assert leave(node) < 2.0


@pytest.mark.parametrize("config", [SwimConfig.wan(), SwimConfig.local()])
def test_at_most_it_takes_five(config: SwimConfig) -> None:
    """Wherever it is."""
    assert leave(idle(BOB, EVE, config=config)) < 4.5


def test_the_intent_comes_before_the_goodbye() -> None:
    """Or Serf would show us as failed; the goodbye is our own word."""
    node = idle(BOB, EVE)
    leave(node)
    order = [message for _, message in sent_to(node.effects)]
    intents = [place for place, said in enumerate(order) if isinstance(said, User)]
    goodbyes = [place for place, said in enumerate(order) if isinstance(said, Dead)]
    assert len(intents) == len(goodbyes) == 4 + 2  # by gossip, and straight to both
    assert min(intents) < min(goodbyes)
    assert {decode_serf(user.body) for user in sent(node.effects, User)} == {
        LeaveIntent(1, ME, prune=False)
    }
    assert sent(node.effects, Dead)[0] == Dead(1, ME, ME)


@pytest.mark.parametrize("seed", range(10))
def test_the_living_are_told_even_where_the_dead_take_all_of_gossip(seed: int) -> None:
    """The quota counts packets, and the lately dead and their pings get some."""
    node = Driven(quiet(SwimConfig.local()), answered=True, seed=seed).start(BOB, EVE)
    node.hear(dead(EVE, by=BOB))
    node.effects.clear()
    leave(node)
    told = sent_to(node.effects)
    to_bob = [message for to, message in told if to == address_of(BOB)]
    assert any(isinstance(message, Dead) for message in to_bob)
    assert any(isinstance(message, User) for message in to_bob)


def test_alone_it_is_done_at_once() -> None:
    """Nobody to tell."""
    node = idle()
    assert notified(node.feed(LeaveAsked()), LeaveDone)


def test_among_the_dead_too() -> None:
    """They don't listen."""
    node = idle(BOB)
    node.hear(dead())
    assert notified(node.feed(LeaveAsked()), LeaveDone)


def test_pings_are_answered_until_the_end() -> None:
    """Or a suspicion would overtake the goodbye."""
    node = idle(BOB)
    node.feed(LeaveAsked())
    for _ in range(30):
        node.advance(0.1)
        assert sent(node.hear(Ping(9, ME, MY_ADDRESS, BOB)), Ack)


def test_a_suspicion_is_refuted_only_before_the_goodbye() -> None:
    """After it we do not deny that we are gone."""
    node = idle(BOB)
    node.feed(LeaveAsked())
    node.hear(suspect(ME, 1))
    assert node.incarnation(ME) == 2
    leave(node)
    for claim in (suspect(ME, 2), dead(ME, 2), alive(ME, 3, address=MY_ADDRESS)):
        node.hear(claim)
    assert (node.incarnation(ME), node.status(ME)) == (2, LEFT)


def test_our_own_intent_is_not_refuted_when_it_comes_back() -> None:
    """We mean it."""
    node = idle(BOB)
    node.feed(LeaveAsked())
    intent = serf_sent(node.advance(0.5), LeaveIntent)[0]
    node.hear(serf(intent), serf(LeaveIntent(intent.ltime + 5, ME)))
    assert leave(node) < 2.0
    assert node.status(ME) is LEFT


def test_people_see_this_node_leave() -> None:
    """Alive until the goodbye, then left."""
    node = idle(BOB)
    node.feed(LeaveAsked())
    assert node.status(ME) is ALIVE
    leave(node)
    assert ("me", LEFT) in changes(node.effects)


def test_asking_twice_changes_nothing() -> None:
    """While it goes on; and when it is done, it is done."""
    node = idle(BOB)
    node.feed(LeaveAsked())
    assert node.feed(LeaveAsked()) == []
    leave(node)
    assert notified(node.feed(LeaveAsked()), LeaveDone)


def test_nothing_more_comes_from_who_is_gone() -> None:
    """No probe, no gossip, no timer, though others are answered."""
    node = idle(BOB, EVE)
    leave(node)
    assert node.advance(100) == []
    assert not sent(node.hear(alive("joe")), Alive)
