"""A clock that is far from the others' is named, once, and no longer when it is set."""

import pytest

from gossipchat.broadcast.events import LinkDown
from gossipchat.chat.events import ClocksCompared
from gossipchat.names import AuthorKey, NodeName
from gossipchat.node.care.clocks import (
    CLOCK,
    LIMIT,
    ClockRead,
    Clocks,
    in_words,
    median_of,
)
from gossipchat.swim.events import Warned, WarningOver

ME = NodeName("me")
NAMES = {AuthorKey(bytes([n]) * 32): NodeName(f"n{n}") for n in range(1, 6)}
KEYS = list(NAMES)


class Room:
    """Who is told what."""

    def __init__(self) -> None:
        self.medians: list[int] = []
        self.told: list[object] = []
        self.clocks = Clocks(ME, NAMES.get, self.feed, self.told.append)

    def feed(self, event: ClocksCompared) -> None:
        self.medians.append(event.ahead_ms)

    def read(self, *ahead: float) -> None:
        for key, seconds in zip(KEYS, ahead, strict=False):
            self.clocks.hear(ClockRead(key, seconds))


def test_clocks_that_agree_are_not_spoken_of() -> None:
    """Up to the limit, either way."""
    room = Room()
    room.read(0.2, -LIMIT, LIMIT)
    assert room.told == []


def test_the_one_that_is_wrong_is_named_once_until_it_is_set() -> None:
    """The right ones are not, though they differ from it as much."""
    room = Room()
    room.read(0.1, 7200.0, -0.1)
    room.read(0.1, 7200.5, -0.1)
    what = "its clock is 2 hours ahead of most members' clocks: set it"
    assert room.told == [Warned(NAMES[KEYS[1]], what, CLOCK)]
    room.read(0.1, 0.3)
    assert room.told[1:] == [WarningOver(NAMES[KEYS[1]], CLOCK)]


def test_of_two_clocks_nobody_knows_which_is_wrong() -> None:
    """So both are named in one sentence, and ours stays the reference."""
    room = Room()
    room.read(-90.0)
    [warned] = room.told
    assert isinstance(warned, Warned)
    assert warned.member == NAMES[KEYS[0]]
    assert "90 seconds behind this machine's: set the one that is wrong" in warned.what
    assert room.medians == []


def test_our_own_clock_is_named_when_most_others_agree() -> None:
    """And chat is told of the median, which it measures dates by."""
    room = Room()
    room.read(3600.0, 3600.4, 3599.8)
    assert [one.member for one in room.told if isinstance(one, Warned)][-1] == ME
    assert room.medians[-1] == 3_599_800


def test_a_clock_that_is_linked_no_longer_counts_no_longer() -> None:
    """Neither in the median nor among the warnings."""
    room = Room()
    room.read(0.0, 500.0)
    room.clocks.hear(LinkDown(KEYS[1], None))
    room.clocks.hear(LinkDown(KEYS[2], None))
    assert room.told[-1] == WarningOver(NAMES[KEYS[1]], CLOCK)


@pytest.mark.parametrize(
    ("ahead", "median"),
    [
        ([], 0.0),
        ([1e9], 0.0),
        ([5.0, 7.0], 5.0),
        ([5.0, 7.0, 9.0], 5.0),
        ([-5.0, -7.0, -9.0], -5.0),
        ([-3.0, 1e9], 0.0),
    ],
)
def test_fewer_than_half_cannot_move_the_median(
    ahead: list[float], median: float
) -> None:
    """Of the two in the middle the one nearer to our own counts."""
    assert median_of(ahead) == median


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (11.2, "11 seconds"),
        (150.0, "2 minutes"),
        (7200.0, "2 hours"),
        (5e5, "6 days"),
    ],
)
def test_a_span_is_told_in_its_largest_unit(seconds: float, words: str) -> None:
    """Not in thousands of seconds."""
    assert in_words(seconds) == words
