"""Serf's join and leave intents."""

from dataclasses import replace

import pytest

from gossipchat.names import NodeName
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.events import (
    ForgetAsked,
    MemberForgotten,
    Remembered,
    RememberMember,
)
from gossipchat.swim.membership.members import Standing
from gossipchat.wire.memberlist.messages import User
from gossipchat.wire.serf.codec import encode_serf
from gossipchat.wire.serf.messages import JoinIntent, LeaveIntent, SerfMessage
from tests.pure.swim.builders import (
    ALIVE,
    BOB,
    DEAD,
    EVE,
    LEFT,
    ME,
    Driven,
    address_of,
    alive,
    changes,
    counted,
    dead,
    notified,
    of_kind,
    quiet,
    sent,
    serf,
    serf_sent,
)


def standing(node: Driven, name: str) -> Standing:
    entry = node.swim._parts.members.get(NodeName(name))
    assert entry is not None
    return entry.standing


def idle(*members: str) -> Driven:
    """A node that has nothing more to tell."""
    node = Driven(quiet(), answered=True).start(*members)
    node.advance(10)
    node.effects.clear()
    return node


def clock(node: Driven) -> int:
    return node.swim._parts.intents.clock.value


def test_intent_then_goodbye_shows_as_left() -> None:
    """Alive until memberlist says dead: people see one change."""
    node = idle(BOB)
    effects = node.hear(serf(LeaveIntent(5, BOB)))
    assert node.status(BOB) is ALIVE
    effects += node.hear(dead(by=BOB))
    assert changes(effects) == [("bob", LEFT)]
    assert of_kind(effects, RememberMember)[-1].left


def test_an_intent_that_comes_after_the_death_explains_it() -> None:
    """failed -> left."""
    node = idle(BOB)
    effects = node.hear(dead(by=EVE), serf(LeaveIntent(5, BOB)))
    assert changes(effects) == [("bob", DEAD), ("bob", LEFT)]


def test_a_leaving_member_that_crashes_has_left() -> None:
    """leaving -> left, whoever declares it."""
    node = idle(BOB)
    node.hear(serf(LeaveIntent(5, BOB)), dead(by=EVE))
    assert node.status(BOB) is LEFT


def test_a_join_intent_takes_the_leaving_back() -> None:
    """Then a death is a death."""
    node = idle(BOB)
    node.hear(serf(LeaveIntent(5, BOB)), serf(JoinIntent(6, BOB)), dead())
    assert node.status(BOB) is DEAD


@pytest.mark.parametrize("stale", [JoinIntent(5, BOB), JoinIntent(4, BOB)])
def test_an_older_intent_is_dropped(stale: SerfMessage) -> None:
    """LTime <= statusLTime, and not passed on either."""
    node = idle(BOB)
    node.hear(serf(LeaveIntent(5, BOB)))
    node.advance(10)
    node.hear(serf(stale))
    assert standing(node, BOB) is Standing.LEAVING
    assert not sent(node.advance(5), User)


def test_a_returned_member_stands_as_alive() -> None:
    """A restart after a graceful leave."""
    node = idle(BOB)
    node.hear(serf(LeaveIntent(5, BOB)), dead(by=BOB), alive(incarnation=2))
    assert standing(node, BOB) is Standing.ALIVE
    node.hear(dead(incarnation=2))
    assert node.status(BOB) is DEAD


def test_intents_are_passed_on_byte_for_byte() -> None:
    """As received: keys in another order, unknown keys and all."""
    body = b"\x01\x83\xa4Node\xa3bob\xa3New\x01\xa5LTime\xcc\x09"
    node = idle(BOB)
    node.hear(User(body))
    assert {user.body for user in sent(node.advance(5), User)} == {body}


def test_an_intent_of_an_unknown_member_waits_for_it() -> None:
    """The news may outrun the member: newest wins, and it is passed on."""
    node = idle(BOB)
    node.hear(serf(JoinIntent(3, EVE)), serf(LeaveIntent(4, EVE)))
    node.hear(serf(JoinIntent(2, EVE)))
    told = serf_sent(node.advance(5), JoinIntent)
    assert {intent.ltime for intent in told} == {3}
    node.hear(alive(EVE))
    assert standing(node, EVE) is Standing.LEAVING


def test_it_does_not_wait_for_ever() -> None:
    """recent_intent_timeout: 5 minutes."""
    node = idle(BOB)
    node.hear(serf(LeaveIntent(4, EVE)))
    node.advance(301)
    node.hear(alive(EVE))
    assert standing(node, EVE) is Standing.ALIVE


def test_waiting_intents_are_bounded() -> None:
    """max_intents; the oldest go first."""
    node = Driven(quiet(SwimConfig(max_intents=3))).start(BOB)
    for number in range(10):
        node.hear(serf(LeaveIntent(1, NodeName(f"n{number}"))))
    assert len(node.swim._parts.recent) == 3
    node.hear(alive("n9"), alive("n0"))
    assert standing(node, "n9") is Standing.LEAVING
    assert standing(node, "n0") is Standing.ALIVE


