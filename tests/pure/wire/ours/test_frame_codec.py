"""
Link frames: bounds, newer versions, strangers.
"""

from contextlib import suppress
from random import Random

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gossipchat.errors import DecodeError, UsageError
from gossipchat.names import AuthorKey, FeedId, NodeName
from gossipchat.wire.ours.frame_codec import FrameReader, decode_frame, encode_frame
from gossipchat.wire.ours.frame_fields import MAX_HOLDINGS, MAX_RANGES
from gossipchat.wire.ours.frames import (
    MAX_FIRST_FRAME_BYTES,
    MAX_FRAME_BYTES,
    Bounds,
    Clock,
    Close,
    Digest,
    Frame,
    Graft,
    Holding,
    Note,
    Proof,
    Prune,
    Runs,
    Summary,
    UnknownFrame,
    Vector,
    Want,
)
from tests.pure.wire import strategies

KEY = bytes(32)
PROOF = Proof(1, KEY, NodeName("alice"))


def packed(*fields: object) -> bytes:
    body: bytes = msgpack.packb(fields)
    return body


def holding(*ranges: int, author: bytes = KEY, epoch: int = 1, floor: int = 0) -> bytes:
    return packed(4, [[author, epoch, floor, ranges]])


def note(*bounds: tuple[int, int]) -> Note:
    return Note((Holding(FeedId(AuthorKey(KEY), 1), bounds),))


@given(st.lists(strategies.link_frames, max_size=5), st.randoms(use_true_random=False))
def test_what_goes_out_comes_back_in_any_pieces(
    sent: list[Frame], chance: Random
) -> None:
    """Behind a proof, of a peer that is trusted."""
    stream = b"".join(map(encode_frame, sent))
    reader = FrameReader()
    assert reader.feed(encode_frame(PROOF)) == [PROOF]
    frames = reader.open_up()
    while stream:
        cut = chance.randint(1, len(stream))
        frames += reader.feed(stream[:cut])
        stream = stream[cut:]
    assert frames == sent


@given(st.binary(max_size=200), st.integers(0, 8))
def test_any_bytes_are_a_frame_or_are_refused(body: bytes, kind: int) -> None:
    """DecodeError is all that network input may raise."""
    for raw in (body, b"\x93" + bytes([kind]) + body):
        with suppress(DecodeError):
            decode_frame(raw)


def test_frames_are_what_the_documentation_says() -> None:
    """Type numbers and shapes, byte for byte."""
    feed = FeedId(AuthorKey(KEY), 7)
    held = (
        Holding(feed, ((2, 5), (9, 9)), 1),
        Holding(feed, ((2, 5),), 1, KEY[:8]),
        Holding(feed, ((2, 5),), 1, b"", 2**64 - 1),
    )
    written = [
        [KEY, 7, 1, [2, 5, 9, 9]],
        [KEY, 7, 1, [2, 5], KEY[:8]],
        [KEY, 7, 1, [2, 5], b"", 2**64 - 1],
    ]
    shapes: list[tuple[Frame, list[object]]] = [
        (Proof(1, KEY, NodeName("é\udcff")), [0, 1, KEY, "é\udcff"]),
        (Vector(held, False), [1, written, False]),
        (Want(held, True), [2, written, True]),
        (Runs((b"a", b"bc")), [3, [b"a", b"bc"]]),
        (Note(held), [4, written]),
        (Graft((AuthorKey(KEY),), held), [5, [KEY], written]),
        (Prune((AuthorKey(KEY),)), [6, [KEY]]),
        (Digest(KEY), [7, KEY]),
        (Close("full"), [8, "full"]),
        (
            Summary((FeedId(AuthorKey(KEY), 1), feed), (KEY[:16],), (3,)),
            [16, [[KEY, 1], [KEY, 7]], [KEY[:16]], [3]],
        ),
        (Clock(3, 1_800_000_000_000, True), [24, 3, 1_800_000_000_000, True]),
    ]
    for frame, shape in shapes:
        body = msgpack.packb(shape, unicode_errors="surrogateescape")
        assert encode_frame(frame) == len(body).to_bytes(4) + body


def test_frames_of_newer_nodes_are_skipped_or_read_as_far_as_known() -> None:
    """So a cluster can be updated node by node."""
    assert decode_frame(packed(9, "new", {"x": [1]})) == UnknownFrame(9)
    assert decode_frame(packed(77)) == UnknownFrame(77)
    assert decode_frame(packed(7, KEY, "new", {"x": 1})) == Digest(KEY)
    newer = packed(4, [[KEY, 1, 0, [1, 2], b"", None, "new"]])
    assert decode_frame(newer) == note((1, 2))


@pytest.mark.parametrize(
    "ranges", [(), (1, 1), (1, 2, 4, 9), (2**63, 2**63), tuple(range(1, 257, 2))[:128]]
)
def test_ranges_that_ascend_are_read(ranges: tuple[int, ...]) -> None:
    """Up to 64 of them, though we send 8; 2**63 is the last number."""
    decoded = decode_frame(holding(*ranges))
    bounds = tuple(zip(ranges[::2], ranges[1::2], strict=True))
    assert decoded == note(*bounds)


