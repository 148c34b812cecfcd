"""Whom to link."""

from random import Random

import pytest

from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.broadcast.events import Dial
from gossipchat.broadcast.links.overlay import Effects, LookDue, Overlay, RedialDue
from gossipchat.effects import StartTimer
from gossipchat.names import AuthorKey
from tests.pure.broadcast.builders import HERE, ME, key


class Ring:
    """An overlay of ME (key 100), and what it wants."""

    def __init__(self, *members: int, seed: int = 1) -> None:
        self.overlay = Overlay(ME, BroadcastConfig(), Random(seed))
        self.dials: list[AuthorKey] = []
        self.timers: list[StartTimer] = []
        for number in members:
            self.do(self.overlay.member_up(key(number), HERE))

    def do(self, effects: Effects) -> list[AuthorKey]:
        """Note *effects*; returns whom they dial."""
        dials = [effect.peer for effect in effects if isinstance(effect, Dial)]
        self.dials += dials
        self.timers += [each for each in effects if isinstance(each, StartTimer)]
        return dials

    def fire(self, most: int = 100) -> list[AuthorKey]:
        """Let the timers fire that run, and theirs; returns whom they dial."""
        dials = []
        while self.timers and most:
            most -= 1
            match self.timers.pop(0).key:
                case LookDue():
                    dials += self.do(self.overlay.gathered())
                case RedialDue() as due:
                    dials += self.do(self.overlay.rested(due))
        return dials

    def link_all_dialled(self) -> None:
        for peer in self.dials:
            self.overlay.linked(peer, dialled=True)


def test_up_to_five_members_dial_everyone() -> None:
    """Larger keys at once, smaller ones after they had their time to dial."""
    ring = Ring(50, 60, 150, 160)
    assert ring.do(ring.overlay.gathered()) == [key(150), key(160)]
    ring.timers = [timer for timer in ring.timers if timer.key != LookDue()]
    assert {timer.key.peer for timer in ring.timers} == {  # type: ignore[attr-defined]
        *(key(50), key(60))
    }
    assert all(0.7 < timer.delay < 1.3 for timer in ring.timers)
    ring.overlay.linked(key(50), dialled=False)
    assert ring.fire() == [key(60)]


def test_beyond_five_the_ring_successor_and_some_others_are_dialled() -> None:
    """The next larger key first; about log2 n in all."""
    ring = Ring(*range(10, 40), 110, 120)
    ring.fire()
    assert ring.dials[0] == key(110)
    assert len(ring.dials) == len(set(ring.dials)) == 6
    assert not ring.fire()


def test_behind_the_largest_key_comes_the_smallest() -> None:
    """The ring is closed."""
    ring = Ring(*range(10, 30))
    ring.fire()
    assert ring.dials[0] == key(10)


def test_links_that_others_dialled_count() -> None:
    """Each serves both."""
    ring = Ring(*range(10, 40), 110)
    for number in range(10, 15):
        ring.overlay.linked(key(number), dialled=False)
    assert ring.fire() == [key(110)]


def test_members_of_one_answer_are_not_dialled_in_its_order() -> None:
    """A joiner hears of all at once; not everybody may link to the first."""
    first = [Ring(*range(10, 60), seed=seed) for seed in range(20)]
    chosen = {peer for ring in first for peer in ring.fire()}
    assert not any(ring.timers for ring in first)
    assert len(chosen) > 25


def test_failed_dials_are_repeated_ever_less_often() -> None:
    """0.2 s doubling to 10 s, give or take a quarter."""
    ring = Ring(150)
    ring.fire()
    delays = []
    for _ in range(9):
        ring.do(ring.overlay.dial_failed(key(150)))
        delays.append(ring.timers[-1].delay)
        assert ring.fire() == [key(150)]
    for delay, wait in zip(
        delays, [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10, 10, 10], strict=True
    ):
        assert 0.75 * wait <= delay <= 1.25 * wait


def test_news_of_a_member_end_its_rest() -> None:
    """It lives again, or elsewhere: dialled at once, and patiently again."""
    ring = Ring(150)
    ring.fire()
    for _ in range(5):
        ring.do(ring.overlay.dial_failed(key(150)))
        ring.fire()
    ring.do(ring.overlay.dial_failed(key(150)))
    late = ring.timers.pop()
    ring.do(ring.overlay.member_up(key(150), HERE))
    assert ring.fire() == [key(150)]
    ring.timers.append(late)
    assert ring.fire() == []
    ring.do(ring.overlay.dial_failed(key(150)))
    assert ring.timers[-1].delay < 0.3


