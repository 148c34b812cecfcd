"""
Runs: entries that follow each other, closed by one signature, the seal.

A run travels and is stored as its author made it, byte for byte. The seal covers
where the run begins and ends and, through the chain of hashes, all it holds and
all that came before; nobody but the author can cut a run shorter, or in two.
docs/feeds.md gives the format byte by byte.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from struct import Struct

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gossipchat.errors import DecodeError, UsageError
from gossipchat.feeds.entry import (
    GENESIS,
    MAX_ENTRY_BYTES,
    MAX_SEQ,
    Entry,
    entry_hash,
)
from gossipchat.feeds.signature import is_signed
from gossipchat.names import AuthorKey, FeedId

VERSION = 1
MAX_RUN_ENTRIES = 256
MAX_RUN_BYTES = 262144
"""Of the whole encoding."""

_HEADER = Struct(">B32sQQH32s64s")
_LENGTH = Struct(">I")
_SEALED = Struct(">18s32sQQQ32s")
_SEAL_DOMAIN = b"gossipchat seal 1\0"


@dataclass(frozen=True, slots=True)
class Run:
    """
    Entries *first*, *first* + 1, … of *feed*; made by ``parse`` or ``seal_run`` only.

    Two runs are equal when their encodings are.
    """

    feed: FeedId = field(compare=False)
    """What it is kept under: ``signed``, or a branch of that (``feeds.branches``)."""
    first: int = field(compare=False)
    prev: bytes = field(compare=False, repr=False)
    """The hash of the entry before *first*, 32 bytes; ``GENESIS`` when that is 1."""
    contents: tuple[bytes, ...] = field(compare=False, repr=False)
    seal: bytes = field(compare=False, repr=False)
    encoded: bytes = field(repr=False)
    """As it was received: relayed and stored unchanged."""
    signed: FeedId = field(compare=False, repr=False)
    """What its author sealed it for."""
    _entries: tuple[Entry, ...] | None = field(
        default=None, init=False, compare=False, repr=False
    )

    def named(self, feed: FeedId) -> "Run":
        """This run as one of *feed*, a branch of what it was sealed for."""
        return self if feed == self.feed else replace(self, feed=feed)

    @property
    def count(self) -> int:
        return len(self.contents)

    @property
    def last(self) -> int:
        return self.first + len(self.contents) - 1

    def entries(self) -> tuple[Entry, ...]:
        """
        The contents, decoded once however often they are looked at.

        Raises DecodeError.
        """
        if self._entries is None:
            entries = tuple(map(Entry.decode, self.contents))
            object.__setattr__(self, "_entries", entries)
            return entries
        return self._entries

    def spans(self) -> tuple[tuple[int, int], ...]:
        """(offset, length) of each content inside ``encoded``."""
        spans = []
        offset = _HEADER.size
        for content in self.contents:
            offset += _LENGTH.size
            spans.append((offset, len(content)))
            offset += len(content)
        return tuple(spans)

    @classmethod
    def parse(cls, encoded: bytes) -> "Run":
        """
        Read the structure; neither seal nor entries are looked at (see ``check``).

        Raises DecodeError.
        """
        if not _HEADER.size <= len(encoded) <= MAX_RUN_BYTES:
            wants = f"{_HEADER.size} to {MAX_RUN_BYTES} bytes"
            raise DecodeError("run", len(encoded), wants)
        version, author, epoch, first, count, prev, seal = _HEADER.unpack_from(encoded)
        if version != VERSION:
            raise DecodeError("run.version", version, f"{VERSION}")
        if not 1 <= count <= MAX_RUN_ENTRIES:
            raise DecodeError("run.count", count, f"1 to {MAX_RUN_ENTRIES}")
        if not 1 <= first <= MAX_SEQ - count + 1:
            raise DecodeError("run.first", first, "1 to 2**63 - 1, the last one too")
        if (first == 1) != (prev == GENESIS):
            raise DecodeError("run.prev", prev, "zeros before the first entry only")
        feed = FeedId(AuthorKey(author), epoch)
        return cls(feed, first, prev, _contents(encoded, count), seal, encoded, feed)


def encoded_bytes(contents: Sequence[bytes]) -> int:
    """What a run of *contents* takes, to be held against ``MAX_RUN_BYTES``."""
    return _HEADER.size + sum(_LENGTH.size + len(content) for content in contents)


def hashes(run: Run) -> tuple[bytes, ...]:
    """The hash of each of its entries, in order: the chain from ``run.prev``."""
    chain = []
    prev = run.prev
    for seq, content in enumerate(run.contents, run.first):
        prev = entry_hash(run.signed, seq, prev, content)
        chain.append(prev)
    return tuple(chain)


def check(run: Run) -> bytes:
    """
    The hash of the last entry, when every entry is one and the author sealed them.

    Raises DecodeError otherwise. Costs one Ed25519 verification; do it once a run.
    """
    run.entries()
    tip = hashes(run)[-1]
    sealed = _sealed(run.signed, run.first, run.last, tip)
    if not is_signed(run.signed.author, run.seal, sealed):
        raise DecodeError("run.seal", run.seal, "its author's signature")
    return tip


def seal_run(
    key: Ed25519PrivateKey,
    feed: FeedId,
    first: int,
    prev: bytes,
    contents: Sequence[bytes],
) -> Run:
    """
    Close *contents* with the seal of *key*, which must be that of ``feed.author``.

    Raises UsageError when they are too many, too long or out of bounds.
    """
    _check_bounds(first, prev, contents)
    last = first + len(contents) - 1
    tip = prev
    for seq, content in enumerate(contents, first):
        tip = entry_hash(feed, seq, tip, content)
    seal = key.sign(_sealed(feed, first, last, tip))
    parts = [_HEADER.pack(VERSION, *feed, first, len(contents), prev, seal)]
    for content in contents:
        parts += (_LENGTH.pack(len(content)), content)
    return Run(feed, first, prev, tuple(contents), seal, b"".join(parts), feed)


def _sealed(feed: FeedId, first: int, last: int, tip: bytes) -> bytes:
    """What the seal signs."""
    return _SEALED.pack(_SEAL_DOMAIN, *feed, first, last, tip)


def _contents(encoded: bytes, count: int) -> tuple[bytes, ...]:
    contents = []
    offset = _HEADER.size
    for _ in range(count):
        start = offset + _LENGTH.size
        if start > len(encoded):
            raise DecodeError("run", len(encoded), f"{count} whole entries")
        (length,) = _LENGTH.unpack_from(encoded, offset)
        if not 1 <= length <= MAX_ENTRY_BYTES:
            raise DecodeError("run.length", length, f"1 to {MAX_ENTRY_BYTES}")
        offset = start + length
        contents.append(encoded[start:offset])
    if offset != len(encoded):
        raise DecodeError("run", len(encoded), f"{offset} bytes, as its lengths say")
    return tuple(contents)


def _check_bounds(first: int, prev: bytes, contents: Sequence[bytes]) -> None:
    if not 1 <= len(contents) <= MAX_RUN_ENTRIES:
        raise UsageError(
            f"a run has 1 to {MAX_RUN_ENTRIES} entries, not {len(contents)}"
        )
    if encoded_bytes(contents) > MAX_RUN_BYTES:
        raise UsageError(f"a run has at most {MAX_RUN_BYTES} bytes; seal two")
    if not 1 <= first <= MAX_SEQ - len(contents) + 1:
        raise UsageError(f"a run cannot begin at {first}")
    if len(prev) != 32 or (first == 1) != (prev == GENESIS):
        raise UsageError("GENESIS comes before entry 1, a hash before all others")
