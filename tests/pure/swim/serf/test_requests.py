"""What a node's own people ask: checked where it is asked, answered exactly once."""

import pytest

from gossipchat.names import NodeName
from gossipchat.swim.events import (
    Answered,
    Declined,
    EventAsked,
    KeysAsked,
    LeaveAsked,
    QueryAnswered,
    QueryAsked,
    QueryCame,
    QueryEnd,
    QueryHeard,
    QueryReply,
    Reachability,
    ReachabilityAsked,
    RttAsked,
    SendPacket,
    TagsAsked,
    UserEventHeard,
)
from gossipchat.swim.membership.identity import TAG
from gossipchat.swim.serf.events import Request
from gossipchat.wire.memberlist.messages import Alive
from gossipchat.wire.serf.codec import decode_tags, encode_serf
from gossipchat.wire.serf.messages import (
    ACK_FLAG,
    NodeFilter,
    Query,
    QueryResponse,
    Relay,
    TagFilter,
    UserEvent,
)
from tests.pure.swim.builders import (
    BOB,
    EVE,
    ME,
    MY_ADDRESS,
    address_of,
    changes,
    counted,
    dead,
    notified,
    of_kind,
    sent,
    sent_to,
    serf,
    serf_sent,
)
from tests.pure.swim.serf.asking import ALICE, CAROL, asked, idle, outcome, respond

# --- what is refused -----------------------------------------------------------


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        (EventAsked(1, "", b""), "needs a name"),
        (EventAsked(1, "deploy", bytes(1400)), "is the most that fits one packet"),
        (QueryAsked(1, "", b""), "needs a name"),
        (QueryAsked(1, "_serf_x", b""), "does not begin with _serf_"),
        (QueryAsked(1, "load", bytes(1024)), "1024 is Serf's limit"),
        (QueryAsked(1, "load", b"", timeout=0.0), "up to 3600 seconds"),
        (QueryAsked(1, "load", b"", timeout=float("nan")), "up to 3600 seconds"),
        (QueryAsked(1, "load", b"", tags=(("role", "("),)), "no regular expression"),
        (QueryAsked(1, "load", b"", relay_factor=256), "0 to 255 relays"),
        (KeysAsked(1, "burn"), "keys are install, use, remove, list only"),
        (KeysAsked(1, "install", b"short"), "16, 24 or 32 bytes"),
        (KeysAsked(1, "use"), "16, 24 or 32 bytes"),
        (TagsAsked(1, {TAG: "x"}), "identity"),
        (TagsAsked(1, {}, (TAG,)), "identity"),
        (TagsAsked(1, {"big": "x" * 512}), "512 is the most"),
        (RttAsked(1, NodeName("nobody")), "nobody here is called nobody"),
        (RttAsked(1, BOB), "no coordinate yet"),
    ],
)
def test_what_cannot_be_done_is_declined_in_a_sentence(
    request_: Request, why: str
) -> None:
    """Before anything is sent, and with nothing changed."""
    node = idle(BOB)
    before = node.swim.member(ME)
    effects = node.feed(request_)
    (declined,) = of_kind(effects, Declined)
    assert declined.ask == 1
    assert why in declined.why
    assert not of_kind(effects, SendPacket)
    assert node.swim.member(ME) == before
    assert not serf_sent(node.advance(3), UserEvent)


def test_the_limit_of_an_event_is_that_of_a_packet() -> None:
    """The sizes are said; one byte less goes out."""
    node = idle(BOB)
    (declined,) = of_kind(node.feed(EventAsked(1, "deploy", bytes(1400))), Declined)
    need, most = (int(word) for word in declined.why.split() if word.isdigit())
    fitting = 1400 - (need - most)
    assert of_kind(node.feed(EventAsked(2, "deploy", bytes(fitting))), Answered)
    assert of_kind(node.feed(EventAsked(3, "deploy", bytes(fitting + 1))), Declined)
    assert serf_sent(node.advance(3), UserEvent)


def test_no_more_queries_run_than_can_be_looked_after() -> None:
    """Each remembers who has answered it."""
    node = idle(BOB)
    for number in range(64):
        assert not of_kind(node.feed(QueryAsked(number, "load", b"")), Declined)
    assert of_kind(node.feed(QueryAsked(99, "load", b"")), Declined)
    node.advance(10)
    assert not of_kind(node.feed(QueryAsked(100, "load", b"")), Declined)


# --- events ---------------------------------------------------------------------


def test_an_event_of_ours_is_told_and_heard_here() -> None:
    """Each with the next Lamport time."""
    node = idle(BOB)
    effects = node.feed(EventAsked("a", "deploy", b"v1", coalesce=False))
    assert notified(effects, UserEventHeard) == [
        UserEventHeard(1, "deploy", b"v1", coalesce=False)
    ]
    assert of_kind(effects, Answered) == [Answered("a", 1)]
    assert of_kind(node.feed(EventAsked("b", "deploy", b"v1")), Answered) == [
        Answered("b", 2)
    ]
    told = serf_sent(node.advance(3), UserEvent)
    assert {(event.ltime, event.payload) for event in told} == {(1, b"v1"), (2, b"v1")}


# --- queries ----------------------------------------------------------------------


def test_a_query_of_ours_brings_each_answer_once_and_an_end() -> None:
    """Relays bring answers twice; late ones count for nothing."""
    node = idle(BOB, EVE)
    query = asked(node, QueryAsked("q", "load", b"x", timeout=2.0, acks=True))
    assert (query.source, query.source_node) == (MY_ADDRESS, ME)
    assert (query.timeout_ns, query.flags) == (2_000_000_000, ACK_FLAG)
    for _ in range(2):
        respond(node, query, BOB, None, ack=True)
        respond(node, query, BOB, b"1.5")
    node.advance(2)
    respond(node, query, EVE, b"late")
    replies = [heard.reply for heard in of_kind(node.effects, QueryHeard)]
    assert replies == [
        QueryReply(ME, None, ack=True),  # a member as any other
        QueryReply(BOB, None, ack=True),
        QueryReply(BOB, b"1.5", ack=False),
    ]
    assert outcome(node, "q") == QueryEnd(acks=2, responses=1)
    assert "dropped.response-unasked" in counted(node.effects)


