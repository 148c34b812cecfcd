"""Very many feeds are compared without being listed."""

from collections.abc import Callable
from random import Random
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.broadcast.core import Broadcast
from gossipchat.broadcast.events import Drained, FrameReceived, LinkOpened, SendFrames
from gossipchat.broadcast.holdings.holdings import Holdings
from gossipchat.broadcast.telling.summaries import FEW, PARTS, Summaries
from gossipchat.feeds.feed import Feed, Segment
from gossipchat.names import AuthorKey, FeedId
from gossipchat.wire.ours.frame_codec import encode_frame
from gossipchat.wire.ours.frames import Frame, Summary, Vector, Want

Record = Callable[[str, object], None]


def held(feed: FeedId, last: int = 3) -> Feed:
    return Feed(feed, [Segment(1, last, bytes(32), bytes([last % 256]) * 32)])


def many(authors: int, epochs: int) -> dict[FeedId, int]:
    """One feed each of so many authors, and so many of one of them."""
    chance = Random(7)
    keys = [AuthorKey(chance.randbytes(32)) for _ in range(authors)]
    feeds = [FeedId(key, chance.getrandbits(64)) for key in keys]
    feeds += [FeedId(keys[0], chance.getrandbits(64)) for _ in range(epochs)]
    return dict.fromkeys(feeds, 3)


class Side:
    """One end of a link."""

    def __init__(self, number: int, feeds: dict[FeedId, int]) -> None:
        self.key = AuthorKey(bytes([number]) * 32)
        made = {feed: held(feed, last) for feed, last in feeds.items()}
        self.core = Broadcast(self.key, BroadcastConfig(), Random(number), made)
        self.wants: dict[FeedId, int] = {}
        self.bytes = 0

    def handle(self, event: object) -> list[Frame]:
        sent: list[Frame] = []
        for effect in self.core.handle(event, 0.0):  # type: ignore[arg-type]
            if isinstance(effect, SendFrames):
                sent += effect.frames
        for frame in sent:
            self.bytes += len(encode_frame(frame))
            if isinstance(frame, Want):
                for holding in frame.holdings:
                    self.wants[holding.feed] = holding.ranges[-1][1]
        return sent


def meet(one: Side, other: Side) -> int:
    """Let them tell each other all; how often frames crossed."""
    ways = {
        one.key: one.handle(LinkOpened(1, other.key, dialled=True)),
        other.key: other.handle(LinkOpened(1, one.key, dialled=False)),
    }
    crossings = 0
    while any(ways.values()):
        crossings += 1
        to_one, to_other = ways[other.key], ways[one.key]
        ways = {one.key: [], other.key: []}
        for side, frames in ((one, to_one), (other, to_other)):
            for frame in frames:
                ways[side.key] += side.handle(FrameReceived(1, frame))
            ways[side.key] += side.handle(Drained(1))
    return crossings


def test_equal_nodes_reconnect_for_a_few_bytes(record_property: Record) -> None:
    """1,000 authors, 10,000 epochs of one: nothing is listed."""
    feeds = many(1000, 10_000)
    began = perf_counter()
    one, other = Side(1, feeds), Side(2, feeds)
    took = (perf_counter() - began) / 2
    meet(one, other)
    assert one.wants == other.wants == {}
    assert one.bytes + other.bytes < 500
    sent = one.bytes + other.bytes
    record_property("figure", f"{sent} bytes to reconnect, 11,000 feeds")
    record_property("figure", f"{took:.2f} s to begin with 11,000 feeds")


@pytest.mark.parametrize("differences", [1, 5, 50])
def test_a_difference_costs_little_and_is_found(
    differences: int, record_property: Record
) -> None:
    """Longer on one side, or on the other, or only there."""
    feeds = many(1000, 10_000)
    chance = Random(differences)
    ours, theirs = dict(feeds), dict(feeds)
    expected: tuple[dict[FeedId, int], dict[FeedId, int]] = ({}, {})
    for number, feed in enumerate(chance.sample(sorted(feeds), differences)):
        match number % 3:
            case 0:
                theirs[feed] = expected[0][feed] = 9
            case 1:
                ours[feed] = expected[1][feed] = 9
            case 2:
                del ours[feed]
                expected[0][feed] = 3
    one, other = Side(1, ours), Side(2, theirs)
    crossings = meet(one, other)
    assert (one.wants, other.wants) == expected
    assert one.bytes + other.bytes < 12_000 + 11_000 * differences
    assert crossings <= 8 + differences / 5
    total = one.bytes + other.bytes
    record_property(
        "figure", f"{total} bytes, {crossings} crossings: {differences} differ"
    )


def test_a_newcomer_is_told_everything() -> None:
    """As much as it lacks; it begins to ask while it is told."""
    feeds = many(10, 2000)
    one, other = Side(1, feeds), Side(2, {})
    meet(one, other)
    assert 0 < len(other.wants) <= BroadcastConfig().max_wanted_feeds
    assert sum(other.core.behind().values()) == 3 * len(feeds)


@given(st.sets(st.integers(0, 300)), st.sets(st.integers(0, 300)))
def test_what_differs_is_listed_by_both(ours: set[int], theirs: set[int]) -> None:
    """Whatever the two have: each hears of all that it lacks."""
    sides = [
        Summaries(Holdings(BroadcastConfig(), {f: held(f) for f in map(feed, numbers)}))
        for numbers in (ours, theirs)
    ]
    told: list[set[FeedId]] = [set(), set()]
    waiting = [(0, sides[1].begin())]
    while waiting:
        to, summary = waiting.pop()
        waiting += [(1 - to, asked) for asked in sides[to].read(summary)]
        for number, side in enumerate(sides):
            told[1 - number] |= set(side.next_listed())
            for parts in side.next_parts():
                assert len(parts.counts) <= PARTS
                waiting.append((1 - number, parts))
    assert {feed(n) for n in ours - theirs} <= told[1]
    assert {feed(n) for n in theirs - ours} <= told[0]


def feed(number: int) -> FeedId:
    return FeedId(AuthorKey(bytes([number % 7]) * 32), number)


def test_a_flood_of_summaries_is_bounded() -> None:
    """Each costs a look over what is held; what waits is limited."""
    side = Side(1, many(10, 600))
    side.handle(LinkOpened(1, AuthorKey(bytes(32)), dialled=True))
    low, high = FeedId(AuthorKey(bytes(32)), 0), FeedId(AuthorKey(b"\xff" * 32), 0)
    lie = Summary((low, high), (bytes(16),), (10_000,))
    for _ in range(5000):
        side.handle(FrameReceived(1, lie))
    assert side.bytes < 1 << 20
    assert FEW < 600


def test_a_few_feeds_are_told_as_a_vector() -> None:
    one, other = Side(1, many(3, 3)), Side(2, {})
    frames = one.handle(LinkOpened(1, other.key, dialled=True))
    assert [type(frame) for frame in frames] == [Vector]
