"""Strangers are bounded, and the oldest makes room."""

from collections import Counter

from gossipchat.transport.places import Places


class Guest:
    def __init__(self) -> None:
        self.aborted = False

    def abort(self) -> None:
        self.aborted = True


def test_the_oldest_guest_makes_room() -> None:
    """Whoever holds a place without a word can't keep others out."""
    counters: Counter[str] = Counter()
    places = Places(2, counters, "evicted")
    first, second, third = Guest(), Guest(), Guest()
    for guest in (first, second, third):
        places.take(guest)
    assert [guest.aborted for guest in (first, second, third)] == [True, False, False]
    assert len(places) == 2
    assert counters["evicted"] == 1


def test_who_has_left_is_not_shown_the_door() -> None:
    """Its place is free already; leaving twice does no harm."""
    places = Places(1, Counter(), "evicted")
    first, second = Guest(), Guest()
    places.take(first)
    places.leave(first)
    places.leave(first)
    places.take(second)
    assert not first.aborted
    assert not second.aborted


def test_all_can_be_shown_the_door() -> None:
    """A stop does."""
    places = Places(3, Counter(), "evicted")
    guests = [Guest(), Guest()]
    for guest in guests:
        places.take(guest)
    places.abort_all()
    assert all(guest.aborted for guest in guests)
