"""
What this node lacks, and of which link it was asked.
"""

from collections.abc import Callable
from dataclasses import dataclass

from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.broadcast.events import Link
from gossipchat.broadcast.holdings.cache import Sealed
from gossipchat.broadcast.holdings.holdings import Holdings
from gossipchat.broadcast.links.neighbours import Neighbour, Neighbours
from gossipchat.broadcast.spans import NONE, common, lowest
from gossipchat.feeds.feed import MAX_SEGMENTS
from gossipchat.feeds.ranges import Ranges
from gossipchat.names import FeedId
from gossipchat.wire.ours.frames import Holding, Want

LOOK_INTERVAL = 1.0
"""How often outstanding asks are looked at, in seconds."""

FIRST_GUESS = 512.0
"""Bytes of an entry, before any has come."""

MAX_ENTRIES = 16384
"""Asked of one link at a time, however small they seem."""


@dataclass(frozen=True, slots=True)
class WantsDue:
    """Timer: see whether what was asked for comes."""


@dataclass(slots=True)
class Ask:
    """Ranges of one feed that one link was asked for."""

    ranges: Ranges
    since: float
    """When it was asked, or last brought some of them."""
    urgent: Ranges = NONE
    """What of them was asked for before all else."""


class Wants:
    """
    Pull for the past: each missing range is asked of one link at a time.

    The newest entries of every feed come first, since people read these first; then
    the past, from its beginning. What a link offers is spread over those that offer
    it; what does not come in time, or whose link ends, is asked of another.

    Of a feed that has forked only what follows what is held shows its branch, and is
    taken: it is asked of one link at a time, from the beginning.
    """

    def __init__(self, config: BroadcastConfig, holdings: Holdings) -> None:
        self._config = config
        self._holdings = holdings
        self._asks: dict[Link, dict[FeedId, Ask]] = {}
        self._askers: dict[FeedId, dict[Link, None]] = {}
        self._progress: dict[Link, float] = {}
        self._entry_bytes = FIRST_GUESS
        self._paused_until = 0.0
        self._pause = 0.0
        self.grafted: Callable[[FeedId], Ranges] = lambda feed: NONE
        """What of a feed links were grafted for, and has not come."""

    def outstanding(self) -> bool:
        """Whether anything was asked and has not come."""
        return bool(self._asks)

    def waits_for(self, link: Link) -> bool:
        """Whether *link* was asked for anything that has not come."""
        return link in self._asks

    def asked(self, feed: FeedId) -> Ranges:
        """What of *feed* links were asked for, and has not come."""
        asked = NONE
        for link in self._askers.get(feed, ()):
            asked = asked.union(self._asks[link][feed].ranges)
        return asked

    def ask(self, near: Neighbour, now: float) -> Want | None:
        """What to ask of *near* now; it counts as asked."""
        if not near.offers or self._is_paused(now):
            return None
        asks = self._asks.get(near.link, {})
        most = self._entries_at_once()
        room = most - sum(ask.ranges.count for ask in asks.values())
        slots = self._config.max_wanted_feeds - len(asks)
        if room < most / 2 or slots < self._config.max_wanted_feeds / 2:
            return None  # larger asks later, rather than many small ones
        wanted, urgent = self._to_ask(near, slots)
        holdings = []
        for feed, ranges in wanted.items():
            chosen = lowest(ranges, room, MAX_SEGMENTS)
            if chosen:
                self._add(near.link, feed, chosen, now, urgent)
                holdings.append(Holding(feed, chosen.bounds))
                room -= chosen.count
        return Want(tuple(holdings), urgent) if holdings else None

    def hurry(self, link: Link, feed: FeedId, ranges: Ranges, now: float) -> Ranges:
        """
        What of *ranges* is to be asked of *link* out of turn; it counts as asked.

        That is what nobody was asked for, and what *link* was asked for in its turn:
        it sends that as what is urgent then, and once.
        """
        if not ranges:
            return NONE
        ask = self._asks.get(link, {}).get(feed)
        queued = common(ranges, ask.ranges.minus(ask.urgent)) if ask else NONE
        chosen = queued.union(self._free(feed, ranges, link))
        if chosen:
            self._add(link, feed, chosen, now, urgent=True)
        return chosen

    def _to_ask(self, near: Neighbour, slots: int) -> tuple[dict[FeedId, Ranges], bool]:
        """
        What *near* offers and nobody was asked for, of at most *slots* feeds: what
        is missing of the newest entries of each, before all else; and whether that
        is urgent, as there is more behind it.
        """
        newest: dict[FeedId, Ranges] = {}
        rest: dict[FeedId, Ranges] = {}
        settled = []
        urgent = False
        for feed in near.offers:
            if slots in (len(newest), len(rest)):
                break
            missing = self._holdings.lacking(feed, near.knows(feed))
            if not missing:
                settled.append(feed)
                continue
            free = self._free(feed, missing, near.link)
            end = max(missing.highest, self._holdings.ranges(feed).highest)
            page = (end - self._config.newest_first + 1, end)
            if free and self._holdings.has_forked(feed):
                rest[feed] = free
            elif free.within(*page):
                newest[feed] = free.within(*page)
                urgent |= newest[feed] != missing
            elif free and not missing.within(*page):
                rest[feed] = free  # or the run at the border would come twice
        for feed in settled:
            del near.offers[feed]
        return newest or rest, bool(newest) and urgent

    def arrived(self, sealed: Sealed, link: Link, now: float) -> bool:
        """*sealed* came over *link*. True: it was asked for, so it is of the past."""
        feed = sealed.feed
        if feed not in self._askers:
            return False
        asked = False
        for asker in list(self._askers[feed]):
            ask = self._asks[asker][feed]
            left = ask.ranges.minus(sealed.span)
            if left == ask.ranges:
                continue
            asked = True
            if asker == link:
                self._progress[link] = ask.since = now
                self._weigh(len(sealed.encoded) / sealed.span.count)
            if left:
                ask.ranges = left
            else:
                self._remove(asker, feed)
        return asked

    def look(self, neighbours: Neighbours, now: float) -> None:
        """
        Take back asks that bring nothing. A link is not taken at its word again
        when another claims the same; if none does, it is asked again.
        """
        for near in neighbours:
            quiet = now - self._progress.get(near.link, 0.0)
            for feed, ask in list(self._asks.get(near.link, {}).items()):
                waited = now - ask.since
                if waited < self._config.want_longest and (
                    min(waited, quiet) < self._config.want_patience
                ):
                    continue
                self._remove(near.link, feed)
                if _anyone_else(neighbours, near, feed, ask.ranges):
                    near.unlearn(feed, ask.ranges)
                near.offers.pop(feed, None)
                near.offers[feed] = None  # behind what has not been tried

    def nobody_claims(
        self, feed: FeedId, gap: Ranges, neighbours: Neighbours
    ) -> Ranges:
        """What of *gap* this node lacks and no link is known to have."""
        gap = self._holdings.lacking(feed, gap)
        for near in neighbours:
            gap = gap.minus(near.knows(feed))
        return gap

    def forget_link(self, link: Link) -> None:
        """The link has ended: what it was asked for may be asked of others."""
        for feed in list(self._asks.get(link, ())):
            self._remove(link, feed)
        self._progress.pop(link, None)

    def could_not_keep(self, now: float) -> None:
        """Ask for nothing for a while."""
        if now >= self._paused_until:
            longer = min(2 * self._pause, self._config.keep_pause_longest)
            self._pause = max(self._config.keep_pause, longer)
            self._paused_until = now + self._pause

    def could_keep(self) -> None:
        """The disk works: go on, and let the next pause be a short one."""
        self._pause = self._paused_until = 0.0

    def slept(self, now: float) -> None:
        """This process did not run: nobody else was slow."""
        for link, asks in self._asks.items():
            self._progress[link] = now
            for ask in asks.values():
                ask.since = now

    def _is_paused(self, now: float) -> bool:
        waiting = self._holdings.cache.unkept_bytes
        return now < self._paused_until or 2 * waiting > self._config.max_unkept_bytes

    def _entries_at_once(self) -> int:
        fitting = self._config.max_wanted_bytes / self._entry_bytes
        return min(MAX_ENTRIES, max(1, int(fitting)))

    def _weigh(self, entry_bytes: float) -> None:
        self._entry_bytes += (entry_bytes - self._entry_bytes) / 16

    def _free(self, feed: FeedId, missing: Ranges, link: Link) -> Ranges:
        """What of *missing* nobody was asked for, if *link* may be asked at all."""
        askers = self._askers.get(feed, {})
        most = 1 if self._holdings.has_forked(feed) else self._config.max_askers
        if len(askers) >= most and link not in askers:
            return NONE
        for asker in askers:
            missing = missing.minus(self._asks[asker][feed].ranges)
        return missing.minus(self.grafted(feed))

    def _add(
        self, link: Link, feed: FeedId, ranges: Ranges, now: float, urgent: bool
    ) -> None:
        asks = self._asks.setdefault(link, {})
        ask = asks.setdefault(feed, Ask(NONE, now))
        ask.ranges = ask.ranges.union(ranges)
        if urgent:
            ask.urgent = ask.urgent.union(ranges)
        self._askers.setdefault(feed, {})[link] = None

    def _remove(self, link: Link, feed: FeedId) -> None:
        del self._asks[link][feed]
        if not self._asks[link]:
            del self._asks[link]
        del self._askers[feed][link]
        if not self._askers[feed]:
            del self._askers[feed]


def _anyone_else(
    neighbours: Neighbours, near: Neighbour, feed: FeedId, ranges: Ranges
) -> bool:
    return any(
        common(other.knows(feed), ranges) for other in neighbours if other is not near
    )
