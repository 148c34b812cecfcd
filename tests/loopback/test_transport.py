"""Packets and streams between two transports, on real sockets."""

import socket

import pytest

from gossipchat.errors import PeerError, Unreachable, UsageError
from gossipchat.names import Address, NodeName
from gossipchat.transport.config import Config
from gossipchat.wire.memberlist.codec import encode
from gossipchat.wire.memberlist.messages import (
    OUR_VSN,
    Ack,
    Err,
    Message,
    Nack,
    NodeState,
    Ping,
    PushPull,
    State,
)
from gossipchat.wire.streams import StreamReader
from tests.loopback.net import Net, Node, outcome, turn, until

pytestmark = pytest.mark.loopback

KEY = bytes(range(16))
OTHER_KEY = bytes(range(32))
PING = Ping(7, NodeName("node2"))
V4, V6 = Address("127.0.0.1", 0), Address("::1", 0)
CLUSTERS = pytest.mark.parametrize(
    ("keys", "label"),
    [((), b""), ((KEY,), b""), ((), b"prod"), ((KEY, OTHER_KEY), b"prod")],
    ids=["open", "keyed", "labelled", "both"],
)


def member(number: int) -> NodeState:
    address = Address("192.0.2.1", number)
    return NodeState(
        NodeName(f"m{number}"), address, bytes(90), 1, State.ALIVE, OUR_VSN
    )


def push_pull(members: int) -> PushPull:
    return PushPull(True, tuple(member(number + 1) for number in range(members)))


def answering(node: Node, message: Message) -> None:
    """Let *node* answer every stream with *message*."""
    node.ears.on_stream = lambda stream, asked: node.transport.answer_stream(
        stream, message
    )


# --- one port -------------------------------------------------------------------


@pytest.mark.parametrize("at", [V4, V6], ids=["IPv4", "IPv6"])
async def test_one_number_serves_udp_and_tcp(net: Net, at: Address) -> None:
    """Port 0 means any that is free for both."""
    node = net.node(at=at)
    assert node.address.port
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with pytest.raises(OSError, match="in use"):
            net.bound(kind, node.address)


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
async def test_a_taken_port_is_told_with_the_remedy(
    net: Net, kind: socket.SocketKind
) -> None:
    """Whether for TCP or for UDP. It is never changed silently."""
    other, address = net.bound(kind)
    if kind is socket.SOCK_STREAM:
        other.listen()
    with pytest.raises(UsageError) as refused:
        net.node(at=address)
    assert str(refused.value) == (
        f"port {address.port} at 127.0.0.1 is taken: choose another with"
        " --listen HOST:PORT, or stop what uses it"
    )
    await turn()


async def test_an_address_of_another_machine_is_told(net: Net) -> None:
    """192.0.2.1 is nobody's (RFC 5737)."""
    with pytest.raises(UsageError, match="is not an address of this machine"):
        net.node(at=Address("192.0.2.1", 0))


async def test_a_stopped_transport_has_freed_its_port(net: Net) -> None:
    """The next one can have it when stop has fired; stopping twice is fine."""
    first = net.node()
    await first.link_to(net.node())
    await first.transport.stop()
    await first.transport.stop()
    assert net.node(at=first.address).address == first.address


# --- packets --------------------------------------------------------------------


@CLUSTERS
@pytest.mark.parametrize("at", [V4, V6], ids=["IPv4", "IPv6"])
async def test_packets_arrive(
    net: Net, keys: tuple[bytes, ...], label: bytes, at: Address
) -> None:
    """With their source, which is the port that the sender listens on."""
    alice, bob = (net.node(keys, label, at=at) for _ in range(2))
    parts = [encode(PING), encode(Ack(9))]
    alice.transport.send_packet(bob.address, parts, crc=True)
    await until(lambda: bob.ears.packets)
    assert bob.ears.packets == [(alice.address, (PING, Ack(9)))]


async def test_a_port_on_all_addresses_hears_ipv4_and_ipv6(net: Net) -> None:
    """And says an IPv4 source as what it is."""
    everywhere = net.node(at=Address("::", 0))
    port = everywhere.address.port
    four, six = net.node(at=V4), net.node(at=V6)
    four.transport.send_packet(Address("127.0.0.1", port), [encode(PING)])
    six.transport.send_packet(Address("::1", port), [encode(PING)])
    await until(lambda: len(everywhere.ears.packets) == 2)
    sources = {source for source, _ in everywhere.ears.packets}
    assert sources == {four.address, six.address}
    everywhere.transport.send_packet(four.address, [encode(Ack(1))])
    await until(lambda: four.ears.packets)


