"""The dead: looked for, and forgotten in the end."""

from dataclasses import replace

import pytest

from gossipchat.names import NodeName
from gossipchat.swim.config import DAY, SwimConfig
from gossipchat.swim.events import (
    MemberForgotten,
    OpenStream,
    Remembered,
    RememberMember,
    Started,
    StreamAnswered,
    StreamFailed,
)
from gossipchat.wire.memberlist.messages import NodeState, PushPull, State
from gossipchat.wire.serf.messages import LeaveIntent
from tests.pure.swim.builders import (
    ALIVE,
    BOB,
    DEAD,
    EVE,
    LEFT,
    Driven,
    address_of,
    alive,
    dead,
    key_of,
    notified,
    of_kind,
    proven,
    quiet,
    secret_of,
    serf,
)

LOOKING = replace(quiet(), reconnect_interval=30.0)


def looked_for(node: Driven, seconds: float) -> list[OpenStream]:
    opened = of_kind(node.advance(seconds), OpenStream)
    return [stream for stream in opened if isinstance(stream.message, PushPull)]


def old(name: str, silent_for: float = 60.0, left: bool = False) -> Remembered:
    return Remembered(NodeName(name), address_of(name), None, silent_for, left)


def test_one_of_the_dead_is_tried_now_and_then() -> None:
    """Every 30 s with probability dead / living; the push/pull alone, as a join."""
    node = Driven(LOOKING).start()
    node.hear(alive(), dead())
    tries = looked_for(node, 301)
    assert len(tries) in (10, 11)
    assert {stream.to for stream in tries} == {address_of(BOB)}
    assert isinstance(tries[0].message, PushPull)
    assert tries[0].message.join


def test_in_a_large_cluster_each_tries_rarely() -> None:
    """One dead among ten living: together about one try an interval."""
    names = [f"m{number}" for number in range(9)]
    node = Driven(LOOKING, answered=True).start(*names)
    node.hear(alive(), dead())
    tries = looked_for(node, 100 * 30)
    assert 3 <= len(tries) <= 20


def test_nobody_is_looked_for_who_left() -> None:
    """It is gone by its own will."""
    node = Driven(LOOKING).start()
    node.hear(alive(), serf(LeaveIntent(3, BOB)), dead(by=BOB))
    assert not looked_for(node, 300)


def test_who_is_found_is_alive_again() -> None:
    """Its refutation comes with its answer, though SWIM had forgotten it."""
    node = Driven(LOOKING).start()
    node.hear(alive(incarnation=4), dead(incarnation=4))
    stream = looked_for(node, 61)[0]
    found = NodeState(
        BOB, address_of(BOB), b"", 5, State.ALIVE, node.swim._parts.members.us.vsn
    )
    node.feed(StreamAnswered(stream.stream, PushPull(True, (found,))))
    assert node.status(BOB) is ALIVE


def test_after_a_start_all_that_are_remembered_are_tried_in_turn() -> None:
    """In random order, one at a time, until one answers."""
    names = ["a", "b", "c"]
    node = Driven(quiet(), remembered=tuple(old(name) for name in names))
    tried = of_kind(node.feed(Started()), OpenStream)
    assert len(tried) == 1
    for number in range(2):
        failed = StreamFailed(tried[-1].stream, "refused", refused=True)
        tried += of_kind(node.feed(failed), OpenStream)
        assert len(tried) == number + 2
    assert sorted(stream.to for stream in tried) == sorted(map(address_of, names))
    last = StreamFailed(tried[-1].stream, "refused", refused=True)
    assert not of_kind(node.feed(last), OpenStream)


def test_nobody_is_tried_once_somebody_is_there() -> None:
    """The seeds were faster."""
    node = Driven(quiet(), remembered=(old("a"), old("b")))
    (first,) = of_kind(node.feed(Started()), OpenStream)
    node.hear(alive("c"))
    assert not of_kind(node.feed(StreamFailed(first.stream, "")), OpenStream)


def test_what_the_disk_knew_is_listed_as_dead_until_heard_of() -> None:
    """With its key; and that it left, if it did."""
    key = key_of(secret_of(BOB))
    bob = Remembered(BOB, address_of(BOB), key, 60.0)
    node = Driven(quiet(), remembered=(bob, old(EVE, left=True))).start()
    assert (node.status(BOB), node.status(EVE)) == (DEAD, LEFT)
    member = node.swim.member(BOB)
    assert member is not None
    assert member.key == key
    assert not node.swim.lives_at(address_of(BOB))
    node.hear(alive(meta=proven(BOB, secret_of(EVE))))
    assert node.status(BOB) is DEAD
    node.hear(alive(meta=proven(BOB)))
    assert node.status(BOB) is ALIVE


def test_our_own_name_in_the_disk_is_not_another_member() -> None:
    """Nobody is looked for who is ourselves."""
    node = Driven(quiet(), remembered=(old("me"),))
    assert not of_kind(node.feed(Started()), OpenStream)
    assert node.status("me") is ALIVE


def test_no_more_is_taken_from_the_disk_than_fits() -> None:
    """max_members, this node included: those that were alive last."""
    many = tuple(old(f"n{number}", silent_for=number) for number in range(20))
    node = Driven(replace(quiet(), max_members=5), remembered=many).start()
    names = [member.name for member in node.swim.members()]
    assert names == ["me", "n0", "n1", "n2", "n3"]


@pytest.mark.parametrize(("how", "seconds"), [("dead", 100), ("left", 200)])
def test_after_their_time_the_gone_are_forgotten(how: str, seconds: float) -> None:
    """dead_timeout and left_timeout: a day each, unless set."""
    assert SwimConfig().dead_timeout == SwimConfig().left_timeout == DAY
    config = replace(quiet(), dead_timeout=100.0, left_timeout=200.0, reap_interval=5.0)
    node = Driven(config).start()
    node.hear(alive())
    node.hear(dead(by=BOB if how == "left" else EVE))
    node.advance(seconds - 1)
    assert node.status(BOB) is (LEFT if how == "left" else DEAD)
    effects = node.advance(7)
    assert notified(effects, MemberForgotten) == [MemberForgotten(BOB)]
    assert node.status(BOB) is None


def test_the_disk_hears_now_and_then_who_lives() -> None:
    """remember_interval; or it would take a long life for a long silence."""
    config = replace(quiet(), reap_interval=15.0, remember_interval=100.0)
    node = Driven(config, answered=True).start(BOB)
    told = of_kind(node.advance(1000), RememberMember)
    assert 8 <= len(told) <= 10
    node.hear(dead())
    node.effects.clear()
    assert not of_kind(node.advance(1000), RememberMember)
