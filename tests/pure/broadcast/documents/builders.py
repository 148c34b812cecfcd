"""Documents that tests are made of."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gossipchat.feeds.document import Document, seal_document


def document(
    number: int,
    account: str = "ann",
    born: int = 1,
    edition: int = 1,
    body: bytes = b"",
) -> Document:
    """One of author *number*'s."""
    key = Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
    return seal_document(key, account, born, edition, b"")