async def test_nonsense_is_dropped_and_counted(net: Net) -> None:
    """Another cluster's packets, noise, and the good part of a bad compound."""
    alice, mallory = net.node((KEY,)), net.node((OTHER_KEY,))
    mallory.transport.send_packet(alice.address, [encode(PING)])
    other, _ = net.bound(socket.SOCK_DGRAM)
    for noise in (b"", b"\x00", bytes(1400), bytes(60_000)):
        other.sendto(noise, alice.address)
    await until(lambda: len(alice.ears.thrown_away) == 5)
    assert alice.ears.packets == []
    assert alice.transport.counters["packets.dropped"] == 5


async def test_packets_that_can_not_be_sent_are_counted(net: Net) -> None:
    """UDP promises nothing, so nothing is raised."""
    alice = net.node()
    alice.transport.send_packet(Address("::1", 7946), [encode(PING)])
    assert alice.transport.counters["packets.unsent"] == 1


async def test_draining_hears_all_that_has_arrived(net: Net) -> None:
    """After a stall, before anybody is judged for it: in this very turn."""
    alice, bob = net.node(), net.node()
    for seq_no in range(150):
        alice.transport.send_packet(bob.address, [encode(Ack(seq_no))])
    bob.transport.drain_udp()
    seen = [message for _, messages in bob.ears.packets for message in messages]
    assert seen == [Ack(seq_no) for seq_no in range(150)]


async def test_nothing_is_heard_after_a_stop(net: Net) -> None:
    """And nothing is sent; neither is an error."""
    alice, bob = net.node(), net.node()
    alice.transport.send_packet(bob.address, [encode(PING)])
    await bob.transport.stop()
    bob.transport.drain_udp()
    bob.transport.send_packet(alice.address, [encode(PING)])
    await turn(0.01)
    assert bob.ears.packets == []
    assert alice.ears.packets == []


# --- streams --------------------------------------------------------------------


@CLUSTERS
async def test_a_ping_by_stream_is_answered(
    net: Net, keys: tuple[bytes, ...], label: bytes
) -> None:
    """That is how members are reached when UDP is blocked."""
    alice, bob = (net.node(keys, label) for _ in range(2))
    answering(bob, Ack(7))
    assert await alice.transport.open_stream(bob.address, PING, 10) == Ack(7)
    assert bob.ears.streams == [PING]


@CLUSTERS
@pytest.mark.parametrize("members", [1, 2_000])
async def test_states_are_swapped(
    net: Net, keys: tuple[bytes, ...], label: bytes, members: int
) -> None:
    """Small ones, and large ones whose work is done off the reactor's thread."""
    alice, bob = (net.node(keys, label, at=V6) for _ in range(2))
    answering(bob, push_pull(members))
    answer = await alice.transport.open_stream(bob.address, push_pull(3), 10)
    assert answer == push_pull(members)
    assert bob.ears.streams == [push_pull(3)]


async def test_a_refused_stream_is_told_from_a_silent_one(net: Net) -> None:
    """Only one of them is evidence that the process is gone."""
    alice = net.node()
    listening, silent = net.bound(socket.SOCK_STREAM)
    listening.listen()
    _, free = net.bound(socket.SOCK_STREAM)
    refused = await outcome(alice.transport.open_stream(free, PING, 10))
    assert isinstance(refused, Unreachable)
    assert refused.refused
    assert str(refused) == f"{free} refused the connection: nothing listens there"
    late = await outcome(alice.transport.open_stream(silent, PING, 0.1))
    assert isinstance(late, Unreachable)
    assert not late.refused
    assert str(late) == f"{silent} was not answering within 0.1 s"


async def test_an_unanswered_stream_fails(net: Net) -> None:
    """The other side closes it without a word, as for a ping meant for another."""
    alice, bob = net.node(), net.node()
    failed = await outcome(alice.transport.open_stream(bob.address, PING, 10))
    assert isinstance(failed, Unreachable)
    assert str(failed).startswith(f"{bob.address} closed the stream without")


async def test_a_stream_of_another_key_is_told_what_is_wrong(net: Net) -> None:
    """As memberlist does; its words reach the person who asked."""
    alice, bob = net.node(), net.node((KEY,))
    failed = await outcome(alice.transport.open_stream(bob.address, PING, 10))
    assert isinstance(failed, PeerError)
    assert bob.ears.streams == []
    assert bob.transport.counters["streams.dropped"] == 1
    assert len(bob.ears.thrown_away) == 1


