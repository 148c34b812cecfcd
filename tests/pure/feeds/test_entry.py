"""
Entries: one encoding each, and nothing else is let in.
"""

from contextlib import suppress
from dataclasses import replace
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gossipchat.errors import DecodeError, UsageError
from gossipchat.feeds.entry import GENESIS, MAX_ENTRY_BYTES, Entry, entry_hash
from gossipchat.names import AuthorKey, EntryId, FeedId
from tests.pure.feeds.builders import entries, entry

AUTHOR = AuthorKey(bytes(range(32)))
ID = EntryId(AUTHOR, 2**64 - 1, 2**63 - 1)


def test_the_encoding_is_what_the_document_says() -> None:
    """docs/feeds.md, "Entries": these very bytes, for ever."""
    said = Entry(0x0102030405060708, 0x0102030405, (ID,), "say", b"hi")
    assert said.encode().hex() == (
        "96"  # an array of six
        "01"  # version 1
        "cf0102030405060708"  # hlc
        "cf0000000102030405"  # wall_ms, as short as msgpack can
        "91" "93"  # after: one id of three
        "c420" + AUTHOR.hex() + "cfffffffffffffffff" "cf7fffffffffffffff"
        "a3736179"  # "say"
        "c4026869"
    )  # fmt: skip


def test_the_hash_is_what_the_document_says() -> None:
    """docs/feeds.md, "Entries": sha256 over domain, place, hash before, content."""
    feed = FeedId(AUTHOR, 7)
    content = Entry(1, 2, (), "say", b"hi").encode()
    assert content.hex() == "9601010290a3736179c4026869"
    assert entry_hash(feed, 1, GENESIS, content).hex() == (
        "9aa5652c3598760f4d56972cdf41a63844c697bb5b1778dfdd41f66e1d425cfd"
    )


@given(entries)
def test_what_is_encoded_decodes_to_itself(said: Entry) -> None:
    assert Entry.decode(said.encode()) == said


@given(st.binary(max_size=400))
def test_any_bytes_decode_or_are_refused(content: bytes) -> None:
    """And what decodes is encoded as those very bytes."""
    with suppress(DecodeError):
        assert Entry.decode(content).encode() == content


anything: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=5)
    | st.binary(max_size=33),
    lambda inner: (
        st.lists(inner, max_size=6)
        | st.dictionaries(st.integers(0, 9), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(st.tuples(st.sampled_from([1, 1, 1, 2]), *[anything] * 5))
def test_arrays_of_anything_decode_or_are_refused(fields: tuple[Any, ...]) -> None:
    content = msgpack.packb(fields)
    with suppress(DecodeError):
        assert Entry.decode(content).encode() == content


GOOD: list[Any] = [1, 5, 6, [], "say", b"hi"]


@pytest.mark.parametrize(
    ("position", "value"),
    [
        (0, 2),
        (0, True),
        (1, -1),
        (1, True),
        (1, 1.0),
        (2, -1),
        (2, 253_402_300_800_000),
        (3, None),
        (3, {}),
        (3, [[AUTHOR, 0, 0]]),
        (3, [[AUTHOR, 0, 2**63]]),
        (3, [[AUTHOR, -1, 1]]),
        (3, [[AUTHOR[:31], 0, 1]]),
        (3, [[AUTHOR, 0, True]]),
        (3, [[AUTHOR, 0]]),
        (3, [[AUTHOR.hex(), 0, 1]]),
        (3, [[AUTHOR, 0, seq] for seq in range(1, 6)]),
        (3, [[AUTHOR, 0, 2], [AUTHOR, 0, 1]]),
        (3, [[AUTHOR, 0, 1], [AUTHOR, 0, 1]]),
        (4, ""),
        (4, "Say"),
        (4, "säy"),
        (4, "say\n"),
        (4, "s" * 33),
        (4, b"say"),
        (5, "hi"),
        (5, bytes(MAX_ENTRY_BYTES)),
    ],
)
def test_a_field_out_of_bounds_is_refused(position: int, value: object) -> None:
    fields = list(GOOD)
    fields[position] = value
    with pytest.raises(DecodeError):
        Entry.decode(msgpack.packb(fields))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x96",
        msgpack.packb(GOOD) + b"\0",
        msgpack.packb(GOOD[:5]),
        msgpack.packb([*GOOD, 7]),
        msgpack.packb(GOOD, use_bin_type=False),
        b"\xdc\x00\x06" + msgpack.packb(GOOD)[1:],  # array16 where a fixarray would do
        b"\x96\x01\xcc\x05" + msgpack.packb(GOOD)[3:],  # uint8 where a fixint would do
        b"\x81" * 5000,
        b"\x91" * 5000,
        b"\xdd\xff\xff\xff\xff",
        b"\xd6\xff\x00\x00\x00\x00",
    ],
    ids=range(12),
)
def test_only_the_canonical_encoding_is_accepted(content: bytes) -> None:
    """Two encodings of one entry would be two hashes of it."""
    with pytest.raises(DecodeError):
        Entry.decode(content)


def test_the_good_one_is_good() -> None:
    """Or the tables above would prove nothing."""
    assert Entry.decode(msgpack.packb(GOOD)) == Entry(5, 6, (), "say", b"hi")


@pytest.mark.parametrize(
    "change",
    [
        {"hlc": -1},
        {"hlc": 2**64},
        {"wall_ms": -1},
        {"kind": "Say"},
        {"after": (ID, ID)},
        {"after": (ID._replace(seq=0),)},
    ],
    ids=str,
)
def test_our_own_mistakes_are_ours(change: dict[str, Any]) -> None:
    """UsageError: nobody else can have sent it."""
    with pytest.raises(UsageError):
        replace(entry(), **change).encode()


def test_the_longest_content_has_32_kib() -> None:
    """A body fills what the other fields leave."""
    spare = MAX_ENTRY_BYTES - len(replace(entry(), body=bytes(30000)).encode())
    longest = replace(entry(), body=bytes(30000 + spare))
    assert len(longest.encode()) == MAX_ENTRY_BYTES
    assert Entry.decode(longest.encode()) == longest
    with pytest.raises(UsageError, match="too long"):
        replace(entry(), body=bytes(30001 + spare)).encode()


def test_every_part_of_the_place_changes_the_hash() -> None:
    """An entry moved elsewhere is another entry."""
    feed = FeedId(AUTHOR, 1)
    content = entry().encode()
    places = [
        (feed, 1, GENESIS, content),
        (FeedId(AUTHOR, 2), 1, GENESIS, content),
        (FeedId(AuthorKey(bytes(32)), 1), 1, GENESIS, content),
        (feed, 2, GENESIS, content),
        (feed, 1, bytes(31) + b"\1", content),
        (feed, 1, GENESIS, content + b"\0"),
    ]
    assert len({entry_hash(*place) for place in places}) == len(places)
