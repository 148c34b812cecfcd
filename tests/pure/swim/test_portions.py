"""Long work in portions: no event takes in more than a few members."""

from dataclasses import replace

from gossipchat.effects import Broke, Count, Notify, StartTimer, TimerFired
from gossipchat.names import NodeName
from gossipchat.swim.events import (
    Effect,
    JoinAsked,
    Joined,
    JoinFailed,
    OpenStream,
    StreamAnswered,
    StreamReceived,
)
from gossipchat.swim.portions import (
    MAX_WAITING_BYTES,
    PORTION,
    PortionDue,
    Portions,
)
from gossipchat.wire.memberlist.messages import (
    OUR_VSN,
    Ack,
    NodeState,
    PushPull,
    State,
)
from tests.pure.swim.builders import (
    ALIVE,
    BOB,
    DEAD,
    EVE,
    Driven,
    address_of,
    changes,
    counted,
    notified,
    of_kind,
    quiet,
)

NEXT = StartTimer(PortionDue(), 0.0)


def crowd(portions: int) -> list[str]:
    return [f"n{number}" for number in range(portions * PORTION)]


def state_of(name: str) -> NodeState:
    return NodeState(NodeName(name), address_of(name), b"", 1, State.ALIVE, OUR_VSN)


def told(node: Driven, *names: str, state: bytes = b"") -> list[Effect]:
    """What a push/pull with the living of those names brings about at once."""
    message = PushPull(False, tuple(map(state_of, names)), state)
    return node.feed(StreamReceived("stream", address_of(BOB), message))


def answered(node: Driven, *names: str, state: bytes = b"") -> list[Effect]:
    """The same, as the answer to a join."""
    (opened,) = of_kind(node.feed(JoinAsked(address_of(BOB))), OpenStream)
    message = PushPull(True, tuple(map(state_of, names)), state)
    return node.feed(StreamAnswered(opened.stream, message))


def portions_after(node: Driven, effects: list[Effect]) -> list[int]:
    """How many members changed by each event, beginning with *effects*."""
    changed = [len(changes(effects))]
    while NEXT in effects:
        effects = node.feed(TimerFired(PortionDue()))
        changed.append(len(changes(effects)))
    return changed


def test_many_new_members_are_taken_in_a_few_at_a_time() -> None:
    """The reactor has other things to do between two portions."""
    node = Driven().start(BOB)
    changed = portions_after(node, told(node, *crowd(5), EVE))
    assert changed == [PORTION] * 5 + [1]
    assert {node.status(name) for name in (*crowd(5), EVE)} == {ALIVE}


def test_who_is_known_already_takes_no_portion() -> None:
    """Nearly all, nearly always: what is new must not wait for them."""
    node = Driven().start(*crowd(5))
    assert portions_after(node, told(node, *crowd(5), EVE)) == [1]


def test_a_second_exchange_waits_for_the_first() -> None:
    """Two at once would make portions of double length."""
    node = Driven().start()
    first = told(node, *crowd(2))
    assert changes(told(node, EVE)) == []
    assert portions_after(node, first) == [PORTION, PORTION, 1]
    assert node.status(EVE) is ALIVE


def test_a_join_is_told_when_all_its_members_are_known() -> None:
    """Who waits for it and asks for the members then, gets them all."""
    node = Driven().start()
    assert not notified(answered(node, *crowd(3)), Joined)
    (joined,) = notified(node.advance(0), Joined)
    assert joined.members == len(node.swim.members()) - 1 == len(crowd(3))


def test_what_waits_is_bounded() -> None:
    """Above it an exchange is as if it were lost; a seed is tried again."""
    node = Driven().start()
    told(node, *crowd(2))
    vast = bytes(MAX_WAITING_BYTES)
    assert "dropped.exchanges" in counted(told(node, EVE, state=vast))
    (failed,) = notified(answered(node, EVE, state=vast), JoinFailed)
    assert "too much" in failed.why
    node.advance(0)
    told(node, EVE, state=vast)
    assert node.status(EVE) is ALIVE


def test_being_cut_off_from_a_crowd_is_told_a_few_at_a_time() -> None:
    """Contact in the middle of it makes the rest void."""
    node = Driven(replace(quiet(), cut_off_after=2)).start(*crowd(5))
    dead: list[str] = []
    while not dead:
        dead = [name for name, status in changes(node.fire_next()) if status is DEAD]
    assert dead == crowd(1)
    assert of_kind(node.hear(Ack(99)), OpenStream), "what was missed is asked for"
    node.advance(0)
    assert {node.status(name) for name in crowd(5)} == {ALIVE}
    shown_dead = [name for name, status in changes(node.effects) if status is DEAD]
    assert shown_dead == crowd(1)


def test_a_step_that_raises_ends_neither_the_work_nor_the_node() -> None:
    """It came from the network, though a timer brings it."""
    whats = iter(["before", "", "after"])

    def step(now: float) -> list[Effect]:
        what = next(whats)
        assert what
        return [Count(what)]

    first, broke, last = Portions().take([step] * 3, 0, 0.0)
    assert (first, last) == (Count("before"), Count("after"))
    assert isinstance(broke, Notify) and isinstance(broke.happening, Broke)
