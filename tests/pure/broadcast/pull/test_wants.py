"""What this node lacks, and of which link it was asked."""

from dataclasses import replace

from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.broadcast.events import Hole
from gossipchat.broadcast.holdings.holdings import Holdings
from gossipchat.broadcast.links.neighbours import Neighbour, Neighbours
from gossipchat.broadcast.pull.pages import Pages
from gossipchat.broadcast.pull.wants import MAX_ENTRIES, Wants
from gossipchat.broadcast.spans import NONE, span
from gossipchat.feeds.feed import MAX_SEGMENTS
from gossipchat.feeds.ranges import Ranges
from gossipchat.names import FeedId
from gossipchat.wire.ours.frames import Want
from tests.pure.broadcast.builders import (
    ME,
    author,
    feed_of,
    holding,
    neighbour,
    say,
    sealed,
    some_runs,
    take,
)

FEED = feed_of(1)


class Desk:
    """Wants, with links numbered from 1 that offer nothing yet."""

    def __init__(
        self,
        links: int,
        config: BroadcastConfig | None = None,
        newest_first: int = 10**9,
    ) -> None:
        self.config = replace(config or BroadcastConfig(), newest_first=newest_first)
        self.holdings = Holdings(self.config, {})
        self.wants = Wants(self.config, self.holdings)
        self.neighbours = Neighbours(ME, 5.0)
        self.links = [neighbour(self.holdings, n) for n in range(1, links + 1)]
        for near in self.links:
            self.neighbours.add(near)

    def offer(self, near: Neighbour, feed: FeedId, ranges: Ranges) -> None:
        near.learn(feed, ranges)
        near.offers[feed] = None

    def ask(self, near: Neighbour, now: float = 0.0) -> dict[FeedId, Ranges]:
        """What is asked of it now."""
        want = self.wants.ask(near, now)
        held = want.holdings if want else ()
        return {each.feed: Ranges(each.ranges) for each in held}

    def look(self, now: float) -> None:
        self.wants.look(self.neighbours, now)


def desk_with_two_offers() -> tuple[Desk, Neighbour, Neighbour]:
    """Two links that both claim 1 to 10; the first has been asked for them."""
    desk = Desk(2)
    one, other = desk.links
    desk.offer(one, FEED, span(1, 10))
    desk.offer(other, FEED, span(1, 10))
    assert desk.ask(one) == {FEED: span(1, 10)}
    return desk, one, other


def test_a_missing_range_is_asked_of_one_link_at_a_time() -> None:
    """What the first was asked for the second is not."""
    desk, one, other = desk_with_two_offers()
    assert desk.ask(other) == {}
    desk.offer(other, FEED, span(1, 15))
    assert desk.ask(other) == {FEED: span(11, 15)}
    assert desk.ask(one) == {}
    assert desk.wants.outstanding()


def test_the_newest_of_each_feed_is_asked_for_first() -> None:
    """Urgently, if there is more behind it."""
    desk = Desk(2, newest_first=10)
    one, other = desk.links
    for near in (one, other):
        desk.offer(near, FEED, span(1, 500))
        desk.offer(near, feed_of(2), span(1, 3))
    want = desk.wants.ask(one, 0.0)
    assert want and want.urgent
    asked = {each.feed: Ranges(each.ranges) for each in want.holdings}
    assert asked == {FEED: span(491, 500), feed_of(2): span(1, 3)}
    assert desk.ask(other) == {}  # the run at the border would come twice


def test_when_the_newest_has_come_the_past_is_asked_for() -> None:
    """From its beginning, up to what has come, and not urgently."""
    desk = Desk(1, newest_first=10)
    (near,) = desk.links
    runs = some_runs(1, 10, entries=20)
    feed = runs[-1].feed
    desk.offer(near, feed, span(1, 200))
    assert desk.ask(near) == {feed: span(191, 200)}
    assert desk.ask(near) == {}
    take(desk.holdings, runs[-1])
    desk.wants.arrived(sealed(feed, 181, 200), near.link, 0.1)
    want = desk.wants.ask(near, 0.1)
    assert want and not want.urgent
    assert Ranges(want.holdings[0].ranges) == span(1, 180)


def test_a_page_is_asked_for_out_of_its_turn_and_once() -> None:
    """What nobody was asked for, and what this very link was, but not urgently."""
    desk = Desk(2, newest_first=10)
    one, other = desk.links
    for near in (one, other):
        desk.offer(near, FEED, span(1, 100))
    pages = Pages(desk.config, desk.holdings, desk.wants, desk.neighbours)
    (hole,) = pages.holes()
    assert hole == Hole(FEED, 1, 100)
    assert desk.ask(one) == {FEED: span(91, 100)}
    assert pages.wanted([hole], 0.0) == [], "it was asked for urgently already"
    assert pages.wanted([Hole(FEED, 1, 90)], 0.0) == [one]
    (want,) = one.want_pages()
    assert want.urgent and Ranges(want.holdings[0].ranges) == span(81, 90)
    assert pages.wanted([Hole(FEED, 1, 90)], 0.0) == []
    assert one.want_pages() == other.want_pages() == []


