"""
What is new here is passed on: pushed, noted, or told of.
"""

from collections.abc import Collection
from dataclasses import dataclass

from gossipchat.broadcast.events import Arrived, Effect, Link
from gossipchat.broadcast.exchange.desk import Desk
from gossipchat.broadcast.holdings.cache import Sealed
from gossipchat.broadcast.holdings.intake import Haul
from gossipchat.broadcast.spans import covers
from gossipchat.effects import Count, Notify, StartTimer
from gossipchat.names import AuthorKey

LONG_AGO = float("-inf")

FEEDS_A_PAUSE = 4
"""Where more feeds are noted at a time the next tick comes later: what a node reads of
notes grows with its links and with the authors who speak."""

MOST_PAUSES = 2.0
"""By so much at most."""


@dataclass(frozen=True, slots=True)
class NotesDue:
    """Timer: tell lazy links what was said since the last tick."""


class Passing:
    """What follows from runs that were taken, for the other links and the disk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._collecting = False
        self._noted_at = LONG_AGO
        self._noted_feeds = 0
        """In one frame of the last tick."""
        self._held: dict[Link, None] = {}
        """Links that the last tick left to the next one."""

    def follow(
        self, haul: Haul, now: float, pulled: Collection[bytes] = ()
    ) -> list[Effect]:
        """Pass on what is new; *pulled*: what had been asked for."""
        desk = self._desk
        effects: list[Effect] = []
        for rename in haul.renames:
            desk.forks.renamed(rename)
        for came in haul.fresh:
            desk.pace.came(came.run.last - came.run.first + 1, now)
            sealed = desk.holdings.cache.get(came.run.encoded)
            near = desk.neighbours.get(came.link) if came.link else None
            live = came.run.encoded not in pulled
            if near is not None and live:
                desk.gaps.below(near, came.run)
            if sealed is not None:
                source = near.peer if near else None
                effects += self._pass_on(sealed, source, live, now)
        for came in haul.below:
            near = desk.neighbours.get(came.link) if came.link else None
            if near is not None:
                desk.forks.ask_below(near, came)
                desk.wake(near)
        for feed in haul.branches:
            desk.forks.tell(feed)
            desk.wake_all()
        return [*effects, *self._effects_of(haul)]

    def tick(self, now: float) -> list[Effect]:
        """
        Lazy links hear of what was said since the last tick, if they lack it.

        In calm talk those that their peers dialled hear of it one tick later: by
        then most peers have told us. Both ends would else tell each other.
        """
        self._collecting = False
        self._noted_at = now
        self._noted_feeds = 0
        held, self._held = self._held, {}
        calm = self._desk.pace.is_calm(now)
        for near in self._desk.neighbours:
            waits = calm and not near.dialled and near.link not in held
            if waits and near.telling.is_noting():
                self._held[near.link] = None
                continue
            noted = near.telling.release(near.knows)
            if noted:
                self._noted_feeds = max(self._noted_feeds, noted)
                self._desk.wake(near)
        return self._collect(now) if self._held else []

    def _effects_of(self, haul: Haul) -> list[Effect]:
        effects: list[Effect] = [Count(what, by) for what, by in haul.counts.items()]
        effects += [Notify(fork) for fork in haul.forks]
        effects += [*haul.renames, *haul.loads]
        fresh = [came for came in haul.fresh if came.link is not None]
        if fresh:
            runs = tuple(self._desk.holdings.named(came.run) for came in fresh)
            effects.append(Arrived(runs, tuple(came.tip for came in fresh)))
        return effects

    def _pass_on(
        self, sealed: Sealed, source: AuthorKey | None, live: bool, now: float
    ) -> list[Effect]:
        """
        Push what is new; of what had to be pulled others are only told, or several
        neighbours of a node that comes back would each push it the whole history.
        """
        feed = sealed.feed
        noted = False
        if not self._desk.forks.relays(feed.author):
            return []
        for near in self._desk.neighbours:
            if near.peer in (source, feed.author):
                continue  # an author that lost its own runs asks for them
            if covers(near.knows(feed), sealed.span):
                continue
            if live and feed.author in near.branch.lazy:
                near.telling.note_later(feed, sealed.span)
                noted = True
                continue
            if live:
                near.outbox.push(feed, sealed.span)
            else:
                near.telling.offer(feed, sealed.span)
            self._desk.wake(near)
        return self._collect(now) if noted else []

    def _collect(self, now: float) -> list[Effect]:
        if self._collecting:
            return []
        self._collecting = True
        config = self._desk.config
        if self._desk.pace.is_calm(now):
            return [StartTimer(NotesDue(), config.note_interval)]
        many = min(MOST_PAUSES, max(1.0, self._noted_feeds / FEEDS_A_PAUSE))
        rested_at = self._noted_at + many * config.note_pause
        return [StartTimer(NotesDue(), max(config.note_interval, rested_at - now))]
