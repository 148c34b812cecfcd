"""
Runs that come in: read, checked and taken before anything else may see them.
"""

from collections import Counter
from dataclasses import dataclass, field

from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.broadcast.events import ForkSeen, Link, Load, Loaded, Rename
from gossipchat.broadcast.holdings.cache import Sealed
from gossipchat.broadcast.holdings.families import Root
from gossipchat.broadcast.holdings.holdings import Holdings
from gossipchat.broadcast.holdings.placing import Find, Place, Placing
from gossipchat.errors import DecodeError
from gossipchat.feeds.branches import branch_of
from gossipchat.feeds.feed import Feed
from gossipchat.feeds.run import Run, check, hashes
from gossipchat.names import FeedId

OURSELVES: Link = -1
"""Stands for a link where runs are read from disk to be compared."""

MAX_DOUBTS = 64
"""Places where runs wait to be compared with what is on disk, and runs at each."""

MAX_DOUBT_BYTES = 8 << 20
"""Of all of these together."""


@dataclass(frozen=True, slots=True)
class Came:
    """A run whose seal was checked, and how it came."""

    run: Run
    tip: bytes
    link: Link | None
    """None: it is our own, and on disk."""


@dataclass(slots=True)
class Haul:
    """What one frame, or one look at the disk, brought."""

    seen: list[Sealed] = field(default_factory=list)
    """Every whole run, whatever became of it: its sender has these."""
    known: list[Sealed] = field(default_factory=list)
    """Those that were held before."""
    fresh: list[Came] = field(default_factory=list)
    """Those taken."""
    unfit: list[Sealed] = field(default_factory=list)
    """Those that what we hold of their feed keeps from being taken."""
    below: list[Came] = field(default_factory=list)
    """Those of a branch that parts from what we hold further below."""
    branches: list[FeedId] = field(default_factory=list)
    """Those that were not known before."""
    renames: list[Rename] = field(default_factory=list)
    loads: list[Load] = field(default_factory=list)
    forks: list[ForkSeen] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    bad: DecodeError | None = None
    """Why the rest of the frame was not looked at: the sender passes on rubbish."""

    def refuse(self, run: Run) -> None:
        """*run* can't be taken as things are."""
        sealed = Sealed.of(run)
        self.seen.append(sealed)
        self.unfit.append(sealed)


