"""Serf's clocks."""

from gossipchat.swim.events import RememberCounter
from gossipchat.swim.serf.lamport import (
    BLOCK,
    MAX_LEAP,
    MAX_STAMP,
    RESERVE,
    LamportClock,
)


def test_stamps_rise_from_the_first_value() -> None:
    """The sender stamps the current value, then advances."""
    clock = LamportClock("clock", 1)
    assert [clock.stamp(), clock.stamp(), clock.value] == [1, 2, 3]


def test_what_was_seen_is_passed() -> None:
    """witness(t): if t >= clock, clock = t + 1."""
    clock = LamportClock("clock", 5)
    for seen, value in ((4, 5), (5, 6), (100, 101), (3, 101)):
        clock.witness(seen)
        assert clock.value == value


def test_no_peer_can_wind_a_clock_up_to_its_end() -> None:
    """Stamps must go on fitting 64 bits on the wire and on the disk."""
    clock = LamportClock("clock", 5)
    clock.witness(2**64 - 1)
    clock.witness(MAX_STAMP)
    clock.witness(5 + MAX_LEAP)
    assert clock.value == 5
    clock.witness(4 + MAX_LEAP)
    assert clock.value == 5 + MAX_LEAP


def test_the_disk_is_told_long_before_a_stamp_is_used_and_then_seldom() -> None:
    """A block ahead: one write for many stamps, and time for it to reach the disk."""
    clock = LamportClock("clock", 1)
    assert clock.to_store() == [RememberCounter("clock", 1 + BLOCK)]
    writes, limit_so_far = 0, 1 + BLOCK
    before = limit_so_far
    for _ in range(10 * BLOCK):
        stamp = clock.stamp()
        stored = clock.to_store()
        writes += len(stored)
        if stored:
            before, limit_so_far = limit_so_far, stored[0].value
        assert stamp < limit_so_far
        assert stamp + RESERVE <= before + BLOCK
    assert writes <= 20
