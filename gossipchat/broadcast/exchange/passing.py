"""
What is new here is passed on: pushed, noted, or told of.
"""

from collections.abc import Collection
from dataclasses import dataclass

from gossipchat.broadcast.events import Arrived, Effect
from gossipchat.broadcast.exchange.desk import Desk
from gossipchat.broadcast.holdings.cache import Sealed
from gossipchat.broadcast.holdings.intake import Haul
from gossipchat.broadcast.links.neighbours import Neighbour
from gossipchat.broadcast.spans import covers
from gossipchat.effects import Count, Notify, StartTimer
from gossipchat.names import AuthorKey

LONG_AGO = float("-inf")
NEVER = float("inf")

FEEDS_A_PAUSE = 4
"""Where more feeds are noted at a time the next tick comes later: what a node reads of
notes grows with its links and with the authors who speak."""

MOST_PAUSES = 2.0
"""By so much at most."""

SOON = 1e-6
"""Seconds: a timer may come by so much too early."""


@dataclass(frozen=True, slots=True)
class NotesDue:
    """Timer: tell lazy links what was said since the last tick."""


class Passing:
    """What follows from runs that were taken, for the other links and the disk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._due_at = NEVER
        """When the next tick comes."""
        self._noted_at = LONG_AGO
        """When all lazy links were last told."""
        self._noted_feeds = 0
        """In one frame of that tick."""
        self._fresh = True
        """That tick came after a silence."""

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
        then most peers have told us. Both ends would else tell each other. So after
        a silence two ticks come soon, and then they rest in between, but for links
        whose peers have needed notes lately.
        """
        self._due_at = NEVER
        calm = self._desk.pace.is_calm(now)
        rested = now + SOON >= self._rested_at()
        if rested:
            self._fresh = calm and now - self._noted_at > self._rest() + SOON
            self._noted_at = now
            self._noted_feeds = 0
        waits = False
        for near in self._desk.neighbours:
            in_need = calm and near.notes_until > now
            if rested or in_need:
                self._release(near, calm and not near.dialled and not in_need)
            waits = waits or near.telling.is_noting()
        return self._collect(now) if waits else []

    def _release(self, near: Neighbour, hold: bool) -> None:
        noted = near.telling.release(near.knows, hold)
        if noted:
            self._noted_feeds = max(self._noted_feeds, noted)
            self._desk.wake(near)

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
        """A timer for the next tick, unless one runs that is early enough."""
        due = now + self._desk.config.note_interval
        if self._due_at <= due:
            return []
        if not (self._is_needed(now) and self._desk.pace.is_calm(now)):
            due = max(due, self._rested_at())
        if due > self._due_at - SOON:
            return []
        self._due_at = due
        return [StartTimer(NotesDue(), due - now)]

    def _is_needed(self, now: float) -> bool:
        """Whether anything waits for a link that needs its notes soon."""
        for near in self._desk.neighbours:
            if near.notes_until > now and near.telling.is_noting():
                return True
        return False

    def _rested_at(self) -> float:
        """From when on all may be told again."""
        return self._noted_at + (0.0 if self._fresh else self._rest())

    def _rest(self) -> float:
        """Seconds from a tick to the next one."""
        many = min(MOST_PAUSES, max(1.0, self._noted_feeds / FEEDS_A_PAUSE))
        return many * self._desk.config.note_pause
