"""
Broadcast as one machine: events in, effects out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from gossipchat.broadcast import events as happened
from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.broadcast.documents.rounds import ABOUT_DOCUMENTS, DocumentsDue, Rounds
from gossipchat.broadcast.events import Dial, Effect, EndLink, Event
from gossipchat.broadcast.exchange.desk import RoundTrip
from gossipchat.broadcast.exchange.exchange import Exchange
from gossipchat.broadcast.exchange.passing import NotesDue
from gossipchat.broadcast.holdings.holdings import Holdings
from gossipchat.broadcast.holdings.intake import OURSELVES
from gossipchat.broadcast.links.neighbours import Neighbour, Neighbours
from gossipchat.broadcast.links.overlay import LookDue, Overlay, RedialDue
from gossipchat.broadcast.links.strangers import StrangerDue, Strangers
from gossipchat.broadcast.pull.missing import GraftDue
from gossipchat.broadcast.pull.wants import WantsDue
from gossipchat.broadcast.twins import flee, with_own_marked
from gossipchat.effects import Count, Notify, Stalled, StartTimer, TimerFired
from gossipchat.feeds.author import Author
from gossipchat.feeds.document import Document
from gossipchat.feeds.feed import Feed
from gossipchat.feeds.run import Run
from gossipchat.names import AuthorKey, EntryId, FeedId
from gossipchat.wire.datagrams import (
    DatagramReceived,
    DialBack,
    DigestTold,
    SendDatagram,
)


@dataclass(frozen=True, slots=True)
class DigestDue:
    """Timer: let links compare what they have."""


def _unmeasured(member: AuthorKey) -> float | None:
    return None


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
        self._neighbours = Neighbours(me)
        self._exchange = Exchange(
            me, config, self._holdings, self._neighbours, self._measured
        )
        self._overlay = Overlay(me, config, chance)
        self._strangers = Strangers(chance)
        self._rounds = Rounds(me, config)
        self.round_trip: RoundTrip = _unmeasured
        """How far members are: for whoever knows to set."""

    # --- queries ------------------------------------------------------------

    @property
    def entries(self) -> int:
        """How many entries are held."""
        return self._holdings.entries

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

    def behind(self) -> dict[AuthorKey, int]:
        """
        Entries that linked peers say they have and we lack, by author.

        It is their word: a peer that lies keeps us "behind" while it is linked.
        """
        return self._exchange.behind()

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
        effects = self._follow(event, now)
        if self._author is not None:
            effects = flee(self._author, effects)
        effects = [with_own_marked(self.me, effect) for effect in effects]
        papers = self._rounds.serve(self._neighbours, now)
        return [*papers, *self._exchange.serve(now), *effects]

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
                return [*effects, *self._end_faulty(near, now)]
            case happened.Drained(link):
                near = self._neighbours.get(link)
                if near is not None:
                    self._exchange.drained(near)
            case happened.Published(run, tip):
                return self._exchange.publish(run, tip, now)
            case happened.Posted(documents):
                self._rounds.publish(documents)
            case happened.Kept(runs):
                self._exchange.kept(runs)
            case happened.NotKept(runs):
                self._exchange.not_kept(runs, now)
            case happened.FloorRaised():
                self._exchange.raise_floor(event)
            case happened.Lost():
                self._exchange.lost(event)
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
            case _:
                return self._follow_overlay(event, now)
        return []

    def _follow_timer(self, key: object, now: float) -> list[Effect]:
        match key:
            case WantsDue() | NotesDue() | GraftDue():
                self._exchange.fired(key, now)
                return self._end_stalled(now) if key == WantsDue() else []
            case StrangerDue():
                strangers = self._overlay.strangers()
                told = self._strangers.ask(strangers, self._holdings.digest())
                return [self._next(StrangerDue()), *told]
            case DigestDue():
                self._exchange.tick()
                self._rounds.tick()
                ended = [*self._end_stalled(now), *self._end_spare(now)]
                return [self._next(key), *ended]
            case DocumentsDue():
                self._rounds.due()
            case RedialDue():
                return [*self._overlay.rested(key)]
            case LookDue():
                self._exchange.tick()  # members have come: they may have brought news
                return [*self._overlay.gathered()]
        return []

    def _follow_overlay(self, event: Event, now: float) -> list[Effect]:
        match event:
            case happened.Started():
                return [self._next(DigestDue()), self._next(StrangerDue())]
            case happened.MemberUp(peer, _, address):
                self._holdings.admit(peer)
                self._rounds.shelf.met(peer)
                return [*self._overlay.member_up(peer, address)]
            case happened.MemberDown(peer):
                return [*self._overlay.member_down(peer)]
            case happened.LinkWanted(peer, address):
                return [*self._overlay.wanted(peer, address)]
            case happened.DialFailed(peer):
                return [Count("dials.failed"), *self._overlay.dial_failed(peer)]
            case happened.LinkOpened():
                return self._opened(event, now)
            case happened.LinkEnded(link, reason):
                near = self._neighbours.get(link)
                return self._lost(near, reason, now) if near else []
            case happened.LeaveAsked():
                return self._leave(now)
            case DatagramReceived(sender, _, datagram):
                return [*self._opened_datagram(sender, datagram)]
            case _:
                return []

    def _opened_datagram(
        self, sender: AuthorKey, datagram: object
    ) -> list[Dial | StartTimer | SendDatagram]:
        match datagram:
            case DigestTold():
                ours = self._holdings.digest()
                answers, link = self._strangers.told(sender, datagram, ours)
                return [*answers, *(self._overlay.asked_back(sender) if link else [])]
            case DialBack(asker, target) if target == self.me:
                return self._overlay.asked_back(asker)
            case DialBack(asker, target) if asker == sender:
                return [SendDatagram(target, datagram)]
        return []

    def _end_stalled(self, now: float) -> list[Effect]:
        """Links that are open and don't move are ended; others take their place."""
        effects: list[Effect] = []
        for near in self._exchange.stalled(now):
            effects += [EndLink(near.link, "stalled"), Count("links.stalled")]
            effects += self._lost(near, "stalled", now)
        return effects

    def _next(self, key: DigestDue | StrangerDue) -> StartTimer:
        around = self._chance.uniform(0.8, 1.2)
        return StartTimer(key, self._config.digest_interval * around)

    # --- links --------------------------------------------------------------

    def _opened(self, event: happened.LinkOpened, now: float) -> list[Effect]:
        new = Neighbour.on(event, self._config, self._holdings, now)
        refusal = self._refusal(new)
        if refusal:
            self._overlay.refused(new.peer, new.dialled)
            return [EndLink(new.link, refusal), Count(f"links.refused.{refusal}")]
        effects: list[Effect] = []
        old = self._neighbours.of(new.peer)
        if old:
            self._neighbours.remove(old)
            self._exchange.ended(old)
            self._rounds.ended(old.link)
            effects.append(EndLink(old.link, "replaced"))
        else:
            effects.append(Notify(happened.LinkUp(new.peer)))
        self._neighbours.add(new)
        self._overlay.linked(new.peer, new.dialled)
        self._exchange.opened(new)
        self._rounds.opened(new.link)
        return effects

    def _refusal(self, new: Neighbour) -> str | None:
        """Why the new link ends at once, if it does."""
        if new.peer == self.me:
            return "self"
        if self._overlay.leaving:
            return "leaving"
        if self._neighbours.loser(new) is new:
            return "replaced"
        inbound = self._neighbours.dialled_by_others()
        known = self._neighbours.of(new.peer) is not None
        if new.dialled or known or self._overlay.has_room_for(new.peer, inbound):
            return None
        return "full"

    def _end_faulty(self, near: Neighbour, now: float) -> list[Effect]:
        """End the link, if its peer broke the rules."""
        if near.fault is None:
            return []
        gone = self._lost(near, near.fault, now)
        return [EndLink(near.link, near.fault), Count("links.faulty"), *gone]

    def _end_spare(self, now: float) -> list[Effect]:
        """End one link of too many, while nothing is fetched over it."""
        peer = self._overlay.spare()
        near = self._neighbours.of(peer) if peer else None
        if near is None or near.outbox or self._exchange.is_fetching():
            return []
        return [EndLink(near.link, "spare"), *self._lost(near, "spare", now)]

    def _lost(self, near: Neighbour, reason: str | None, now: float) -> list[Effect]:
        """The link has ended, by whomever."""
        self._neighbours.remove(near)
        self._exchange.ended(near)
        self._rounds.ended(near.link)
        lasted = now - near.since
        redials = self._overlay.unlinked(near.peer, reason, lasted)
        return [Notify(happened.LinkDown(near.peer, reason)), *redials]

    def _leave(self, now: float) -> list[Effect]:
        self._overlay.leave()
        effects: list[Effect] = []
        for near in list(self._neighbours):
            effects.append(EndLink(near.link, "leaving"))
            effects += self._lost(near, "leaving", now)
        return effects
