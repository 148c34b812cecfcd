"""Links between two transports, on real sockets."""

import socket
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from OpenSSL import SSL

from gossipchat.names import Address, NodeName
from gossipchat.transport.config import Config
from gossipchat.transport.hearing import AT_ONCE
from gossipchat.wire.frame_codec import encode_frame
from gossipchat.wire.frames import Close, Digest, Frame, Proof, Runs
from tests.loopback.net import (
    Net,
    Node,
    identity,
    public,
    reactor,
    turn,
    until,
)

pytestmark = pytest.mark.loopback

KEY = bytes(range(16))
OTHER_KEY = bytes(range(32))
LARGE = Runs((bytes(500_000),))
MALLORY = identity(666)
SHORT = Config(proof_timeout=0.2, first_byte_timeout=0.2, close_grace=0.2)


def numbered(number: int) -> Digest:
    return Digest(number.to_bytes(32))


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


# --- opening --------------------------------------------------------------------


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
    alice.transport.dial(public(MALLORY), free)
    alice.transport.dial(public(MALLORY), silent)
    await until(lambda: len(alice.ears.failed) == 2)
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


# --- strangers ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cluster_key", "says"),
    [
        pytest.param(OTHER_KEY, b"", id="a wrong proof"),
        pytest.param(b"", b"", id="a proof without key"),
        pytest.param(None, encode_frame(numbered(1)), id="no proof"),
        pytest.param(None, b"\xff\xff\xff\xff", id="an endless frame"),
        pytest.param(None, (4097).to_bytes(4), id="a long frame"),
        pytest.param(None, b"\0\0\0\1\xc1", id="noise"),
        pytest.param(None, encode_frame(Close("full")), id="a close"),
        pytest.param(None, b"", id="silence"),
    ],
)
async def test_a_stranger_gets_nothing(
    net: Net, cluster_key: bytes | None, says: bytes
) -> None:
    """Not even a proof of ours; and it is gone in time."""
    bob = net.node((KEY,), config=SHORT)
    stranger = net.stranger(bob, MALLORY, cluster_key=cluster_key, says=says)
    await until(lambda: stranger.lost)
    assert stranger.shook_hands
    heard = bytes(stranger.heard)
    assert heard in (b"", encode_frame(Close("key")))
    assert bob.ears.opened == []
    assert bob.transport.counters["links.refused"] == 1


async def test_a_newer_proof_is_told_from_a_wrong_one(net: Net) -> None:
    """Another release is no other key, and a person should not search for one."""
    bob = net.node((KEY,))
    newer = encode_frame(Proof(2, bytes(32), NodeName("carol")))
    stranger = net.stranger(bob, MALLORY, cluster_key=None, says=newer)
    await until(lambda: stranger.lost)
    assert "speaks version 2 of links" in str(bob.ears.thrown_away[0][1])


@pytest.mark.parametrize("certificate", ["an elliptic curve's", "none"])
async def test_only_identities_are_let_in(net: Net, certificate: str) -> None:
    """The certificate must be there, and its key an Ed25519 key."""
    bob = net.node(config=SHORT)
    context: Any = SSL.Context(SSL.TLS_METHOD)
    if certificate != "none":
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([])
        context.use_certificate(
            x509.CertificateBuilder(
                name, name, key.public_key(), 1, datetime.now(UTC), datetime.now(UTC)
            ).sign(key, SHA256())
        )
        context.use_privatekey(key)
    stranger = net.stranger(bob, MALLORY, cluster_key=None, context=context)
    await until(lambda: stranger.lost)
    await until(lambda: bob.transport.counters["links.refused"] == 1)
    assert bob.ears.opened == []


async def test_old_tls_is_not_spoken(net: Net) -> None:
    """1.3 only."""
    bob = net.node(config=SHORT)
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_max_proto_version(SSL.TLS1_2_VERSION)
    stranger = net.stranger(bob, MALLORY, cluster_key=None, context=context)
    await until(lambda: stranger.lost)
    assert not stranger.shook_hands


