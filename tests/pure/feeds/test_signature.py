"""Signatures: RFC 8032's vectors, what is none, and that signer and judge agree."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from gossipchat.feeds.signature import is_signed

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493

NEUTRAL = b"\1" + bytes(31)
"""The curve's neutral element: as a key, anybody's signature is good for it."""


@pytest.mark.parametrize(
    ("key", "message", "signature"),
    [
        (
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
            "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
    ],
    ids=["the first", "the second"],
)
def test_the_vectors_of_rfc_8032_are_good(
    key: str, message: str, signature: str
) -> None:
    """RFC 8032, section 7.1."""
    parts = map(bytes.fromhex, (key, signature, message))
    assert is_signed(*parts)


@given(st.binary(max_size=300))
def test_what_a_key_signs_is_good(message: bytes) -> None:
    """Keys sign with another library than the one that judges."""
    assert is_signed(PUBLIC, KEY.sign(message), message)


@given(st.binary(max_size=40), st.integers(0, 511))
def test_a_bit_changed_is_no_signature(message: bytes, bit: int) -> None:
    """Of the signature; nor is it one of more than was signed."""
    genuine = KEY.sign(message)
    forged = bytearray(genuine)
    forged[bit // 8] ^= 1 << bit % 8
    assert not is_signed(PUBLIC, bytes(forged), message)
    assert not is_signed(PUBLIC, genuine, message + b"\0")


@given(st.binary(max_size=80), st.binary(max_size=80))
def test_any_bytes_are_judged(key: bytes, signature: bytes) -> None:
    """Whatever their length: they come from the network."""
    assert not is_signed(key, signature, b"said")


def test_a_signature_has_one_form() -> None:
    """With the group's order added to it, it would be another one for the same."""
    genuine = KEY.sign(b"said")
    scalar = int.from_bytes(genuine[32:], "little") + GROUP_ORDER
    again = genuine[:32] + scalar.to_bytes(32, "little")
    assert not is_signed(PUBLIC, again, b"said")


def test_a_key_that_anybody_could_sign_for_is_none() -> None:
    """Of small order: one commitment and a zero would do for every message."""
    assert not is_signed(NEUTRAL, NEUTRAL + bytes(32), b"said")
