"""Members whose acks show that they hold what we hold are spared a push/pull."""

from dataclasses import replace

import pytest

from gossipchat.effects import StartTimer, TimerFired
from gossipchat.names import NodeName
from gossipchat.swim.dissemination.exchange import CATCH_UP, MAX_SPARED, ExchangeDue
from gossipchat.swim.events import EventAsked, OpenStream
from gossipchat.wire.memberlist.messages import (
    Ack,
    Alive,
    Dead,
    Ping,
    PushPull,
    Suspect,
)
from gossipchat.wire.serf.codec import decode_coordinate, encode_coordinate, view_in
from gossipchat.wire.serf.messages import Coordinate
from tests.pure.swim.builders import (
    BOB,
    EVE,
    ME,
    Driven,
    address_of,
    alive,
    counted,
    dead,
    of_kind,
    proven,
    quiet,
    sent,
    suspect,
)

JOE = NodeName("joe")


def node_claim(name: str, incarnation: int = 1) -> Alive:
    """A member with an identity, as nodes have one."""
    return alive(name, incarnation, proven(name))


def knowing(node: Driven, *names: str) -> Driven:
    """*node*, started, with members that have identities."""
    node.start()
    node.hear(*(node_claim(name) for name in names))
    node.effects.clear()
    return node


def told_by(node: Driven, asker: NodeName = BOB) -> bytes:
    """The mark in the ack of *node*."""
    [ack] = sent(node.hear(Ping(7, ME, source_node=asker)), Ack)
    assert decode_coordinate(ack.payload or b"")
    return view_in(ack.payload or b"")


def answering(node: Driven, name: str, view: bytes) -> None:
    node.payloads[address_of(name)] = encode_coordinate(Coordinate(), view)


def due(node: Driven) -> list[str | OpenStream]:
    """What comes of the next exchange: whom it is with, or that it is spared."""
    effects = node.feed(TimerFired(ExchangeDue()))
    assert [t for t in of_kind(effects, StartTimer) if t.key == ExchangeDue()]
    streams = of_kind(effects, OpenStream)
    assert all(isinstance(stream.message, PushPull) for stream in streams)
    return [*counted(effects), *streams]


def agreeing(*names: str) -> Driven:
    """A node, and members with its view that have all been probed."""
    node = knowing(Driven(answered=True), *names)
    for name in names:
        answering(node, name, told_by(node))
    node.advance(2.0 * len(names))
    return node


def test_equal_views_spare_the_exchange() -> None:
    """But one interval in thirty is used in any case."""
    node = agreeing(BOB)
    for _ in range(2):
        for _ in range(MAX_SPARED):
            assert due(node) == ["exchanges.spared"]
        [stream] = due(node)
        assert isinstance(stream, OpenStream)


def swapped(node: Driven, seconds: float) -> list[float]:
    """When it makes push/pulls out of turn, in whole seconds."""
    begun, found = node.now, list[float]()
    for _ in range(round(seconds)):
        streams = of_kind(node.advance(1.0), OpenStream)
        found += [node.now - begun for _ in streams]
    return found


CATCHING_UP = replace(quiet(), catch_up=True)


@pytest.mark.parametrize("views", [(b"new.", b"new."), (b"new.", b"old."), ()])
def test_the_odd_one_out_catches_up_at_once(views: tuple[bytes, ...]) -> None:
    """Two who agree with each other, and not with us, know what we don't."""
    node = knowing(Driven(CATCHING_UP, answered=True), BOB, EVE)
    mine = told_by(node)
    for name, view in zip((BOB, EVE), views or (mine, mine), strict=True):
        answering(node, name, view)
    found = swapped(node, 20)
    assert len(found) == CATCH_UP * (views == (b"new.", b"new.")), "six in a day"
    assert found[:1] <= [4.0]


def test_news_on_its_way_is_waited_for() -> None:
    """A mark that was told before our own view changed says nothing."""
    node = knowing(Driven(CATCHING_UP, answered=True), BOB, EVE)
    for name in (BOB, EVE):
        answering(node, name, b"new.")
    for incarnation in range(2, 12):
        node.hear(node_claim(JOE, incarnation))
        assert swapped(node, 1) == []


def test_whoever_tells_another_view_is_asked_first() -> None:
    """And every other time anyone: an agent tells none."""
    node = agreeing(BOB, EVE, JOE)
    answering(node, EVE, b"anything")
    node.advance(6)
    [stream] = due(node)
    assert isinstance(stream, OpenStream)
    assert stream.to == address_of(EVE)
    partners = {str(due(node)) for _ in range(40)}
    assert len(partners) > 1


def test_old_marks_count_for_nothing() -> None:
    """What was told while news was on its way, and what nobody has told again."""
    node = agreeing(BOB, EVE, JOE)
    ours = told_by(node)
    answering(node, EVE, b"anything")
    node.advance(6)
    assert isinstance(due(node)[0], OpenStream)
    answering(node, EVE, ours)
    node.advance(6)
    assert due(node) == ["exchanges.spared"]
    node.now += 5  # in which nobody was asked
    [stream] = due(node)
    assert isinstance(stream, OpenStream)


def test_who_tells_no_view_is_asked_as_ever() -> None:
    """An agent, or a node of before; nor is an agent told any."""
    agent = Driven(answered=True).start(BOB)
    node = knowing(Driven(answered=True), BOB)
    for one in (agent, node):
        one.payloads[address_of(BOB)] = encode_coordinate(Coordinate())
        one.advance(3)
        for _ in range(5):
            [stream] = due(one)
            assert isinstance(stream, OpenStream)
    assert told_by(agent) == told_by(node, EVE) == b""
    assert told_by(node) != b""


@pytest.mark.parametrize(
    ("claim", "differs"),
    [
        (alive(JOE), True),
        (node_claim(EVE, incarnation=2), True),
        (dead(EVE, by=BOB), True),
        (suspect(EVE, by=BOB), False),
        (node_claim(EVE), False),
    ],
)
def test_a_view_is_who_lives_and_at_which_incarnation(
    claim: Alive | Dead | Suspect, differs: bool
) -> None:
    """A suspicion is nobody's view for long."""
    node = knowing(Driven(), BOB, EVE)
    before = told_by(node)
    node.hear(claim)
    node.advance(0.6)
    assert (told_by(node) != before) is differs


def test_the_order_of_hearing_is_no_part_of_a_view() -> None:
    """And the node itself is one of those who live."""
    one = knowing(Driven(seed=1), BOB, EVE, JOE)
    other = knowing(Driven(seed=2), JOE, BOB, EVE)
    assert told_by(one) == told_by(other) != told_by(knowing(Driven(), BOB, EVE))


def test_a_missed_event_makes_a_view_differ() -> None:
    """A push/pull brings it."""
    node = knowing(Driven(), BOB)
    before = told_by(node)
    node.feed(EventAsked("ask", "deploy", b""))
    node.advance(0.6)
    assert told_by(node) != before


@pytest.mark.parametrize(
    "payload", [b"", b"\1", b"\1\x81\xa2gc\x05", b"\1" + bytes(99)]
)
def test_a_payload_without_a_mark_is_none(payload: bytes) -> None:
    """Nor one with nonsense in its place."""
    assert view_in(payload) == b""
