"""
The cluster's keys and what is sealed with them: AES-GCM, as memberlist does it.

Sealed bytes are ``version u8 | nonce 12 | ciphertext | tag 16``. Version 1 is what
we send. Version 0 pads the plaintext to 16 bytes first (PKCS7); old nodes send it
and all nodes still read it.

Keys come and go while the cluster runs: one KeyRing is shared by all who seal and
open, and changes in place; long streams are opened in other threads meanwhile.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gossipchat.errors import ConfigError, DecodeError, Refused, UsageError

KEY_BYTES = (16, 24, 32)
"""AES-128, AES-192, AES-256."""

MAX_KEYS = 64
"""Each packet that no key opens costs a try with every one, 2 µs."""

NONCE_BYTES = 12
TAG_BYTES = 16
OVERHEAD = 1 + NONCE_BYTES + TAG_BYTES
"""What sealing adds to a packet."""

BLOCK_BYTES = 16


def random_nonce() -> bytes:
    """
    12 random bytes from the operating system, by way of cryptography.

    No counter behind a prefix: a copy of this process's memory (a cloned VM) would
    repeat it, and a nonce used twice under one key gives the key away.
    """
    return AESGCM.generate_key(128)[:NONCE_BYTES]


class KeyRing:
    """
    One or more keys. The first, the *primary*, seals; each may open.

    Args:
        keys: the primary first; repeats are dropped.
        nonces: gives 12 bytes that never come twice. Only tests and simulations
            pass their own.

    Raises:
        ConfigError: no key, one of a wrong length, more than MAX_KEYS.
    """

    def __init__(
        self, keys: Sequence[bytes], nonces: Callable[[], bytes] = random_nonce
    ) -> None:
        if not keys:
            raise ConfigError("keys", [], "needs at least one key")
        self._nonces = nonces
        self._ciphers: dict[bytes, AESGCM] = {}  # replaced as a whole, never changed
        for key in keys:
            try:
                self.install(key)
            except UsageError as problem:
                raise ConfigError("keys", "…", str(problem)) from None

    @property
    def keys(self) -> tuple[bytes, ...]:
        """All keys, the primary first."""
        return tuple(self._ciphers)

    @property
    def primary(self) -> bytes:
        return next(iter(self._ciphers))

    def install(self, key: bytes) -> None:
        """
        Accept *key* from now on, behind the others; known ones stay where they are.

        Raises UsageError for a key of a wrong length, Refused above MAX_KEYS.
        """
        if len(key) not in KEY_BYTES:
            raise UsageError(f"a key has 16, 24 or 32 bytes, this one {len(key)}")
        if key in self._ciphers:
            return
        if len(self._ciphers) >= MAX_KEYS:
            raise Refused(f"there are {MAX_KEYS} keys: remove one first")
        self._ciphers = {**self._ciphers, bytes(key): AESGCM(key)}

    def use(self, key: bytes) -> None:
        """Seal with *key* from now on. Raises Refused when it is not installed."""
        if key not in self._ciphers:
            raise Refused("that key is not in the ring: install it first")
        self._ciphers = {key: self._ciphers[key], **self._ciphers}

    def remove(self, key: bytes) -> None:
        """Never open with *key* again. Raises Refused for the primary."""
        if key == self.primary:
            raise Refused("that key is the primary: use another first")
        self._ciphers = {
            other: cipher for other, cipher in self._ciphers.items() if other != key
        }

    def seal(self, plain: bytes, aad: bytes = b"") -> bytes:
        """*plain* encrypted with the primary key; *aad* must come along to open it."""
        nonce = self._nonces()
        primary = next(iter(self._ciphers.values()))
        return b"\x01" + nonce + primary.encrypt(nonce, plain, aad)

    def open(self, sealed: bytes, aad: bytes = b"") -> bytes:
        """What was sealed, with any of the keys. Raises DecodeError."""
        if len(sealed) < OVERHEAD:
            raise DecodeError("encrypted", sealed, f"at least {OVERHEAD} bytes")
        version = sealed[0]
        if version > 1:
            raise DecodeError("encryption version", version, "0 or 1")
        nonce, ciphertext = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        for cipher in self._ciphers.values():
            try:
                plain = cipher.decrypt(nonce, ciphertext, aad)
            except InvalidTag:
                continue
            return plain if version else _unpadded(plain)
        wants = "one of ours: one of the two has an old or a wrong key ring"
        raise DecodeError("encryption", "another cluster key", wants)


def _unpadded(plain: bytes) -> bytes:
    """PKCS7: the last byte says how many were added, 1 to 16, all of them alike."""
    count = plain[-1] if plain else 0
    padding = bytes([count]) * count
    if not 1 <= count <= BLOCK_BYTES or not plain.endswith(padding):
        raise DecodeError("padding", plain[-BLOCK_BYTES:], "1 to 16 equal bytes")
    return plain[:-count]


def parse_key(text: str) -> bytes:
    """A key from its base64, as ``serf keygen`` prints it. Raises UsageError."""
    try:
        key = b64decode(text.strip(), validate=True)
    except ValueError:
        key = b""
    if len(key) not in KEY_BYTES:
        raise UsageError("a key is base64 of 16, 24 or 32 bytes, as `keygen` prints it")
    return key


def format_key(key: bytes) -> str:
    return b64encode(key).decode()


def parse_keyring_file(text: str) -> tuple[bytes, ...]:
    """
    The keys in a Serf keyring file, a JSON list of base64 strings, primary first.

    Raises ConfigError with what is wrong; the keys themselves are not printed.
    """
    try:
        listed = json.loads(text)
    except (ValueError, RecursionError):
        listed = None
    if not isinstance(listed, list) or not listed:
        raise ConfigError("keyring file", "…", 'needs a JSON list like ["base64…"]')
    keys = []
    for place, item in enumerate(listed, 1):
        try:
            keys.append(parse_key(item if isinstance(item, str) else ""))
        except UsageError as problem:
            raise ConfigError(f"keyring file, key {place}", "…", str(problem)) from None
    return tuple(keys)


def format_keyring_file(keys: Sequence[bytes]) -> str:
    """The file for *keys*, as Serf writes it; ends with a newline."""
    return json.dumps([format_key(key) for key in keys], indent=2) + "\n"