def test_while_many_dials_fail_the_rest_of_the_cluster_is_left_alone() -> None:
    """It is rather we who are cut off."""
    ring = Ring(*range(1, 99))
    ring.fire()
    dialled = list(ring.dials)
    for peer in dialled:
        ring.do(ring.overlay.dial_failed(peer))
    before = len(ring.dials)
    ring.do(ring.overlay.gathered())
    assert len(ring.dials) - before <= 1
    assert len(ring.dials) < 20


def test_a_broken_link_is_redialled_or_replaced_at_once() -> None:
    """The link is gone, the member is thought to live."""
    small = Ring(150)
    small.fire()
    small.link_all_dialled()
    assert small.do(small.overlay.unlinked(key(150), None, 60.0)) == [key(150)]
    large = Ring(*range(10, 40))
    large.fire()
    large.link_all_dialled()
    assert len(large.do(large.overlay.unlinked(large.dials[3], None, 60.0))) == 1


def test_a_link_that_breaks_at_once_again_and_again_is_not_dialled_in_a_circle() -> (
    None
):
    """It counts as a failed dial."""
    ring = Ring(150)
    ring.fire()
    for wait in (0.2, 0.4, 0.8):
        ring.overlay.linked(key(150), dialled=True)
        assert ring.do(ring.overlay.unlinked(key(150), None, 0.01)) == []
        assert 0.75 * wait <= ring.timers[-1].delay <= 1.25 * wait
        assert ring.fire() == [key(150)]


@pytest.mark.parametrize("reason", ["full", "key", "bad run"])
def test_who_refuses_us_is_left_alone_for_long(reason: str) -> None:
    """And another one is tried."""
    ring = Ring(*range(10, 40))
    ring.fire()
    ring.link_all_dialled()
    refuser = ring.dials[2]
    (another,) = ring.do(ring.overlay.unlinked(refuser, reason, 0.01))
    assert another != refuser
    assert ring.timers[0].delay > 7


def test_who_leaves_is_not_dialled_until_it_is_up_again() -> None:
    """Its CLOSE may be faster than the news of swim."""
    ring = Ring(150)
    ring.fire()
    ring.link_all_dialled()
    assert ring.do(ring.overlay.unlinked(key(150), "leaving", 60.0)) == []
    assert not ring.timers
    ring.do(ring.overlay.member_up(key(150), HERE))
    assert ring.fire() == [key(150)]


def test_the_dead_are_not_dialled() -> None:
    """Neither now nor when a timer fires; another takes the place."""
    ring = Ring(110, *range(10, 20))
    ring.fire()
    ring.do(ring.overlay.dial_failed(key(110)))
    ring.do(ring.overlay.member_down(key(110)))
    ring.fire()
    assert ring.dials.count(key(110)) == 1
    assert key(10) in ring.dials  # now the successor


def test_nobody_is_dialled_twice_at_a_time() -> None:
    """Whatever is heard meanwhile."""
    ring = Ring(150, 160)
    ring.fire()
    ring.do(ring.overlay.member_up(key(150), HERE))
    ring.fire()
    ring.overlay.linked(key(150), dialled=False)  # it was faster
    ring.do(ring.overlay.unlinked(key(150), None, 60.0))
    assert sorted(ring.dials) == [key(150), key(160)]
    ring.do(ring.overlay.dial_failed(key(150)))
    assert ring.fire() == [key(150)]


def test_inbound_links_are_bounded_but_not_between_the_first_five() -> None:
    """Twice the target and four."""
    large = Ring(*range(10, 40)).overlay
    assert large.has_room_for(key(10), inbound=13)
    assert not large.has_room_for(key(10), inbound=14)
    small = Ring(150, 160).overlay
    assert small.has_room_for(key(150), inbound=1000)
    assert small.has_room_for(key(9), inbound=9)
    assert not small.has_room_for(key(9), inbound=10)


def test_who_leaves_dials_nobody() -> None:
    """Whatever timers still fire."""
    ring = Ring(150)
    ring.overlay.leave()
    assert ring.fire() == []
    ring.do(ring.overlay.member_up(key(160), HERE))
    assert ring.fire() == []


def test_links_of_too_many_are_spared_one_by_one() -> None:
    """Only those we dialled, and never the successor's."""
    ring = Ring(*range(10, 40), 110)
    for number in (110, 10, 11, 12):
        ring.overlay.linked(key(number), dialled=True)
    for number in (20, 21, 22):
        ring.overlay.linked(key(number), dialled=False)
    assert ring.overlay.spare() is None
    ring.overlay.linked(key(23), dialled=False)
    assert ring.overlay.spare() in (key(10), key(11), key(12))
