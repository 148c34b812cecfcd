"""
Where a run belongs: in the feed it is sealed for, or in which branch of that.

It is told from what the run chains to, never from what a neighbour calls it, so
every node that holds the same runs names them alike (docs/feeds.md, "Forks").
"""

from dataclasses import dataclass
from enum import Enum

from gossipchat.broadcast.holdings.families import Root
from gossipchat.broadcast.holdings.holdings import Holdings
from gossipchat.feeds.branches import branch_of
from gossipchat.feeds.feed import Feed, Verdict
from gossipchat.feeds.run import Run, hashes
from gossipchat.names import FeedId


class Find(Enum):
    """What a run is to us."""

    NEW = "new"
    KNOWN = "known"
    BRANCH = "another branch at a known fork"
    DOUBT = "to be compared with what is held"
    BELOW = "of a branch that parts further below"
    SCATTERED = "to be taken when what is before it is here"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run belongs."""

    find: Find
    feed: FeedId
    """NEW and BRANCH: what it will be kept under."""
    doubts: tuple[FeedId, ...] = ()
    """DOUBT: feeds that hold something at its place."""
    evict: bool = False
    """NEW: what is held right above it does not chain to it."""


class Placing:
    """Finds the place of runs among what *holdings* has."""

    def __init__(self, holdings: Holdings) -> None:
        self._holdings = holdings

    def find(self, run: Run, tip: bytes) -> Place:
        """Where *run*, whose seal is good and whose last hash is *tip*, belongs."""
        family = self._holdings.families.of(run.signed)
        if not family:
            return self._find_alone(run, tip)
        branch = self._branch_at_fork(run, tip, family)
        if branch:
            return branch
        for feed in family:
            if _follows(run, feed):
                return self._behind(feed, run, tip)
        inside = [feed for feed in family if feed.holds(run.first)]
        return _inside(inside, run, tip) or Place(Find.SCATTERED, run.signed)

    def compare(self, run: Run, tip: bytes, held: Run) -> Find:
        """
        What *run* is to *held*, which we have at its place: KNOWN, BELOW, or
        BRANCH when they part right here.
        """
        if (held.first, held.prev) != (run.first, run.prev):
            return Find.BELOW
        same = held.last == run.last and hashes(held)[-1] == tip
        return Find.KNOWN if same else Find.BRANCH

    def _find_alone(self, run: Run, tip: bytes) -> Place:
        feed = self._holdings.feed(run.signed) or Feed(run.signed)
        if feed.signed != run.signed:
            return Place(Find.KNOWN, run.signed)  # a name drawn to clash
        if _follows(run, feed):
            return self._behind(feed, run, tip)
        inside = _inside([feed], run, tip) if feed.holds(run.first) else None
        if inside:
            return inside
        match feed.judge(run, tip):
            case Verdict.NEW:
                return Place(Find.NEW, feed.id)
            case Verdict.KNOWN:
                return Place(Find.KNOWN, feed.id)
            case Verdict.TOO_SCATTERED:
                return Place(Find.SCATTERED, feed.id)
        return Place(Find.BELOW, feed.id)

    def _branch_at_fork(self, run: Run, tip: bytes, family: list[Feed]) -> Place | None:
        """Its place, if others begin where it begins."""
        root = Root(run.first, run.prev)
        siblings = self._holdings.families.children(run.signed, root)
        name = branch_of(run.signed, run.first, tip)
        for feed in siblings:
            if feed.id == name and feed.holds(run.first):
                return Place(Find.KNOWN, name)
        parted = run.first == 1 or any(_follows(run, feed) for feed in family)
        return Place(Find.BRANCH, name) if siblings and parted else None

    def _behind(self, feed: Feed, run: Run, tip: bytes) -> Place:
        """*run* chains to a segment of *feed*, and nothing else does."""
        verdict = feed.judge(run, tip)
        if verdict is Verdict.KNOWN:
            return Place(Find.KNOWN, feed.id)
        evict = verdict is Verdict.FORKED
        return Place(Find.NEW, feed.id, evict=evict)


def _follows(run: Run, feed: Feed) -> bool:
    if run.first == 1:
        return feed.id == run.signed and not feed.holds(1)
    return feed.tip_at(run.first - 1) == run.prev and not feed.holds(run.first)


def _inside(feeds: list[Feed], run: Run, tip: bytes) -> Place | None:
    for feed in feeds:
        if feed.judge(run, tip) is Verdict.KNOWN and feed.proves(run, tip):
            return Place(Find.KNOWN, feed.id)
    if feeds:
        return Place(Find.DOUBT, feeds[0].id, tuple(feed.id for feed in feeds))
    return None
