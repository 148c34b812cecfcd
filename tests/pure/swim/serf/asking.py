"""A node that is asked something by its own people, and what comes of it."""

from gossipchat.names import NodeName
from gossipchat.swim.events import (
    Answered,
    Declined,
)
from gossipchat.swim.serf.events import Request
from gossipchat.wire.serf.messages import (
    ACK_FLAG,
    Query,
    QueryResponse,
)
from tests.pure.swim.builders import (
    Driven,
    address_of,
    of_kind,
    quiet,
    serf,
    serf_sent,
)

ALICE, CAROL = NodeName("alice"), NodeName("carol")


def idle(*members: str) -> Driven:
    node = Driven(quiet(), answered=True).start(*members)
    node.advance(10)
    node.effects.clear()
    return node


def outcome(node: Driven, ask: object) -> object:
    (answer,) = [a for a in of_kind(node.effects, Answered) if a.ask == ask]
    return answer.outcome


def asked(node: Driven, request: Request) -> Query:
    """The query that *request* makes a node tell."""
    effects = node.feed(request)
    assert not of_kind(effects, Declined)
    told = serf_sent([*effects, *node.advance(0.5)], Query)
    return told[0]


def respond(
    node: Driven, query: Query, who: str, payload: bytes | None, ack: bool = False
) -> None:
    flags = ACK_FLAG if ack else 0
    answer = QueryResponse(query.ltime, query.id, NodeName(who), flags, payload)
    node.hear(serf(answer), source=address_of(who))