async def test_an_endless_handshake_is_cut(net: Net) -> None:
    """So many bytes and no more before the proof."""
    bob = net.node(config=Config(max_handshake_bytes=1_000))
    endless = net.raw(bob, b"\x16\x03\x01\x40\x00" + bytes(2_000))
    await until(lambda: endless.lost)
    assert bob.transport.counters["links.refused"] == 1


async def test_unproven_links_can_not_keep_members_out(net: Net) -> None:
    """More of them than there are places: the oldest make room."""
    bob = net.node(config=Config(max_unproven_links=4))
    silent = [net.raw(bob, b"\x16") for _ in range(12)]
    await until(lambda: sum(raw.lost for raw in silent) >= 8)
    await net.node().link_to(bob)
    assert bob.transport.counters["links.evicted"] >= 8


# --- the end --------------------------------------------------------------------


async def test_the_other_side_is_told_why_a_link_ends(net: Net) -> None:
    """The one who ended it knows, and is not told."""
    alice, bob = net.node(), net.node()
    here, there = await alice.link_to(bob)
    alice.transport.send_frames(here, [numbered(1)])
    alice.transport.end_link(here, "replaced")
    alice.transport.send_frames(here, [numbered(2)])
    await until(lambda: bob.ears.ended)
    assert bob.ears.ended == [(there, "replaced")]
    assert bob.frames() == [numbered(1)]
    await until(lambda: alice.transport.links == bob.transport.links == 0)
    await turn(0.01)
    assert alice.ears.ended == []
    assert alice.ears.drained_links == []


async def test_a_link_that_breaks_has_no_reason(net: Net) -> None:
    """What had come before is still handed over."""
    bob = net.node()
    frames = b"".join(encode_frame(numbered(number)) for number in range(3))
    stranger = net.stranger(bob, MALLORY, says=frames)
    await until(lambda: bob.ears.opened)
    stranger.hang_up()
    await until(lambda: bob.ears.ended)
    assert bob.ears.ended == [(bob.ears.opened[0][0], None)]
    assert bob.frames() == [numbered(number) for number in range(3)]


async def test_a_stop_tells_all_links(net: Net) -> None:
    """It is no crash, and the others know it at once."""
    alice, bob = net.node(), net.node()
    _, there = await alice.link_to(bob)
    await alice.transport.stop()
    await until(lambda: bob.ears.ended)
    assert bob.ears.ended == [(there, "leaving")]
    assert alice.ears.ended == []


@pytest.mark.parametrize(
    "nonsense", [b"\0\0\0\1\xc1", b"\xff\xff\xff\xff"], ids=["noise", "endless"]
)
async def test_nonsense_ends_a_link(net: Net, nonsense: bytes) -> None:
    """The peer is told, and so is whoever listens here."""
    bob = net.node()
    stranger = net.stranger(bob, MALLORY, says=nonsense)
    await until(lambda: stranger.lost)
    assert bob.ears.ended == [(bob.ears.opened[0][0], "error")]
    assert bytes(stranger.heard).endswith(encode_frame(Close("error")))
    assert bob.transport.counters["frames.dropped"] == 1
    assert len(bob.ears.thrown_away) == 1


async def test_a_removed_key_ends_the_links_it_proved(net: Net) -> None:
    """Those that proved another stay."""
    alice, carol = net.node((KEY, OTHER_KEY)), net.node((OTHER_KEY, KEY))
    bob = net.node((OTHER_KEY, KEY))
    _, of_alice = await alice.link_to(bob)
    await carol.link_to(bob)
    assert bob.keyring is not None
    bob.keyring.remove(KEY)
    bob.transport.keys_changed()
    assert bob.ears.ended == []  # not from inside the call
    await until(lambda: bob.ears.ended and alice.ears.ended)
    assert bob.ears.ended == [(of_alice, "key")]
    assert [reason for _, reason in alice.ears.ended] == ["key"]
    assert carol.ears.ended == []


