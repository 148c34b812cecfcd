"""The certificate is the identity, and nothing else."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from OpenSSL import crypto

from gossipchat.transport.links.tls import certificate, raw_key

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def test_one_key_has_one_certificate() -> None:
    """It is made anew at each start, and is the same bytes each time."""
    first, second = certificate(KEY), certificate(KEY)
    assert first.public_bytes(Encoding.DER) == second.public_bytes(Encoding.DER)


def test_a_certificate_shows_its_key() -> None:
    """The 32 raw bytes: that is who a peer is."""
    shown = crypto.X509.from_cryptography(certificate(KEY))
    assert raw_key(shown) == KEY.public_key().public_bytes_raw()


def test_a_certificate_outlives_wrong_clocks() -> None:
    """A machine that thinks it is 1970 or 2500 can still be linked to."""
    shown = certificate(KEY)
    assert shown.not_valid_before_utc.year == 1970
    assert shown.not_valid_after_utc.year == 9999


def test_other_keys_are_no_identity() -> None:
    """Neither is nothing."""
    assert raw_key(None) is None
    assert raw_key(crypto.X509()) is None
