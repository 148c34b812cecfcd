"""
A document: one small sealed page about one local user, of which the last counts.

Other than an entry it is no history: a newer one takes the place of the older, on
every node by the same rule, and nothing is chained. Its bytes are

    version u8 | author 32 | born u64 | edition u64 | n u8 | account, n bytes
    | body | seal 64

and the seal signs all before it, behind a domain of its own.
"""

from dataclasses import dataclass, field
from struct import Struct

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gossipchat.errors import DecodeError, UsageError
from gossipchat.feeds.signature import is_signed
from gossipchat.names import AuthorKey

VERSION = 1
MAX_DOCUMENT_BYTES = 1024
MAX_ACCOUNT_BYTES = 128
SEAL_BYTES = 64

_HEADER = Struct(">B32sQQB")
_DOMAIN = b"gossipchat document 1\0"


@dataclass(frozen=True, slots=True)
class Document:
    """Made by ``parse`` or ``seal_document`` only; equal when the bytes are."""

    author: AuthorKey = field(compare=False)
    account: str = field(compare=False)
    """Whose page it is, at that author; never shown."""
    born: int = field(compare=False)
    """When the author's process began (hybrid clock): with its first document of a
    later birth, all of earlier ones are void."""
    edition: int = field(compare=False)
    """When this one was made (hybrid clock)."""
    body: bytes = field(compare=False, repr=False)
    encoded: bytes = field(repr=False)

    @property
    def rank(self) -> tuple[int, int, bytes]:
        """
        Of two for one user the greater counts: born later, then made later.

        The bytes decide where a cloned machine has made two at once, so that all
        come to the same whatever arrives first.
        """
        return self.born, self.edition, self.encoded

    @classmethod
    def parse(cls, encoded: bytes) -> "Document":
        """Read the structure; the seal is not looked at. Raises DecodeError."""
        least = _HEADER.size + SEAL_BYTES
        if not least <= len(encoded) <= MAX_DOCUMENT_BYTES:
            wants = f"{least} to {MAX_DOCUMENT_BYTES} bytes"
            raise DecodeError("document", len(encoded), wants)
        version, author, born, edition, length = _HEADER.unpack_from(encoded)
        if version != VERSION:
            raise DecodeError("document.version", version, f"{VERSION}")
        end = _HEADER.size + length
        if length > MAX_ACCOUNT_BYTES or end > len(encoded) - SEAL_BYTES:
            raise DecodeError("document.account", length, f"{MAX_ACCOUNT_BYTES} bytes")
        try:
            account = encoded[_HEADER.size : end].decode()
        except UnicodeDecodeError:
            raise DecodeError("document.account", encoded[:end], "UTF-8") from None
        body = encoded[end:-SEAL_BYTES]
        return cls(AuthorKey(author), account, born, edition, body, encoded)


def check_document(document: Document) -> None:
    """Raises DecodeError unless its author sealed it. One Ed25519 verification."""
    content, seal = document.encoded[:-SEAL_BYTES], document.encoded[-SEAL_BYTES:]
    if not is_signed(document.author, seal, _DOMAIN + content):
        raise DecodeError("document.seal", seal, "its author's signature")


def seal_document(
    key: Ed25519PrivateKey, account: str, born: int, edition: int, body: bytes
) -> Document:
    """
    The page of *account* at the author whose *key* it is.

    Raises UsageError when it would be too long.
    """
    author = AuthorKey(key.public_key().public_bytes_raw())
    name = account.encode()
    if len(name) > MAX_ACCOUNT_BYTES:
        raise UsageError(f"an account's name has at most {MAX_ACCOUNT_BYTES} bytes")
    header = _HEADER.pack(VERSION, author, born, edition, len(name))
    content = header + name + body
    encoded = content + key.sign(_DOMAIN + content)
    if len(encoded) > MAX_DOCUMENT_BYTES:
        over = len(encoded) - MAX_DOCUMENT_BYTES
        raise UsageError(f"that is {over} bytes too much for what all are told")
    return Document(author, account, born, edition, body, encoded)