def test_a_page_that_waits_its_turn_is_asked_of_the_same_link_again() -> None:
    """It sends it then before all else, and not twice; another might do that."""
    desk = Desk(2)
    one, other = desk.links
    for near in desk.links:
        desk.offer(near, FEED, span(1, 5))
    assert desk.ask(one) == {FEED: span(1, 5)}
    assert not desk.wants.hurry(other.link, FEED, span(1, 5), 0.0)
    assert desk.wants.hurry(one.link, FEED, span(1, 5), 0.0) == span(1, 5)
    assert not desk.wants.hurry(one.link, FEED, span(1, 5), 0.0)


def test_what_is_said_meanwhile_counts_as_the_newest() -> None:
    """So what lies far below it is not urgent."""
    desk = Desk(1, newest_first=10)
    (near,) = desk.links
    *_, last = some_runs(1, 30)
    take(desk.holdings, last)
    desk.offer(near, last.feed, span(1, 25))
    assert desk.ask(near) == {last.feed: span(21, 25)}


def test_of_a_forked_feed_the_oldest_is_asked_for_first_of_one_link() -> None:
    """What does not follow what is held could be of any branch: it is refused."""
    desk = Desk(2, newest_first=10)
    root, other = some_runs(1, 1)[0], say(author(1), 2)
    branches = [
        run.named(FeedId(run.feed.author, n)) for n, run in ((7, root), (8, other))
    ]
    for run in branches:
        desk.holdings.begin_branch(run)
        take(desk.holdings, run)
    branch = branches[0].feed
    for near in desk.links:
        desk.offer(near, branch, span(1, 100))
    assert desk.ask(desk.links[0]) == {branch: span(2, 100)}
    desk.offer(desk.links[1], branch, span(1, 200))
    assert desk.ask(desk.links[1]) == {}


def test_what_is_held_is_not_asked_for() -> None:
    """And an offer that brings nothing is forgotten."""
    desk = Desk(1)
    (near,) = desk.links
    run = some_runs(1, 1, entries=3)[0]
    take(desk.holdings, run)
    desk.offer(near, run.feed, span(1, 3))
    assert desk.wants.ask(near, 0.0) is None
    assert near.offers == {}


def test_a_long_history_is_spread_over_links_in_stretches() -> None:
    """Each gets the lowest that nobody was asked for; few links a feed."""
    desk = Desk(6, BroadcastConfig(max_wanted_bytes=512 * 100, max_askers=4))
    for near in desk.links:
        desk.offer(near, FEED, span(1, 10_000))
    asked = [desk.ask(near) for near in desk.links]
    stretches = [span(1 + 100 * n, 100 + 100 * n) for n in range(4)]
    assert asked == [*({FEED: each} for each in stretches), {}, {}]


def test_more_is_asked_when_half_has_come() -> None:
    """Rather a large ask later than many small ones."""
    desk = Desk(1, BroadcastConfig(max_wanted_bytes=512 * 100))
    (near,) = desk.links
    desk.offer(near, FEED, span(1, 1000))
    desk.ask(near)
    assert desk.wants.arrived(sealed(FEED, 1, 40, 512 * 40), 1, 1.0)
    assert desk.ask(near, 1.0) == {}
    assert desk.wants.arrived(sealed(FEED, 41, 60, 512 * 20), 1, 1.0)
    assert desk.ask(near, 1.0)[FEED].count == 60


def test_large_entries_are_asked_for_in_smaller_numbers() -> None:
    """The bound is in bytes, by the mean size of what came."""
    desk = Desk(1)
    (near,) = desk.links
    desk.offer(near, FEED, span(1, 10**6))
    first = desk.ask(near)[FEED].count
    for seq in range(1, first + 1):
        desk.wants.arrived(sealed(FEED, seq, seq, 30_000), 1, 1.0)
    asked = desk.wants.ask(near, 1.0)
    assert asked and Ranges(asked.holdings[0].ranges).count < 100


def test_a_pushed_run_was_not_asked_for() -> None:
    """So it is of the present and goes on at once."""
    desk, _, _ = desk_with_two_offers()
    assert not desk.wants.arrived(sealed(FEED, 11, 12), 1, 1.0)
    assert not desk.wants.arrived(sealed(feed_of(2), 1, 1), 1, 1.0)
    assert desk.wants.arrived(sealed(FEED, 9, 10), 2, 1.0)


