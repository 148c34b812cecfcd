"""`async for` over what comes: in order, bounded, and ended with the member."""

from typing import Any

import pytest
from twisted.internet.defer import CancelledError, Deferred

from gossipchat.errors import FellBehind, UsageError
from gossipchat.node.library.following import Following


def following(limit: int = 3) -> tuple[Following[int], list[object]]:
    """One, and a note of each end."""
    ends: list[object] = []
    return Following(limit, ends.append), ends


def reading(source: Following[int]) -> tuple[list[int], "Deferred[Any]"]:
    """A reader of *source*: what it got, and what its loop ends with."""
    got: list[int] = []

    async def read() -> None:
        async for thing in source:
            got.append(thing)

    return got, Deferred.fromCoroutine(read())


def failure_of(deferred: "Deferred[Any]") -> type[BaseException] | None:
    """The error that *deferred* has fired with; None: none."""
    caught: list[Any] = []
    deferred.addErrback(caught.append)
    return caught[0].type if caught else None


def test_things_come_in_their_order() -> None:
    """Those from before the reader came, and those it waited for."""
    source, _ = following()
    source.put(1)
    source.put(2)
    got, _ = reading(source)
    source.put(3)
    assert got == [1, 2, 3]


def test_a_stop_ends_the_loop_after_what_has_come() -> None:
    """Once."""
    source, ends = following()
    got, loop = reading(source)
    source.put(1)
    source.stop()
    source.stop()
    source.put(2)
    assert (got, loop.called, ends) == ([1], True, [source])


def test_who_falls_behind_gets_what_was_held_and_then_an_error() -> None:
    """Nothing is left out in silence; the source is let go."""
    source, ends = following(limit=3)
    for number in range(10):
        source.put(number)
    got, loop = reading(source)
    assert got == [0, 1, 2]
    assert failure_of(loop) is FellBehind
    assert ends == [source]


def test_two_readers_would_take_from_each_other() -> None:
    """So the second is refused."""
    source, _ = following()
    got, _ = reading(source)
    _, second = reading(source)
    assert failure_of(second) is UsageError
    source.put(1)
    assert got == [1]
    source.stop()


def test_a_reader_that_gives_up_may_be_followed_by_another() -> None:
    """A cancelled wait leaves nothing behind."""
    source, _ = following()
    _, loop = reading(source)
    loop.cancel()
    assert failure_of(loop) is CancelledError
    source.put(1)
    got, _ = reading(source)
    assert got == [1]


@pytest.mark.parametrize("count", [1, 2])
def test_a_reader_may_put_while_it_reads(count: int) -> None:
    """What a callback brings about is read in the same loop."""
    source, _ = following()
    got: list[int] = []

    async def read() -> None:
        async for thing in source:
            got.append(thing)
            if len(got) <= count:
                source.put(thing + 1)

    Deferred.fromCoroutine(read())
    source.put(0)
    assert got == list(range(count + 1))
