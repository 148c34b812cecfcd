"""
Whether an author signed something: the one place where signatures are checked.

By libsodium, which takes less than half of OpenSSL's time for it: each node checks
each seal, and that was the dearest single step of a delivery. Keys sign, and show
themselves in TLS, with ``cryptography``: RFC 8032 leaves a signer no choice.

All nodes must find the same, or some would keep what others drop. Where RFC 8032
leaves verifiers a choice it is libsodium's: keys and commitments of small order, for
which anybody could sign, are none.
"""

from nacl.bindings import crypto_sign_open
from nacl.exceptions import BadSignatureError

SIGNATURE_BYTES = 64


def is_signed(key: bytes, signature: bytes, message: bytes) -> bool:
    """
    Whether *signature* (64 bytes) of *message* is by the Ed25519 *key* (32 bytes).

    Takes some 75 µs; any other bytes, of whatever length, are simply no signature.
    """
    if len(signature) != SIGNATURE_BYTES or len(key) != 32:
        return False
    try:
        crypto_sign_open(signature + message, key)
    except BadSignatureError:
        return False
    return True