def test_filters_and_relays_go_out_with_a_query() -> None:
    """As asked."""
    node = idle(BOB)
    request = QueryAsked(
        1, "load", b"", names=(BOB,), tags=(("role", "^w"),), relay_factor=2
    )
    query = asked(node, request)
    assert query.filters == (NodeFilter((BOB,)), TagFilter("role", "^w"))
    assert query.relay_factor == 2


def test_without_a_timeout_a_query_takes_serfs() -> None:
    """GossipInterval * 16 * ceil(log10(N + 1)): 3.2 s on a small network."""
    query = asked(idle(BOB), QueryAsked(1, "load", b""))
    assert query.timeout_ns == 3_200_000_000


def test_local_programs_answer_once_and_in_time() -> None:
    """Straight to whoever asked; a second answer is dropped."""
    node = idle(BOB)
    asker = address_of("asker")
    query = Query(5, 7, asker, EVE, (), 0, 0, 2_000_000_000, "load", b"?")
    (came,) = notified(node.hear(serf(query)), QueryCame)
    assert came == QueryCame((5, 7), "load", b"?", EVE, node.now + 2.0)
    effects = node.feed(QueryAnswered((5, 7), b"1.5"))
    assert serf_sent(effects, QueryResponse) == [QueryResponse(5, 7, ME, 0, b"1.5")]
    assert [to for to, _ in sent_to(effects)] == [asker]
    assert not serf_sent(node.feed(QueryAnswered((5, 7), b"again")), QueryResponse)
    node.hear(serf(Query(6, 8, asker, EVE, (), 0, 0, 1_000_000_000, "load", b"")))
    node.advance(1.1)
    assert not serf_sent(node.feed(QueryAnswered((6, 8), b"late")), QueryResponse)


def test_an_answer_goes_through_as_many_relays_as_asked() -> None:
    """To different living members, never to the asker."""
    node = idle(ALICE, BOB, CAROL, EVE)
    asker = address_of(EVE)
    query = Query(5, 7, asker, EVE, (), ACK_FLAG, 3, 2_000_000_000, "load", b"")
    effects = node.hear(serf(query))
    relays = {to for to, _ in sent_to(effects)} - {asker}
    assert relays == {address_of(name) for name in (ALICE, BOB, CAROL)}
    inner = encode_serf(QueryResponse(5, 7, ME, ACK_FLAG, None))
    assert serf_sent(effects, Relay) == [Relay(asker, EVE, inner)] * 3
    query = Query(5, 8, asker, EVE, (), ACK_FLAG, 5, 2_000_000_000, "load", b"")
    assert not serf_sent(node.hear(serf(query)), Relay)  # too few for so many


def test_who_is_silent_is_asked_again() -> None:
    """After each quarter of the time, and only those."""
    node = idle(BOB, EVE)
    node.feed(ReachabilityAsked("r", timeout=4.0))
    (query,) = {
        query.id: query for query in serf_sent(node.advance(0.5), Query)
    }.values()
    respond(node, query, BOB, None, ack=True)
    node.advance(0.4)  # what gossip tells is told by now
    reminded = [to for to, _ in sent_to(node.advance(3.05)) if to != address_of(BOB)]
    assert reminded.count(address_of(EVE)) >= 3
    node.advance(1.0)
    assert outcome(node, "r") == Reachability((BOB, ME), (EVE,))


def test_a_query_that_all_have_answered_ends_early() -> None:
    """Nobody is left to wait for."""
    node = idle(BOB)
    query = asked(node, ReachabilityAsked("r"))
    respond(node, query, BOB, None, ack=True)
    assert outcome(node, "r") == Reachability((BOB, ME), ())


# --- tags -------------------------------------------------------------------------


def test_changed_tags_are_told_under_a_new_incarnation() -> None:
    """All of them are answered; ``gc`` and the others stay."""
    node = idle(BOB)
    before = node.incarnation(ME) or 0
    effects = node.feed(TagsAsked("t", {"zone": "b"}, ("role", "unknown")))
    assert of_kind(effects, Answered) == [Answered("t", {"zone": "b"})]
    assert changes(effects) == [(ME, node.status(ME))]
    told = [a for a in sent(node.advance(3), Alive) if a.node == ME]
    assert {claim.incarnation for claim in told} == {before + 1}
    assert decode_tags(told[0].meta) == {"zone": "b"}


def test_tags_that_stay_the_same_are_not_told_again() -> None:
    """Nothing is news."""
    node = idle(BOB)
    before = node.incarnation(ME)
    assert of_kind(node.feed(TagsAsked("t", {"role": "test"})), Answered)
    assert node.incarnation(ME) == before


def test_who_leaves_changes_no_tags() -> None:
    """It would deny its own goodbye."""
    node = idle()
    node.feed(LeaveAsked())
    assert of_kind(node.feed(TagsAsked("t", {"zone": "b"})), Declined)


def test_no_answer_comes_from_the_dead_to_wait_for() -> None:
    """Only the living are asked for acks."""
    node = idle(BOB, EVE)
    node.hear(dead(EVE))
    query = asked(node, ReachabilityAsked("r"))
    respond(node, query, BOB, None, ack=True)
    assert outcome(node, "r") == Reachability((BOB, ME), ())
