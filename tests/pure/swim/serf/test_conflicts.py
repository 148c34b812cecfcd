"""Two nodes of one name: the poll, and who yields."""

import pytest

from gossipchat.effects import Count
from gossipchat.names import Address, NodeName
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.events import LeaveDone, NameLost
from gossipchat.wire.memberlist.messages import OUR_VSN, Dead, Ping
from gossipchat.wire.serf.codec import encode_serf
from gossipchat.wire.serf.messages import (
    ConflictMember,
    ConflictResponse,
    LeaveIntent,
    Query,
    QueryResponse,
)
from tests.pure.swim.builders import (
    ME,
    MY_ADDRESS,
    MY_SECRET,
    Driven,
    address_of,
    alive,
    notified,
    of_kind,
    proven,
    quiet,
    sent,
    serf,
    serf_sent,
    warnings,
)

RIVAL = Address("10.9.9.9", 7946)
VOTERS = ("alice", "bob", "carol", "dave", "eve")


def claimed(config: SwimConfig | None = None, meta: bytes = b"") -> Driven:
    """A node whose name somebody else claims."""
    node = Driven(quiet(config), answered=True).start(*VOTERS)
    node.advance(5)
    node.effects.clear()
    node.hear(alive(ME, 3, meta, address=RIVAL))
    return node


def polls(node: Driven) -> list[Query]:
    told = serf_sent([*node.effects, *node.advance(0.5)], Query)
    return list({query.id: query for query in told}.values())


def vote(
    node: Driven, query: Query, who: str, held: Address, source: Address | None = None
) -> None:
    member = ConflictMember(ME, held, {}, 1, OUR_VSN)
    payload = encode_serf(ConflictResponse(member))
    answer = QueryResponse(query.ltime, query.id, NodeName(who), 0, payload)
    node.hear(serf(answer), source=source or address_of(who))


@pytest.mark.parametrize(
    ("against", "for_us", "lost"),
    [(3, 2, True), (1, 0, True), (2, 2, False), (2, 3, False), (0, 0, False)],
)
def test_whom_most_hold_to_be_another_yields(
    against: int, for_us: int, lost: bool
) -> None:
    """More than half of the votes; a tie, or no vote at all, changes nothing."""
    node = claimed()
    (query,) = polls(node)
    assert (query.name, query.payload) == ("_serf_conflict", b"me")
    for number, who in enumerate(VOTERS[: against + for_us]):
        vote(node, query, who, RIVAL if number < against else MY_ADDRESS)
    node.advance(5)
    assert bool(notified(node.effects, NameLost)) is lost
    assert bool(notified(node.effects, LeaveDone)) is lost


def test_who_yields_says_so_and_tells_no_goodbye() -> None:
    """That would be about the other one."""
    node = claimed()
    (query,) = polls(node)
    for who in VOTERS:
        vote(node, query, who, RIVAL)
    effects = node.advance(10)
    (lost,) = notified(effects, NameLost)
    assert lost.address == RIVAL
    assert "5 of 5 members" in lost.what
    assert lost.what in warnings(effects)
    assert not sent(effects, Dead)
    assert not serf_sent(effects, LeaveIntent)
    gone = node.advance(10)
    assert not sent(gone, Ping)


def test_a_node_may_be_told_never_to_yield() -> None:
    """It is warned all the same."""
    node = claimed(SwimConfig(yield_name=False))
    (query,) = polls(node)
    for who in VOTERS:
        vote(node, query, who, RIVAL)
    assert "5 of 5 members" in warnings(node.advance(5))[-1]
    assert not notified(node.effects, NameLost)


def test_nobody_votes_for_others() -> None:
    """Strangers don't count, nor answers from elsewhere, nor a second one."""
    node = claimed()
    (query,) = polls(node)
    for stranger in ("mallory", "oscar"):
        vote(node, query, stranger, RIVAL)
    for who in VOTERS:
        vote(node, query, who, RIVAL, source=address_of("mallory"))
    for _ in range(3):
        vote(node, query, "alice", RIVAL)
    node.advance(5)
    assert not notified(node.effects, NameLost)


def test_polls_are_rare() -> None:
    """However often the name is claimed."""
    node = claimed()
    for port in range(1, 50):
        node.hear(alive(ME, 3, address=Address("10.9.9.9", port)))
    assert len(polls(node)) == 1
    node.advance(61)
    node.hear(alive(ME, 3, address=RIVAL))
    assert len(polls(node)) == 1 + 1


def test_we_of_before_are_outbid_not_polled_about() -> None:
    """Our own key at our old address: a higher incarnation lets others move us."""
    mine = proven(ME, MY_SECRET)
    node = claimed(meta=mine)
    assert polls(node) == []
    assert node.incarnation(ME) == 4
    node.hear(alive(ME, 9, mine, address=RIVAL))
    assert node.incarnation(ME) == 4  # a copy that runs would answer in kind
    node.advance(30)
    node.hear(alive(ME, 9, mine, address=RIVAL))
    assert node.incarnation(ME) == 10


def test_a_claim_of_our_name_is_counted_and_told_once() -> None:
    """Per address and key."""
    node = claimed()
    again = node.hear(alive(ME, 3, address=RIVAL))
    assert of_kind(node.effects, Count).count(Count("conflicts")) == 1
    assert warnings(again) == []
