"""
Broadcast as one machine: events in, effects out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from random import Random

from gossipchat.broadcast import events as happened
from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.broadcast.documents.rounds import ABOUT_DOCUMENTS, DocumentsDue, Rounds
from gossipchat.broadcast.events import Effect, Event
from gossipchat.broadcast.exchange.batches import together
from gossipchat.broadcast.exchange.desk import RoundTrip
from gossipchat.broadcast.exchange.exchange import Exchange
from gossipchat.broadcast.exchange.passing import NotesDue
from gossipchat.broadcast.holdings.holdings import Holdings
from gossipchat.broadcast.holdings.intake import OURSELVES
from gossipchat.broadcast.linking import Linking
from gossipchat.broadcast.links.neighbours import Neighbours
from gossipchat.broadcast.links.overlay import LookDue, RedialDue
from gossipchat.broadcast.links.strangers import StrangerDue
from gossipchat.broadcast.pull.missing import GraftDue
from gossipchat.broadcast.pull.wants import WantsDue
from gossipchat.broadcast.twins import flee, with_own_marked
from gossipchat.effects import Stalled, StartTimer, TimerFired, guarded
from gossipchat.feeds.author import Author
from gossipchat.feeds.document import Document
from gossipchat.feeds.feed import Feed
from gossipchat.feeds.run import Run
from gossipchat.names import AuthorKey, EntryId, FeedId
from gossipchat.wire.ours.frames import Digest, Note


@dataclass(frozen=True, slots=True)
class DigestDue:
    """Timer: let links compare what they have."""


def _unmeasured(member: AuthorKey) -> float | None:
    return None


def _tells_only(event: happened.FrameReceived) -> bool:
    return isinstance(event.frame, Note | Digest)


class Broadcast:
    """
    Brings every run to every node that is connected, once.

    It speaks of what it has *taken*: runs on disk and those on their way there
    (``Arrived`` until ``Kept``). Frames for a link are made when its transport has
    handed on the last ones, never before. docs/broadcast.md tells the whole.
    """

    def __init__(
        self,
        me: AuthorKey,
        config: BroadcastConfig,
        chance: Random,
        feeds: Mapping[FeedId, Feed],
        author: Author | None = None,
    ) -> None:
        """
        *feeds*: what is on disk; they are this machine's own from here on.

        *author*: who writes here. When a twin of it turns up it begins anew.
        """
        self._author = author
        self.me = me
        self._config = config
        self._chance = chance
        self._holdings = Holdings(config, feeds)
        self._neighbours = Neighbours(me, config.settled_after)
        self._exchange = Exchange(
            me, config, self._holdings, self._neighbours, self._measured
        )
        self._rounds = Rounds(me, config)
        self._linking = Linking(
            me,
            config,
            chance,
            self._holdings,
            self._neighbours,
            self._exchange,
            self._rounds,
        )
        self.round_trip: RoundTrip = _unmeasured
        """How far members are: for whoever knows to set."""

    # --- queries ------------------------------------------------------------

    @property
    def entries(self) -> int:
        """How many entries are held."""
        return self._holdings.entries

    @property
    def turned_away(self) -> bool:
        """Whether an author, or a feed, was one too many since the start."""
        return self._holdings.turned_away

    @property
    def silenced(self) -> list[AuthorKey]:
        """Authors with too many branches: what they say is not passed on here."""
        return self._holdings.families.full()

    def holds(self, entry: EntryId) -> bool:
        """Whether *entry* is on disk, or on its way there."""
        return self._holdings.holds(entry)

    def named(self, run: Run) -> Run:
        """*run*, on its way to disk, under the name that it is to be kept by."""
        return self._holdings.named(run)

    def links(self) -> tuple[AuthorKey, ...]:
        """The peers linked, the oldest link first."""
        return self._neighbours.peers()

    def link_to(self, peer: AuthorKey) -> happened.Link | None:
        """The link to *peer*."""
        near = self._neighbours.of(peer)
        return near.link if near else None

    def peer_on(self, link: happened.Link) -> AuthorKey | None:
        """Whom *link* leads to, unless it has ended."""
        near = self._neighbours.get(link)
        return near.peer if near else None

    def behind(self, feeds: Iterable[FeedId] | None = None) -> dict[AuthorKey, int]:
        """
        Entries that linked peers say they have and we lack, by author.

        It is their word: a peer that lies keeps us "behind" while it is linked.
        *feeds*: only of these; 7 µs for each.
        """
        return self._exchange.behind(self.offered() if feeds is None else feeds)

    def offered(self) -> list[FeedId]:
        """Feeds of which linked peers may have what we lack."""
        return self._exchange.offered()

    def holes(self) -> list[happened.Hole]:
        """What is lacking here and linked peers are known to have."""
        return self._exchange.holes()

    def reach(self, feed: FeedId) -> int:
        """Up to which entry *feed* is held (or on its way to disk) without a gap."""
        return self._holdings.reach(feed)

    def documents_of(self, author: AuthorKey) -> tuple[Document, ...]:
        """The documents that are held of *author*'s users."""
        return self._rounds.shelf.page(author)

    def _measured(self, member: AuthorKey) -> float | None:
        return self.round_trip(member)

    # --- events -------------------------------------------------------------

    def handle(self, event: Event, now: float) -> list[Effect]:
        """What follows from *event*; sends come first, the disk can wait."""
        if not self._needs_following(event):
            return []
        if isinstance(event, happened.FramesReceived):
            effects = self._follow_all(event, now)
        else:
            effects = self._follow(event, now)
        if self._author is not None:
            effects = flee(self._author, effects)
        effects = [with_own_marked(self.me, effect) for effect in effects]
        papers = self._rounds.serve(self._neighbours, now)
        return [*papers, *self._exchange.serve(now), *effects]

    def _follow_all(self, event: happened.FramesReceived, now: float) -> list[Effect]:
        """
        As if one came after the other, but what is told of comes after what is sent:
        a note of a run that is here by now needs no waiting for it.
        """
        effects: list[Effect] = []
        for each in sorted(event.frames, key=_tells_only):
            effects += guarded(each, partial(self._follow, each, now))
        return together(effects)

    def _needs_following(self, event: Event) -> bool:
        """Not what is said after every run, and nearly always moves nothing."""
        match event:
            case happened.Kept(runs):
                return self._exchange.kept(runs)
            case happened.Drained(link):
                return self._drained(link)
        return True

    def _drained(self, link: happened.Link) -> bool:
        """*link* takes more; whether anything waits for that."""
        near = self._neighbours.get(link)
        if near is None:
            return False
        self._exchange.drained(near)
        return near.may_send() or self._rounds.waits(link)

    def _follow(self, event: Event, now: float) -> list[Effect]:
        match event:
            case happened.FrameReceived(link, frame):
                near = self._neighbours.get(link)
                if near is None:
                    return []
                if isinstance(frame, ABOUT_DOCUMENTS):
                    effects = self._rounds.read(near, frame, now)
                else:
                    effects = self._exchange.read(near, frame, now)
                return [*effects, *self._linking.end_faulty(near, now)]
            case happened.Drained() | happened.Kept():
                pass  # what waited for it is served
            case happened.Published(run, tip):
                return self._exchange.publish(run, tip, now)
            case happened.Posted(documents):
                self._rounds.publish(documents)
            case happened.NotKept(runs):
                self._exchange.not_kept(runs, now)
            case happened.FloorRaised():
                self._exchange.raise_floor(event)
            case happened.Lost():
                self._exchange.lost(event)
            case happened.Salvaged(runs):
                return self._exchange.salvaged(runs, now)
            case happened.PageWanted(holes):
                self._exchange.wanted(holes, now)
            case happened.Loaded(link) if link == OURSELVES:
                return self._exchange.compared(event, now)
            case happened.Loaded(link):
                near = self._neighbours.get(link)
                if near is not None:
                    self._exchange.loaded(near, event)
            case TimerFired(key):
                return self._follow_timer(key, now)
            case Stalled():
                self._exchange.slept(now)
            case happened.Started():
                return [self._next(DigestDue()), self._next(StrangerDue())]
            case _:
                return self._linking.handle(event, now)
        return []

    def _follow_timer(self, key: object, now: float) -> list[Effect]:
        match key:
            case WantsDue() | NotesDue() | GraftDue():
                effects = self._exchange.fired(key, now)
                if key == WantsDue():
                    effects += self._linking.end_stalled(now)
                return effects
            case StrangerDue():
                return [self._next(key), *self._linking.ask_stranger()]
            case DigestDue():
                self._exchange.tick()
                self._rounds.tick()
                return [self._next(key), *self._linking.tidy(now)]
            case DocumentsDue():
                self._rounds.due()
            case RedialDue() | LookDue():
                return self._linking.timer(key)
        return []

    def _next(self, key: DigestDue | StrangerDue) -> StartTimer:
        around = self._chance.uniform(0.8, 1.2)
        return StartTimer(key, self._config.digest_interval * around)
