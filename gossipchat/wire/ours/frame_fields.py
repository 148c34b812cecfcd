"""
The fields of link frames, each with its bounds; and how holdings are written.

Everything is checked here, on the way in as on the way out (by reading what is
about to be sent), so that the rooms above can rely on it.
"""

from itertools import pairwise
from typing import Any

from gossipchat.errors import DecodeError
from gossipchat.names import MAX_EPOCH, AuthorKey, FeedId, NodeName
from gossipchat.wire.limits import MAX_NAME_BYTES
from gossipchat.wire.ours.frames import (
    DOCUMENT_HASH_BYTES,
    MAX_DOCUMENTS,
    MAX_DOCUMENTS_IN_FRAME,
    MAX_STRETCHES_IN_FRAME,
    SUMMARY_HASH_BYTES,
    Bounds,
    Holding,
    Summary,
)

KEY_BYTES = 32
"""An author's key, a hash, a mac."""

TIP_BYTES = 8
"""Of a hash, where it is only compared to notice a difference."""

MAX_SEQ = 2**63
MAX_RANGES = 64
"""In one holding. We keep at most 8, newer nodes may keep more."""
MAX_HOLDINGS = 4_096
"""In one frame; as many authors, and as many runs. As many authors as a node relays;
more holdings come in several frames."""
MAX_REASON_CHARACTERS = 64


def integer(where: str, value: object, low: int, high: int) -> int:
    """*value* in *low* to *high*, both included; no boolean is one."""
    if type(value) is int and low <= value <= high:
        return value
    raise DecodeError(where, value, f"an integer in {low}..{high}")


def boolean(where: str, value: object) -> bool:
    """*value*, which is no number."""
    if type(value) is bool:
        return value
    raise DecodeError(where, value, "true or false")


def key(where: str, value: object) -> bytes:
    """32 bytes."""
    if type(value) is bytes and len(value) == KEY_BYTES:
        return value
    raise DecodeError(where, value, f"{KEY_BYTES} bytes")


def items(where: str, value: object, limit: int) -> list[Any]:
    """A list of unchecked things, *limit* at the most."""
    if type(value) is list and len(value) <= limit:
        return value
    raise DecodeError(where, value, f"a list of up to {limit}")


def string(where: str, value: object) -> str:
    """Text of any length: whoever asks has a limit."""
    if type(value) is str:
        return value
    raise DecodeError(where, value, "a string")


def read_bounds(value: object) -> Bounds:
    """Ascending and not touching, so that one set has one encoding."""
    numbers = items("ranges", value, 2 * MAX_RANGES)
    if len(numbers) % 2:
        raise DecodeError("ranges", len(numbers), "pairs of numbers")
    bounds = []
    lowest = 1
    for at in range(0, len(numbers), 2):
        low = integer("low end", numbers[at], lowest, MAX_SEQ)
        high = integer("high end", numbers[at + 1], low, MAX_SEQ)
        bounds.append((low, high))
        lowest = high + 2
    return tuple(bounds)


def read_holding(value: object) -> Holding:
    """What a peer has of a feed; fields that an older node leaves out are filled in."""
    fields = items("holding", value, 16)
    if len(fields) < 4:
        raise DecodeError("holding", fields, "author, epoch, floor, ranges")
    author, epoch, floor, ranges, tip, signed = _filled(fields)
    feed = FeedId(
        AuthorKey(key("author", author)), integer("epoch", epoch, 0, MAX_EPOCH)
    )
    if type(tip) is not bytes or len(tip) not in (0, TIP_BYTES):
        raise DecodeError("tip", tip, f"{TIP_BYTES} bytes or none")
    if signed is not None:
        signed = integer("signed epoch", signed, 0, MAX_EPOCH)
    floor = integer("floor", floor, 0, MAX_SEQ)
    return Holding(feed, read_bounds(ranges), floor, tip, signed)


def _filled(fields: list[Any]) -> list[Any]:
    """The six fields of a holding; older nodes leave out the last two."""
    return (
        [*fields[:6], *[b"", None][len(fields) - 4 :]]
        if len(fields) < 6
        else fields[:6]
    )


