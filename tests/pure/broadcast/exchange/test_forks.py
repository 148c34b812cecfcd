"""Two tails of one feed: the same names on every node, in whatever order they come."""

from collections.abc import Sequence
from random import Random

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.broadcast.core import Broadcast
from gossipchat.broadcast.events import (
    ForkSeen,
    FrameReceived,
    LinkOpened,
    Load,
    Loaded,
    Rename,
)
from gossipchat.broadcast.holdings.holdings import Holdings
from gossipchat.broadcast.holdings.intake import OURSELVES, Haul, Intake
from gossipchat.effects import Notify
from gossipchat.feeds.author import Author
from gossipchat.feeds.branches import MAX_BRANCHES, branch_of
from gossipchat.feeds.entry import Entry
from gossipchat.feeds.run import Run
from gossipchat.names import FeedId
from gossipchat.wire.ours.frames import Holding, Note, Runs, Vector
from tests.pure.broadcast.builders import Machine, author, holding, key, runs_in, tip

SIGNED = author(1).feed


def tails(trunk: int, *lengths: int) -> list[list[Run]]:
    """The runs of a trunk, and of so many branches of it, of these lengths."""
    pen = author(1)
    written = [[pen.compose([words(f"both {n}")]) for n in range(trunk)]]
    for number, length in enumerate(lengths):
        twin = twin_of(pen)
        written.append(
            [twin.compose([words(f"{number}/{n}")] * 2) for n in range(length)]
        )
    return written


def twin_of(pen: Author) -> Author:
    twin = Author(Ed25519PrivateKey.from_private_bytes(bytes([1]) * 32), pen.feed.epoch)
    twin.next_seq, twin.tip = pen.next_seq, pen.tip
    return twin


def words(text: str) -> Entry:
    return Entry(1, 1, (), "say", text.encode())


def name(root: Run) -> FeedId:
    return branch_of(SIGNED, root.first, tip(root))


class Taker:
    """A node that is given runs, and reads its own disk when it must."""

    def __init__(self, cache_bytes: int = 1 << 20) -> None:
        config = BroadcastConfig(cache_bytes=cache_bytes)
        self.holdings = Holdings(config, {})
        self.intake = Intake(config, self.holdings)
        self.disk: dict[bytes, Run] = {}
        self.renames: list[Rename] = []
        self.forks: list[ForkSeen] = []

    def give(self, runs: Sequence[Run]) -> int:
        """How many of *runs* were new."""
        return sum(
            self._follow(self.intake.read((run.encoded,), link=1)) for run in runs
        )

    def _follow(self, haul: Haul) -> int:
        self.renames += haul.renames
        self.forks += haul.forks
        for came in haul.fresh:
            self.disk[came.run.encoded] = came.run
            self.holdings.cache.kept(came.run.encoded)
        return len(haul.fresh) + sum(map(self._load, haul.loads))

    def _load(self, load: Load) -> int:
        assert load.link == OURSELVES
        names = self.names()
        held = tuple(
            run.named(load.feed)
            for run in self.disk.values()
            if names.get((run.first, run.encoded)) == load.feed
            and run.first <= load.first <= run.last
        )
        loaded = Loaded(OURSELVES, load.feed, load.first, load.last, held)
        return self._follow(self.intake.compare(loaded))

    def names(self) -> dict[tuple[int, bytes], FeedId]:
        """What each run is kept under, as its place in a feed tells."""
        found = {}
        for run in self.disk.values():
            feeds = [*self.holdings.families.of(SIGNED), self.holdings.feed(SIGNED)]
            for feed in feeds:
                if feed is not None and feed.holds(run.first):
                    twin = self._chains(feed.id, run)
                    if twin:
                        found[run.first, run.encoded] = feed.id
        return found

    def _chains(self, feed: FeedId, run: Run) -> bool:
        """Whether *run* leads to the end of *feed*'s segment."""
        held = self.holdings.feed(feed)
        assert held is not None
        (segment,) = [s for s in held.segments if s.first <= run.first <= s.last]
        end = run
        while end.last < segment.last:
            follow = [r for r in self.disk.values() if r.prev == tip(end)]
            if not follow:
                return False
            end = next((r for r in follow if self._chains(feed, r)), follow[0])
            if end.last > segment.last:
                return False
        return tip(end) == segment.tip