class Intake:
    """A neighbour's word is worth nothing: every seal is checked, once."""

    def __init__(self, config: BroadcastConfig, holdings: Holdings) -> None:
        self._config = config
        self._holdings = holdings
        self._placing = Placing(holdings)
        self._doubts: dict[tuple[FeedId, int], list[Came]] = {}
        self._doubt_bytes = 0

    def read(self, runs: tuple[bytes, ...], link: Link) -> Haul:
        """Take what is new of *runs*, up to the first bad one."""
        haul = Haul()
        for encoded in runs:
            known = self._holdings.cache.get(encoded)
            if known is not None:  # the very bytes: its seal was checked before
                haul.seen.append(known)
                haul.known.append(known)
                haul.counts["runs.duplicate"] += 1
                continue
            try:
                self._read_one(Run.parse(encoded), link, haul)
            except DecodeError as problem:
                haul.counts["dropped.run"] += 1
                haul.bad = problem
                break
        return haul

    def publish(self, run: Run, tip: bytes) -> Haul:
        """Take an own run, which is on disk."""
        haul = Haul()
        self._settle(Came(run, tip, None), haul)
        return haul

    def compare(self, loaded: Loaded) -> Haul:
        """Go on with what waited for *loaded*, our own run at that place."""
        haul = Haul()
        waited = self._doubts.pop((loaded.feed, loaded.first), [])
        self._doubt_bytes -= sum(len(came.run.encoded) for came in waited)
        for came in waited:
            place = self._placing.find(came.run, came.tip)
            if place.find is Find.DOUBT and loaded.feed in place.doubts:
                held = loaded.runs[0] if loaded.runs else None
                self._compare(came, place, loaded.feed, held, haul)
            else:
                self._follow(came, place, haul)
        return haul

    def _read_one(self, run: Run, link: Link, haul: Haul) -> None:
        if not self._holdings.has_room_for(run.feed):
            haul.counts["dropped.feed_limit"] += 1
            return
        sealed = Sealed.of(run)
        if self._holdings.cache.unkept_bytes > self._config.max_unkept_bytes:
            haul.seen.append(sealed)
            haul.counts["dropped.busy"] += 1
            return
        tip = check(run)
        self._settle(Came(run, tip, link), haul)

    def _settle(self, came: Came, haul: Haul) -> None:
        self._follow(came, self._placing.find(came.run, came.tip), haul)

    def _follow(self, came: Came, place: Place, haul: Haul) -> None:
        """Do with *came* what its *place* says."""
        match place.find:
            case Find.NEW:
                if place.evict:
                    self._evict(place.feed, came.run.last + 1, haul)
                self._take(came, place.feed, haul)
            case Find.BRANCH:
                self._begin(came, place.feed, haul)
            case Find.KNOWN:
                known = Sealed.of(came.run).named(place.feed)
                haul.seen.append(known)
                haul.known.append(known)
                haul.counts["runs.duplicate"] += 1
            case Find.DOUBT:
                self._doubt(came, place, haul)
            case Find.BELOW:
                haul.counts["dropped.fork"] += 1
                haul.below.append(came)
                haul.refuse(came.run)
            case Find.SCATTERED:
                haul.counts["dropped.scattered"] += 1
                haul.refuse(came.run)

    def _take(self, came: Came, feed: FeedId, haul: Haul) -> None:
        run = came.run.named(feed)
        sealed = Sealed.of(run)
        self._holdings.take(run, came.tip, sealed, kept=came.link is None)
        haul.seen.append(sealed)
        haul.fresh.append(came)
        haul.counts["runs.taken"] += came.link is not None
        if came.link is None and feed != run.signed:
            haul.renames.append(_renamed(run.signed, feed, came))
        self._join(run, haul)

    # --- forks ----------------------------------------------------------------

    def _doubt(self, came: Came, place: Place, haul: Haul) -> None:
        """Compare *came* with what is held there, in memory or on disk."""
        haul.seen.append(Sealed.of(came.run))
        for feed in place.doubts:
            held = self._holdings.cache.find(feed, came.run.first)
            if held is not None:
                run = Run.parse(held.encoded).named(feed)
                self._compare(came, place, feed, run, haul)
                return
        size = len(came.run.encoded)
        if len(self._doubts) >= MAX_DOUBTS or (
            self._doubt_bytes + size > MAX_DOUBT_BYTES
        ):
            haul.counts["dropped.doubt"] += 1
            return
        where = place.feed, came.run.first
        waiting = self._doubts.setdefault(where, [])
        if not waiting:
            haul.loads.append(Load(OURSELVES, *where, came.run.first, 1))
        if len(waiting) < MAX_DOUBTS:
            waiting.append(came)
            self._doubt_bytes += size

    def _compare(
        self, came: Came, place: Place, feed: FeedId, held: Run | None, haul: Haul
    ) -> None:
        run = came.run
        if held is None:  # renamed or gone meanwhile; whoever has it will say so again
            haul.counts["dropped.doubt"] += 1
            return
        match self._placing.compare(run, came.tip, held):
            case Find.BRANCH:
                self._part(came, feed, held, haul)
            case Find.KNOWN:
                self._follow(came, Place(Find.KNOWN, feed), haul)
            case _:
                others = tuple(other for other in place.doubts if other != feed)
                if others:
                    self._doubt(came, Place(Find.DOUBT, others[0], others), haul)
                else:
                    self._follow(came, Place(Find.BELOW, feed), haul)

    def _part(self, came: Came, feed: FeedId, held: Run, haul: Haul) -> None:
        """*came* and *held* follow the same entry: two branches, from here on."""
        run, root = came.run, Root(held.first, held.prev)
        tip = hashes(held)[-1]
        name = branch_of(run.signed, held.first, tip)
        if name != feed:
            self._holdings.part(feed, name, root)
            haul.renames.append(Rename(feed, name, *root, tip))
        haul.forks.append(ForkSeen(run.signed, run.first))
        haul.branches.append(name)
        self._begin(came, branch_of(run.signed, run.first, came.tip), haul)

    def _begin(self, came: Came, name: FeedId, haul: Haul) -> None:
        """*came* is the first run of the branch *name*."""
        if self._holdings.families.is_full(name.author):
            haul.counts["dropped.branches"] += 1
            return
        self._holdings.begin_branch(came.run.named(name))
        haul.branches.append(name)
        self._take(came, name, haul)

    def _evict(self, feed: FeedId, first: int, haul: Haul) -> None:
        """What is held of *feed* from *first* on belongs to a branch not yet known."""
        held = self._holdings.feed(feed)
        above = [each for each in held.segments if each.first >= first] if held else []
        if held and above:
            root = Root(above[0].first, above[0].prev)
            name = branch_of(held.signed, *root)
            self._holdings.part(feed, name, root)
            haul.renames.append(Rename(feed, name, *root))
            haul.forks.append(ForkSeen(held.signed, first))

    def _join(self, run: Run, haul: Haul) -> None:
        """What waited under a name of its own and chains to *run* is one with it."""
        feed = self._holdings.feed(run.feed)
        family = self._holdings.families
        if feed is None or not family.of(run.signed):
            return
        end = next(s for s in feed.segments if s.first <= run.last <= s.last)
        root = Root(end.last + 1, end.tip)
        parts = family.children(run.signed, root)
        trunk = self._holdings.feed(run.signed)
        if not parts and trunk and trunk is not feed and _begins(trunk, root):
            parts = [trunk]
        if len(parts) == 1 and parts[0] is not feed:
            self._holdings.move(parts[0].id, feed.id, root)
            family.end(parts[0])
            haul.renames.append(Rename(parts[0].id, feed.id, *root))


def _begins(feed: Feed, root: Root) -> bool:
    return any((each.first, each.prev) == root for each in feed.segments)


def _renamed(old: FeedId, new: FeedId, came: Came) -> Rename:
    return Rename(old, new, came.run.first, came.run.prev, came.tip)
