"""Links to slow, fast and sleeping peers."""

import socket
from collections import Counter

import pytest

from gossipchat.transport.links.hearing import AT_ONCE
from gossipchat.wire.ours.frame_codec import encode_frame
from tests.loopback.frames import LARGE, MALLORY, SHORT, numbered
from tests.loopback.net import Net, reactor, turn, until

pytestmark = pytest.mark.loopback


async def test_there_is_room_again_after_a_turn(net: Net) -> None:
    """Once for all that was sent together, never from inside the call."""
    alice, bob = net.node(), net.node()
    here, _ = await alice.link_to(bob)
    alice.transport.send_frames(here, [numbered(1)])
    alice.transport.send_frames(here, [numbered(2)])
    assert alice.ears.drained_links == []
    await until(lambda: alice.ears.drained_links)
    assert alice.ears.drained_links == [here]


async def test_what_is_sent_leaves_at_once(net: Net) -> None:
    """With the kernel before the call returns, so that no writer waits for a turn."""
    alice, bob = net.node(), net.node()
    here, _ = await alice.link_to(bob)
    waiting = set(reactor.getWriters())
    alice.transport.send_frames(here, [numbered(1)])
    assert set(reactor.getWriters()) == waiting
    await until(lambda: bob.ears.frames)


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
    asleep = 0
    while sent > asleep:  # until it waits
        asleep = sent
        for _ in range(30):
            await turn(0.01)
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
