"""swim as one machine: its questions, its counters, and what it ignores."""

from random import Random

import pytest

from gossipchat.effects import Stalled, TimerFired
from gossipchat.errors import UsageError
from gossipchat.names import NodeName
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.core import Swim
from gossipchat.swim.events import (
    LeaveAsked,
    Member,
    RememberCounter,
    Started,
    StreamFailed,
)
from gossipchat.swim.membership.myself import Myself
from gossipchat.wire.memberlist.messages import Alive, PushPull
from gossipchat.wire.serf.messages import JoinIntent
from tests.pure.swim.builders import (
    ALIVE,
    BOB,
    EVE,
    ME,
    MY_ADDRESS,
    MY_SECRET,
    SUSPECT,
    Driven,
    address_of,
    alive,
    dead,
    key_of,
    myself,
    of_kind,
    quiet,
    sent,
    serf,
    suspect,
)


def test_members_are_listed_by_name_this_node_included() -> None:
    """What people are shown."""
    node = Driven().start("zoe", "ann")
    assert [member.name for member in node.swim.members()] == ["ann", "me", "zoe"]
    assert node.swim.member(ME) == Member(
        ME, MY_ADDRESS, ALIVE, 1, key_of(MY_SECRET), {"role": "test"}, None
    )
    assert node.swim.member(NodeName("nobody")) is None


def test_what_people_hold_can_not_change_what_swim_holds() -> None:
    """A member's tags are a copy."""
    node = Driven().start()
    member = node.swim.member(ME)
    assert member is not None
    member.tags["role"] = "changed"
    assert node.swim.members()[0].tags == {"role": "test"}


def test_suspects_still_live_where_they_are_and_the_dead_do_not() -> None:
    """So do we."""
    node = Driven().start("a", "b", "c")
    node.hear(suspect("a"), dead("b"))
    assert node.status("a") is SUSPECT
    here = node.swim.me.address
    lives = [node.swim.lives_at(each) for each in map(address_of, "abc")]
    assert [node.swim.lives_at(here), *lives] == [True, True, False, True]


def test_a_fresh_node_begins_at_one_and_a_restarted_one_above_its_past() -> None:
    """Stored before use, raised at each start."""
    first = Driven(me=Myself.restored(ME, MY_ADDRESS, key_of(MY_SECRET), {}, {}))
    stored = {
        counter.what: counter.value
        for counter in of_kind(first.feed(Started()), RememberCounter)
    }
    assert stored == {
        "incarnation": 1,
        "clock": 65,
        "event-clock": 65,
        "query-clock": 65,
    }
    again = Myself.restored(ME, MY_ADDRESS, key_of(MY_SECRET), {}, stored)
    assert (again.incarnation, again.clock) == (2, 66)
    second = Driven(me=again).start(BOB)
    assert second.incarnation(ME) == 2
    told = [claim for claim in sent(second.advance(1), Alive) if claim.node == ME]
    assert {claim.incarnation for claim in told} == {2}


def test_counters_are_written_before_what_uses_them() -> None:
    """Effects run in order; and only when they must be."""
    node = Driven(quiet()).start(BOB)
    effects = node.hear(suspect(ME, 1), serf(JoinIntent(500, BOB)))
    assert effects[:2] == [
        RememberCounter("clock", 565),
        RememberCounter("incarnation", 2),
    ]
    assert not of_kind(node.hear(serf(JoinIntent(501, EVE))), RememberCounter)


def test_late_and_unknown_events_are_harmless() -> None:
    """[] and no exception."""
    node = Driven(quiet(), answered=True).start(BOB)
    node.advance(10)
    late = (TimerFired("nobody's"), TimerFired(None), StreamFailed("s", "why"))
    assert [node.feed(event) for event in late] == [[], [], []]
    assert node.hear(PushPull(False, ())) == []
    assert node.hear() == []


def test_a_stall_in_quiet_is_nothing() -> None:
    """No round, no suspicion."""
    node = Driven().start()
    assert node.feed(Stalled(1.0)) == []


@pytest.mark.parametrize("early", [LeaveAsked(), Stalled(2.0)])
def test_events_before_the_start_do_no_harm(early: LeaveAsked | Stalled) -> None:
    """The shell may be told to stop while it starts."""
    node = Driven()
    node.feed(early)
    node.feed(Started())


def test_packets_too_short_for_a_member_are_refused() -> None:
    """With a sentence, before anything starts."""
    with pytest.raises(UsageError, match="too short"):
        Swim(myself(), SwimConfig.lan(), Random(0), {}, budget=500)


def test_tags_that_do_not_fit_are_refused() -> None:
    """512 bytes in all."""
    me = Myself(ME, MY_ADDRESS, key_of(MY_SECRET), {"a": "x" * 600})
    with pytest.raises(UsageError, match="512"):
        Swim(me, SwimConfig.lan(), Random(0), {})


def test_equal_seeds_give_equal_runs() -> None:
    """Chance comes from the Random alone, under any PYTHONHASHSEED."""
    runs = []
    for _ in range(2):
        node = Driven(seed=5).start(*(f"m{number}" for number in range(20)))
        node.hear(alive(BOB), source=address_of("x"))
        runs.append(node.advance(60))
    assert runs[0] == runs[1]
