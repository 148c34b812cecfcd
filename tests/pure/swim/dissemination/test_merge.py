"""Push/pull: what is swapped, and what is made of it."""

from dataclasses import replace

import pytest

from gossipchat.names import NodeName
from gossipchat.swim.dissemination.merge import versions_fault
from gossipchat.swim.events import (
    Answered,
    AnswerStream,
    Effect,
    EventAsked,
    LeaveAsked,
    Remembered,
    StreamReceived,
    UserEventHeard,
)
from gossipchat.wire.memberlist.messages import (
    OUR_VSN,
    Alive,
    NodeState,
    PushPull,
    State,
    Suspect,
    User,
    Vsn,
)
from gossipchat.wire.serf.codec import decode_serf, encode_serf
from gossipchat.wire.serf.messages import (
    EventsAt,
    JoinIntent,
    LeaveIntent,
    SerfState,
    UserEvent,
)
from tests.pure.swim.builders import (
    ALIVE,
    BOB,
    DEAD,
    EVE,
    LEFT,
    ME,
    MY_ADDRESS,
    SUSPECT,
    Driven,
    address_of,
    alive,
    changes,
    counted,
    dead,
    myself,
    notified,
    of_kind,
    proven,
    quiet,
    secret_of,
    sent,
    serf,
    serf_sent,
    warnings,
)


def state_of(
    name: str,
    state: State = State.ALIVE,
    incarnation: int = 1,
    vsn: Vsn = OUR_VSN,
    meta: bytes = b"",
) -> NodeState:
    where = MY_ADDRESS if name == ME else address_of(name)
    return NodeState(NodeName(name), where, meta, incarnation, state, vsn)


def receive(
    node: Driven, *nodes: NodeState, user_state: bytes = b"", join: bool = False
) -> tuple[PushPull, list[Effect]]:
    """The answer to a push/pull with *nodes*, and what it brought about."""
    message = PushPull(join, nodes, user_state)
    effects = node.feed(StreamReceived("stream", address_of(BOB), message))
    (answer,) = of_kind(effects, AnswerStream)
    assert isinstance(answer.message, PushPull)
    return answer.message, effects


def serf_state(answer: PushPull) -> SerfState:
    state = decode_serf(answer.user_state)
    assert isinstance(state, SerfState)
    return state


@pytest.mark.parametrize("join", [True, False])
def test_the_answer_is_what_we_knew_before(join: bool) -> None:
    """Own state first, then the merge; Join is mirrored."""
    node = Driven().start(BOB)
    answer, effects = receive(node, state_of(EVE), join=join)
    assert {state.name for state in answer.nodes} == {ME, BOB}
    assert answer.join is join
    assert effects.index(of_kind(effects, AnswerStream)[0]) <= 1
    assert node.status(EVE) is ALIVE


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (State.ALIVE, ALIVE),
        (State.SUSPECT, SUSPECT),
        (State.DEAD, SUSPECT),
        (State.LEFT, LEFT),
    ],
)
def test_death_is_hearsay_and_a_goodbye_is_not(state: State, status: object) -> None:
    """dead and suspect count as our own suspicion; left as its own word."""
    node = Driven().start(BOB)
    receive(node, state_of(BOB, state))
    assert node.status(BOB) is status


def test_an_imported_death_is_told_in_our_name() -> None:
    """suspect(From=us)."""
    node = Driven(quiet()).start(BOB, EVE)
    receive(node, state_of(BOB, State.DEAD))
    told = sent(node.advance(0.5), Suspect)
    assert {claim.accuser for claim in told} == {ME}


def test_the_dead_of_others_are_not_met() -> None:
    """An unknown member that isn't alive is nobody."""
    node = Driven().start()
    receive(node, state_of(BOB, State.DEAD), state_of(EVE, State.LEFT))
    assert (node.status(BOB), node.status(EVE)) == (None, None)


@pytest.mark.parametrize("state", [State.SUSPECT, State.DEAD, State.LEFT])
def test_what_is_said_of_us_is_refuted_whatever_it_carries(state: State) -> None:
    """A fresh process finds its old self in the answer, dead at 7: it goes to 8."""
    node = Driven().start()
    receive(node, state_of(ME, state, incarnation=7, meta=proven(ME)))
    assert (node.status(ME), node.incarnation(ME)) == (ALIVE, 8)


def test_what_is_said_of_an_impostor_hits_nobody() -> None:
    """A peer that believed the impostor calls him dead: our Bob is another one."""
    node = Driven().start()
    node.hear(alive(meta=proven(BOB)))
    impostor = proven(BOB, secret_of(EVE))
    for state in (State.DEAD, State.LEFT):
        receive(node, state_of(BOB, state, meta=impostor))
        assert node.status(BOB) is ALIVE


