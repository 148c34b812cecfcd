"""
Private messages: sealed for two nodes, the addressee's and the author's own.

A message key, drawn for each message, seals the text; an ephemeral X25519 key
agrees with each reader's key on what seals the message key. Whoever is neither
sees who writes to whom, when, and the length to the next power of two.

    {to: author key, pen: ephemeral X25519 key, keys: [48 bytes, ...], box}

There is no forward secrecy: who takes a reader's key reads what was sealed to it.
docs/feeds.md gives the bytes.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import msgpack
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import (
    X25519PrivateKey,
    X25519PublicKey,
)
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gossipchat.errors import Refused, UsageError
from gossipchat.names import AuthorKey

DOMAIN = b"gossipchat private 1\0"
KEY_BYTES = 32
WRAPPED_BYTES = KEY_BYTES + 16
MIN_PADDED_BYTES = 64
MAX_PADDED_BYTES = 16384
LENGTH_BYTES = 4
ONCE = bytes(12)
"""The nonce: each key of these seals one thing."""


class Letter(NamedTuple):
    """An opened private message."""

    to: AuthorKey
    plain: bytes


class Sealer:
    """
    Seals and opens for the node *me*, whose private key *key* is.

    *chance*: gives so many unpredictable bytes.
    """

    def __init__(
        self, me: AuthorKey, key: X25519PrivateKey, chance: Callable[[int], bytes]
    ) -> None:
        self.me = me
        self._key = key
        self._public = key.public_key().public_bytes_raw()
        self._chance = chance

    def seal(self, to: AuthorKey, x25519: bytes, plain: bytes) -> bytes:
        """
        The body of an entry from us to *to*, whose key is *x25519*.

        Raises UsageError when *plain* is too long, Refused when the key is none.
        """
        padded = _padded(plain)
        key = self._chance(KEY_BYTES)
        pen = X25519PrivateKey.from_private_bytes(self._chance(KEY_BYTES))
        readers = [x25519] if to == self.me else [x25519, self._public]
        bound = DOMAIN + self.me + to
        try:
            wrapped = [
                _wrapping(pen, reader, pen.public_key().public_bytes_raw(), reader)
                for reader in readers
            ]
        except ValueError:
            raise Refused("the key that this node has published is none") from None
        body: bytes = msgpack.packb(
            {
                "box": ChaCha20Poly1305(key).encrypt(ONCE, padded, bound),
                "keys": [one.encrypt(ONCE, key, bound) for one in wrapped],
                "pen": pen.public_key().public_bytes_raw(),
                "to": to,
            }
        )
        return body

    def open(self, author: AuthorKey, body: bytes) -> Letter | None:
        """What *author* wrote, if it is for us or by us; None: it is not."""
        parts = _parts(body)
        if parts is None or self.me not in (author, parts.to):
            return None
        place = 0 if self.me == parts.to else 1
        if place >= len(parts.keys):
            return None
        bound = DOMAIN + author + parts.to
        try:
            wrapping = _wrapping(self._key, parts.pen, parts.pen, self._public)
            key = wrapping.decrypt(ONCE, parts.keys[place], bound)
            plain = _unpadded(ChaCha20Poly1305(key).decrypt(ONCE, parts.box, bound))
        except (InvalidTag, ValueError):
            return None
        return None if plain is None else Letter(parts.to, plain)


class _Parts(NamedTuple):
    to: AuthorKey
    pen: bytes
    keys: list[bytes]
    box: bytes


def _parts(body: bytes) -> _Parts | None:
    try:
        fields = msgpack.unpackb(body, max_map_len=16, strict_map_key=True)
    except (ValueError, msgpack.UnpackException, RecursionError):
        return None
    if not isinstance(fields, dict):
        return None
    to: Any
    pen: Any
    box: Any
    to, pen, keys, box = (fields.get(name) for name in ("to", "pen", "keys", "box"))
    if not isinstance(keys, list) or not 1 <= len(keys) <= 2:
        return None
    if not all(_is_bytes(key, WRAPPED_BYTES) for key in keys):
        return None
    if not _is_bytes(to, 32) or not _is_bytes(pen, KEY_BYTES) or not _is_bytes(box):
        return None
    return _Parts(AuthorKey(to), pen, keys, box)


def _is_bytes(value: Any, size: int | None = None) -> bool:
    return isinstance(value, bytes) and size in (None, len(value))


def _wrapping(
    own: X25519PrivateKey, other: bytes, pen: bytes, reader: bytes
) -> ChaCha20Poly1305:
    """What seals the message key for *reader*. Raises ValueError for a bad key."""
    shared = own.exchange(X25519PublicKey.from_public_bytes(other))
    derived = HKDF(SHA256(), KEY_BYTES, salt=pen + reader, info=DOMAIN).derive(shared)
    return ChaCha20Poly1305(derived)


def _padded(plain: bytes) -> bytes:
    """With its length in front, up to the next power of two."""
    needed = LENGTH_BYTES + len(plain)
    if needed > MAX_PADDED_BYTES:
        raise UsageError(
            f"a private message has about {MAX_PADDED_BYTES - 200} bytes at most"
        )
    size = max(MIN_PADDED_BYTES, 1 << (needed - 1).bit_length())
    return (len(plain).to_bytes(LENGTH_BYTES, "big") + plain).ljust(size, b"\0")


def _unpadded(padded: bytes) -> bytes | None:
    length = int.from_bytes(padded[:LENGTH_BYTES], "big")
    plain = padded[LENGTH_BYTES : LENGTH_BYTES + length]
    return plain if len(plain) == length else None
