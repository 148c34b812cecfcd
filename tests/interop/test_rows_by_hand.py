"""
What no agent and no node says of itself: a stranger says it to one of each, beside one
another in a cluster, and both make the same of it (rows l, m and o).

An agent can't be brought to speak first here. Encryption of version 0 is sent by who
speaks protocol 1, and Serf speaks 2 at least; an agent refuses to start below Serf's
protocol 2 (`test_an_agent_speaks_no_older_delegate_protocol_than_2`), so none joins
with delegate version 0; and no option makes it send odd bytes.
"""

from collections.abc import Callable
from functools import partial

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gossipchat.names import Address, NodeName
from gossipchat.wire.fields import pack
from gossipchat.wire.layers import compression
from gossipchat.wire.layers.compound import COMPOUND, join_parts
from gossipchat.wire.layers.keyring import KeyRing, parse_key
from gossipchat.wire.memberlist.codec import encode
from gossipchat.wire.memberlist.messages import OUR_VSN, Alive, PushPull, User
from gossipchat.wire.serf.codec import encode_serf
from gossipchat.wire.serf.messages import UserEvent
from tests.interop.keys import encrypt, fresh_key, give_key
from tests.interop.stranger import Stranger, ping
from tests.processes.lab import Lab, Node
from tests.processes.lab.serf import Agent, Agents

pytestmark = pytest.mark.processes

STAYS_OUT_S = 3.0
"""Several gossip ticks and probes: time enough to let somebody in by mistake."""

Pair = tuple[Agent, Node]


@pytest.fixture
def pair(lab: Lab, agents: Agents) -> Pair:
    """An agent and a node that are one cluster without a key."""
    agent = agents.start("agent")
    node = lab.start("node", "--seed", agent.address)
    wait_until_whole(lab, agent, node)
    return agent, node


def listed(node: Node) -> set[str]:
    """The members that it has, whatever it thinks of them."""
    return {row["name"] for row in node.ask("members")}


def wait_until_whole(lab: Lab, agent: Agent, node: Node) -> None:
    lab.wait_for(lambda: agent.sees("node", "alive"), "the agent sees the node")
    lab.wait_for(lambda: node.status_of("agent") == "alive", "the node sees the agent")


# --- row l ------------------------------------------------------------------------


def test_encryption_of_version_0_is_read_by_both(lab: Lab, agents: Agents) -> None:
    """Row l: padded as in PKCS7, which memberlist wrote before version 1."""
    key = fresh_key()
    give_key(lab, "node", key)
    agent = agents.start("agent", encrypt(key))
    node = lab.start("node", "--seed", agent.address)
    wait_until_whole(lab, agent, node)
    plain = ping(1)
    gap = 16 - len(plain) % 16
    cipher = AESGCM(parse_key(key))
    sealed = cipher.encrypt(bytes(12), plain + bytes([gap]) * gap, b"")
    with Stranger(KeyRing([parse_key(key)])) as stranger:
        for member in (agent, node):
            datagram = b"\0" + bytes(12) + sealed
            assert stranger.acked_by(member.address, datagram) == {1}
    assert agent.troubles() == []


# --- row m ------------------------------------------------------------------------


def test_who_speaks_delegate_version_0_is_answered_and_not_let_in(
    lab: Lab, pair: Pair
) -> None:
    """Row m: a normal answer to its join, and neither lists it, now or later."""
    agent, node = pair
    with Stranger() as stranger:
        old = stranger.member("old", (1, 5, 2, 0, 0, 0))
        for member in pair:
            answer = stranger.swap(member.address, old)
            assert isinstance(answer, PushPull)
            assert {row.name for row in answer.nodes} == {"agent", "node"}
        lab.wait_through(
            lambda: set(agent.members()) == listed(node) == {"agent", "node"},
            "both keep to themselves",
            STAYS_OUT_S,
        )
    assert agent.troubles_about(node) == []


def test_an_agent_speaks_no_older_delegate_protocol_than_2(
    lab: Lab, agents: Agents
) -> None:
    """Row m, the agent's side: 1 it does not even start with; 2 is a member."""
    node = lab.start("node")
    refused = lab.run("serf", "agent", "-protocol=1", "-bind=127.0.0.1:0")
    assert refused.status != 0
    old = agents.start("old", "-protocol=2")
    young = agents.start("young")
    for agent in (old, young):
        agent.join(node.address)
    everyone = dict.fromkeys(("node", "old", "young"), "alive")
    lab.wait_for_each(
        (old, young), lambda agent: agent.members() == everyone, "agents see all"
    )
    lab.wait_for(lambda: node.names("alive") == set(everyone), "the node sees all")
    assert young.detailed()["old"]["protocol"]["version"] == 2
    assert old.troubles() == young.troubles() == []


# --- row o ------------------------------------------------------------------------


def backwards(number: int) -> bytes:
    """A ping whose fields stand in the other order."""
    return b"\0" + pack({"SeqNo": number, "Node": "", "Later": 1})