@given(st.data())
def test_names_do_not_depend_on_the_order_of_arrival(data: st.DataObject) -> None:
    """Given again and again until nothing is new, as neighbours would."""
    lengths = data.draw(st.lists(st.integers(1, 3), min_size=2, max_size=4))
    written = tails(data.draw(st.integers(0, 3)), *lengths)
    runs = [run for part in written for run in part]
    taker = Taker()
    for _ in range(len(runs) + 2):
        taker.give(data.draw(st.permutations(runs)))
    assert taker.give(runs) == 0
    for part in written[1:]:
        feed = taker.holdings.feed(name(part[0]))
        assert feed is not None
        (segment,) = feed.segments
        assert (segment.first, segment.last) == (part[0].first, part[-1].last)
        assert segment.tip == tip(part[-1])
    trunk = taker.holdings.ranges(SIGNED)
    assert trunk.highest == len(written[0])


def test_a_fork_inside_a_segment_is_seen_by_a_look_at_the_disk() -> None:
    """Runs that the cache has forgotten are compared with what was written."""
    trunk, ours, theirs = tails(2, 3, 1)
    taker = Taker(cache_bytes=1)
    taker.give([*trunk, *ours])
    assert taker.give(theirs) == 1
    assert taker.holdings.ranges(SIGNED).bounds == ((1, 2),)
    assert taker.holdings.ranges(name(ours[0])).bounds == ((3, 8),)
    assert taker.holdings.ranges(name(theirs[0])).bounds == ((3, 4),)
    assert taker.forks == [ForkSeen(SIGNED, 3)]
    (renamed,) = taker.renames
    assert (renamed.old, renamed.new, renamed.first) == (SIGNED, name(ours[0]), 3)


def test_a_node_that_knows_the_fork_has_the_digest_of_any_other_that_does() -> None:
    trunk, ours, theirs = tails(2, 2, 2)
    one, other = Taker(), Taker()
    one.give([*trunk, *ours, *theirs])
    other.give([*trunk, *theirs, *ours])
    assert one.holdings.digest() == other.holdings.digest()


def test_equal_lengths_are_told_apart_by_the_hash_at_their_end() -> None:
    """A vector says how the last hash begins; who has another one asks for the run."""
    trunk, ours, theirs = tails(2, 2, 2)
    machine = Machine.linked(1)
    machine.hear_runs(1, *trunk, *ours)
    machine.drain(1)
    for tail, wanted in ((ours, []), (theirs, [holding(SIGNED, (6, 6))])):
        machine.effects.clear()
        held = Holding(SIGNED, ((1, 6),), tip=tip(tail[-1])[:8])
        machine.hear(1, Vector((held,)))
        assert _wanted(machine) == wanted


def test_an_author_with_too_many_branches_is_kept_but_not_relayed() -> None:
    """Whoever still speaks of it is sent the first run of each branch."""
    _, *branches = tails(0, *[1] * (MAX_BRANCHES + 3))
    machine = Machine.linked(1, 2)
    for branch in branches:
        machine.hear_runs(1, *branch)
        machine.drain(2)
        assert bool(machine.core.silenced) == (machine.core.entries > 2 * MAX_BRANCHES)
    assert machine.core.silenced == [SIGNED.author], "a person is to know"
    assert machine.core.entries == 2 * (MAX_BRANCHES + 1)
    relayed = runs_in(machine.sent(2))
    assert len(relayed) == MAX_BRANCHES
    machine.open(3)
    machine.drain(3)
    assert runs_in(machine.sent(3)) == []
    assert all(not _feeds(frame) for frame in machine.sent(3))
    machine.hear(3, Note((holding(SIGNED, (1, 2)),)))
    machine.drain(3)
    assert len(runs_in(machine.sent(3))) == MAX_BRANCHES + 1


def test_an_own_feed_that_another_writes_is_left() -> None:
    """Not even the first entry of the twin must have met one of ours."""
    pen = author(1)
    core = Broadcast(SIGNED.author, BroadcastConfig(), Random(1), {}, pen)
    core.handle(LinkOpened(1, key(2), dialled=True), 0.0)
    heard = FrameReceived(1, Runs((tails(1)[0][0].encoded,)))
    assert Notify(ForkSeen(SIGNED, 1, own=True)) in core.handle(heard, 0.0)
    assert pen.feed != SIGNED
    assert (pen.feed.author, pen.next_seq) == (SIGNED.author, 1)


def _wanted(machine: Machine) -> list[object]:
    return [h for frame in machine.sent(1) for h in getattr(frame, "holdings", ())]


def _feeds(frame: object) -> list[object]:
    return [h for h in getattr(frame, "holdings", ()) if h.feed.author == SIGNED.author]
