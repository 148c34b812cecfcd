"""
Frames that come in.
"""

from collections.abc import Iterable

from gossipchat.broadcast.events import Effect
from gossipchat.broadcast.exchange.batches import together
from gossipchat.broadcast.exchange.desk import Desk
from gossipchat.broadcast.exchange.passing import Passing
from gossipchat.broadcast.exchange.regrowing import regrow
from gossipchat.broadcast.holdings.cache import Sealed
from gossipchat.broadcast.holdings.intake import OURSELVES
from gossipchat.broadcast.links.neighbours import Neighbour
from gossipchat.broadcast.spans import common, read
from gossipchat.effects import Count
from gossipchat.names import AuthorKey
from gossipchat.wire.ours.frames import (
    MAX_HOLDINGS_IN_FRAME,
    MAX_RUNS_IN_FRAME,
    Digest,
    Frame,
    Graft,
    Holding,
    Note,
    Prune,
    Runs,
    Summary,
    UnknownFrame,
    Vector,
    Want,
)


class Reading:
    """What follows from the frames of a link."""

    def __init__(self, desk: Desk, passing: Passing) -> None:
        self._desk = desk
        self._passing = passing

    def read(self, near: Neighbour, frame: Frame, now: float) -> list[Effect]:
        """Follow *frame*. A frame out of bounds sets ``near.fault``."""
        match frame:
            case Runs(runs) if len(runs) <= MAX_RUNS_IN_FRAME:
                return self._read_runs(near, runs, now)
            case Vector(holdings, last) if _is_short(holdings):
                self._read_offers(near, holdings)
                near.heard = near.heard or last
            case Note(holdings) if _is_short(holdings):
                self._read_notes(near, holdings, now)
            case Want(holdings, urgent) if _is_short(holdings):
                self._read_wants(near, holdings, urgent)
            case Graft(authors, holdings) if _is_short(holdings):
                near.branch.grafted_by_peer(authors)
                if holdings:
                    near.needed_notes(now + self._desk.config.note_need)
                self._read_grafts(near, authors, holdings)
                self._look_for_others(near, authors)
            case Prune(authors):
                known = self._desk.holdings.has_author
                near.branch.pruned_by_peer(filter(known, authors))
            case Summary():
                near.answer(frame)
            case Digest(digest):
                near.telling.compare(digest, now)
            case Runs() | Vector() | Note() | Want() | Graft():
                near.fault = "bad frame"
            case UnknownFrame():
                pass  # a newer peer may say more
            case _:
                return [Count("dropped.frame")]
        self._desk.wake(near)
        return []

    def salvage(self, runs: Iterable[bytes], now: float) -> list[Effect]:
        """*runs* are of the past; one that has rotted says nothing of the others."""
        effects: list[Effect] = []
        for encoded in runs:
            haul = self._desk.intake.read((encoded,), OURSELVES)
            for sealed in haul.seen:
                self._desk.wants.arrived(sealed, OURSELVES, now)
            effects += self._passing.follow(haul, now, (encoded,))
        return together(effects)

    def _read_offers(self, near: Neighbour, holdings: Iterable[Holding]) -> None:
        """It has these: what of them is lacking is asked for."""
        for holding in holdings:
            if self._learn(near, holding) and self._lacks(near, holding):
                near.offers[holding.feed] = None

    def _read_notes(
        self, near: Neighbour, holdings: Iterable[Holding], now: float
    ) -> None:
        """It has these new ones, which should come from somebody else."""
        for holding in holdings:
            if self._learn(near, holding):
                self._desk.missing.note(near, holding.feed, now)

    def _learn(self, near: Neighbour, holding: Holding) -> bool:
        """Note what *near* has; False: it is not to be believed."""
        ranges = read(holding)
        if not self._desk.forks.read(near, holding):
            return False
        near.learn(holding.feed, ranges)
        if holding.floor:
            near.learn_floor(holding.feed, holding.floor)
        near.outbox.remove(holding.feed, ranges)
        return True

    def _lacks(self, near: Neighbour, holding: Holding) -> bool:
        known = near.knows(holding.feed)
        return bool(self._desk.holdings.lacking(holding.feed, known))

    def _read_wants(
        self, near: Neighbour, holdings: Iterable[Holding], urgent: bool
    ) -> None:
        ours, relays = self._desk.holdings, self._desk.forks.relays
        for holding in holdings:
            wanted = common(ours.ranges(holding.feed), read(holding))
            floor = ours.floor(holding.feed)
            if floor and read(holding).lowest <= floor:
                near.telling.tell_floor(holding.feed)
            if wanted and relays(holding.feed.author):
                near.unlearn(holding.feed, wanted)
                near.outbox.want(holding.feed, wanted, urgent)

    def _read_grafts(
        self,
        near: Neighbour,
        authors: Iterable[AuthorKey],
        holdings: Iterable[Holding],
    ) -> None:
        """
        What came to it by no other way goes as a new run does, and before what its
        author says from now on goes what would only have been noted.
        """
        ours, relays = self._desk.holdings, self._desk.forks.relays
        for author in authors:
            for feed, ranges in near.telling.withdraw(author):
                unknown = ranges.minus(near.knows(feed))
                near.outbox.push(feed, common(ours.ranges(feed), unknown))
        for holding in holdings:
            wanted = common(ours.ranges(holding.feed), read(holding))
            if wanted and relays(holding.feed.author):
                near.unlearn(holding.feed, wanted)
                near.outbox.push(holding.feed, wanted)

    def _look_for_others(self, near: Neighbour, authors: Iterable[AuthorKey]) -> None:
        """*near* has nobody who brings them: we can't have them from it any more."""
        desk = self._desk
        orphans = desk.tree.refused(near.link, authors)
        for heir in regrow(orphans, desk.tree, desk.neighbours):
            desk.wake(heir)

    def _read_runs(
        self, near: Neighbour, runs: tuple[bytes, ...], now: float
    ) -> list[Effect]:
        desk = self._desk
        haul = desk.intake.read(runs, near.link)
        pulled: dict[bytes, None] = {}
        for sealed in haul.seen:
            if self._settle(near, sealed, now):
                pulled[sealed.encoded] = None
        for sealed in haul.known:
            if sealed.encoded not in pulled:
                self._repeated(near, sealed.feed.author, now)
        for came in haul.fresh:
            if came.link == near.link and came.run.encoded not in pulled:
                author = came.run.feed.author
                desk.tree.brought(near.link, near.branch, author, now)
                self._try_directly(author, now)
        effects = self._passing.follow(haul, now, pulled)
        for sealed in haul.unfit:
            near.unlearn(sealed.feed, sealed.span)  # or it would be asked for again
        if haul.bad:
            near.fault = "bad run"
        desk.wake(near)
        return effects

    def _repeated(self, near: Neighbour, author: AuthorKey, now: float) -> None:
        """One of the two links that bring what *author* says is too many."""
        desk = self._desk
        former = None
        if near.peer == author:
            former = desk.tree.shortened(near.link, author, now)
        other = desk.neighbours.get(former) if former is not None else None
        if former is None:
            desk.tree.repeated(near.link, near.branch, author)
        elif other is not None:
            other.branch.prune(author)
            desk.wake(other)

    def _try_directly(self, author: AuthorKey, now: float) -> None:
        """Where another brings what a linked author says, its own link may be held up
        no more: who has the fewer hops wins."""
        own = self._desk.neighbours.of(author)
        if own is None or author not in own.branch.pruned:
            return
        if self._desk.tree.may_try(author, now):
            own.branch.adopt(author)
            self._desk.wake(own)

    def _settle(self, near: Neighbour, sealed: Sealed, now: float) -> bool:
        """*near* has *sealed*. True when it was asked of anyone."""
        feed = sealed.feed
        near.learn(feed, sealed.span)
        if near.outbox:
            near.outbox.remove(feed, sealed.span)
        lacks = self._desk.holdings.lacking(feed, sealed.span)
        if lacks and feed in near.has:  # which is bounded
            near.offers[feed] = None  # it could not be taken this time
        self._desk.missing.arrived(sealed, near.link, now)
        return self._desk.wants.arrived(sealed, near.link, now)


def _is_short(holdings: tuple[Holding, ...]) -> bool:
    return len(holdings) <= MAX_HOLDINGS_IN_FRAME