def read_holdings(value: object) -> tuple[Holding, ...]:
    return tuple(map(read_holding, items("holdings", value, MAX_HOLDINGS)))


def write_holdings(holdings: tuple[Holding, ...]) -> list[object]:
    return [_write_holding(holding) for holding in holdings]


def _write_holding(holding: Holding) -> list[object]:
    ranges = [number for pair in holding.ranges for number in pair]
    fields: list[object] = [*holding.feed, holding.floor, ranges]
    if holding.tip or holding.signed is not None:
        fields.append(holding.tip)
    if holding.signed is not None:
        fields.append(holding.signed)
    return fields


def read_summary(bounds: object, digests: object, counts: object) -> Summary:
    """Stretches that ascend, one bound more than there are of them."""
    most = MAX_STRETCHES_IN_FRAME
    read = tuple(map(_read_bound, items("bounds", bounds, most + 1)))
    if len(read) < 2 or any(low >= high for low, high in pairwise(read)):
        raise DecodeError("bounds", len(read), "two or more that ascend")
    found = items("digests", digests, most)
    for digest in found:
        if type(digest) is not bytes or len(digest) not in (0, SUMMARY_HASH_BYTES):
            raise DecodeError("digest", digest, f"{SUMMARY_HASH_BYTES} bytes or none")
    numbers = [integer("count", n, 0, 2**32) for n in items("counts", counts, most)]
    if not len(found) == len(numbers) == len(read) - 1:
        raise DecodeError("summary", len(found), "as many hashes as stretches")
    return Summary(read, tuple(found), tuple(numbers))


def _read_bound(value: object) -> FeedId:
    bound = items("bound", value, 2)
    if len(bound) != 2:
        raise DecodeError("bound", bound, "author and epoch")
    author, epoch = bound
    return FeedId(
        AuthorKey(key("author", author)), integer("epoch", epoch, 0, MAX_EPOCH)
    )


def read_authors(value: object) -> tuple[AuthorKey, ...]:
    """Keys, MAX_HOLDINGS at the most."""
    authors = items("authors", value, MAX_HOLDINGS)
    return tuple(AuthorKey(key("author", author)) for author in authors)


def read_runs(value: object) -> tuple[bytes, ...]:
    """Runs as they were sealed, none empty; not parsed here."""
    runs = items("runs", value, MAX_HOLDINGS)
    for run in runs:
        if type(run) is not bytes or not run:
            raise DecodeError("run", run, "bytes")
    return tuple(runs)


def read_documents(value: object) -> tuple[bytes, ...]:
    """Documents as they were sealed, none empty; not parsed here."""
    documents = items("documents", value, MAX_DOCUMENTS_IN_FRAME)
    for one in documents:
        if type(one) is not bytes or not one:
            raise DecodeError("document", one, "bytes")
    return tuple(documents)


def read_hashes(value: object) -> bytes:
    """Hashes of documents, one after the other, DOCUMENT_HASH_BYTES each."""
    most = MAX_DOCUMENTS * DOCUMENT_HASH_BYTES
    if type(value) is not bytes or len(value) > most or len(value) % 16:
        raise DecodeError("hashes", value, f"{DOCUMENT_HASH_BYTES} bytes each")
    return value


def read_name(value: object) -> NodeName:
    """A member's name of at most MAX_NAME_BYTES."""
    name = string("name", value)
    if len(name.encode("utf-8", "surrogateescape")) > MAX_NAME_BYTES:
        raise DecodeError("name", name, f"at most {MAX_NAME_BYTES} bytes")
    return NodeName(name)


def read_reason(value: object) -> str:
    """Why a link ends, of at most MAX_REASON_CHARACTERS."""
    reason = string("reason", value)
    if len(reason) > MAX_REASON_CHARACTERS:
        raise DecodeError("reason", reason, f"{MAX_REASON_CHARACTERS} characters")
    return reason
