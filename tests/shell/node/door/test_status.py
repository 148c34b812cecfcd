"""Status: asked in pieces, so that no answer holds up the node."""

from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

from twisted.internet.defer import succeed
from twisted.internet.interfaces import IReactorFromThreads
from twisted.internet.task import Clock
from zope.interface import alsoProvides

from gossipchat.names import AuthorKey, FeedId, NodeName
from gossipchat.node.api import NodeStatus
from gossipchat.node.door.door import FEEDS_AT_ONCE, ChatNode
from gossipchat.swim.events import Status

AUTHOR = AuthorKey(bytes(32))
FEEDS = [FeedId(AUTHOR, epoch) for epoch in range(2 * FEEDS_AT_ONCE + 1)]


class Reactor(Clock):
    """Time, and a thread's way in."""

    def __init__(self) -> None:
        super().__init__()
        alsoProvides(self, IReactorFromThreads)

    def callFromThread(self, call: Callable[..., Any], *given: Any) -> None:
        call(*given)


class Store:
    """Has a size, or fails."""

    ok = True

    def ask(self, question: object, answered: Callable[[object], None]) -> None:
        answered(4096)


class Fetching:
    """A node that fetches a long past, and what it says of itself."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.told: list[NodeStatus] = []
        broadcast = SimpleNamespace(
            offered=lambda: FEEDS,
            behind=self.behind,
            links=lambda: (1, 2),
            entries=7,
            turned_away=False,
            silenced=[AUTHOR],
        )
        names = {NodeName("zoe"): Status.DEAD, NodeName("amy"): Status.DEAD}
        swim = SimpleNamespace(
            me=SimpleNamespace(name=NodeName("me"), key=AUTHOR),
            statuses=lambda: {NodeName("me"): Status.ALIVE, **names},
        )
        chat = SimpleNamespace(receipts=SimpleNamespace())
        self.reactor = Reactor()
        node = ChatNode(
            cast(Any, self.reactor),
            cast(Any, SimpleNamespace(swim=swim, broadcast=broadcast, chat=chat)),
            cast(Any, SimpleNamespace(counts=Counter(stalls=1))),
            cast(Any, Store()),
            "amy",
            lambda: succeed(None),
            lambda: 0,
        )
        node.status().addCallback(self.told.append)

    def behind(self, feeds: list[FeedId]) -> dict[AuthorKey, int]:
        self.asked.append(len(feeds))
        return {AUTHOR: len(feeds)}


def test_what_is_lacking_is_counted_a_few_feeds_a_turn() -> None:
    """3,000 feeds at once held the reactor for 20 ms."""
    node = Fetching()
    assert (node.asked, node.told) == ([FEEDS_AT_ONCE], [])
    node.reactor.pump([0] * 2)
    assert node.asked == [FEEDS_AT_ONCE, FEEDS_AT_ONCE, 1]
    assert node.told[0].behind == {AUTHOR: len(FEEDS)}


def test_members_are_counted_and_the_dead_named() -> None:
    """Each status is there, and names are sorted."""
    node = Fetching()
    node.reactor.pump([0] * 2)
    (status,) = node.told
    counts = {Status.ALIVE: 1, Status.SUSPECT: 0, Status.DEAD: 2, Status.LEFT: 0}
    assert status.members == counts
    assert status.cut == ("amy", "zoe")
    assert status.store_bytes == 4096


def test_it_is_told_who_is_passed_on_no_longer() -> None:
    """Its words are acknowledged, and go nowhere: it is to know."""
    node = Fetching()
    node.reactor.pump([0] * 2)
    (warning,) = node.told[0].warnings
    assert "copies of this node have run at once" in warning.what
