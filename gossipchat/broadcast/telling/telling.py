"""
What a peer is told of what we have: vectors, notes and digests, when there is room.
"""

from collections.abc import Callable, Iterator
from itertools import islice

from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.broadcast.holdings.holdings import Holdings
from gossipchat.broadcast.spans import MAX_PAIRS, NONE, common
from gossipchat.broadcast.telling.summaries import LISTED, Summaries
from gossipchat.feeds.ranges import Ranges
from gossipchat.names import AuthorKey, FeedId
from gossipchat.wire.ours.frames import Digest, Frame, Holding, Note, Summary, Vector

PART = 256
"""Holdings in one frame."""

FULL = 4
"""Every so often a digest that differs is answered with a whole vector, even while
things change all the time."""

MAX_STRETCHES = 64
"""That are asked for at a time."""

MAX_QUESTIONS = 4096
"""That wait to be asked."""

LONG_AGO = float("-inf")


class Telling:
    """
    One link's share: how far its vector has come, what is to be noted.

    A vector leaves out what is due to the link: that is on its way, and whoever
    heard of it first would ask for it.
    """

    def __init__(
        self,
        config: BroadcastConfig,
        holdings: Holdings,
        due: Callable[[FeedId], Ranges],
    ) -> None:
        self._config = config
        self._holdings = holdings
        self._due = due
        self._place: int | None = 0
        """Where the vector under way goes on; None: it is finished."""
        self._since = -1
        """The vector under way (or the next) leaves out what is older."""
        self._began = 0
        self._offers: dict[FeedId, Ranges] = {}
        self._later: dict[FeedId, Ranges] = {}
        """Noted at a tick to come."""
        self._held: dict[FeedId, Ranges] = {}
        """Of these, what a tick has passed over."""
        self._notes: dict[FeedId, Ranges] = {}
        self._floors: dict[FeedId, None] = {}
        """Feeds whose floor the peer must hear of."""
        self._summaries = Summaries(holdings)
        self._questions: list[Summary] = []
        self._digest_due = False
        self._doubt = False
        """The peers may differ though nothing has changed since."""
        self._differed = 0
        """Digests that differed, since two were equal."""
        self._digested = -1
        """The change at which the peer was last told all or sent a digest."""
        self._vector_at = LONG_AGO
        self._digest_at = LONG_AGO

    def is_due(self) -> bool:
        """Whether there is anything to tell."""
        return (
            self._place is not None
            or bool(self._offers or self._notes or self._floors)
            or self._digest_due
            or bool(self._questions)
            or self._summaries.is_due()
        )

    def answer(self, summary: Summary) -> None:
        """The peer has told what it has in some stretches: tell where we differ."""
        if len(self._questions) < MAX_QUESTIONS:
            self._questions += self._summaries.read(summary)

    def offer(self, feed: FeedId, ranges: Ranges) -> None:
        """Tell the peer that it may ask for *ranges*, which are of the past."""
        self._offers[feed] = self._offers.get(feed, NONE).union(ranges)

    def note_later(self, feed: FeedId, ranges: Ranges) -> None:
        """Tell the peer, at a tick to come, of *ranges* that others should push it."""
        self._later[feed] = self._later.get(feed, NONE).union(ranges)

    def withdraw(self, author: AuthorKey) -> list[tuple[FeedId, Ranges]]:
        """What was to be noted of *author*: the peer wants it sent instead."""
        withdrawn = []
        for waiting in (self._held, self._later, self._notes):
            for feed in [feed for feed in waiting if feed.author == author]:
                withdrawn.append((feed, waiting.pop(feed)))
        return withdrawn

    def is_noting(self) -> bool:
        """Whether anything waits for a tick to come."""
        return bool(self._later or self._held)

    def release(self, known: Callable[[FeedId], Ranges], hold: bool = False) -> int:
        """
        A tick: of how many feeds there is anything that the peer is not *known* to
        have. With *hold* only what the last tick has passed over is told.
        """
        later, self._later = self._later, {}
        held, self._held = self._held, later if hold else {}
        for waiting in (held, {} if hold else later):
            for feed, ranges in waiting.items():
                new = ranges.minus(known(feed))
                if new:
                    self._notes[feed] = self._notes.get(feed, NONE).union(new)
        return len(self._notes)

    def tell_floor(self, feed: FeedId) -> None:
        """Tell the peer below what it must not ask, if anything."""
        self._floors[feed] = None

    def tick(self) -> None:
        """It is time for a digest, if there is anything to compare."""
        if self._place is None:
            changed = self._digested != self._holdings.changes
            self._digest_due = self._digest_due or changed or self._doubt
            self._doubt = False

    def compare(self, digest: bytes, now: float) -> None:
        """
        The peer has sent its digest. If ours differs it is told what has changed
        since our last vector; everything when nothing has, and now and then.
        """
        if digest == self._holdings.digest():
            self._doubt = False
            self._differed = 0
            return
        if now - self._digest_at > self._config.vector_pause:
            self._digest_due = True  # so that it tells us, too
        if self._place is not None:
            return
        self._doubt = True  # look again at the next tick, whatever is sent now
        if now - self._vector_at >= self._config.vector_pause:
            self._differed += 1
            self._place = 0
            if self._since == self._holdings.changes or self._differed % FULL == 0:
                self._since = -1
                self._doubt = False

    def frames(self, now: float) -> list[Frame]:
        """What to send now: at most a part of a vector, a digest and a note."""
        frames: list[Frame] = []
        if self._place == 0 and self._since == -1 and len(self._holdings) > LISTED:
            frames.append(self._summaries.begin())
            self._end_vector(now, self._holdings.changes)
        if self._place is not None:
            frames.append(self._vector_part(now, self._place))
        frames += self._next_stretches()
        if self._offers or self._floors:
            frames += self._next_offers()
        if self._notes:
            notes = tuple(self._taken(self._notes, PART))
            frames += [Note(notes)] if notes else []
        if self._digest_due:
            self._digest_due = False
            self._digest_at = now
            self._digested = self._holdings.changes
            frames.append(Digest(self._holdings.digest()))
        return frames

    def _vector_part(self, now: float, place: int) -> Vector:
        if place == 0:
            self._began = self._holdings.changes
        holdings = []
        for after, feed, ranges in self._holdings.changed_since(self._since, place):
            place = after
            sure = self._sure(feed, ranges).first_pairs(MAX_PAIRS)
            if sure or self._holdings.floor(feed):
                holdings.append(self._holding(feed, sure))
            if len(holdings) == PART:
                self._place = place
                return Vector(tuple(holdings), last=False)
        self._end_vector(now, self._began)
        return Vector(tuple(holdings))

    def _end_vector(self, now: float, changes: int) -> None:
        """The peer has been told all that there was at change number *changes*."""
        self._place = None
        self._vector_at = now
        self._since = self._digested = changes

    def _next_stretches(self) -> list[Frame]:
        frames: list[Frame] = list(self._questions[:MAX_STRETCHES])
        del self._questions[:MAX_STRETCHES]
        frames += self._summaries.next_parts()
        holdings = []
        for feed in self._summaries.next_listed():
            ranges = self._sure(feed, self._holdings.ranges(feed))
            if ranges or self._holdings.floor(feed):
                listed = self._holding(feed, ranges.first_pairs(MAX_PAIRS))
                holdings.append(listed)
        return [*frames, Vector(tuple(holdings))] if holdings else frames

    def _sure(self, feed: FeedId, ranges: Ranges) -> Ranges:
        """*ranges* without what is on its way to the peer, by us or by others."""
        for waiting in (self._later, self._held):
            ranges = ranges.minus(waiting.get(feed, NONE))
        return ranges.minus(self._due(feed))

    def _next_offers(self) -> list[Frame]:
        """A part of a vector, as it were: the peer asks for what it lacks."""
        holdings = []
        for feed in list(islice(self._floors, PART)):
            del self._floors[feed]
            if self._holdings.floor(feed):
                held = self._holdings.ranges(feed).first_pairs(MAX_PAIRS)
                holdings.append(self._holding(feed, held))
        holdings += self._taken(self._offers, PART - len(holdings))
        return [Vector(tuple(holdings), last=False)] if holdings else []

    def _taken(self, told: dict[FeedId, Ranges], most: int) -> Iterator[Holding]:
        """
        The first *most* of *told*, which are told no more; what is held of each and not
        on its way to the peer: it would ask for that once more.
        """
        for feed in list(islice(told, most)):
            still = common(told.pop(feed), self._holdings.ranges(feed))
            still = still.minus(self._due(feed))
            if still:
                newest = Ranges(still.bounds[-MAX_PAIRS:])
                yield self._holding(feed, newest)

    def _holding(self, feed: FeedId, ranges: Ranges) -> Holding:
        signed = self._holdings.signed(feed)
        return Holding(
            feed,
            ranges.bounds,
            self._holdings.floor(feed),
            self._holdings.tip(feed, ranges.highest),
            None if signed == feed else signed.epoch,
        )
