"""The state of links, and which of two between a pair stays."""

import pytest

from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.broadcast.events import LinkOpened
from gossipchat.broadcast.holdings.holdings import Holdings
from gossipchat.broadcast.links.neighbours import Neighbour, Neighbours
from gossipchat.broadcast.spans import MAX_PAIRS, span
from gossipchat.names import AuthorKey
from tests.pure.broadcast.builders import feed_of, key

FEED = feed_of(1)
SETTLED = 5.0


def near(
    link: int, peer: AuthorKey, dialled: bool, max_feeds: int = 9, since: float = 0.0
) -> Neighbour:
    config = BroadcastConfig(max_feeds=max_feeds, max_authors=1)
    holdings = Holdings(config, {})
    return Neighbour.on(LinkOpened(link, peer, dialled), config, holdings, since)


@pytest.mark.parametrize(
    ("first_dialled", "second_dialled", "same_order"),
    [
        (True, False, True),
        (True, False, False),
        (False, True, True),
        (False, True, False),
        (True, True, True),  # a side dials again only when its first dial is over
        (False, False, True),
    ],
)
def test_both_sides_keep_the_same_of_two_links(
    first_dialled: bool, second_dialled: bool, same_order: bool
) -> None:
    """The one the smaller key dialled; of two that one side dialled the newer."""
    dialled = {1: first_dialled, 2: second_dialled}  # by the smaller key
    kept = []
    for me, peer, mine in ((key(3), key(7), True), (key(7), key(3), False)):
        order = (1, 2) if same_order or mine else (2, 1)
        old, new = (near(link, peer, dialled[link] == mine) for link in order)
        table = Neighbours(me, SETTLED)
        table.add(old)
        loser = table.loser(new)
        kept.append(old.link if loser is new else new.link)
    assert kept[0] == kept[1]
    if first_dialled != second_dialled:
        assert dialled[kept[0]]


@pytest.mark.parametrize("dialled", [True, False])
def test_a_link_that_comes_long_after_replaces_the_old_one(dialled: bool) -> None:
    """Its peer has lost that, or is two: a copy of it must not be shut out for good."""
    for me, peer in ((key(3), key(7)), (key(7), key(3))):
        table = Neighbours(me, SETTLED)
        old = near(1, peer, not dialled)
        table.add(old)
        assert table.loser(near(2, peer, dialled, since=SETTLED)) is old


def test_the_first_link_of_a_peer_loses_to_nobody() -> None:
    """Others don't matter."""
    table = Neighbours(key(1), SETTLED)
    table.add(near(1, key(2), True))
    assert table.loser(near(2, key(3), True)) is None
    assert table.peers() == (key(2),)


def test_a_link_that_was_replaced_takes_nothing_along() -> None:
    """Its end does not end the one that took its place."""
    table = Neighbours(key(1), SETTLED)
    old, new = near(1, key(2), True), near(2, key(2), False)
    table.add(old)
    table.add(new)
    table.remove(old)
    assert table.of(key(2)) is new
    assert [each.link for each in table] == [2]
    assert table.dialled_by_others() == 1


def test_what_a_peer_holds_is_remembered_within_bounds() -> None:
    """Feeds, and stretches of each: what is forgotten is only sent again."""
    link = near(1, key(2), True, max_feeds=5)
    for epoch in range(100):
        link.learn(feed_of(1, epoch), span(1, 1))
    assert len(link.has) == 5
    for number in range(1, 1000, 2):
        link.learn(FEED, span(number, number))
    assert len(link.knows(FEED).bounds) <= MAX_PAIRS


def test_knowledge_is_taken_back() -> None:
    """A peer that asks for something does not hold it."""
    link = near(1, key(2), True)
    link.learn(FEED, span(1, 9))
    link.unlearn(FEED, span(3, 4))
    link.unlearn(feed_of(2), span(3, 4))
    assert link.knows(FEED) == span(1, 2).union(span(5, 9))
    assert feed_of(2) not in link.has