def test_when_a_link_ends_others_are_asked() -> None:
    """At once; its end says that nothing more will come."""
    desk, one, other = desk_with_two_offers()
    desk.wants.forget_link(one.link)
    desk.neighbours.remove(one)
    assert desk.ask(other) == {FEED: span(1, 10)}


def test_when_nothing_comes_another_link_is_asked() -> None:
    """And the first is not taken at its word again."""
    desk, one, other = desk_with_two_offers()
    desk.look(4.9)
    assert desk.ask(other, 4.9) == {}
    desk.look(5.0)
    assert one.knows(FEED) == NONE
    assert desk.ask(one, 5.0) == {}
    assert desk.ask(other, 5.0) == {FEED: span(1, 10)}


def test_while_a_link_brings_something_it_is_given_time() -> None:
    """Up to a limit for what it does not bring."""
    desk, one, _ = desk_with_two_offers()
    desk.offer(one, feed_of(2), span(1, 99))
    desk.ask(one, 1.0)
    for second in range(2, 30):
        desk.wants.arrived(sealed(feed_of(2), second, second), 1, float(second))
        desk.look(float(second))
        assert one.knows(FEED) == span(1, 10)
    desk.look(30.0)
    assert one.knows(FEED) == NONE


def test_the_only_link_that_has_it_is_asked_again() -> None:
    """Behind all that has not been tried yet."""
    desk = Desk(1)
    (near,) = desk.links
    desk.offer(near, FEED, span(1, 10))
    desk.ask(near)
    desk.offer(near, feed_of(2), span(1, 10))
    desk.look(5.0)
    again = desk.wants.ask(near, 5.0)
    assert again == Want((holding(feed_of(2), (1, 10)), holding(FEED, (1, 10))))


def test_nobody_is_blamed_for_our_own_sleep() -> None:
    """After a stall the wait begins again."""
    desk, one, other = desk_with_two_offers()
    desk.wants.slept(100.0)
    desk.look(104.0)
    assert one.knows(FEED) == span(1, 10)
    assert desk.ask(other, 104.0) == {}


def test_while_the_disk_is_full_nothing_is_asked_for() -> None:
    """The pause doubles up to its limit, and ends when something could be kept."""
    desk = Desk(1)
    (near,) = desk.links
    desk.offer(near, FEED, span(1, 10))

    def pause_at(now: float) -> float:
        desk.wants.could_not_keep(now)
        waits = (step / 2 for step in range(200))
        return next(wait for wait in waits if _asks(desk, near, now + wait))

    assert [pause_at(100.0 * times) for times in range(5)] == [
        *(5.0, 10.0, 20.0, 30.0, 30.0)
    ]
    desk.wants.could_not_keep(500.0)
    desk.wants.could_keep()
    assert _asks(desk, near, 500.0)
    assert pause_at(600.0) == 5.0


def _asks(desk: Desk, near: Neighbour, now: float) -> bool:
    asked = desk.ask(near, now)
    desk.wants.forget_link(near.link)
    return bool(asked)


def test_a_slow_disk_slows_the_asking() -> None:
    """From half of what may wait for it on nothing is asked."""
    desk = Desk(1, BroadcastConfig(max_unkept_bytes=1000))
    (near,) = desk.links
    desk.offer(near, FEED, span(1, 10))
    for run in some_runs(2, 3, size=200):
        take(desk.holdings, run, kept=False)
    assert desk.ask(near) == {}
    for run in some_runs(2, 3, size=200):
        desk.holdings.cache.kept(run.encoded)
    assert desk.ask(near) == {FEED: span(1, 10)}


def test_absurd_claims_are_asked_for_within_bounds() -> None:
    """Neither their number nor their size matters."""
    desk = Desk(1)
    (near,) = desk.links
    for number in range(10_000):
        desk.offer(near, feed_of(number % 250, number), Ranges(((1, 2**62),)))
    gaps = Ranges((number, number) for number in range(1, 100, 2))
    desk.offer(near, FEED, gaps)
    total = 0
    while asked := desk.ask(near):
        total += len(asked)
        assert all(len(each.bounds) <= MAX_SEGMENTS for each in asked.values())
        assert sum(each.count for each in asked.values()) <= MAX_ENTRIES
    assert total <= desk.config.max_wanted_feeds


def test_what_nobody_claims_is_known() -> None:
    """Such holes are asked about differently."""
    desk = Desk(2)
    desk.links[0].learn(FEED, span(4, 5))
    unclaimed = desk.wants.nobody_claims(FEED, span(1, 9), desk.neighbours)
    assert unclaimed == Ranges(((1, 3), (6, 9)))
    assert not desk.wants.nobody_claims(FEED, span(4, 5), desk.neighbours)
