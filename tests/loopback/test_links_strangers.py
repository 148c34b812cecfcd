"""Who is no member gets nothing over a link, and holds no place for long."""

from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from OpenSSL import SSL

from gossipchat.names import NodeName
from gossipchat.transport.config import Config
from gossipchat.wire.ours.frame_codec import encode_frame
from gossipchat.wire.ours.frames import Close, Proof
from tests.loopback.frames import KEY, MALLORY, OTHER_KEY, SHORT, numbered
from tests.loopback.net import Net, until

pytestmark = pytest.mark.loopback


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
