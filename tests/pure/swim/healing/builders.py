"""What tests of a heal begin with: a node with members, one of them held dead."""

from collections.abc import Iterable
from dataclasses import replace

from gossipchat.names import AuthorKey, NodeName
from gossipchat.swim.events import (
    Effect,
    SendOverLinks,
)
from gossipchat.swim.healing.brief import brief
from gossipchat.wire.memberlist.messages import (
    OUR_VSN,
    Ack,
    Alive,
    NodeState,
    Ping,
    State,
)
from gossipchat.wire.ours.membership_frames import (
    Brief,
    Heal,
    MembershipFrame,
)
from tests.pure.swim.builders import (
    BOB,
    Driven,
    address_of,
    alive,
    dead,
    key_of,
    of_kind,
    plainly_detecting,
    proven,
    quiet,
    secret_of,
    sent_to,
)

PLAIN = quiet(plainly_detecting())
HEALS = replace(PLAIN, contact_tries=1.5, heal=True, claims_by_link=True)
BOBS_KEY = key_of(secret_of(BOB))
PEER = AuthorKey(b"p" * 32)
NONCE = b"12345678"


def frames(effects: Iterable[Effect]) -> list[MembershipFrame]:
    return [said.frame for said in of_kind(effects, SendOverLinks)]


def heals_of(effects: Iterable[Effect]) -> list[Heal]:
    return [frame for frame in frames(effects) if isinstance(frame, Heal)]


def listed(name: str, state: State, incarnation: int = 1) -> NodeState:
    address = address_of(name)
    meta = proven(name)
    return NodeState(NodeName(name), address, meta, incarnation, state, OUR_VSN)


def tagged(*names: str) -> Driven:
    """A node that knows *names*, each with an identity."""
    node = Driven(HEALS).start()
    node.hear(*(alive(name, meta=proven(name)) for name in names))
    return node


def greeted() -> tuple[Driven, list[Effect]]:
    """Bob, held dead, has answered; anna, carl and dora live here."""
    node = tagged(BOB, "anna", "carl", "dora", "emil")
    node.hear(dead(BOB), dead("emil"))
    for _ in range(40):
        for to, message in sent_to(node.advance(1)):
            if isinstance(message, Ping) and to == address_of(BOB):
                asked = sent_to(node.hear(Ack(message.seq_no), source=to))
                (again,) = [one for _, one in asked if isinstance(one, Ping)]
                return node, node.hear(Ack(again.seq_no), source=to)
            if isinstance(message, Ping) and to != address_of("emil"):
                node.hear(Ack(message.seq_no), source=to)
    raise AssertionError("bob was never pinged")


def brief_of(claim: Alive) -> Brief:
    """*claim* in brief, as another node makes it."""
    node = Driven(HEALS).start()
    node.hear(claim)
    entry = node.swim._parts.members.get(claim.node)
    assert entry is not None
    return brief(entry)
