"""
What goes over the links: frames that come in, and the batches that go out.
"""

from collections import Counter
from collections.abc import Iterable
from operator import attrgetter

from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.broadcast.events import (
    Effect,
    FloorRaised,
    Hole,
    Load,
    Loaded,
    Lost,
    SendFrames,
)
from gossipchat.broadcast.exchange.desk import Desk, RoundTrip
from gossipchat.broadcast.exchange.passing import NotesDue, Passing
from gossipchat.broadcast.exchange.reading import Reading
from gossipchat.broadcast.exchange.regrowing import regrow
from gossipchat.broadcast.holdings.cache import Sealed
from gossipchat.broadcast.holdings.holdings import Holdings
from gossipchat.broadcast.links.neighbours import Neighbour, Neighbours
from gossipchat.broadcast.pull.missing import GraftDue
from gossipchat.broadcast.pull.wants import LOOK_INTERVAL, WantsDue
from gossipchat.broadcast.push.outbox import in_frames
from gossipchat.broadcast.spans import NONE, span
from gossipchat.effects import Count, StartTimer
from gossipchat.feeds.run import Run
from gossipchat.names import AuthorKey, FeedId
from gossipchat.wire.ours.frames import Frame, Graft, Prune

MAX_PRUNED_AT_ONCE = 256
"""Authors, the last to speak, whom a new link may spare us: one frame of 8 KiB."""

OFFERS = attrgetter("offers")
"""Of a neighbour; looked at for all of them at each event."""


