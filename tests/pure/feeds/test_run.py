"""
Runs: sealed by their author, whole or not at all.
"""

from contextlib import suppress
from struct import pack

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from gossipchat.errors import DecodeError, UsageError
from gossipchat.feeds.entry import GENESIS, MAX_ENTRY_BYTES, Entry
from gossipchat.feeds.run import (
    MAX_RUN_BYTES,
    MAX_RUN_ENTRIES,
    Run,
    check,
    encoded_bytes,
    hashes,
    seal_run,
)
from gossipchat.names import FeedId
from tests.pure.feeds.builders import (
    EPOCH,
    KEY,
    OTHER_KEY,
    author,
    entries,
    entry,
    runs_of,
)

HEADER = 147
FEED = author().feed
CONTENT = entry().encode()


def encoded(
    *,
    version: int = 1,
    first: int = 1,
    count: int | None = None,
    prev: bytes = GENESIS,
    contents: tuple[bytes, ...] = (CONTENT,),
) -> bytes:
    """A run as it is on the wire, its seal left blank."""
    header = pack(">B32sQQ", version, FEED.author, FEED.epoch, first)
    count = len(contents) if count is None else count
    parts = [header, pack(">H", count), prev, bytes(64)]
    parts += [pack(">I", len(content)) + content for content in contents]
    return b"".join(parts)


def test_the_encoding_is_what_the_document_says() -> None:
    """docs/feeds.md, "Runs": version, author, epoch, first, count, prev, seal."""
    run = seal_run(KEY, FEED, 1, GENESIS, [CONTENT])
    assert run.encoded == encoded()[:83] + run.seal + encoded()[147:]
    assert (run.first, run.last, run.count) == (1, 1, 1)


def test_the_seal_is_what_the_document_says() -> None:
    """docs/feeds.md, "Seals": Ed25519 over domain, author, epoch, both ends, tip."""
    run = runs_of([2, 3])[1]
    signed = b"gossipchat seal 1\0" + FEED.author
    signed += pack(">QQQ", EPOCH, 3, 5) + hashes(run)[-1]
    Ed25519PublicKey.from_public_bytes(FEED.author).verify(run.seal, signed)


@given(st.lists(st.lists(entries, min_size=1, max_size=4), min_size=1, max_size=3))
def test_what_is_sealed_parses_to_itself_and_is_good(said: list[list[Entry]]) -> None:
    by = author()
    for batch in said:
        run = by.compose(batch)
        parsed = Run.parse(run.encoded)
        assert parsed == run
        assert (parsed.feed, parsed.first, parsed.prev) == (
            by.feed,
            run.first,
            run.prev,
        )
        assert [Entry.decode(content) for content in parsed.contents] == batch
        assert check(parsed) == hashes(parsed)[-1] == by.tip


@given(st.binary(max_size=400))
def test_any_bytes_parse_or_are_refused(noise: bytes) -> None:
    for received in (noise, encoded()[:-3] + noise, b"\1" + noise):
        with suppress(DecodeError):
            assert Run.parse(received).encoded == received


