"""Frames of all links are handed over together, and rarely while much is said."""

import pytest
from twisted.internet.task import Clock

from gossipchat.transport.links.hearing import AT_ONCE, BUSY, INTERVAL, Hearing
from gossipchat.transport.turns import Turns
from gossipchat.wire.ours.frames import Digest, Frame, Runs

SMALL = Digest(bytes(32))


class Source:
    """An inbox with frames."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.resting = False

    @property
    def has_more(self) -> bool:
        return bool(self.frames)

    def hand_over(self) -> Frame | None:
        return self.frames.pop(0) if self.frames else None

    def rest(self, on: bool) -> None:
        self.resting = on


class Ears:
    """Two links' inboxes, and how many frames each turn brought."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.turns: list[int] = []
        self.hearing = Hearing(Turns(self.clock), self.clock.seconds, self._heard)
        self.sources = [Source(), Source()]
        self._came = 0
        for source in self.sources:
            self.hearing.join(source)

    def bring(self, source: Source, *frames: Frame) -> None:
        self._came += len(frames)
        source.frames += frames
        self.hearing.wants(source)

    def turn(self) -> None:
        """One turn of the reactor: what is asked for in it comes in the next."""
        due, self.clock.calls = self.clock.calls, []
        for call in due:
            call.func()

    def _heard(self) -> None:
        left = sum(len(source.frames) for source in self.sources)
        self.turns.append(self._came - left - sum(self.turns))


@pytest.fixture
def ears() -> Ears:
    return Ears()


def test_what_comes_over_two_links_is_one_turn(ears: Ears) -> None:
    """A link writes once for it, and so does the disk."""
    for source in ears.sources:
        ears.bring(source, SMALL, SMALL)
    ears.turn()
    assert ears.turns == [4]


def test_a_flood_is_cut_into_turns(ears: Ears) -> None:
    """Seals are what takes time, and the reactor has other work between any two."""
    flood = [Runs((b"run",) * 10)] * 4
    ears.bring(ears.sources[0], *flood)
    for _ in flood:
        ears.turn()
    assert ears.turns == [2, 2]
    ears.bring(ears.sources[0], *[SMALL] * (AT_ONCE + 1))
    for _ in range(2):
        ears.turn()
    assert ears.turns[2:] == [AT_ONCE, 1]


def test_a_flood_on_one_link_waits_behind_the_other(ears: Ears) -> None:
    """Inboxes take turns, frame by frame."""
    loud, calm = ears.sources
    ears.bring(loud, *[SMALL] * 2 * AT_ONCE)
    ears.bring(calm, SMALL)
    ears.turn()
    assert not calm.frames
    assert loud.frames


def bring_much(ears: Ears) -> None:
    """More seals than BUSY within a second."""
    for _ in range(int(BUSY) + 1):
        ears.bring(ears.sources[0], Runs((b"run",)))
        ears.clock.advance(0)


def test_in_calm_talk_nothing_rests(ears: Ears) -> None:
    """Single messages pass at once, however long it goes on and whatever is told."""
    for _ in range(5 * int(BUSY)):
        for frame in (Runs((b"run",)), SMALL, SMALL):
            ears.bring(ears.sources[0], frame)
            ears.clock.advance(0)
        assert not ears.sources[0].resting
        ears.clock.advance(1.1 / BUSY)


def test_while_much_is_said_all_links_rest_between_two_looks(ears: Ears) -> None:
    """What comes meanwhile waits in the kernel, and wakes nobody."""
    bring_much(ears)
    assert all(source.resting for source in ears.sources)
    ears.clock.advance(INTERVAL)
    assert not any(source.resting for source in ears.sources)


def test_looks_that_bring_much_need_no_rest(ears: Ears) -> None:
    """History comes as fast as it can be taken."""
    for _ in range(5 * int(BUSY)):
        ears.bring(ears.sources[0], *[SMALL] * AT_ONCE)
        ears.clock.advance(0)
        assert not ears.sources[0].resting


def test_a_link_that_opens_meanwhile_rests_too(ears: Ears) -> None:
    """And one that has ended is not asked to go on."""
    bring_much(ears)
    new = Source()
    ears.hearing.join(new)
    assert new.resting
    ears.hearing.leave(new)
    ears.clock.advance(INTERVAL)
    assert new.resting


def test_a_clock_that_goes_back_deafens_nobody(ears: Ears) -> None:
    """A program that brings its own reactor brings Twisted's time of day."""
    ears.clock.advance(7200)
    ears.bring(ears.sources[0], Runs((b"run",)))
    ears.turn()
    ears.clock.rightNow = 0.0
    ears.bring(ears.sources[0], Runs((b"run",)))
    ears.turn()
    assert ears.turns == [1, 1]