def test_malformed_entries_are_counted() -> None:
    """They were left out while decoding; the rest is merged."""
    node = Driven().start()
    message = PushPull(False, (state_of(BOB),), b"", refused=2)
    effects = node.feed(StreamReceived("stream", address_of(BOB), message))
    assert "dropped.node-state" in counted(effects)
    assert node.status(BOB) is ALIVE


# --- versions ---------------------------------------------------------------


def vsn(protocol: tuple[int, int, int], delegate: tuple[int, int, int]) -> Vsn:
    a, b, c = protocol
    d, e, f = delegate
    return a, b, c, d, e, f


@pytest.mark.parametrize(
    ("others", "faulty"),
    [
        ([], False),
        ([state_of(BOB)], False),
        ([state_of(BOB, vsn=vsn((1, 5, 2), (2, 5, 4)))], False),
        ([state_of(BOB, vsn=vsn((1, 5, 2), (2, 4, 4)))], True),
        ([state_of(BOB, vsn=vsn((3, 5, 3), (2, 5, 5)))], True),
        ([state_of(BOB, State.LEFT, vsn=vsn((1, 5, 2), (0, 0, 0)))], True),
        ([state_of(BOB, State.DEAD, vsn=vsn((0, 0, 0), (0, 0, 0)))], True),
        ([state_of(BOB, State.SUSPECT, vsn=vsn((3, 5, 2), (2, 5, 5)))], False),
        ([state_of(BOB, State.SUSPECT, vsn=vsn((1, 5, 6), (2, 5, 5)))], True),
    ],
)
def test_one_member_outside_the_common_range_fails_all(
    others: list[NodeState], faulty: bool
) -> None:
    """The living give the range; everybody, dead or alive, must be inside."""
    fault = versions_fault([state_of(ME), *others])
    assert (fault is not None) is faulty


def test_a_failed_check_merges_nothing_but_is_answered() -> None:
    """As memberlist: the other side sees a normal answer; people are told once."""
    node = Driven().start()
    bad = state_of(EVE, State.LEFT, vsn=vsn((1, 5, 2), (0, 0, 0)))
    _, effects = receive(node, state_of(BOB), bad)
    assert node.status(BOB) is None
    assert "eve" in warnings(effects)[0]
    assert counted(effects) == ["dropped.versions"]
    _, again = receive(node, state_of(BOB), bad)
    assert warnings(again) == []


# --- Serf's half --------------------------------------------------------------


def test_a_fresh_state_is_as_serfs() -> None:
    """All clocks at 1, no events, ourselves at 0."""
    node = Driven(me=replace(myself(), name=NodeName("alpha")))
    answer, _ = receive(node.start())
    state = serf_state(answer)
    assert (state.ltime, state.event_ltime, state.query_ltime) == (1, 1, 1)
    assert state.status_ltimes == {"alpha": 0}
    assert (state.left_members, state.events) == ((), ())


def test_intents_and_clocks_are_swapped() -> None:
    """Status times of all, the names of those that left, and three clocks."""
    node = Driven().start(BOB, EVE)
    node.hear(serf(JoinIntent(7, EVE)), serf(LeaveIntent(9, BOB)), dead(by=BOB))
    node.hear(serf(UserEvent(3, "deploy", b"x", coalesce=True)))
    answer, _ = receive(node)
    state = serf_state(answer)
    assert state.status_ltimes == {ME: 0, BOB: 9, EVE: 7}
    assert state.left_members == (BOB,)
    assert (state.ltime, state.event_ltime) == (10, 4)
    assert state.events == (EventsAt(3, (("deploy", b"x"),)),)


def test_who_is_about_to_leave_is_not_said_to_have_come() -> None:
    """Or who has not heard the intent takes that time for a join's, and no leave."""
    node = Driven().start(BOB, EVE)
    node.hear(serf(JoinIntent(7, EVE)), serf(LeaveIntent(9, BOB)))
    answer, _ = receive(node)
    state = serf_state(answer)
    assert (state.status_ltimes, state.left_members) == ({ME: 0, EVE: 7}, ())
    node.feed(LeaveAsked())
    answer, _ = receive(node)
    assert serf_state(answer).status_ltimes == {EVE: 7}


def test_who_said_goodbye_has_left_even_if_the_intent_was_lost() -> None:
    """An agent that missed the intent learns from us that it was no failure."""
    node = Driven().start(BOB)
    node.hear(dead(by=BOB))
    answer, _ = receive(node)
    assert serf_state(answer).left_members == (BOB,)