class Exchange:
    """
    Pull for the past, push for the present, over the links in *neighbours*.

    Links that may have something to send are *ready*; ``serve`` hands each of them
    its next batch, unless one is still under way.
    """

    def __init__(
        self,
        me: AuthorKey,
        config: BroadcastConfig,
        holdings: Holdings,
        neighbours: Neighbours,
        round_trip: RoundTrip,
    ) -> None:
        self._config = config
        self._holdings = holdings
        self._neighbours = neighbours
        self._desk = Desk(me, config, holdings, neighbours, round_trip)
        self._passing = Passing(self._desk)
        self._reading = Reading(self._desk, self._passing)
        self._looking = False

    # --- links --------------------------------------------------------------

    def opened(self, near: Neighbour) -> None:
        """Begin to tell *near* what we have, and whom we hear already."""
        for author in self._desk.tree.latest(MAX_PRUNED_AT_ONCE):
            if author != near.peer:
                near.branch.prune(author)
        self._desk.wake(near)

    def ended(self, near: Neighbour, now: float) -> None:
        """What *near* was asked for, or brought by itself, others shall bring."""
        self._desk.ready.pop(near.link, None)
        self._desk.wants.forget_link(near.link)
        orphans = self._desk.tree.ended(near.link)
        for heir in regrow(orphans, self._desk.tree, self._neighbours):
            self._desk.wake(heir)
        self._desk.missing.orphaned(near.link, now)
        self._desk.wake_those_with_offers()

    def drained(self, near: Neighbour) -> None:
        """The last batch is on its way: *near* may have the next one."""
        near.busy = False
        self._desk.wake(near)

    # --- timers -------------------------------------------------------------

    def fired(self, key: object, now: float) -> list[Effect]:
        """One of our timers is due."""
        match key:
            case WantsDue():
                self._looking = False
                self._desk.wants.look(self._neighbours, now)
                self._desk.wake_those_with_offers()
            case NotesDue():
                return self._passing.tick(now)
            case GraftDue():
                self._desk.missing.fired()
        return []

    def tick(self) -> None:
        """Send digests where they are due."""
        for near in self._neighbours:
            near.telling.tick()
        self._desk.wake_all()

    def slept(self, now: float) -> None:
        """This process did not run: nobody else was slow."""
        for near in self._neighbours:
            near.moved = now
        self._desk.wants.slept(now)
        self._desk.missing.slept(now)

    # --- runs in ------------------------------------------------------------

    def read(self, near: Neighbour, frame: Frame, now: float) -> list[Effect]:
        """Follow *frame*. A frame out of bounds sets ``near.fault``."""
        near.moved = now
        return self._reading.read(near, frame, now)

    def compared(self, loaded: Loaded, now: float) -> list[Effect]:
        """What runs that waited for *loaded*, one of our own, turn out to be."""
        return self._passing.follow(self._desk.intake.compare(loaded), now)

    def publish(self, run: Run, tip: bytes, now: float) -> list[Effect]:
        """An own run is on disk: it goes to everyone."""
        return self._passing.follow(self._desk.intake.publish(run, tip), now)

    def kept(self, runs: Iterable[Run]) -> bool:
        """*runs* are on disk; whether anything may be asked for."""
        for run in runs:
            self._holdings.cache.kept(run.encoded)
        self._desk.wants.could_keep()
        self._desk.wake_those_with_offers()
        return any(map(OFFERS, self._neighbours))

    def not_kept(self, runs: Iterable[Run], now: float) -> None:
        """They are not, and could be served to nobody: ask again later."""
        for run in runs:
            feed = self._holdings.drop(run)
            for near in self._neighbours:
                near.outbox.remove(feed, span(run.first, run.last))
                if self._holdings.lacking(feed, near.knows(feed)):
                    near.offers[feed] = None
        self._desk.wants.could_not_keep(now)

    def lost(self, lost: Lost) -> None:
        """Some runs were damaged on disk."""
        self._desk.gaps.lost(lost)
        self._desk.wake_all()

    def salvaged(self, runs: Iterable[bytes], now: float) -> list[Effect]:
        """Some could still be read of a database that was damaged."""
        return self._reading.salvage(runs, now)

    def wanted(self, holes: Iterable[Hole], now: float) -> None:
        """Somebody waits for a page that has *holes*."""
        for near in self._desk.pages.wanted(holes, now):
            self._desk.wake(near)

    def raise_floor(self, raised: FloorRaised) -> None:
        """Retention has let go of something: the others hear of it."""
        self._holdings.raise_floor(raised)
        for near in self._neighbours:
            near.outbox.remove(raised.feed, span(1, raised.floor))
            near.telling.tell_floor(raised.feed)
        self._desk.wake_all()

    def loaded(self, near: Neighbour, event: Loaded) -> None:
        """What *near* waited for has been read from disk."""
        runs = [Sealed.of(run) for run in event.runs]
        near.outbox.loaded(event.feed, event.first, event.last, runs)
        self._desk.wake(near)

    # --- frames out ---------------------------------------------------------

    def serve(self, now: float) -> list[Effect]:
        """The next batch of each link that is ready for one."""
        effects: list[Effect] = []
        for near in self._desk.missing.look(now):
            self._desk.wake(near)
        ready, self._desk.ready = self._desk.ready, {}
        for link in ready:
            near_by = self._neighbours.get(link)
            if near_by is not None and not near_by.busy and near_by.may_send():
                effects += self._next_batch(near_by, now)
        if not self._looking and self._must_look():
            self._looking = True
            effects.append(StartTimer(WantsDue(), LOOK_INTERVAL))
        return [*effects, *self._desk.missing.next_timer(now)]

    def _next_batch(self, near: Neighbour, now: float) -> list[Effect]:
        grown = near.branch.frames()
        effects: list[Effect] = [_count(frame) for frame in grown]
        frames = [*grown, *near.telling.frames(now)]
        frames += near.want_pages()
        want = self._desk.wants.ask(near, now)
        if want:
            frames.append(want)
        frames += near.want_gaps()
        if near.outbox:
            runs = near.outbox.next_batch()
            for run in runs:
                near.learn(run.feed, run.span)
            frames += in_frames(runs)
            if runs:
                effects.append(Count("runs.sent", len(runs)))
            load = near.outbox.next_load()
            if load:
                effects.append(Load(near.link, *load, self._config.batch_bytes))
        if frames:
            near.busy = True
            near.moved = now
            effects.append(SendFrames(near.link, tuple(frames)))
        return effects

    def _must_look(self) -> bool:
        return self._desk.wants.outstanding() or any(map(OFFERS, self._neighbours))

    # --- queries ------------------------------------------------------------

    def stalled(self, now: float) -> list[Neighbour]:
        """Links that should move and have not, in either direction, for too long."""
        return [
            near
            for near in self._neighbours
            if now - near.moved >= self._config.stall_after
            and (near.busy or self._desk.wants.waits_for(near.link))
        ]

    def holes(self) -> list[Hole]:
        """What is lacking and linked peers are known to have."""
        return self._desk.pages.holes()

    def is_quiet(self, now: float) -> bool:
        """Whether hardly anything is being said."""
        return self._desk.pace.is_quiet(now)

    def is_fetching(self) -> bool:
        """Whether anything was asked for and has not come."""
        return self._desk.wants.outstanding()

    def offered(self) -> list[FeedId]:
        """Feeds of which peers may have what we lack."""
        offered: dict[FeedId, None] = {}
        for near in self._neighbours:
            offered.update(near.offers)
        return list(offered)

    def behind(self, feeds: Iterable[FeedId]) -> dict[AuthorKey, int]:
        """Entries of *feeds* that peers are known to have and we lack, by author."""
        behind: Counter[AuthorKey] = Counter()
        for feed in feeds:
            known = NONE
            for near in self._neighbours:
                known = known.union(near.knows(feed))
            behind[feed.author] += self._holdings.lacking(feed, known).count
        return {author: count for author, count in behind.items() if count}


def _count(frame: Prune | Graft) -> Count:
    what = "authors.pruned" if isinstance(frame, Prune) else "authors.grafted"
    return Count(what, len(frame.authors))
