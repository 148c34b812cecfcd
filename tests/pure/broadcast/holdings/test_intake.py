"""Runs that come in."""

from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.broadcast.events import ForkSeen, Loaded
from gossipchat.broadcast.holdings.holdings import Holdings
from gossipchat.broadcast.holdings.intake import Haul, Intake
from gossipchat.feeds.entry import Entry
from gossipchat.feeds.run import Run
from tests.pure.broadcast.builders import author, say, some_runs


class Door:
    """An intake and what it fills."""

    def __init__(self, config: BroadcastConfig | None = None) -> None:
        config = config or BroadcastConfig()
        self.holdings = Holdings(config, {})
        self.intake = Intake(config, self.holdings)

    def read(self, *runs: Run | bytes) -> Haul:
        return self.intake.read(
            tuple(run.encoded if isinstance(run, Run) else run for run in runs), 1
        )


def branch(text: bytes, entries: int = 1) -> Run:
    """What author 1 would say first in another life."""
    return author(1).compose([Entry(0, 0, (), "say", text)] * entries)


def test_new_runs_are_taken_in_their_order() -> None:
    """With the hash of their last entry, for whoever stores them."""
    door = Door()
    runs = some_runs(1, 3, entries=2)
    haul = door.read(*runs)
    assert [came.run for came in haul.fresh] == runs
    assert haul.fresh[0].tip == runs[1].prev
    assert door.holdings.entries == 6
    assert not haul.bad


def test_a_run_that_came_before_is_not_taken_again() -> None:
    """It is known by its bytes, by the hash at its end, or by a look at the disk."""
    door = Door(BroadcastConfig(cache_bytes=1))
    runs = some_runs(1, 2)
    door.read(*runs)
    for run in runs:
        door.holdings.cache.kept(run.encoded)  # and forgotten, for want of room
    haul = door.read(*runs)
    assert haul.fresh == []
    assert haul.counts == {"runs.duplicate": 1}
    assert [each.first for each in haul.seen] == [1, 2]
    (load,) = haul.loads
    found = Loaded(load.link, load.feed, load.first, load.last, (runs[0],))
    assert door.intake.compare(found).counts == {"runs.duplicate": 1}


def test_a_bad_run_condemns_the_rest_but_not_what_came_before() -> None:
    """Whether nonsense or a seal that isn't its author's."""
    first, second, third = some_runs(1, 3)
    spoilt = bytearray(second.encoded)
    spoilt[-1] ^= 1
    for bad in (bytes(spoilt), b"", b"nonsense"):
        door = Door()
        haul = door.read(first, bad, third)
        assert haul.bad is not None
        assert [came.run for came in haul.fresh] == [first]
        assert haul.counts["dropped.run"] == 1


def test_each_branch_of_a_fork_is_taken_once() -> None:
    """Its author has two tails: a cloned machine, or a stolen key."""
    door = Door()
    ours, theirs, longer = branch(b"ours"), branch(b"theirs"), branch(b"x", entries=2)
    door.read(ours)
    haul = door.read(theirs, longer)
    assert haul.forks == [ForkSeen(ours.feed, 1)]
    assert [came.run for came in haul.fresh] == [theirs, longer]
    assert door.read(ours, theirs, longer).fresh == []
    assert door.holdings.entries == 4


def test_gaps_are_bounded() -> None:
    """More than eight ranges of a feed are not taken; the lowest are asked first."""
    door = Door()
    runs = some_runs(1, 20)
    haul = door.read(*runs[::2])
    assert len(haul.fresh) == 8
    assert haul.counts["dropped.scattered"] == 2
    assert (len(haul.seen), len(haul.unfit)) == (10, 2)


def test_authors_beyond_the_bound_are_dropped() -> None:
    """Before their seal is even checked."""
    door = Door(BroadcastConfig(max_authors=2))
    haul = door.read(*(some_runs(number, 1)[0] for number in range(1, 6)))
    assert len(haul.fresh) == 2
    assert haul.counts["dropped.feed_limit"] == 3


def test_while_the_disk_is_too_far_behind_runs_are_dropped() -> None:
    """Their senders have them; they are asked for later."""
    door = Door(BroadcastConfig(max_unkept_bytes=500))
    runs = some_runs(1, 5, size=200)
    haul = door.read(*runs)
    assert len(haul.fresh) == 2
    assert haul.counts["dropped.busy"] == 3
    assert len(haul.seen) == 5
    for run in runs[:2]:
        door.holdings.cache.kept(run.encoded)
    assert len(door.read(*runs[2:]).fresh) == 2


def test_own_runs_come_back_as_anyones() -> None:
    """A restored or emptied database gets its own old epochs from others."""
    door = Door()
    old = say(author(100, epoch=7))
    assert [came.run for came in door.read(old).fresh] == [old]
