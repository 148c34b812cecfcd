"""
An answer is shown after what it answers, if that comes within two seconds.

A run whose entries name others (`after`) that are not here waits for them before
it goes to the disk, so that arrival numbers have them in the right order too.
Whoever relays does not wait: that has been done when a run comes here.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import product

from gossipchat.feeds.entry import Entry
from gossipchat.feeds.run import Run
from gossipchat.names import EntryId, FeedId

MAX_HELD_BYTES = 4 << 20
"""Of all runs that wait: far below what broadcast lets wait for the disk."""

Holds = Callable[[EntryId], bool]


@dataclass(eq=False, slots=True)
class Incoming:
    """A run with its entries, on its way to the disk."""

    run: Run
    tip: bytes
    entries: tuple[Entry, ...]
    live: bool = True
    """It was said just now: what it lacks may be on its way."""
    deadline: float = 0.0
    missing: dict[EntryId, None] = field(default_factory=dict)
    """What it lacks; once it is let through, what had not come by then."""

    @property
    def named(self) -> dict[EntryId, None]:
        """What its entries come after, each once."""
        return dict.fromkeys(id for entry in self.entries for id in entry.after)


class Gate:
    """Holds runs back, at most *wait* seconds and *most* at once."""

    def __init__(self, wait: float, most: int) -> None:
        self._wait = wait
        self._most = most
        self._held: OrderedDict[int, Incoming] = OrderedDict()
        self._feeds: dict[FeedId, list[Incoming]] = {}
        """Those that wait, and those that have come and were not looked at yet."""
        self._wanted: dict[EntryId, list[Incoming]] = {}
        self._bytes = 0

    def __bool__(self) -> bool:
        return bool(self._held)

    @property
    def deadline(self) -> float:
        """When the first of those that wait is let through; there must be one."""
        return next(iter(self._held.values())).deadline

    def lowest(self, feed: FeedId) -> int | None:
        """The first entry of *feed* that waits here, if any does."""
        return min((one.run.first for one in self._feeds.get(feed, ())), default=None)

    def pass_on(
        self, came: Iterable[Incoming], holds: Holds, now: float
    ) -> list[Incoming]:
        """
        Of *came* and of those that wait: what goes on now, in this order.

        *holds*: whether an entry is on disk, on its way there, or held here.
        """
        ready: list[Incoming] = []
        came = list(came)
        for one in came:  # what lies further back is not here yet
            self._feeds.setdefault(one.run.feed, []).append(one)
        for one in came:
            self._leave_feed(one)
            one.missing = self._missing(one, holds)
            waits = one.live or any(map(self._holds_back, one.missing))
            if one.missing and waits and self._wait > 0:
                self._hold(one, now)
            else:
                self._let_through(one, ready)
        while self._held and (self._is_full() or self.deadline <= now):
            _, oldest = self._held.popitem(last=False)
            self._forget(oldest)
            self._let_through(oldest, ready)
        return ready

    def gone_again(self, runs: Iterable[Run]) -> None:
        """*runs* went on and could not be written: those that answer them wait on."""
        for run, one in product(runs, self._held.values()):
            for id in one.named:
                lost = id.feed == run.feed and run.first <= id.seq <= run.last
                if lost and id not in one.missing:
                    one.missing[id] = None
                    self._wanted.setdefault(id, []).append(one)

    def _missing(self, one: Incoming, holds: Holds) -> dict[EntryId, None]:
        own = one.run.feed
        missing = {
            id: None
            for id in one.named
            if id.feed != own and (self._holds_back(id) or not holds(id))
        }
        before = EntryId(*own, one.run.first - 1)
        lacks = one.live and before.seq > 0 and not holds(before)
        if lacks or self._holds_back(before):
            missing[before] = None
        return missing

    def _holds_back(self, id: EntryId) -> bool:
        held = self._feeds.get(id.feed, ())
        return any(one.run.first <= id.seq <= one.run.last for one in held)

    def _hold(self, one: Incoming, now: float) -> None:
        one.deadline = now + self._wait
        self._held[id(one)] = one
        self._feeds.setdefault(one.run.feed, []).append(one)
        self._bytes += len(one.run.encoded)
        for wanted in one.missing:
            self._wanted.setdefault(wanted, []).append(one)

    def _let_through(self, first: Incoming, ready: list[Incoming]) -> None:
        """*first*, and all that waited for it alone."""
        going = [first]
        for one in going:  # grows while it is walked
            ready.append(one)
            going += self._freed_by(one.run) if self._wanted else []

    def _freed_by(self, run: Run) -> list[Incoming]:
        """What waited for nothing but entries of *run*; it waits no longer."""
        freed = []
        for seq in range(run.first, run.last + 1):
            came = EntryId(*run.feed, seq)
            for waiting in self._wanted.pop(came, ()):
                waiting.missing.pop(came, None)
                if not waiting.missing:
                    del self._held[id(waiting)]
                    self._forget(waiting)
                    freed.append(waiting)
        return freed

    def _forget(self, one: Incoming) -> None:
        """*one* waits no longer."""
        self._bytes -= len(one.run.encoded)
        self._leave_feed(one)
        for wanted in one.missing:
            waiting = self._wanted[wanted]
            waiting.remove(one)
            if not waiting:
                del self._wanted[wanted]

    def _leave_feed(self, one: Incoming) -> None:
        feed = self._feeds[one.run.feed]
        feed.remove(one)
        if not feed:
            del self._feeds[one.run.feed]

    def _is_full(self) -> bool:
        return len(self._held) > self._most or self._bytes > MAX_HELD_BYTES
