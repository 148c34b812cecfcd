"""
The proof that whoever is at the other end of a link holds the cluster key.

It is bound to this one TLS connection (by the exporter), to both identities and to
the side that gives it, so it can be neither passed on nor sent back.
"""

import hmac
from collections.abc import Sequence

from gossipchat.errors import shortened
from gossipchat.names import Address, AuthorKey
from gossipchat.wire.ours.frames import Proof

DOMAIN = b"gossipchat link 1\0"
PROOF_VERSION = 1
DIALLER = b"\0"
DIALLED = b"\1"
OPEN_KEY = b""
"""The key of a cluster that has none."""


def prove(
    key: bytes, exported: bytes, sender: AuthorKey, receiver: AuthorKey, *, dials: bool
) -> bytes:
    """
    HMAC-SHA256 under *key* over ``DOMAIN | exported | sender | receiver | role``.

    All parts have fixed lengths (18, 32, 32, 32 and 1 bytes). *dials*: whether the
    sender is the one that dialled.
    """
    role = DIALLER if dials else DIALLED
    return hmac.digest(key, DOMAIN + exported + sender + receiver + role, "sha256")


def key_proven(
    keys: Sequence[bytes],
    mac: bytes,
    exported: bytes,
    sender: AuthorKey,
    receiver: AuthorKey,
    *,
    dials: bool,
) -> bytes | None:
    """Which of *keys* the *sender* has proven to hold; None: none of them."""
    for key in keys:
        expected = prove(key, exported, sender, receiver, dials=dials)
        if hmac.compare_digest(expected, mac):
            return key
    return None


def not_proven(address: Address, proof: Proof) -> str:
    """Why a proof that came is none."""
    if proof.version != PROOF_VERSION:
        return (
            f"{address} speaks version {proof.version} of links, this node"
            f" {PROOF_VERSION}: bring them to one release"
        )
    return close_in_words(address, "key")


def close_in_words(address: Address, reason: str) -> str:
    """What the CLOSE that came instead of a proof means."""
    if reason == "key":
        return f"{address} holds another cluster key, or none: the keys must be equal"
    return f"{address} ended the link at once: {shortened(reason)}"