def test_clocks_are_witnessed_less_one() -> None:
    """They tell the next stamp, not the last."""
    node = Driven().start()
    theirs = SerfState(ltime=50, event_ltime=60, query_ltime=70)
    receive(node, user_state=encode_serf(theirs))
    clocks = node.swim._parts.serf.clocks
    assert [clock.value for clock in clocks] == [50, 60, 70]


def test_absurd_times_are_not_taken_over() -> None:
    """Of no clock, status or event; what we say afterwards is heard as before."""
    node = Driven(quiet(), answered=True).start(BOB)
    end = 2**64 - 1
    said = EventsAt(end, (("deploy", b"x"),))
    theirs = SerfState(end, {BOB: end}, (), end, (said,), end)
    _, effects = receive(node, user_state=encode_serf(theirs))
    assert not notified(effects, UserEventHeard)
    assert [clock.value for clock in node.swim._parts.serf.clocks] == [1, 1, 1]
    answer, _ = receive(node)
    assert serf_state(answer).status_ltimes[BOB] == 0
    (answered,) = of_kind(node.feed(EventAsked(1, "deploy", b"")), Answered)
    assert answered.outcome == 1


def test_events_come_in_the_order_in_which_they_were_said() -> None:
    """By Lamport time, which is not the order of the ring."""
    node = Driven(quiet(), replace(myself(), event_heard=0)).start(BOB)
    said = tuple(EventsAt(t, (("e", b"%d" % t),)) for t in (512, 513, 3, 4))
    theirs = SerfState(1, event_ltime=514, events=said)
    _, effects = receive(node, user_state=encode_serf(theirs))
    heard = [event.ltime for event in notified(effects, UserEventHeard)]
    assert heard == [3, 4, 512, 513]


def test_who_left_is_seen_as_left_and_it_is_not_passed_on() -> None:
    """An implied leave intent, one later than the status time."""
    node = Driven(quiet(), answered=True).start(BOB)
    node.advance(10)
    theirs = SerfState(ltime=9, status_ltimes={BOB: 5}, left_members=(BOB,))
    _, effects = receive(
        node, state_of(BOB, State.LEFT), user_state=encode_serf(theirs)
    )
    assert changes(effects)[-1] == ("bob", LEFT)
    assert not sent(node.advance(5), User)
    answer, _ = receive(node)
    assert serf_state(answer).status_ltimes[BOB] == 6


def test_a_leave_implied_about_us_is_refuted() -> None:
    """Or others would show us as leaving for ever."""
    node = Driven(quiet()).start(BOB)
    theirs = SerfState(ltime=9, status_ltimes={ME: 5}, left_members=(ME,))
    receive(node, user_state=encode_serf(theirs))
    told = serf_sent(node.advance(2), JoinIntent)
    assert {(join.node, join.ltime > 6) for join in told} == {(ME, True)}


def test_replayed_events_are_not_passed_on() -> None:
    """Each node gets them with its own push/pull."""
    node = Driven(quiet(), answered=True).start(BOB)
    node.advance(10)
    receive(node, user_state=encode_serf(SerfState(ltime=1, event_ltime=1)))
    theirs = SerfState(ltime=1, event_ltime=9, events=(EventsAt(8, (("go", None),)),))
    receive(node, user_state=encode_serf(theirs))
    assert not sent(node.advance(3), User)
    answer, _ = receive(node)
    assert serf_state(answer).events == theirs.events


@pytest.mark.parametrize("junk", [b"\x02\xff", b"\x00", b"\x03abc", b"\xff" * 40])
def test_an_unreadable_user_state_costs_only_itself(junk: bytes) -> None:
    """The members were merged before."""
    node = Driven().start()
    _, effects = receive(node, state_of(BOB), user_state=junk)
    assert counted(effects) == ["dropped.user-state"]
    assert node.status(BOB) is ALIVE


def test_remembered_members_are_not_told_to_others() -> None:
    """Only what SWIM lists, and whose intents are known."""
    old = Remembered(BOB, address_of(BOB), None, 100.0)
    node = Driven(quiet(), remembered=(old,)).start()
    assert node.status(BOB) is DEAD
    answer, _ = receive(node)
    assert {state.name for state in answer.nodes} == {ME}
    assert BOB not in serf_state(answer).status_ltimes


def test_what_a_merge_teaches_is_told_to_all() -> None:
    """A newcomer's arrival spreads from its seed."""
    node = Driven(quiet()).start(EVE)
    receive(node, state_of(BOB))
    assert BOB in {claim.node for claim in sent(node.advance(1), Alive)}