def nested() -> bytes:
    """A compound in a compression in a compound."""
    inner = join_parts([ping(1), ping(2)])
    return join_parts([ping(3), compression.wrap(inner)])


READ: dict[str, tuple[Callable[[], bytes], set[int]]] = {
    "fields-in-any-order-and-unknown-ones": (lambda: backwards(1), {1}),
    "nested": (nested, {1, 2, 3}),
    "127-parts": (lambda: join_parts([ping(n) for n in range(127)]), set(range(127))),
    "three-kilobytes": (lambda: join_parts([ping(1), b"\x08" * 3000]), {1}),
    "lower-case": (lambda: b"\0" + pack({"seqno": 5, "node": "no"}), {0}),
    "text-as-bytes": (lambda: b"\0\x82\xa4Node\xc4\x01x\xa5SeqNo\x01", set()),
    "nonsense": (lambda: b"\0\xc1", set()),
}
"""A datagram, and which of its pings are answered."""


def test_odd_bytes_are_read_alike(pair: Pair) -> None:
    """Row o: what one takes or drops, the other does."""
    with Stranger() as stranger:
        for kind, (datagram, answered) in READ.items():
            for member in pair:
                heard = stranger.acked_by(member.address, datagram())
                assert heard == answered, f"{member.name}, {kind}"


def test_a_compound_of_255_parts_is_too_long_for_an_agent_only(pair: Pair) -> None:
    """Row o: it counts lengths in eight bits; that is why we send 127 at most."""
    parts = [ping(number) for number in range(255)]
    lengths = b"".join(len(part).to_bytes(2) for part in parts)
    datagram = bytes([COMPOUND, 255]) + lengths + b"".join(parts)
    agent, node = pair
    with Stranger() as stranger:
        assert stranger.acked_by(node.address, datagram) == set(range(255))
        assert stranger.acked_by(agent.address, datagram) != set(range(255))
    assert agent.sees("node", "alive")


def test_an_incarnation_of_0_is_nobody_and_a_port_of_0_is_the_common_one(
    lab: Lab, pair: Pair
) -> None:
    """Row o: a first claim needs incarnation 1; port 0 means the hearer's own."""
    agent, node = pair
    with Stranger() as stranger:
        host = stranger.address.host

        def claim(name: str, incarnation: int, port: int) -> bytes:
            where = Address(host, port)
            return encode(
                Alive(incarnation, NodeName(name), where, b"\xff\x80", OUR_VSN)
            )

        unborn = claim("unborn", 0, stranger.address.port)
        # Each is told of one of its own: what it makes of it is not gossiped sooner.
        for member in pair:
            portless = claim(f"told-{member.name}", 1, 0)
            stranger.tell(member.address, join_parts([unborn, portless]))
        at_agent, at_node = (member.address.rpartition(":")[2] for member in pair)

        def node_has(name: str) -> str:
            rows = {row["name"]: row for row in node.ask("members")}
            return str(rows[name]["address"])

        lab.wait_for(lambda: "told-agent" in agent.members(), "the agent takes it")
        lab.wait_for(lambda: node.status_of("told-node") is not None, "so does it")
        assert agent.detailed()["told-agent"]["addr"] == f"{host}:{at_agent}"
        assert node_has("told-node") == f"{host}:{at_node}"
    assert "unborn" not in agent.members()
    assert "unborn" not in listed(node)


@pytest.mark.parametrize("first", ["agent", "node"])
def test_an_event_too_long_for_a_packet_gets_no_further(
    lab: Lab, pair: Pair, first: str
) -> None:
    """
    Row o: whom it is told by stream hears it; what fits is gossiped on to the other.

    A push/pull carries the long one too, so a run in which one fell into that moment
    says nothing of the agent; of the node the agent's log tells how it came.
    """
    agent, node = pair
    events = node.follow("events")

    def heard_by(one: str, name: str) -> bool:
        if one == "agent":
            return bool(agent.said(f"user-event: {name}"))
        return any(row["name"] == name for row in events.rows)

    def is_followed() -> bool:
        assert agent.ask("event", "first").status == 0
        return heard_by("node", "first")

    def swaps() -> int:
        return len(agent.said("Stream connection from=|Initiating push/pull"))

    lab.wait_for(is_followed, "events are followed")
    lab.wait_for(lambda: swaps() >= 2, "both have joined, and looked again")
    before = swaps() + (2 if first == "agent" else 0)
    other = "node" if first == "agent" else "agent"
    where = agent.address if first == "agent" else node.address
    with Stranger() as stranger:
        for number, (name, size) in enumerate((("long", 1500), ("short", 15))):
            event = UserEvent(200 + number, name, b"x" * size, False)
            stranger.say(where, User(encode_serf(event)))
            lab.wait_for(partial(heard_by, first, name), f"{first} hears {name}")
    lab.wait_for(lambda: heard_by(other, "short"), f"{other} hears the short one")
    assert not agent.said("messageUserEventType: long") or first == "agent"
    assert not heard_by("node", "long") or first == "node" or swaps() > before
    refused = node.command_line("event", "long", "x" * 1500)
    assert refused.status == 1
    assert refused.output == ""