@pytest.mark.parametrize(
    "ranges",
    [
        (1,),
        (0, 1),
        (2, 1),
        (1, 2, 2, 3),
        (1, 2, 3, 4),
        (5, 6, 1, 2),
        (1, 2**63 + 1),
        (-1, 1),
        (1.0, 2.0),
        tuple(range(1, 262, 2)),
    ],
)
def test_ranges_that_touch_or_turn_back_are_refused(ranges: tuple[int, ...]) -> None:
    """One set of numbers has one encoding."""
    with pytest.raises(DecodeError):
        decode_frame(holding(*ranges))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xc0",
        b"\x90",
        b"\xc1",
        packed(),
        packed("0"),
        packed(-1),
        packed(True),
        packed(0, 1, KEY),
        packed(0, 1, KEY[1:], "alice"),
        packed(0, "1", KEY, "alice"),
        packed(0, 1, KEY, b"alice"),
        packed(0, 1, KEY, "x" * 513),
        packed(1, [], 1),
        packed(1, {}, True),
        packed(1, [[KEY, 1, 0]], True),
        packed(2, [[KEY, 1, 0, None]], True),
        packed(3, ["run"]),
        packed(3, [b""]),
        packed(3, b"run"),
        packed(6, [KEY + b"x"]),
        packed(7, "x" * 32),
        packed(8, "x" * 65),
        packed(8, b"full"),
        holding(author=KEY[1:]),
        holding(epoch=2**64 - 1, floor=2**63 + 1),
        holding(floor=-1),
        packed(4, [[KEY, 1, 0, []]] * (MAX_HOLDINGS + 1)),
        b"\x91" * 2000,
        b"\xdd\xff\xff\xff\xff",
        packed(7, KEY) + b"\xc0",
    ],
)
def test_nonsense_is_refused(body: bytes) -> None:
    """Whatever the link's other end may send."""
    with pytest.raises(DecodeError):
        decode_frame(body)


def test_a_full_vector_is_read() -> None:
    """4,096 holdings of one range each need a fifth of a frame."""
    full = Vector(note((1, 2**40)).holdings * MAX_HOLDINGS)
    assert len(encode_frame(full)) < MAX_FRAME_BYTES / 4
    assert decode_frame(encode_frame(full)[4:]) == full


def test_a_megabyte_of_lists_is_not_made() -> None:
    """They would need fifty times their bytes."""
    lists: list[list[int]] = [[]] * 4000
    with pytest.raises(DecodeError):
        decode_frame(packed(1, *[lists] * 3))


@pytest.mark.parametrize(
    "frame",
    [
        UnknownFrame(9),
        Proof(1, b"short", NodeName("alice")),
        Proof(1, KEY, NodeName("\ud800")),
        note((1, 2), (3, 4)),
        Note((Holding(FeedId(AuthorKey(KEY), 2**64), ()),)),
        note(*((low, low) for low in range(1, 4 * MAX_RANGES, 2))),
        Vector(note().holdings * (MAX_HOLDINGS + 1)),
        Runs((b"",)),
        Runs((bytes(MAX_FRAME_BYTES),)),
        Prune((AuthorKey(b"short"),)),
        Close("x" * 65),
    ],
)
def test_what_the_other_side_would_refuse_never_goes_out(frame: Frame) -> None:
    """UsageError, and nothing has been sent."""
    with pytest.raises(UsageError):
        encode_frame(frame)


def test_of_a_stranger_one_short_frame_is_read() -> None:
    """Then it waits until it is trusted."""
    reader = FrameReader()
    assert reader.feed(encode_frame(PROOF) + encode_frame(Close("full"))) == [PROOF]
    assert reader.feed(encode_frame(Digest(KEY))) == []
    assert reader.open_up() == [Close("full"), Digest(KEY)]
    assert reader.limit == MAX_FRAME_BYTES


def test_a_stranger_can_t_fill_the_memory() -> None:
    """Neither with a long frame, nor with what it sends behind its first."""
    reader = FrameReader()
    with pytest.raises(DecodeError):
        reader.feed((MAX_FIRST_FRAME_BYTES + 1).to_bytes(4))
    reader = FrameReader()
    reader.feed(encode_frame(PROOF))
    reader.feed(bytes(MAX_FIRST_FRAME_BYTES + 1))
    with pytest.raises(DecodeError):
        reader.feed(b"x")


def test_a_frame_that_is_too_long_ends_the_link() -> None:
    """By its length alone."""
    reader = FrameReader()
    reader.open_up()
    assert reader.feed(MAX_FRAME_BYTES.to_bytes(4)) == []
    reader = FrameReader()
    reader.open_up()
    with pytest.raises(DecodeError):
        reader.feed((MAX_FRAME_BYTES + 1).to_bytes(4))


def test_bounds_are_pairs() -> None:
    """As the strategies of these tests make them."""
    bounds: Bounds = strategies.as_bounds([(0, 0), (0, 0), (3, 1)])
    assert bounds == ((1, 1), (3, 3), (8, 9))
