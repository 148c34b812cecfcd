"""Saying a thing once."""

from gossipchat.swim.membership.once import Once


def test_a_thing_is_first_only_once() -> None:
    """All parts of what is said count."""
    once = Once()
    assert [once.first("a", 1), once.first("a", 1), once.first("a", 2)] == [1, 0, 1]


def test_only_the_last_things_are_remembered() -> None:
    """A flood of warnings must not fill the memory."""
    once = Once(limit=2)
    for what in "abc":
        once.first(what)
    assert [once.first("a"), once.first("c")] == [True, False]