def test_what_is_not_remembered_is_not_passed_on() -> None:
    """It would come back, and go round for ever: nobody would know it again."""
    node = Driven(quiet(SwimConfig(max_intents=3))).start(BOB)
    names = [f"n{number}" for number in range(5)]
    node.hear(*(serf(JoinIntent(1, NodeName(name))) for name in names))
    assert {told.node for told in serf_sent(node.advance(1), JoinIntent)} == {
        *names[:3]
    }
    node.advance(301)
    late = node.hear(serf(JoinIntent(1, NodeName(names[4]))))
    told = serf_sent([*late, *node.advance(1)], JoinIntent)
    assert {each.node for each in told} == {names[4]}


def test_a_leave_about_us_is_refuted_with_a_later_join() -> None:
    """force-leave does not say who sent it; it is neither believed nor passed on."""
    node = idle(BOB)
    node.hear(serf(LeaveIntent(50, ME)))
    effects = node.advance(5)
    assert {join.ltime for join in serf_sent(effects, JoinIntent)} == {51}
    assert not serf_sent(effects, LeaveIntent)
    assert standing(node, ME) is Standing.ALIVE


def test_our_clock_passes_all_it_hears() -> None:
    """Known members or not."""
    node = idle(BOB)
    node.hear(serf(JoinIntent(70, BOB)), serf(LeaveIntent(90, EVE)))
    assert clock(node) == 91


def test_no_intent_winds_the_clock_up_to_its_end() -> None:
    """It would not fit the wire any more."""
    node = idle(BOB)
    effects = node.hear(serf(LeaveIntent(2**64 - 1, BOB)))
    assert counted(effects) == ["dropped.ltime"]
    assert clock(node) < 100


def test_a_pruned_member_that_is_dead_is_forgotten_at_once() -> None:
    """force-leave -prune."""
    node = idle(BOB)
    effects = node.hear(dead(), serf(LeaveIntent(5, BOB, prune=True)))
    assert notified(effects, MemberForgotten) == [MemberForgotten(BOB)]
    assert node.status(BOB) is None


def test_a_pruned_member_that_lives_gets_time_to_leave() -> None:
    """Six seconds; if it has gone by then it is forgotten."""
    node = idle(BOB)
    node.hear(serf(LeaveIntent(5, BOB, prune=True)))
    node.hear(dead(by=BOB))
    node.advance(5.9)
    assert node.status(BOB) is LEFT
    node.advance(0.2)
    assert node.status(BOB) is None


def test_a_pruned_member_that_stays_is_kept() -> None:
    """It refuted with a join, or is still alive."""
    node = idle(BOB, EVE)
    node.hear(serf(LeaveIntent(5, BOB, prune=True)), serf(JoinIntent(6, BOB)))
    node.hear(serf(LeaveIntent(5, EVE, prune=True)))
    node.advance(7)
    assert (node.status(BOB), node.status(EVE)) == (ALIVE, ALIVE)


def test_nonsense_is_dropped_and_counted() -> None:
    """It is nobody's business to complain to a peer."""
    node = idle(BOB)
    assert counted(node.hear(User(b"\x00junk"), User(b"\xfe"))) == ["dropped.serf"] * 2
    assert not sent(node.advance(3), User)


def test_too_long_an_intent_is_heard_but_not_passed_on() -> None:
    """It would wait for ever in a queue that can't send it."""
    node = idle(BOB)
    body = encode_serf(LeaveIntent(9, BOB)).replace(b"\x83", b"\x84", 1)
    body += b"\xa3Pad\xda\x05\xdc" + bytes(1500)
    node.hear(User(body))
    assert standing(node, BOB) is Standing.LEAVING
    assert not node.swim._parts.broadcasts


def test_what_is_remembered_of_the_disk_can_leave_too() -> None:
    """An intent about a member that only the disk knows is about a known one."""
    node = Driven(
        replace(quiet(), reap_interval=5.0),
        remembered=(Remembered(BOB, address_of(BOB)),),
    ).start()
    node.hear(serf(LeaveIntent(5, BOB)))
    assert node.status(BOB) is LEFT


def test_who_is_forgotten_is_to_be_forgotten_by_all() -> None:
    """Serf's force-leave with prune: a leave intent in its name, after all others."""
    node = idle(BOB, EVE)
    node.hear(serf(JoinIntent(40, BOB)), dead())
    assert notified(node.feed(ForgetAsked(BOB)), MemberForgotten)
    told = serf_sent(node.advance(5), LeaveIntent)
    assert set(told) == {LeaveIntent(41, BOB, prune=True)}
    other = idle(BOB)
    other.hear(dead())
    assert notified(other.hear(serf(told[0])), MemberForgotten)


def test_a_member_that_is_told_to_be_forgotten_denies_it() -> None:
    """The message does not say who sent it; a later join intent undoes it."""
    node = idle(BOB)
    node.hear(serf(LeaveIntent(40, ME, prune=True)))
    assert {join.ltime for join in serf_sent(node.advance(5), JoinIntent)} == {41}
    assert node.status(ME) is ALIVE
