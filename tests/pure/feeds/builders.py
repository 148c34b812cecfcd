"""
What tests of feeds are made of: authors with known keys, entries, runs.
"""

from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import strategies as st

from gossipchat.feeds.author import Author
from gossipchat.feeds.entry import MAX_HLC, MAX_SEQ, MAX_WALL_MS, Entry
from gossipchat.feeds.run import Run, hashes
from gossipchat.names import MAX_EPOCH, AuthorKey, EntryId

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
EPOCH = 0xFEDCBA9876543210


def author(key: Ed25519PrivateKey = KEY, epoch: int = EPOCH) -> Author:
    return Author(key, epoch)


def entry(text: str = "hello", hlc: int = 1 << 56, wall_ms: int = 1) -> Entry:
    return Entry(hlc, wall_ms, (), "say", text.encode())


def runs_of(lengths: Sequence[int], by: Author | None = None) -> list[Run]:
    """Runs of so many entries each, that follow each other."""
    by = by or author()
    return [
        by.compose([entry(f"{number}/{each}") for each in range(length)])
        for number, length in enumerate(lengths)
    ]


def tip_of(run: Run) -> bytes:
    return hashes(run)[-1]


ids = st.builds(
    EntryId,
    st.binary(min_size=32, max_size=32).map(AuthorKey),
    st.integers(0, MAX_EPOCH),
    st.integers(1, MAX_SEQ),
)
afters = st.lists(ids, max_size=4, unique=True).map(lambda ids: tuple(sorted(ids)))
kinds = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=32)
entries = st.builds(
    Entry,
    st.integers(0, MAX_HLC),
    st.integers(0, MAX_WALL_MS),
    afters,
    kinds,
    st.binary(max_size=300),
)
