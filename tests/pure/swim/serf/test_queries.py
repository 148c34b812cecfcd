"""Serf's queries."""

import pytest

from gossipchat.names import NodeName
from gossipchat.swim.events import SendPacket
from gossipchat.wire.memberlist.messages import User
from gossipchat.wire.serf.codec import decode_serf, encode_serf
from gossipchat.wire.serf.messages import (
    ACK_FLAG,
    NO_BROADCAST_FLAG,
    ConflictResponse,
    Filter,
    NodeFilter,
    Query,
    QueryResponse,
    Relay,
    TagFilter,
    UnknownFilter,
)
from tests.pure.swim.builders import (
    BOB,
    EVE,
    ME,
    Driven,
    address_of,
    counted,
    of_kind,
    quiet,
    sent_to,
    serf,
    serf_sent,
)

ASKER = address_of("asker")


def query(
    ltime: int = 5,
    number: int = 1,
    name: str = "_serf_ping",
    flags: int = ACK_FLAG,
    filters: tuple[Filter, ...] = (),
    payload: bytes | None = None,
) -> Query:
    return Query(
        ltime, number, ASKER, EVE, filters, flags, 0, 3_200_000_000, name, payload
    )


def idle() -> Driven:
    node = Driven(quiet(), answered=True).start(BOB)
    node.advance(10)
    node.effects.clear()
    return node


def responses(node: Driven, *asked: Query) -> list[QueryResponse]:
    effects = node.hear(*map(serf, asked))
    assert {to for to, _ in sent_to(effects)} <= {ASKER}
    return serf_sent(effects, QueryResponse)


def test_a_query_that_wants_acks_gets_one() -> None:
    """Straight to the asker, with nothing else in the packet."""
    assert responses(idle(), query()) == [QueryResponse(5, 1, ME, ACK_FLAG, None)]
    assert responses(idle(), query(flags=0)) == []


def test_a_query_is_passed_on_and_answered_once() -> None:
    """By (LTime, ID): another id is another query."""
    node = idle()
    assert len(responses(node, query(), query(), query(number=2))) == 2
    told = serf_sent(node.advance(5), Query)
    assert sorted({asked.id for asked in told}) == [1, 2]


def test_a_query_that_is_not_to_be_passed_on_is_not() -> None:
    """Flag 2; it is answered all the same."""
    node = idle()
    assert responses(node, query(flags=ACK_FLAG | NO_BROADCAST_FLAG))
    assert not serf_sent(node.advance(5), Query)


@pytest.mark.parametrize(
    ("filters", "answers"),
    [
        ((NodeFilter((BOB, ME)),), 1),
        ((NodeFilter((BOB,)),), 0),
        ((NodeFilter((ME,)), TagFilter("role", "^t.*$")), 1),
        ((NodeFilter((ME,)), TagFilter("role", "^web$")), 0),
        ((TagFilter("missing", "^$"),), 1),
        ((TagFilter("role", "("),), 0),
        ((UnknownFilter(b"\7"),), 0),
    ],
)
def test_who_is_not_meant_stays_silent_but_passes_it_on(
    filters: tuple[Filter, ...], answers: int
) -> None:
    """All filters must pass; a missing tag is empty; what can't be read is no."""
    node = idle()
    assert len(responses(node, query(filters=filters))) == answers
    assert serf_sent(node.advance(5), Query)


def test_filters_made_to_be_slow_take_no_more_than_their_share() -> None:
    """Nobody is meant by what comes beyond it; in the next second all is well."""
    node = idle()
    slow = TagFilter("role", "(t?){990}e")
    plain = TagFilter("role", "^test$")
    for number in range(60):
        responses(node, query(number=number, filters=(slow, slow)))
    assert responses(node, query(number=98, filters=(plain,))) == []
    node.now += 1
    assert len(responses(node, query(number=99, filters=(plain,)))) == 1


def test_an_old_query_is_dropped() -> None:
    """The same window as events."""
    node = idle()
    responses(node, query(ltime=1000))
    assert responses(node, query(ltime=400)) == []


def test_a_flood_of_one_time_is_bounded() -> None:
    """So many ids and no more."""
    node = idle()
    asked = [query(number=number) for number in range(200)]
    assert len(responses(node, *asked)) == 64


def test_whom_we_hold_for_a_name_is_told_in_a_conflict() -> None:
    """The victim counts the answers that name its own address."""
    asked = query(name="_serf_conflict", flags=0, payload=b"bob")
    (answer,) = responses(idle(), asked)
    told = decode_serf(answer.payload or b"")
    assert isinstance(told, ConflictResponse)
    assert told.member is not None
    assert (told.member.address, told.member.status) == (address_of(BOB), 1)


def test_an_unknown_name_is_answered_too_but_our_own_is_not() -> None:
    """We are a party then."""
    unknown = query(name="_serf_conflict", flags=0, payload=b"nobody")
    (answer,) = responses(idle(), unknown)
    assert decode_serf(answer.payload or b"") == ConflictResponse(None)
    assert responses(idle(), query(name="_serf_conflict", flags=0, payload=b"me")) == []


def test_a_relayed_answer_is_handed_on() -> None:
    """The inner bytes as they are, as a user message."""
    inner = encode_serf(QueryResponse(5, 1, BOB, 0, b"yes"))
    effects = idle().hear(serf(Relay(ASKER, NodeName("asker"), inner)))
    assert sent_to(effects) == [(ASKER, User(inner))]


def test_too_long_a_relay_is_dropped() -> None:
    """No packet takes it."""
    effects = idle().hear(serf(Relay(ASKER, NodeName("asker"), bytes(1400))))
    assert of_kind(effects, SendPacket) == []
    assert counted(effects) == ["dropped.too-long"]


def test_no_query_winds_the_clock_up() -> None:
    """As with events."""
    node = idle()
    assert responses(node, query(ltime=2**63)) == []