async def test_a_stop_ends_what_is_half_open(net: Net) -> None:
    """Dials under way, handshakes, silent callers; nothing of them is told."""
    alice, bob = net.node(), net.node()
    listening, silent = net.bound(socket.SOCK_STREAM)
    listening.listen()
    calls = [net.raw(bob), net.raw(bob, b"\x16"), net.raw(bob, b"\x06")]
    await until(lambda: all(call.up for call in calls))
    alice.transport.dial(bob.key, silent)
    await turn(0.02)
    alice.transport.dial(bob.key, bob.address)  # not even connected
    await alice.transport.stop()
    await bob.transport.stop()
    await until(lambda: all(call.lost for call in calls))
    assert alice.ears.failed == []
    assert bob.ears.thrown_away == []


# --- slow and fast peers --------------------------------------------------------


async def test_there_is_room_again_after_a_turn(net: Net) -> None:
    """Once for all that was sent together, never from inside the call."""
    alice, bob = net.node(), net.node()
    here, _ = await alice.link_to(bob)
    alice.transport.send_frames(here, [numbered(1)])
    alice.transport.send_frames(here, [numbered(2)])
    assert alice.ears.drained_links == []
    await until(lambda: alice.ears.drained_links)
    assert alice.ears.drained_links == [here]


async def test_a_slow_reader_gets_no_more_than_it_takes(net: Net) -> None:
    """Who sends only when there is room holds little for a peer that sleeps."""
    bob = net.node()
    sent = 0

    def send_more(link: int) -> None:
        nonlocal sent
        sent += 1
        bob.transport.send_frames(link, [LARGE])

    bob.ears.on_drained = send_more
    stranger = net.stranger(bob, MALLORY)
    await until(lambda: bob.ears.opened)
    stranger.transport.pauseProducing()
    send_more(bob.ears.opened[0][0])
    await turn(0.3)
    asleep = sent
    await turn(0.3)
    assert sent == asleep  # it waits
    assert sent <= 3  # about one frame, beyond the buffers of the kernel
    stranger.transport.resumeProducing()
    await until(lambda: sent > asleep + 10)


async def test_a_link_to_a_sleeping_peer_ends_in_time(net: Net) -> None:
    """Nobody waits for it to take what it was sent."""
    bob = net.node(config=SHORT)
    stranger = net.stranger(bob, MALLORY)
    await until(lambda: bob.ears.opened)
    stranger.transport.pauseProducing()
    link = bob.ears.opened[0][0]
    bob.transport.send_frames(link, [LARGE])
    bob.transport.end_link(link, "replaced")
    await bob.transport.stop()
    assert bob.ears.drained_links == []
    stranger.transport.resumeProducing()
    await until(lambda: stranger.lost)


async def test_a_fast_peer_leaves_room_for_other_work(net: Net) -> None:
    """A few frames a turn, and no more is read while many wait."""
    bob = net.node()
    turns_seen: list[int] = []
    turns = 0
    running = True

    def count_turns() -> None:
        nonlocal turns
        turns += 1
        if running:
            reactor.callLater(0, count_turns)

    bob.ears.on_frame = lambda link, frame: turns_seen.append(turns)
    count_turns()
    flood = b"".join(encode_frame(numbered(number)) for number in range(3_000))
    net.stranger(bob, MALLORY, says=flood)
    try:
        await until(lambda: len(turns_seen) == 3_000)
    finally:
        running = False
        await turn(0.01)
    assert max(Counter(turns_seen).values()) <= AT_ONCE
    assert bob.frames() == [numbered(number) for number in range(3_000)]


async def test_a_dead_peer_is_noticed_by_the_kernel(net: Net) -> None:
    """10 s without an acknowledgement; on a quiet link it is the pulse that speaks."""
    alice, bob = net.node(), net.node()
    await alice.link_to(bob)
    [link] = alice.transport._links._links
    tcp = link.transport.transport.getHandle()
    level = socket.IPPROTO_TCP
    assert tcp.getsockopt(level, socket.TCP_USER_TIMEOUT) == 10_000
    assert tcp.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 0
    assert tcp.getsockopt(level, socket.TCP_NODELAY) == 1


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
