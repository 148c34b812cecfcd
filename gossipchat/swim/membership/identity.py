"""
The tag ``gc``: a member's key, and its proof that the key goes with the name.

The tag's value is ``1.`` and, in base64url without padding, the Ed25519 public key
(32 bytes) with its signature (64) over the domain, the name and the cluster's label.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gossipchat.errors import DecodeError
from gossipchat.feeds.signature import SIGNATURE_BYTES, is_signed
from gossipchat.names import AuthorKey, NodeName
from gossipchat.swim.config import SwimConfig

TAG = "gc"
VERSION = "1."
DOMAIN = b"gossipchat identity 1\0"
KEY_BYTES = 32
CHECKED = 4096
"""Proofs found good that are kept for whoever asks in this process; 300 bytes each."""

SWEEP = 3600.0
"""Seconds for which a pin that binds nobody may be kept all the same."""

TAG_CHARACTERS = len(VERSION) + (KEY_BYTES + SIGNATURE_BYTES) * 4 // 3


def identity_tag(signing_key: Ed25519PrivateKey, name: NodeName, label: bytes) -> str:
    """The value of the tag ``gc`` of the member *name* in the cluster *label*."""
    key = signing_key.public_key().public_bytes_raw()
    signature = signing_key.sign(_statement(name, label))
    return VERSION + urlsafe_b64encode(key + signature).decode()


@lru_cache(maxsize=CHECKED)
def check_identity_tag(value: str, name: NodeName, label: bytes) -> AuthorKey:
    """The key in it. Raises DecodeError unless it is a proof for *name* and *label*."""
    if len(value) != TAG_CHARACTERS or not value.startswith(VERSION):
        raise DecodeError("tag gc", value, f"{TAG_CHARACTERS} characters from 1. on")
    try:
        proof = urlsafe_b64decode(value.removeprefix(VERSION).encode("ascii"))
    except (Base64Error, UnicodeEncodeError) as problem:
        raise DecodeError("tag gc", value, "base64url") from problem
    if VERSION + urlsafe_b64encode(proof).decode() != value:
        raise DecodeError("tag gc", value, "base64url in its one form")
    key, signature = proof[:KEY_BYTES], proof[KEY_BYTES:]
    if not is_signed(key, signature, _statement(name, label)):
        raise DecodeError("tag gc", value, f"a signature for {name!r}")
    return AuthorKey(key)


def _statement(name: NodeName, label: bytes) -> bytes:
    raw = name.encode(errors="surrogateescape")
    return DOMAIN + len(raw).to_bytes(2, "big") + raw + label


@dataclass(slots=True)
class _Pin:
    key: AuthorKey
    last_alive: float


class Identities:
    """
    Which key each name is pinned to, and the keys that tags were found to prove.

    Both are bounded by ``max_members``. What was checked longest ago is checked again;
    but a pin gives way to nobody before its time, or a flood of made-up members could
    wash out the pins of the real ones.
    """

    def __init__(
        self,
        config: SwimConfig,
        label: bytes,
        pins: Mapping[NodeName, AuthorKey],
    ) -> None:
        self._limit = config.max_members
        self._lifetime = config.pin_lifetime
        self._label = label
        self._pins = {name: _Pin(key, 0.0) for name, key in pins.items()}
        self._swept = 0.0
        self._checked: dict[tuple[NodeName, str], AuthorKey | None] = {}

    def begin(self, now: float) -> None:
        """Pins without a date count from now."""
        for pin in self._pins.values():
            pin.last_alive = now

    def key_in(self, name: NodeName, tags: Mapping[str, str]) -> AuthorKey | None:
        """The key that the tags prove for *name*; None without a (valid) proof."""
        value = tags.get(TAG)
        if value is None:
            return None
        asked = (name, value)
        if asked not in self._checked:
            if len(self._checked) >= self._limit:
                del self._checked[next(iter(self._checked))]
            try:
                self._checked[asked] = check_identity_tag(value, name, self._label)
            except DecodeError:
                self._checked[asked] = None
        return self._checked[asked]

    def pinned(self, name: NodeName, now: float) -> AuthorKey | None:
        """The key that *name* must bring; None: any, or none."""
        pin = self._pins.get(name)
        if pin is None or now - pin.last_alive > self._lifetime:
            return None
        return pin.key

    def saw_alive(self, name: NodeName, key: AuthorKey | None, now: float) -> None:
        """*name* lived until *now*; a first key is pinned."""
        pin = self._pins.get(name)
        if pin is not None and pin.key == key:
            pin.last_alive = now
        elif key is not None:
            self.unpin(name)
            self.restore(name, key, now)
        elif self.pinned(name, now) is None:
            self.unpin(name)

    def restore(self, name: NodeName, key: AuthorKey, last_alive: float) -> None:
        """Pin *name*, which was alive at *last_alive*, unless there are too many."""
        if name in self._pins or len(self._pins) < self._limit:
            self._pins[name] = _Pin(key, last_alive)

    def unpin(self, name: NodeName) -> None:
        """Whatever key *name* brings next is the right one."""
        self._pins.pop(name, None)

    def drop_expired(self, now: float) -> None:
        """Keep no pins that bind nobody any more; one look in ``SWEEP`` does."""
        if now - self._swept < SWEEP:
            return
        self._swept = now
        for name in [name for name in self._pins if self.pinned(name, now) is None]:
            self.unpin(name)
