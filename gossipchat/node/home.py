"""
The data directory: who this node is, its keys, and the lock that keeps it one.

    DIR/lock            held by flock while a node runs on DIR
    DIR/identity.json   the node's private keys (0600)
    DIR/keyring.json    the cluster's keys, if there are any (0600), as Serf writes it
    DIR/gossipchat.db   what was said, and the members known
    DIR/api.sock        the door for the CLI
"""

import base64
import fcntl
import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from gossipchat.errors import StoreError, UsageError
from gossipchat.names import AuthorKey
from gossipchat.wire.layers.keyring import KeyRing, parse_keyring_file

LOCK = "lock"
IDENTITY = "identity.json"
KEYRING = "keyring.json"
DATABASE = "gossipchat.db"
SOCKET = "api.sock"


@dataclass(frozen=True)
class Identity:
    """A node's own keys. Their private halves are never printed or logged."""

    signing: Ed25519PrivateKey
    sealing: X25519PrivateKey

    @property
    def key(self) -> AuthorKey:
        """The public signing key: what others know this node by."""
        return AuthorKey(self.signing.public_key().public_bytes_raw())

    def __repr__(self) -> str:
        return f"<Identity {self.key.hex()[:16]}…>"


class Home:
    """A data directory, opened and locked. Raises StoreError with a sentence."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: int | None = None

    def open(self) -> None:
        """Make the directory if need be (0700) and lock it."""
        try:
            with suppress(FileExistsError):  # what it is then, the next step tells
                self.path.mkdir(mode=0o700, parents=True)
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
            lock = os.open(self.path / LOCK, flags, 0o600)
        except OSError as problem:
            raise self._unusable(problem) from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            raise StoreError(
                f"{self.path} is in use: a node runs on it already; stop that one"
                " (`gossipchat leave --data DIR`) or choose another with --data DIR"
            ) from None
        self._lock = lock

    def close(self) -> None:
        """Let another node use the directory."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def identity(self) -> Identity:
        """The node's keys; made at the first call ever."""
        path = self.path / IDENTITY
        try:
            if not path.exists():
                write_secret(path, _new_identity())
            keep_private(path)
            saved = json.loads(path.read_text(encoding="ascii"))
            return Identity(
                Ed25519PrivateKey.from_private_bytes(_unpacked(saved, "ed25519")),
                X25519PrivateKey.from_private_bytes(_unpacked(saved, "x25519")),
            )
        except OSError as problem:
            raise self._unusable(problem) from None
        except (ValueError, KeyError, TypeError):
            raise StoreError(
                f"{path} holds no identity: restore it from a backup, or move it away"
                " and this node starts as somebody new"
            ) from None

    def keyring(self, explicit: Path | None) -> KeyRing | None:
        """The cluster's keys from *explicit*, else from DIR/keyring.json, else None."""
        path = explicit or self.path / KEYRING
        if explicit is None and not path.exists():
            return None
        try:
            if explicit is None:  # of another file somebody else decides
                keep_private(path)
            return KeyRing(parse_keyring_file(path.read_text(encoding="utf-8")))
        except OSError as problem:
            raise StoreError(
                f"can't read the key ring {path}: {problem.strerror}"
            ) from None
        except (UsageError, ValueError):
            raise StoreError(
                f"{path} is no key ring: want a JSON array of base64 keys of 16, 24"
                " or 32 bytes (`gossipchat keygen --write` makes one)"
            ) from None

    def _unusable(self, problem: OSError) -> StoreError:
        return StoreError(
            f"can't use the data directory {self.path}: {problem.strerror};"
            " choose another with --data DIR"
        )


def write_secret(path: Path, text: str) -> None:
    """
    Write *text* to *path* (0600), whole or not at all, on disk at return.

    Into no file that was there before: it might be a link, or open to others.
    """
    beside = path.with_name(path.name + ".new")
    beside.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    with os.fdopen(os.open(beside, flags, 0o600), "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def keep_private(path: Path) -> None:
    """Take it from others, if they may read it: it was copied here, perhaps."""
    if path.stat().st_mode & 0o077:
        with suppress(OSError):  # not ours, but readable: that is how it was meant
            path.chmod(0o600)


def _new_identity() -> str:
    keys = {
        "ed25519": Ed25519PrivateKey.generate().private_bytes_raw(),
        "x25519": X25519PrivateKey.generate().private_bytes_raw(),
    }
    return json.dumps({k: base64.b64encode(v).decode() for k, v in keys.items()}) + "\n"


def _unpacked(saved: dict[str, str], name: str) -> bytes:
    return base64.b64decode(saved[name], validate=True)
