"""Documents: what is sealed about a user, and which of two counts."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from gossipchat.errors import DecodeError, UsageError
from gossipchat.feeds.document import (
    MAX_DOCUMENT_BYTES,
    Document,
    check_document,
    seal_document,
)

ANN = Ed25519PrivateKey.from_private_bytes(b"a" * 32)


@given(
    st.text(max_size=30),
    st.integers(0, 2**64 - 1),
    st.integers(0, 2**64 - 1),
    st.binary(max_size=500),
)
def test_what_was_sealed_is_read_again(
    account: str, born: int, edition: int, body: bytes
) -> None:
    """Byte for byte, and its seal holds."""
    made = seal_document(ANN, account, born, edition, body)
    read = Document.parse(made.encoded)
    check_document(read)
    assert (read.account, read.born, read.edition) == (account, born, edition)
    assert (read.author, read.body, read) == (made.author, body, made)


@given(st.integers(0, 200), st.integers(1, 255))
def test_one_changed_byte_breaks_the_seal(where: int, by: int) -> None:
    """Nobody can speak for another's users."""
    encoded = bytearray(seal_document(ANN, "ann", 1, 2, bytes(100)).encoded)
    encoded[where] ^= by
    with pytest.raises(DecodeError):
        check_document(Document.parse(bytes(encoded)))


@given(st.binary(max_size=1100))
def test_other_bytes_raise_decode_errors_only(encoded: bytes) -> None:
    """Whatever comes."""
    try:
        check_document(Document.parse(encoded))
    except DecodeError:
        return
    raise AssertionError("nobody sealed that")


def test_what_is_too_long_is_refused_where_it_is_made() -> None:
    """A kilobyte in all."""
    with pytest.raises(UsageError):
        seal_document(ANN, "ann", 1, 1, bytes(MAX_DOCUMENT_BYTES))