async def test_the_words_of_a_refusal_are_passed_on(net: Net) -> None:
    """To whoever asked."""
    alice, bob = net.node(), net.node()
    answering(bob, Err("too many members"))
    failed = await outcome(alice.transport.open_stream(bob.address, PING, 10))
    assert isinstance(failed, PeerError)
    assert str(failed) == f"{bob.address} refused the stream: too many members"


async def test_nonsense_by_stream_is_told_so(net: Net) -> None:
    """By an Err, as memberlist does."""
    bob = net.node()
    garbage = net.raw(bob, b"\x06\xc1")
    await until(lambda: garbage.lost)
    reader = StreamReader(answering=True)
    assert reader.feed(garbage.heard)
    assert isinstance(reader.finish(), Err)
    assert bob.transport.counters["streams.dropped"] == 1


async def test_another_label_is_met_with_silence(net: Net) -> None:
    """Whoever asks the wrong cluster is told nothing about it."""
    alice, bob = net.node((), b"test"), net.node((), b"prod")
    failed = await outcome(alice.transport.open_stream(bob.address, PING, 10))
    assert str(failed).startswith(f"{bob.address} closed the stream without")
    assert bob.transport.counters["streams.dropped"] == 1


async def test_a_message_that_is_not_for_streams_fails(net: Net) -> None:
    """It is our own mistake, and leaves nothing behind."""
    alice, bob = net.node(), net.node()
    failed = await outcome(alice.transport.open_stream(bob.address, Nack(1), 10))
    assert isinstance(failed, UsageError)


async def test_streams_fail_when_the_transport_stops(net: Net) -> None:
    """Each is answered or fails, whatever happens."""
    alice = net.node()
    listening, silent = net.bound(socket.SOCK_STREAM)
    listening.listen()
    asked = alice.transport.open_stream(silent, PING, 10)
    await turn(0.02)
    just_asked = alice.transport.open_stream(silent, PING, 10)
    stopped = alice.transport.stop()
    assert isinstance(await outcome(asked), Unreachable)
    assert isinstance(await outcome(just_asked), Unreachable)
    await stopped
    afterwards = alice.transport.open_stream(silent, PING, 10)
    assert isinstance(await outcome(afterwards), Unreachable)


# --- strangers ------------------------------------------------------------------


async def test_a_silent_connection_is_closed(net: Net) -> None:
    """Nothing is waited for longer than the first byte's time."""
    bob = net.node(config=Config(first_byte_timeout=0.05))
    silent = net.raw(bob)
    await until(lambda: silent.lost)
    assert bob.transport.counters["connections.silent"] == 1


async def test_a_stream_that_never_ends_is_closed(net: Net) -> None:
    """And one that sends no known type is at once."""
    bob = net.node(config=Config(stream_timeout=0.05))
    slow = net.raw(bob, b"\x06\x83")
    unknown = net.raw(bob, b"GET / HTTP/1.1\r\n\r\n")
    await until(lambda: slow.lost and unknown.lost)
    assert bob.transport.counters["streams.dropped"] == 2


async def test_strangers_can_not_keep_members_out(net: Net) -> None:
    """More silent connections than there are places: the oldest make room."""
    bob = net.node(config=Config(max_strangers=8))
    alice = net.node()
    answering(bob, Ack(7))
    silent = [net.raw(bob) for _ in range(20)]
    await until(lambda: all(raw.up for raw in silent))
    assert await alice.transport.open_stream(bob.address, PING, 10) == Ack(7)
    await until(lambda: sum(raw.lost for raw in silent) >= 12)
    assert bob.transport.counters["connections.evicted"] >= 12


async def test_large_streams_can_not_fill_the_memory(net: Net) -> None:
    """Above the limit for all, the largest goes; the small ones live."""
    bob = net.node(config=Config(max_streams_bytes=100_000))
    alice = net.node()
    answering(bob, Ack(7))
    claims_much = b"\x08\x81\xaaUserMsgLen\xce\x00\x01\x00\x00"
    small = net.raw(bob, claims_much + bytes(10_000))
    large = [net.raw(bob, claims_much + bytes(40_000)) for _ in range(3)]
    await until(lambda: any(raw.lost for raw in large))
    assert not small.lost
    assert bob.transport.counters["streams.evicted"] == 1
    assert await alice.transport.open_stream(bob.address, PING, 10) == Ack(7)
