"""
What goes over the links: frames that come in, and the batches that go out.
"""

from collections import Counter
from collections.abc import Collection, Iterable

from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.broadcast.events import (
    Arrived,
    Effect,
    FloorRaised,
    Link,
    Load,
    Loaded,
    Lost,
    SendFrames,
)
from gossipchat.broadcast.exchange.forks import Forks
from gossipchat.broadcast.holdings.cache import Sealed
from gossipchat.broadcast.holdings.holdings import Holdings
from gossipchat.broadcast.holdings.intake import Haul, Intake
from gossipchat.broadcast.links.neighbours import Neighbour, Neighbours
from gossipchat.broadcast.pull.gaps import Gaps
from gossipchat.broadcast.pull.wants import LOOK_INTERVAL, Wants, WantsDue
from gossipchat.broadcast.push.outbox import in_frames
from gossipchat.broadcast.spans import NONE, common, covers, read, span
from gossipchat.effects import Count, Notify, StartTimer
from gossipchat.feeds.run import Run
from gossipchat.names import AuthorKey, FeedId
from gossipchat.wire.frames import (
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


class Exchange:
    """
    Pull for the past, push for the present, over the links in *neighbours*.

    Links that may have something to send are *ready*; ``serve`` hands each of them
    its next batch, unless one is still under way.
    """

    def __init__(
        self, config: BroadcastConfig, holdings: Holdings, neighbours: Neighbours
    ) -> None:
        self._config = config
        self._holdings = holdings
        self._neighbours = neighbours
        self._intake = Intake(config, holdings)
        self._forks = Forks(holdings, neighbours)
        self._wants = Wants(config, holdings)
        self._gaps = Gaps(holdings, self._wants, neighbours)
        self._ready: dict[Link, None] = {}
        self._looking = False

    # --- links --------------------------------------------------------------

    def opened(self, near: Neighbour) -> None:
        """Begin to tell *near* what we have."""
        self._ready[near.link] = None

    def ended(self, near: Neighbour) -> None:
        """What *near* was asked for may be asked of others."""
        self._ready.pop(near.link, None)
        self._wants.forget_link(near.link)
        self._wake_those_with_offers()

    def drained(self, near: Neighbour) -> None:
        """The last batch is on its way: *near* may have the next one."""
        near.busy = False
        self._ready[near.link] = None

    # --- timers -------------------------------------------------------------

    def tick(self) -> None:
        """Send digests where they are due."""
        for near in self._neighbours:
            near.telling.tick()
            self._ready[near.link] = None

    def look(self, now: float) -> None:
        """See whether what was asked for comes."""
        self._looking = False
        self._wants.look(self._neighbours, now)
        self._wake_those_with_offers()

    def slept(self, now: float) -> None:
        """This process did not run: nobody else was slow."""
        self._wants.slept(now)

    # --- frames in ----------------------------------------------------------

    def read(self, near: Neighbour, frame: Frame, now: float) -> list[Effect]:
        """Follow *frame*. A frame out of bounds sets ``near.fault``."""
        match frame:
            case Runs(runs) if len(runs) <= MAX_RUNS_IN_FRAME:
                return self._read_runs(near, runs, now)
            case Vector(holdings, last) if _is_short(holdings):
                self._read_offers(near, holdings)
                near.heard = near.heard or last
            case Note(holdings) if _is_short(holdings):
                self._read_offers(near, holdings)
            case Want(holdings, urgent) if _is_short(holdings):
                self._read_wants(near, holdings, urgent)
            case Graft(_, holdings) if _is_short(holdings):
                self._read_wants(near, holdings, False)
            case Summary():
                near.answer(frame)
                self._ready[near.link] = None
            case Digest(digest):
                near.telling.compare(digest, now)
                self._ready[near.link] = None
            case Runs() | Vector() | Note() | Want() | Graft():
                near.fault = "bad frame"
            case Prune() | UnknownFrame():
                pass  # everything goes to everyone; a newer peer may say more
            case _:
                return [Count("dropped.frame")]
        return []

    def _read_offers(self, near: Neighbour, holdings: Iterable[Holding]) -> None:
        for holding in holdings:
            ranges = read(holding)
            if not self._forks.read(near, holding):
                continue
            near.learn(holding.feed, ranges)
            if holding.floor:
                near.learn_floor(holding.feed, holding.floor)
            near.outbox.remove(holding.feed, ranges)
            if self._holdings.lacking(holding.feed, near.knows(holding.feed)):
                near.offers[holding.feed] = None
        self._ready[near.link] = None

    def _read_wants(
        self, near: Neighbour, holdings: Iterable[Holding], urgent: bool
    ) -> None:
        for holding in holdings:
            wanted = common(self._holdings.ranges(holding.feed), read(holding))
            if read(holding).lowest <= self._holdings.floor(holding.feed):
                near.telling.tell_floor(holding.feed)
            if wanted and self._forks.relays(holding.feed.author):
                near.unlearn(holding.feed, wanted)
                near.outbox.want(holding.feed, wanted, urgent)
        self._ready[near.link] = None

    def _read_runs(
        self, near: Neighbour, runs: tuple[bytes, ...], now: float
    ) -> list[Effect]:
        haul = self._intake.read(runs, near.link)
        pulled: dict[bytes, None] = {}
        for sealed in haul.seen:
            if self._settle(near, sealed, now):
                pulled[sealed.encoded] = None
        effects = self._follow(haul, pulled)
        for sealed in haul.unfit:
            near.unlearn(sealed.feed, sealed.span)  # or it would be asked for again
        if haul.bad:
            near.fault = "bad run"
        self._ready[near.link] = None
        return effects

    def _follow(self, haul: Haul, pulled: Collection[bytes] = ()) -> list[Effect]:
        """Pass on what is new; *pulled*: what had been asked for."""
        for rename in haul.renames:
            self._forks.renamed(rename)
        for came in haul.fresh:
            sealed = self._holdings.cache.get(came.run.encoded)
            near = self._neighbours.get(came.link) if came.link else None
            if near is not None:
                self._gaps.below(near, came.run)
            if sealed is not None:
                source = near.peer if near else None
                self._pass_on(sealed, source, sealed.encoded not in pulled)
        for came in haul.below:
            near = self._neighbours.get(came.link) if came.link else None
            if near is not None:
                self._forks.ask_below(near, came)
                self._ready[near.link] = None
        for feed in haul.branches:
            self._forks.tell(feed)
            self._ready.update(dict.fromkeys(near.link for near in self._neighbours))
        return self._effects_of(haul)

    def _effects_of(self, haul: Haul) -> list[Effect]:
        effects: list[Effect] = [Count(what, by) for what, by in haul.counts.items()]
        effects += [Notify(fork) for fork in haul.forks]
        effects += [*haul.renames, *haul.loads]
        fresh = [came for came in haul.fresh if came.link is not None]
        if fresh:
            runs = tuple(self._holdings.named(came.run) for came in fresh)
            effects.append(Arrived(runs, tuple(came.tip for came in fresh)))
        return effects

    def compared(self, loaded: Loaded) -> list[Effect]:
        """What runs that waited for *loaded*, one of our own, turn out to be."""
        return self._follow(self._intake.compare(loaded))

    def _settle(self, near: Neighbour, sealed: Sealed, now: float) -> bool:
        """*near* has *sealed*. True when it was asked of anyone."""
        feed = sealed.feed
        near.learn(feed, sealed.span)
        if near.outbox:
            near.outbox.remove(feed, sealed.span)
        if self._holdings.lacking(feed, sealed.span):
            near.offers[feed] = None  # it could not be taken this time
        return self._wants.arrived(sealed, near.link, now)

    # --- runs in ------------------------------------------------------------

    def publish(self, run: Run, tip: bytes) -> list[Effect]:
        """An own run is on disk: it goes to everyone."""
        return self._follow(self._intake.publish(run, tip))

    def kept(self, runs: Iterable[Run]) -> None:
        """*runs* are on disk."""
        for run in runs:
            self._holdings.cache.kept(run.encoded)
        self._wants.could_keep()
        self._wake_those_with_offers()

    def not_kept(self, runs: Iterable[Run], now: float) -> None:
        """They are not, and could be served to nobody: ask again later."""
        for run in runs:
            feed = self._holdings.drop(run)
            for near in self._neighbours:
                near.outbox.remove(feed, span(run.first, run.last))
                if self._holdings.lacking(feed, near.knows(feed)):
                    near.offers[feed] = None
        self._wants.could_not_keep(now)

    def lost(self, lost: Lost) -> None:
        """Some runs were damaged on disk."""
        self._gaps.lost(lost)
        self._ready.update(dict.fromkeys(near.link for near in self._neighbours))

    def raise_floor(self, raised: FloorRaised) -> None:
        """Retention has let go of something: the others hear of it."""
        self._holdings.raise_floor(raised)
        for near in self._neighbours:
            near.outbox.remove(raised.feed, span(1, raised.floor))
            near.telling.tell_floor(raised.feed)
            self._ready[near.link] = None

    def loaded(self, near: Neighbour, event: Loaded) -> None:
        """What *near* waited for has been read from disk."""
        runs = [Sealed.of(run) for run in event.runs]
        near.outbox.loaded(event.feed, event.first, event.last, runs)
        self._ready[near.link] = None

    def _pass_on(self, sealed: Sealed, source: AuthorKey | None, live: bool) -> None:
        """
        Push what is new; of what had to be pulled others are only told, or several
        neighbours of a node that comes back would each push it the whole history.
        """
        feed = sealed.feed
        if not self._forks.relays(feed.author):
            return
        for near in self._neighbours:
            if near.peer in (source, feed.author):
                continue  # an author that lost its own runs asks for them
            if covers(near.knows(feed), sealed.span):
                continue
            if live:
                near.outbox.push(feed, sealed.span)
            else:
                near.telling.note(feed, sealed.span)
            self._ready[near.link] = None

    # --- frames out ---------------------------------------------------------

    def serve(self, now: float) -> list[Effect]:
        """The next batch of each link that is ready for one."""
        effects: list[Effect] = []
        ready, self._ready = self._ready, {}
        for link in ready:
            near = self._neighbours.get(link)
            if near is not None and not near.busy and near.may_send():
                effects += self._next_batch(near, now)
        if not self._looking and self._must_look():
            self._looking = True
            effects.append(StartTimer(WantsDue(), LOOK_INTERVAL))
        return effects

    def _next_batch(self, near: Neighbour, now: float) -> list[Effect]:
        frames = near.telling.frames(now)
        want = self._wants.ask(near, now)
        if want:
            frames.append(want)
        frames += near.want_gaps()
        effects: list[Effect] = []
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
            effects.append(SendFrames(near.link, tuple(frames)))
        return effects

    def _must_look(self) -> bool:
        return self._wants.outstanding() or any(
            near.offers for near in self._neighbours
        )

    def _wake_those_with_offers(self) -> None:
        for near in self._neighbours:
            if near.offers:
                self._ready[near.link] = None

    # --- queries ------------------------------------------------------------

    def is_fetching(self) -> bool:
        """Whether anything was asked for and has not come."""
        return self._wants.outstanding()

    def behind(self) -> dict[AuthorKey, int]:
        """Entries that peers are known to have and we lack, by author."""
        lacking: dict[FeedId, None] = {}
        for near in self._neighbours:
            lacking.update(near.offers)
        behind: Counter[AuthorKey] = Counter()
        for feed in lacking:
            known = NONE
            for near in self._neighbours:
                known = known.union(near.knows(feed))
            behind[feed.author] += self._holdings.lacking(feed, known).count
        return {author: count for author, count in behind.items() if count}


def _is_short(holdings: tuple[Holding, ...]) -> bool:
    return len(holdings) <= MAX_HOLDINGS_IN_FRAME
