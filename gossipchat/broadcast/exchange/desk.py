"""
What the parts of the exchange share.
"""

from collections.abc import Callable

from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.broadcast.events import Link
from gossipchat.broadcast.exchange.forks import Forks
from gossipchat.broadcast.holdings.holdings import Holdings
from gossipchat.broadcast.holdings.intake import Intake
from gossipchat.broadcast.links.neighbours import Neighbour, Neighbours
from gossipchat.broadcast.pace import Pace
from gossipchat.broadcast.pull.gaps import Gaps
from gossipchat.broadcast.pull.missing import Missing
from gossipchat.broadcast.pull.pages import Pages
from gossipchat.broadcast.pull.wants import Wants
from gossipchat.broadcast.push.tree import Tree
from gossipchat.names import AuthorKey

RoundTrip = Callable[[AuthorKey], float | None]
"""Seconds to that member and back; None: not measured."""


class Desk:
    """The machines of the exchange, and which links are *ready*: to be served."""

    def __init__(
        self,
        me: AuthorKey,
        config: BroadcastConfig,
        holdings: Holdings,
        neighbours: Neighbours,
        round_trip: RoundTrip,
    ) -> None:
        self.config = config
        self.holdings = holdings
        self.neighbours = neighbours
        self.intake = Intake(config, holdings)
        self.forks = Forks(holdings, neighbours)
        self.wants = Wants(config, holdings)
        self.gaps = Gaps(holdings, self.wants, neighbours)
        self.pages = Pages(config, holdings, self.wants, neighbours)
        self.tree = Tree(me, config.max_authors)
        self.pace = Pace(config.calm_rate)
        self.missing = Missing(
            *(config, holdings, neighbours, self.tree, self.pace),
            round_trip,
            self.wants.asked,
        )
        self.wants.grafted = self.missing.grafted
        self.ready: dict[Link, None] = {}

    def wake(self, near: Neighbour) -> None:
        """*near* may have something to be sent."""
        self.ready[near.link] = None

    def wake_all(self) -> None:
        """Everyone may."""
        for near in self.neighbours:
            self.wake(near)

    def wake_those_with_offers(self) -> None:
        """What they offer may be asked for."""
        for near in self.neighbours:
            if near.offers:
                self.wake(near)
