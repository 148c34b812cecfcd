"""How links between two transports open, and who may have one."""

import socket
from typing import Any

import pytest

from gossipchat.names import Address, NodeName
from gossipchat.transport.config import Config
from gossipchat.wire.ours.frames import Frame
from tests.loopback.frames import KEY, LARGE, MALLORY, OTHER_KEY, SHORT, numbered
from tests.loopback.net import Net, Node, public, turn, until

pytestmark = pytest.mark.loopback


async def dial_failure(alice: Node, bob: Node) -> str:
    """Why a dial that must fail does; nothing opens on either side."""
    alice.transport.dial(bob.key, bob.address)
    await until(lambda: alice.ears.failed)
    [(peer, why)] = alice.ears.failed
    assert peer == bob.key
    await turn(0.01)
    assert alice.ears.opened == []
    assert bob.ears.opened == []
    return why


@pytest.mark.parametrize("keys", [(), (KEY,)], ids=["open", "keyed"])
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_both_sides_learn_who_the_other_is(
    net: Net, keys: tuple[bytes, ...], host: str
) -> None:
    """Its key, proven; its name, as it says; and who dialled."""
    alice, bob = (net.node(keys, at=Address(host, 0)) for _ in range(2))
    here, there = await alice.link_to(bob)
    assert alice.ears.opened == [(here, bob.key, "node2", True)]
    assert bob.ears.opened == [(there, alice.key, "node1", False)]


async def test_frames_keep_their_order_both_ways(net: Net) -> None:
    """Large ones and small ones."""
    alice, bob = net.node(), net.node()
    here, there = await alice.link_to(bob)
    said: list[Frame] = [numbered(1), LARGE, numbered(2), numbered(3)]
    alice.transport.send_frames(here, said)
    bob.transport.send_frames(there, said[::-1])
    await until(lambda: len(bob.frames()) == len(alice.frames()) == 4)
    assert bob.frames() == said
    assert alice.frames() == said[::-1]


async def test_frames_may_follow_the_proof_at_once(net: Net) -> None:
    """Each side speaks as soon as it knows the other, large frames too."""
    alice, bob = net.node((KEY,)), net.node((KEY,))
    for node in (alice, bob):
        node.ears.link_opened = greeting(node)  # type: ignore[method-assign]
    alice.transport.dial(bob.key, bob.address)
    await until(lambda: alice.ears.frames and bob.ears.frames)
    assert alice.frames() == bob.frames() == [LARGE]


def greeting(node: Node) -> Any:
    def link_opened(link: int, *who: object) -> None:
        node.transport.send_frames(link, [LARGE])

    return link_opened


async def test_any_key_of_the_ring_proves(net: Net) -> None:
    """While the cluster moves from one primary to the next, both are good."""
    alice, bob = net.node((KEY, OTHER_KEY)), net.node((OTHER_KEY, KEY))
    await alice.link_to(bob)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [((KEY,), (OTHER_KEY,)), ((KEY,), ()), ((), (KEY,))],
    ids=["another", "none there", "none here"],
)
async def test_another_cluster_key_opens_no_link(
    net: Net, ours: tuple[bytes, ...], theirs: tuple[bytes, ...]
) -> None:
    """And both sides are told why."""
    alice, bob = net.node(ours), net.node(theirs)
    why = await dial_failure(alice, bob)
    assert why == (
        f"{bob.address} holds another cluster key, or none: the keys must be equal"
    )
    assert bob.transport.counters["links.refused"] == 1
    assert "another cluster key" in str(bob.ears.thrown_away[0][1])


async def test_another_identity_than_the_one_dialled_opens_no_link(net: Net) -> None:
    """Whoever answers must be who was meant."""
    alice, bob, carol = net.node(), net.node(), net.node()
    alice.transport.dial(carol.key, bob.address)
    await until(lambda: alice.ears.failed)
    [(peer, why)] = alice.ears.failed
    assert peer == carol.key
    assert why == (
        f"{bob.address} is not the member that was meant: it shows the key"
        f" {bob.key.hex()[:16]}…, not {carol.key.hex()[:16]}…"
    )
    await turn(0.01)
    assert bob.ears.opened == []


async def test_a_node_does_not_link_to_itself(net: Net) -> None:
    """Neither by its own key nor by its twin's."""
    alice = net.node()
    alice.transport.dial(alice.key, alice.address)
    assert alice.ears.failed == []  # not from inside the call
    await until(lambda: alice.ears.failed)
    twin = net.stranger(alice, alice.private)
    await until(lambda: twin.lost)
    assert alice.ears.opened == []


async def test_a_dial_to_nobody_fails(net: Net) -> None:
    """Refused, or in time when nothing answers."""
    alice = net.node(config=SHORT)
    listening, silent = net.bound(socket.SOCK_STREAM)
    listening.listen()
    _, free = net.bound(socket.SOCK_STREAM)
    for number, nobody in enumerate((free, silent), 1):
        alice.transport.dial(public(MALLORY), nobody)
        await until(lambda number=number: len(alice.ears.failed) == number)  # type: ignore[misc]
    assert [why for _, why in alice.ears.failed] == [
        f"{free} refused the connection: nothing listens there",
        f"{silent} did not prove itself within 0.2 s",
    ]


async def test_a_dial_to_something_else_fails(net: Net) -> None:
    """A server that hangs up, or speaks no TLS."""
    alice, bob = net.node(), net.node()
    listening, elsewhere = net.bound(socket.SOCK_STREAM)
    listening.listen()
    alice.transport.dial(bob.key, elsewhere)

    def accepted() -> bool:
        try:
            caller, _ = listening.accept()
        except BlockingIOError:
            return False
        with caller:
            caller.send(b"220 mail.example ESMTP\r\n")
        return True

    await until(accepted)
    await until(lambda: alice.ears.failed)
    assert "hung up before the link was proven" in alice.ears.failed[0][1]


async def test_the_links_name_may_be_set_later(net: Net) -> None:
    """A node learns its name after its port."""
    alice, bob = net.node(), net.node()
    alice.transport.name = NodeName("renamed")
    await alice.link_to(bob)
    assert bob.ears.opened[0][2] == "renamed"


async def test_both_sides_learn_how_far_apart_their_clocks_are(net: Net) -> None:
    """When the link opens, and again each interval."""
    alice = net.node(config=Config(clock_interval=0.1))
    bob = net.node(ahead=3600.0)
    await alice.link_to(bob)
    await until(lambda: len(alice.ears.clocks) > 1 and bob.ears.clocks)
    for (key, ahead), peer, wanted in (
        (alice.ears.clocks[1], bob, 3600.0),
        (bob.ears.clocks[0], alice, -3600.0),
    ):
        assert key == peer.key
        assert abs(ahead - wanted) < 2
    assert alice.frames() == bob.frames() == []
