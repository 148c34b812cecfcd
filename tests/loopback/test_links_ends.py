"""How links end, and what the other side is told."""

import socket

import pytest

from gossipchat.wire.ours.frame_codec import encode_frame
from gossipchat.wire.ours.frames import Close
from tests.loopback.frames import KEY, MALLORY, OTHER_KEY, numbered
from tests.loopback.net import Net, turn, until

pytestmark = pytest.mark.loopback


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