@given(st.data())
def test_a_run_with_any_bit_changed_is_refused(data: st.DataObject) -> None:
    """The seal holds everything: header, lengths and contents."""
    genuine = runs_of([1, 2])[1].encoded
    bit = data.draw(st.integers(0, len(genuine) * 8 - 1))
    forged = bytearray(genuine)
    forged[bit // 8] ^= 1 << bit % 8
    with pytest.raises(DecodeError):
        check(Run.parse(bytes(forged)))


@pytest.mark.parametrize(
    "received",
    [
        b"",
        encoded()[: HEADER - 1],
        encoded(version=0),
        encoded(version=2),
        encoded(contents=()),
        encoded(count=2),
        encoded() + b"\0",
        encoded()[:-1],
        encoded(contents=(b"",)),
        encoded(contents=(bytes(MAX_ENTRY_BYTES + 1),)),
        encoded(contents=(b"x",) * (MAX_RUN_ENTRIES + 1)),
        encoded(contents=(bytes(MAX_ENTRY_BYTES),) * 8),
        encoded(first=0),
        encoded(first=2),
        encoded(first=1, prev=b"p" * 32),
        encoded(first=2**63, prev=b"p" * 32),
        encoded(first=2**64 - 1, prev=b"p" * 32),
        encoded(first=2**63 - 1, prev=b"p" * 32, contents=(CONTENT, CONTENT)),
    ],
    ids=range(18),
)
def test_a_run_out_of_bounds_is_refused(received: bytes) -> None:
    with pytest.raises(DecodeError):
        Run.parse(received)


@pytest.mark.parametrize(
    "received",
    [
        encoded(),
        encoded(contents=(b"x",) * MAX_RUN_ENTRIES),
        encoded(contents=(bytes(MAX_ENTRY_BYTES),) * 7),
        encoded(first=2**63 - 1, prev=b"p" * 32),
    ],
    ids=range(4),
)
def test_a_run_at_its_bounds_is_read(received: bytes) -> None:
    assert Run.parse(received).encoded == received


def test_spans_point_at_the_contents() -> None:
    """So that a run needs to be kept once only."""
    run = runs_of([3])[0]
    found = [run.encoded[start : start + size] for start, size in run.spans()]
    assert tuple(found) == run.contents


def test_a_run_chains_to_the_one_before() -> None:
    first, second = runs_of([2, 2])
    assert first.prev == GENESIS
    assert second.prev == hashes(first)[-1]


def test_nobody_else_can_seal() -> None:
    """A run under my name needs my key."""
    with pytest.raises(DecodeError, match="seal"):
        check(seal_run(OTHER_KEY, FEED, 1, GENESIS, [CONTENT]))


def test_a_run_cannot_be_moved_to_another_feed() -> None:
    run = runs_of([1])[0]
    moved = run.encoded[:33] + pack(">Q", EPOCH + 1) + run.encoded[41:]
    with pytest.raises(DecodeError, match="seal"):
        check(Run.parse(moved))


def test_nobody_can_cut_a_run_shorter() -> None:
    """
    The seal holds where a run begins: else a neighbour could hand out its second
    half as a run, and nobody who took that could ever take the whole.
    """
    run = runs_of([3])[0]
    cut = encoded(first=2, prev=hashes(run)[0], contents=run.contents[1:])
    with pytest.raises(DecodeError, match="seal"):
        check(Run.parse(cut[:83] + run.seal + cut[147:]))


def test_what_is_no_entry_is_refused_though_sealed() -> None:
    with pytest.raises(DecodeError, match="entry"):
        check(seal_run(KEY, FEED, 1, GENESIS, [CONTENT + b"\0"]))


def test_a_key_that_is_no_point_is_refused() -> None:
    """Any 32 bytes may come as an author."""
    feed = FeedId(type(FEED.author)(b"\xff" * 32), 1)
    with pytest.raises(DecodeError):
        check(seal_run(KEY, feed, 1, GENESIS, [CONTENT]))


@pytest.mark.parametrize(
    ("first", "prev", "contents"),
    [
        (1, GENESIS, []),
        (1, GENESIS, [CONTENT] * (MAX_RUN_ENTRIES + 1)),
        (1, GENESIS, [bytes(MAX_ENTRY_BYTES)] * 8),
        (2, GENESIS, [CONTENT]),
        (1, b"p" * 32, [CONTENT]),
        (2, b"p", [CONTENT]),
        (2**63 - 1, b"p" * 32, [CONTENT] * 2),
    ],
)
def test_what_nobody_would_read_is_not_sealed(
    first: int, prev: bytes, contents: list[bytes]
) -> None:
    with pytest.raises(UsageError):
        seal_run(KEY, FEED, first, prev, contents)


def test_the_size_is_known_beforehand() -> None:
    contents = [bytes(9), bytes(5)]
    run = seal_run(KEY, FEED, 1, GENESIS, contents)
    assert encoded_bytes(contents) == len(run.encoded) <= MAX_RUN_BYTES


def test_runs_are_equal_when_their_bytes_are() -> None:
    run = runs_of([2])[0]
    assert Run.parse(run.encoded) == run
    assert len({run, Run.parse(run.encoded)}) == 1
    assert run != runs_of([1])[0]
